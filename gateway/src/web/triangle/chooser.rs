//! The form with which a visitor chooses area, benchmark and year.

use proto::indicators::v1::{Area, AreaKind};

use super::request::Choice;

/// The form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chooser {
    /// The areas to show.
    pub(super) areas: Vec<Group>,
    /// The areas to compare with: the same, benchmarks first.
    pub(super) benchmarks: Vec<Group>,
    /// The year as it was typed.
    pub(super) year: String,
    /// What is wrong with the area, in Dutch.
    pub(super) area_error: Option<String>,
    /// What is wrong with the benchmark, in Dutch.
    pub(super) benchmark_error: Option<String>,
    /// What is wrong with the year, in Dutch.
    pub(super) year_error: Option<String>,
}

/// Areas of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The kind, in Dutch.
    pub(super) label: &'static str,
    /// The areas, by name.
    pub(super) options: Vec<Choosable>,
}

/// One area to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choosable {
    /// Code of the area.
    pub(super) code: String,
    /// Name of the area.
    pub(super) name: String,
    /// Whether it is the one on the page.
    pub(super) selected: bool,
}

/// The kinds as an area is looked for: what the programme is about first.
const AREA_ORDER: [AreaKind; 8] = [
    AreaKind::ProgrammeArea,
    AreaKind::Municipality,
    AreaKind::District,
    AreaKind::Neighbourhood,
    AreaKind::Region,
    AreaKind::Country,
    AreaKind::Benchmark,
    AreaKind::Unspecified,
];

/// The kinds as something to compare with is looked for: from far to near.
const BENCHMARK_ORDER: [AreaKind; 8] = [
    AreaKind::Benchmark,
    AreaKind::Country,
    AreaKind::Region,
    AreaKind::Municipality,
    AreaKind::ProgrammeArea,
    AreaKind::District,
    AreaKind::Neighbourhood,
    AreaKind::Unspecified,
];

fn label(kind: AreaKind) -> &'static str {
    match kind {
        AreaKind::Unspecified => "Andere gebieden",
        AreaKind::Country => "Land",
        AreaKind::Region => "Regio",
        AreaKind::Municipality => "Gemeente",
        AreaKind::District => "Wijken",
        AreaKind::Neighbourhood => "Buurten",
        AreaKind::ProgrammeArea => "Gebieden van het programma",
        AreaKind::Benchmark => "Vergelijkbare gemeenten",
    }
}

impl Chooser {
    /// The form over `areas` with `choice` filled in.
    pub(super) fn new(areas: &[Area], choice: &Choice) -> Self {
        Self {
            areas: groups(areas, &AREA_ORDER, &choice.area),
            benchmarks: groups(areas, &BENCHMARK_ORDER, &choice.benchmark),
            year: choice.year.clone(),
            area_error: unknown(areas, &choice.area),
            benchmark_error: unknown(areas, &choice.benchmark),
            year_error: (!choice.year_is_valid()).then(|| year_error(&choice.year)),
        }
    }

    /// Everything that is wrong with the choice, in the order of the form: which field, and what.
    pub(super) fn errors(&self) -> Vec<(&'static str, &str)> {
        [("gebied", &self.area_error), ("benchmark", &self.benchmark_error), ("jaar", &self.year_error)]
            .into_iter()
            .filter_map(|(field, error)| error.as_deref().map(|error| (field, error)))
            .collect()
    }
}

fn groups(areas: &[Area], order: &[AreaKind], chosen: &str) -> Vec<Group> {
    let mut groups = Vec::new();
    for kind in order {
        let mut options: Vec<Choosable> = areas
            .iter()
            .filter(|area| area.kind() == *kind)
            .map(|area| Choosable {
                code: area.code.clone(),
                name: area.display_name.clone(),
                selected: area.code == chosen,
            })
            .collect();
        options.sort_by(|a, b| (&a.name, &a.code).cmp(&(&b.name, &b.code)));
        if !options.is_empty() {
            groups.push(Group { label: label(*kind), options });
        }
    }
    groups
}

fn unknown(areas: &[Area], code: &str) -> Option<String> {
    if areas.iter().any(|area| area.code == code) {
        return None;
    }
    if code.is_empty() {
        return Some("Kies een gebied uit de lijst.".to_owned());
    }
    Some(format!("Het gebied \u{2018}{code}\u{2019} kennen we niet. Kies een gebied uit de lijst."))
}

fn year_error(year: &str) -> String {
    if year.is_empty() {
        "Vul een jaar in van vier cijfers, bijvoorbeeld 2023.".to_owned()
    } else {
        format!("\u{2018}{year}\u{2019} is geen jaar. Vul een jaar in van vier cijfers, bijvoorbeeld 2023.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::fake;

    #[test]
    fn areas_are_grouped_by_kind_and_sorted_by_name() {
        let chooser = Chooser::new(&fake::areas(), &Choice::parse(""));
        let shown: Vec<(&str, Vec<&str>)> = chooser
            .areas
            .iter()
            .map(|group| (group.label, group.options.iter().map(|option| option.name.as_str()).collect()))
            .collect();
        assert_eq!(shown[0], ("Gebieden van het programma", vec!["Brunssum Noord", "Brunssum Oost"]));
        assert_eq!(shown[1], ("Gemeente", vec!["Brunssum"]));
        assert_eq!(chooser.benchmarks[0].label, "Vergelijkbare gemeenten");
    }

    #[test]
    fn the_chosen_area_is_selected_once() {
        let chooser = Chooser::new(&fake::areas(), &Choice::parse("gebied=GM0899"));
        let selected: Vec<&str> = chooser
            .areas
            .iter()
            .flat_map(|group| &group.options)
            .filter(|option| option.selected)
            .map(|option| option.code.as_str())
            .collect();
        assert_eq!(selected, ["GM0899"]);
        assert!(chooser.errors().is_empty());
    }

    #[test]
    fn every_wrong_field_is_named() {
        let chooser = Chooser::new(&fake::areas(), &Choice::parse("gebied=X&benchmark=&jaar=nu"));
        let fields: Vec<&str> = chooser.errors().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["gebied", "benchmark", "jaar"]);
    }
}
