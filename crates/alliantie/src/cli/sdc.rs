//! What the command line can do with a file of linked tables. Its help is Dutch: it is for who has the tables.

use std::path::PathBuf;

use ::sdc::rules::{Dominance, Preset, Share};
use clap::{Args, Subcommand};

/// What can be done with a file of linked tables.
#[derive(Debug, Subcommand)]
pub(crate) enum Sdc {
    #[command(
        about = "Toont als JSON, voor elk geval in het bestand, welke verborgen cellen te berekenen zijn, tussen welke \
                 waarden de andere liggen, en of wat beschermd is veilig is"
    )]
    Audit {
        #[arg(
            value_name = "BESTAND",
            help = "JSON met cells, relations en cases; - voor de standaardinvoer"
        )]
        file: PathBuf,
    },
    #[command(
        about = "Toont als JSON welke cellen verborgen moeten worden om kleine groepen te beschermen, en wat dat kost"
    )]
    Protect {
        #[arg(value_name = "BESTAND", help = "JSON met cells en relations; - voor de standaardinvoer")]
        file: PathBuf,
        #[command(flatten)]
        policy: SdcPolicy,
    },
    #[command(
        about = "Laat aan de fictieve levering van Weller zien welke kleine cellen een minimum alleen prijsgeeft, en dat \
                 een masker er geen prijsgeeft"
    )]
    Demo,
}

/// The rules to protect by. Rules can only be made stricter than those of the policy.
#[derive(Args, Clone, Debug)]
pub(crate) struct SdcPolicy {
    #[arg(
        long,
        value_name = "BELEID",
        value_parser = preset,
        help = format!("Naam van een beleid: {}", presets()),
    )]
    pub policy: Preset,
    #[arg(long, value_name = "AANTAL", value_parser = count, help = "Verberg aantallen hieronder")]
    pub minimum_frequency: Option<u64>,
    #[arg(
        long,
        value_name = "AANTAL",
        value_parser = count,
        help = "Laat minstens dit tussen de laagste en de hoogste mogelijke waarde"
    )]
    pub interval_width: Option<u64>,
    #[arg(long, help = "Verberg ook nullen")]
    pub protect_zeros: bool,
    #[arg(
        long,
        value_name = "AANTAL",
        value_parser = count,
        help = "Verberg percentages en gemiddelden van minder dan dit"
    )]
    pub minimum_denominator: Option<u64>,
    #[arg(long, value_name = "AANTAL", value_parser = count, help = "Verberg waarop minder mensen antwoordden")]
    pub minimum_respondents: Option<u64>,
    #[arg(
        long,
        value_name = "PERCENTAGE",
        value_parser = percentage,
        help = "Verberg wat dit percentage van zijn groep is, of meer"
    )]
    pub group_percent: Option<u32>,
    #[arg(
        long,
        value_name = "PERCENTAGE",
        value_parser = percentage,
        help = "Verberg een bedrag waarvan de op een na grootste bijdrager de grootste binnen dit percentage kan schatten"
    )]
    pub p_percent: Option<u32>,
    #[arg(
        long,
        value_name = "N,K",
        value_parser = dominance,
        help = "Verberg een bedrag waarvan de N grootste bijdragers meer dan K procent hebben; kan vaker"
    )]
    pub dominance: Vec<Dominance>,
    #[arg(long, help = "Verberg aantallen: alleen percentages worden getoond")]
    pub percentages_only: bool,
    #[arg(long, help = "Houd rekening met wie een cel kent omdat die er als enige in zit")]
    pub insiders: bool,
}

fn presets() -> String {
    Preset::ALL.map(Preset::name).join(", ")
}

fn preset(name: &str) -> Result<Preset, String> {
    name.parse().map_err(|_| format!("er is geen beleid \"{name}\"; kies uit {}", presets()))
}

fn count(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        format!("\"{text}\" is geen geheel getal van 0 tot en met {}, bijvoorbeeld 10", u64::MAX)
    })
}

fn percentage(text: &str) -> Result<u32, String> {
    let percent = text.parse().ok().filter(|percent| (1..=100).contains(percent));
    percent.ok_or_else(|| format!("\"{text}\" is geen geheel getal van 1 tot en met 100, bijvoorbeeld 90"))
}

fn dominance(text: &str) -> Result<Dominance, String> {
    let expected = || {
        format!(
            "\"{text}\" is geen N,K; verwacht worden een aantal bijdragen van 1 of meer en een percentage van 1 tot en met 100, bijvoorbeeld 2,90"
        )
    };
    let (n, k) = text.split_once(',').ok_or_else(expected)?;
    let (n, k): (usize, u32) = n.trim().parse().ok().zip(k.trim().parse().ok()).ok_or_else(expected)?;
    if n == 0 || !(1..=100).contains(&k) {
        return Err(expected());
    }
    Ok(Dominance { n, k: Share::percent(k) })
}
