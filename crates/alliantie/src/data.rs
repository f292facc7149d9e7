//! The programme's own data and the fictitious demo data, as they stand in `data/`. They are in
//! the program, so that it starts anywhere.

macro_rules! file {
    ($path:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/", $path)).as_slice()
    };
}

macro_rules! text {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/", $path))
    };
}

/// `data/programma`.
pub(crate) mod programme {
    pub(crate) const THEMES: &[u8] = file!("programma/themas.csv");
    pub(crate) const AREAS: &[u8] = file!("programma/gebieden.csv");
    pub(crate) const INDICATORS: &[u8] = file!("programma/indicatoren.csv");
    pub(crate) const DATASETS: &[u8] = file!("programma/datasets.csv");
    pub(crate) const DIMENSIONS: &[u8] = file!("programma/dimensies.csv");
    pub(crate) const DATASET_INDICATORS: &[u8] = file!("programma/datasetindicatoren.csv");
    pub(crate) const INSPANNINGEN: &[u8] = file!("programma/inspanningen.csv");
    pub(crate) const GOALS: &[u8] = file!("programma/doelen.csv");
    pub(crate) const ROLES: &[u8] = file!("programma/rollen.csv");
    pub(crate) const FINDINGS: &[u8] = file!("programma/bevindingen.csv");
    pub(crate) const STAKEHOLDERS: &[u8] = file!("programma/stakeholders.csv");
    pub(crate) const PURPOSES: &[u8] = file!("programma/doelbindingen.csv");
    /// Dataset and the file that is delivered to it.
    pub(crate) const DELIVERIES: [(&str, &[u8]); 3] = [
        ("stabiliteitsdriehoek", file!("programma/leveringen/stabiliteitsdriehoek.csv")),
        ("stapeling", file!("programma/leveringen/stapeling.csv")),
        ("brede-welvaart", file!("programma/leveringen/brede-welvaart.csv")),
    ];
}

/// `data/demo`: fictitious.
pub(crate) mod demo {
    pub(crate) const ORGANISATIONS: &[u8] = file!("demo/organisaties-fictief.csv");
    pub(crate) const INDICATORS: &[u8] = file!("demo/indicatoren-fictief.csv");
    pub(crate) const DATASETS: &[u8] = file!("demo/datasets-fictief.csv");
    pub(crate) const DIMENSIONS: &[u8] = file!("demo/dimensies-fictief.csv");
    pub(crate) const DATASET_INDICATORS: &[u8] = file!("demo/datasetindicatoren-fictief.csv");
    /// The content of the agreement of the demo, in JSON.
    pub(crate) const AGREEMENT: &[u8] = file!("demo/afspraak-fictief.json");
    /// What Weller delivers.
    pub(crate) const WELLER_DELIVERY: &[u8] = file!("demo/leveringen/weller-huurachterstand-fictief.csv");
    /// What Wonen Zuid delivers.
    pub(crate) const WONEN_ZUID_DELIVERY: &[u8] =
        file!("demo/leveringen/wonen-zuid-huurachterstand-fictief.csv");
    /// Dataset and the file that is delivered to it.
    pub(crate) const DELIVERIES: [(&str, &[u8]); 2] = [
        ("weller-huurachterstand-fictief", WELLER_DELIVERY),
        ("wonen-zuid-huurachterstand-fictief", WONEN_ZUID_DELIVERY),
    ];
    /// Private key of the issuer of demo tokens.
    pub(crate) const ISSUER_KEY: &str = text!("demo/sleutels/uitgever-fictief.pem");
    /// Its public half.
    pub(crate) const ISSUER_PUBLIC_KEY: &str = text!("demo/sleutels/uitgever-fictief.pub.pem");
    pub(crate) const WELLER_KEY: &str = text!("demo/sleutels/weller-fictief.pem");
    pub(crate) const WONEN_ZUID_KEY: &str = text!("demo/sleutels/wonen-zuid-fictief.pem");
    pub(crate) const GGD_KEY: &str = text!("demo/sleutels/ggd-fictief.pem");
    pub(crate) const WONEN_LIMBURG_KEY: &str = text!("demo/sleutels/wonen-limburg-fictief.pem");
    pub(crate) const GEMEENTE_KEY: &str = text!("demo/sleutels/gemeente-fictief.pem");
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::programme;

    /// A column of a file, row by row.
    fn column(file: &[u8], name: &str) -> Vec<String> {
        let mut reader = csv::Reader::from_reader(file);
        let at = reader.headers().expect("a header").iter().position(|column| column == name);
        let at = at.expect("the column");
        reader.records().map(|row| row.expect("a row").get(at).expect("a value").to_owned()).collect()
    }

    #[test]
    fn every_purpose_serves_a_goal_or_an_inspanning_of_the_programme() {
        let named = |collection: &str, file| {
            let codes = column(file, "code").into_iter();
            codes.map(|code| format!("{collection}/{code}")).collect::<Vec<_>>()
        };
        let all = [named("goals", programme::GOALS), named("inspanningen", programme::INSPANNINGEN)].concat();
        let known: HashSet<String> = all.into_iter().collect();
        for served in column(programme::PURPOSES, "dient") {
            assert!(known.contains(&served), "{served}");
        }
    }
}
