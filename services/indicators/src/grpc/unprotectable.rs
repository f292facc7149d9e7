//! Why a release cannot be protected, in words.

use platform::status::FieldViolation;
use proto::indicators::v1 as pb;

use super::convert;
use crate::domain::area::AreaKind;
use crate::domain::masking::{Failure, MOST_CELLS, Sum, Unprotected, Why, Without};
use crate::domain::period::Period;
use crate::domain::protection::Protection;
use crate::store::shield::Unprotectable;

/// Why a release cannot be protected, as the contract has it.
pub(super) fn failure(none: &Unprotectable) -> pb::ProtectionFailure {
    let cell = |cell: &Unprotected| pb::UnprotectedCell {
        indicator: format!("indicators/{}", cell.indicator),
        period: cell.period.to_string(),
        source: cell.source.clone(),
        cell: cell.cell.clone(),
    };
    let (message_nl, message_en) = sentences(none);
    pb::ProtectionFailure {
        release: none.release.resource_name(),
        cells: none.cells().map(cell).collect(),
        cell_count: convert::count(none.count()),
        message_nl,
        message_en,
    }
}

/// A protection that cannot be given at all.
pub(super) fn not_given(dataset: &str) -> pb::ProtectionFailure {
    pb::ProtectionFailure {
        message_nl: format!(
            "datasets/{dataset}: deze bescherming is niet te geven. Wel mogelijk zijn een minimum, verborgen nullen, een marge, de p%-regel tot 100, dominantie (1 tot 5, 50 tot 99 procent), afronding, een minimum voor percentages en een grens voor groepen."
        ),
        message_en: format!(
            "datasets/{dataset}: this protection cannot be given. A minimum, withheld zeros, an interval, the p% rule up to 100, dominance (1 to 5, 50 to 99 percent), rounding, a minimum for percentages and a limit for groups can."
        ),
        ..Default::default()
    }
}

/// The cells as the places that an error is about.
pub(super) fn places(none: &Unprotectable) -> Vec<FieldViolation> {
    none.failures.iter().flat_map(of_failure).take(MOST_CELLS).collect()
}

fn of_failure(failure: &Failure) -> impl Iterator<Item = FieldViolation> {
    let place = |(at, cell): (usize, &Unprotected)| {
        let (nl, en) = match (&failure.why, cell.sum) {
            (_, Some(sum)) => parts(sum),
            (Why::NotAdditive { .. }, None) => ("telt niet op".to_owned(), "does not add up".to_owned()),
            (Why::Unequal, None) => match failure.cells.get(at ^ 1).map(named) {
                Some(other) => (
                    format!("heeft dezelfde delen als {other} en een ander aantal"),
                    format!("is made of the same parts as {other} and has a different count"),
                ),
                None => ("heeft een ander aantal".to_owned(), "has a different count".to_owned()),
            },
            (Why::Negative, None) => ("is onder nul".to_owned(), "is under zero".to_owned()),
            (Why::TooManyMisfits, None) => {
                ("is niet op tijd na te gaan".to_owned(), "takes too long to find out about".to_owned())
            }
            _ => ("is niet te beschermen".to_owned(), "cannot be protected".to_owned()),
        };
        FieldViolation::new(named(cell), en, nl)
    };
    failure.cells.iter().enumerate().map(place)
}

fn named(cell: &Unprotected) -> String {
    let source = if cell.source.is_empty() { String::new() } else { format!(" ({})", cell.source) };
    format!("indicators/{} {} {}{source}", cell.indicator, cell.period, cell.cell)
}

/// What a total is, and its parts, in Dutch and in English.
fn parts(Sum { total, parts }: Sum) -> (String, String) {
    (
        format!("is {total} en de delen zijn samen {parts}"),
        format!("is {total} and its parts are {parts} together"),
    )
}

/// Most totals that are named in a sentence.
const MOST_NAMED: usize = 3;

/// Totals with their parts, as far as they are named, in Dutch and in English.
fn sums(cells: &[Unprotected]) -> (String, String) {
    let with_sum = cells.iter().filter_map(|cell| Some((named(cell), parts(cell.sum?))));
    let each =
        with_sum.take(MOST_NAMED).map(|(name, (nl, en))| (format!("{name} {nl}"), format!("{name} {en}")));
    let (nl, en): (Vec<_>, Vec<_>) = each.unzip();
    if nl.is_empty() {
        return (String::new(), String::new());
    }
    (format!(": {}", nl.join("; ")), format!(": {}", en.join("; ")))
}

/// Places with the same parts, two by two, as far as they are named; `and` stands between the two.
fn pairs(cells: &[Unprotected], and: &str) -> String {
    let pairs = cells.chunks(2).take(MOST_NAMED);
    pairs.map(|pair| pair.iter().map(named).collect::<Vec<_>>().join(and)).collect::<Vec<_>>().join("; ")
}

/// What is wrong and what would help, in Dutch and in English.
pub(super) fn sentences(none: &Unprotectable) -> (String, String) {
    let sentence = |failure| sentence(none, failure);
    let failures = none.failures.iter().map(sentence);
    let (nl, en): (Vec<_>, Vec<_>) = failures.chain(smaller(none)).chain(standing(none)).unzip();
    (nl.join(" "), en.join(" "))
}

/// Of a release that is published: that no smaller delivery helps, and what does.
fn standing(none: &Unprotectable) -> Option<(String, String)> {
    if !none.published || !none.failures.iter().any(|failure| failure.why.is_lack_of_room()) {
        return None;
    }
    let (nl, en) = match none.instead.map(Protection::name) {
        Some(instead) => (format!("Wel te geven is {instead}."), format!("What can be given is {instead}.")),
        None => (
            "Of een andere bescherming kan, is vooraf na te gaan (AuditRelease). Cijfers die hier niet in staan, kunt u delen in een nieuwe dataset.".to_owned(),
            "Whether another protection can be given, AuditRelease tells beforehand. Figures that are not in this dataset can be shared in a new one.".to_owned(),
        ),
    };
    Some((
        format!(
            "Deze uitgave is al gepubliceerd, en wat is getoond, blijft: een kleinere levering helpt niet. {nl}"
        ),
        format!("This release is published, and what was shown stays: no smaller delivery helps. {en}"),
    ))
}

/// The smaller deliveries that can be protected, or that none was found.
fn smaller(none: &Unprotectable) -> Option<(String, String)> {
    let found = none.smaller.as_ref()?;
    if found.is_empty() {
        return Some((
            "Een kleinere levering die wel te beschermen is, is niet gevonden: niet zonder een uitsplitsing, niet zonder de kleinste gebieden, niet zonder twee daarvan, en niet door weg te laten wat niet te beschermen is.".to_owned(),
            "No smaller delivery was found that can be protected: not without a breakdown, not without the smallest areas, not without two of these, and not by leaving out what cannot be protected.".to_owned(),
        ));
    }
    let all = |parts: &[Without]| -> (Vec<String>, Vec<String>) { parts.iter().map(without).unzip() };
    let each = found.iter().map(|parts| all(parts)).map(|(nl, en)| (nl.join(" en "), en.join(" and ")));
    let (nl, en): (Vec<_>, Vec<_>) = each.unzip();
    Some((
        format!("Wel te beschermen is een levering {}.", nl.join(", of ")),
        format!("What can be protected is a delivery {}.", en.join(", or ")),
    ))
}

fn sentence(none: &Unprotectable, failure: &Failure) -> (String, String) {
    let (release, protection) = (none.release.resource_name(), none.protection.name());
    let of = |one: &'static str, more: &'static str| if failure.count == 1 { one } else { more };
    let counts_nl = format!("{} {}", failure.count, of("aantal", "aantallen"));
    let counts_en = format!("{} {}", failure.count, of("count", "counts"));
    let are = of("is", "zijn");
    match &failure.why {
        Why::Unprotected => (
            format!(
                "{release}: {counts_nl} {are} uit te rekenen of te dicht te benaderen, wat er verder ook wordt verborgen ({protection}): door wie alles wat is getoond, ook eerder en van andere bronnen, leest als cijfers van één moment, of door wie als enige achter een aantal zit."
            ),
            format!(
                "{release}: {counts_en} can be computed or narrowed down too far, whatever else is withheld ({protection}): by who reads all that was shown, earlier and of other sources too, as figures of one moment, or by who is the only one behind a count."
            ),
        ),
        Why::NotProven => (
            format!(
                "{release}: van {counts_nl} is niet te bewijzen dat {} ({protection}). Dat zegt niet dat {} uit te rekenen {are}.",
                of("het genoeg ruimte houdt", "ze genoeg ruimte houden"),
                of("het", "ze")
            ),
            format!(
                "{release}: of {counts_en} it cannot be proven that {} enough room ({protection}). That does not say that {} can be computed.",
                of("it keeps", "they keep"),
                of("it", "they")
            ),
        ),
        Why::Together(other) => (
            format!(
                "{release}: {counts_nl} {are} uit te rekenen voor wie ook antwoorden krijgt met een andere bescherming van deze dataset ({}). {} dezelfde bescherming, of een die in alles even streng of strenger is.",
                other.name(),
                if none.published { "Kies" } else { "Kies bij een nieuwe afspraak" },
            ),
            format!(
                "{release}: {counts_en} can be computed by who also gets answers under another protection of this dataset ({}). {} the same protection, or one that is at least as strict in everything.",
                other.name(),
                if none.published { "Choose" } else { "For a new agreement choose" },
            ),
        ),
        Why::NotAdditive { over_time } => {
            let (sums_nl, sums_en) = sums(&failure.cells);
            let (or_nl, or_en) = match over_time {
                true => (
                    ", of laat het programma opgeven dat periodes niet optellen, als dat zo is",
                    ", or have the programme declare that periods do not, if that is so",
                ),
                false => ("", ""),
            };
            (
                format!("{release}: de cijfers tellen niet op{sums_nl}. Lever cijfers die optellen{or_nl}."),
                format!("{release}: the figures do not add up{sums_en}. Deliver figures that add up{or_en}."),
            )
        }
        Why::Negative => (
            format!(
                "{release}: een aantal, of wat van een geheel overblijft, is onder nul. Lever aantallen van nul of meer, die optellen."
            ),
            format!(
                "{release}: a count, or what is left of a whole, is under zero. Deliver counts of zero or more that add up."
            ),
        ),
        Why::Unequal => (
            format!(
                "{release}: twee gebieden of groepen met dezelfde delen hebben verschillende aantallen ({}). Lever hetzelfde aantal, of een van de twee.",
                pairs(&failure.cells, " en ")
            ),
            format!(
                "{release}: two areas or groups that are made of the same parts have different counts ({}). Deliver the same count, or one of the two.",
                pairs(&failure.cells, " and ")
            ),
        ),
        Why::TooLarge => (
            format!("{release}: een aantal is te groot om mee te rekenen. Lever kleinere aantallen."),
            format!("{release}: a count is too large to compute with. Deliver smaller counts."),
        ),
        Why::TooManyCrossed => (
            format!(
                "{release}: de groepen zijn twee aan twee gekruist en niet allemaal samen, en hebben zo te veel aantallen gemeen om te beschermen, ook met eerdere leveringen samen. Laat een van die kruisingen weg, of lever alle groepen samen gekruist."
            ),
            format!(
                "{release}: the groups are crossed two by two and not all together, and have too many counts in common to protect, also with earlier deliveries. Leave one of these crossings out, or deliver all groups crossed together."
            ),
        ),
        Why::TooManyMisfits => (
            format!(
                "{release}: van {counts_nl} is niet op tijd na te gaan hoe {}; te veel doen dat niet. Lever alle gebieden en groepen van alle bronnen opnieuw in één levering. Is deze release al gepubliceerd, dan kan deze bescherming voor de dataset niet.",
                of("het bij de andere past", "ze bij elkaar passen")
            ),
            format!(
                "{release}: of {counts_en} it takes too long to find out how {}; too many do not. Deliver all areas and groups of all sources again in one delivery. Where this release is published already, the dataset cannot have this protection.",
                of("it fits with the others", "they fit together")
            ),
        ),
        Why::Cancelled => (
            format!("{release}: de berekening is afgebroken. Probeer het opnieuw."),
            format!("{release}: the computation was ended. Try again."),
        ),
    }
}

/// What is left out of a delivery.
fn without(without: &Without) -> (String, String) {
    match without {
        Without::Breakdown { code, name } => (
            format!("zonder uitsplitsing naar {} (kolom {code}: alleen het totaal)", name.to_lowercase()),
            format!("without the breakdown {code} (its total only)"),
        ),
        Without::Areas(kind) => {
            let level = match kind {
                AreaKind::Country => "landen",
                AreaKind::Region => "regio's",
                AreaKind::Municipality => "gemeenten",
                AreaKind::District => "wijken",
                AreaKind::Neighbourhood => "buurten",
                AreaKind::ProgrammeArea => "programmagebieden",
                AreaKind::Benchmark => "benchmarks",
            };
            (format!("zonder {level}"), format!("without areas of level {}", kind.level()))
        }
        Without::Block { indicator, periods } => {
            let period = periods.first().map(Period::to_string).unwrap_or_default();
            let (with_nl, with_en) = match periods.len() {
                0 | 1 => ("", ""),
                _ => (" en wat daarin ligt", " and what lies in it"),
            };
            (
                format!("zonder indicators/{indicator} in {period}{with_nl}"),
                format!("without indicators/{indicator} in {period}{with_en}"),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::release::ReleaseId;

    fn told(why: Why, cells: &[(&str, Option<Sum>)]) -> (String, Vec<FieldViolation>) {
        let none = unprotectable(why, cells);
        (sentences(&none).0, places(&none))
    }

    fn unprotectable(why: Why, cells: &[(&str, Option<Sum>)]) -> Unprotectable {
        let cell = |(cell, sum): &(&str, Option<Sum>)| Unprotected {
            indicator: "aantal".to_owned(),
            period: Period::Year(2025),
            source: String::new(),
            cell: (*cell).to_owned(),
            sum: *sum,
        };
        let cells: Vec<Unprotected> = cells.iter().map(cell).collect();
        let failure = Failure { why, count: cells.len(), cells, blocks: BTreeSet::new() };
        let release = ReleaseId { dataset: "d".to_owned(), number: 1 };
        Unprotectable {
            release,
            protection: Protection::default(),
            failures: vec![failure],
            published: true,
            smaller: None,
            instead: None,
        }
    }

    #[test]
    fn smaller_deliveries_are_told_by_what_is_left_out_and_so_is_that_none_was_found() {
        let breakdown = || Without::Breakdown { code: "leeftijd".to_owned(), name: "Leeftijd".to_owned() };
        let block =
            |periods: &[Period]| Without::Block { indicator: "aantal".to_owned(), periods: periods.to_vec() };
        let (year, quarter) = (Period::Year(2025), Period::Quarter(2025, 1));
        let leeftijd = "zonder uitsplitsing naar leeftijd (kolom leeftijd: alleen het totaal)";
        let wel = "Wel te beschermen is een levering";
        for (smaller, expected) in [
            (vec![vec![Without::Areas(AreaKind::District)]], format!("{wel} zonder wijken.")),
            (
                vec![vec![breakdown()], vec![Without::Areas(AreaKind::Neighbourhood)]],
                format!("{wel} {leeftijd}, of zonder buurten."),
            ),
            (
                vec![vec![breakdown(), Without::Areas(AreaKind::Neighbourhood)]],
                format!("{wel} {leeftijd} en zonder buurten."),
            ),
            (
                vec![vec![block(&[Period::Year(2024)]), block(&[year, quarter])]],
                format!(
                    "{wel} zonder indicators/aantal in 2024 en zonder indicators/aantal in 2025 en wat daarin ligt."
                ),
            ),
            (Vec::new(), "en niet door weg te laten wat niet te beschermen is.".to_owned()),
        ] {
            let none = unprotectable(Why::Unprotected, &[("GM1", None)]);
            let none = Unprotectable { published: false, smaller: Some(smaller), ..none };
            let (nl, _) = sentences(&none);
            assert!(nl.ends_with(&expected), "{nl}");
        }
    }

    #[test]
    fn a_place_tells_what_is_wrong_there() {
        let problems = |why, cells: &[(&str, Option<Sum>)]| {
            told(why, cells).1.into_iter().map(|place| place.problem_nl).collect::<Vec<_>>()
        };
        assert_eq!(problems(Why::NotProven, &[("GM1", None)]), ["is niet te beschermen"]);
        assert_eq!(problems(Why::Negative, &[("GM1", None)]), ["is onder nul"]);
        assert_eq!(problems(Why::NotAdditive { over_time: false }, &[("GM1", None)]), ["telt niet op"]);
        let of =
            |other| format!("heeft dezelfde delen als indicators/aantal 2025 {other} en een ander aantal");
        assert_eq!(problems(Why::Unequal, &[("WK1", None), ("PG1", None)]), [of("PG1"), of("WK1")]);
    }

    #[test]
    fn one_count_is_told_of_as_one() {
        for (why, one, more) in [
            (Why::Unprotected, ": 1 aantal is uit te rekenen", ": 2 aantallen zijn uit te rekenen"),
            (
                Why::NotProven,
                ": van 1 aantal is niet te bewijzen dat het genoeg ruimte houdt",
                ": van 2 aantallen is niet te bewijzen dat ze genoeg ruimte houden",
            ),
            (
                Why::Together(Protection::default()),
                ": 1 aantal is uit te rekenen voor wie",
                ": 2 aantallen zijn uit te rekenen voor wie",
            ),
            (
                Why::TooManyMisfits,
                ": van 1 aantal is niet op tijd na te gaan hoe het bij de andere past",
                ": van 2 aantallen is niet op tijd na te gaan hoe ze bij elkaar passen",
            ),
        ] {
            let cells = [("GM1", None), ("GM2", None)];
            let (of_one, _) = told(why.clone(), &cells[..1]);
            assert!(of_one.contains(one), "{of_one}");
            let (of_more, _) = told(why, &cells);
            assert!(of_more.contains(more), "{of_more}");
        }
    }

    #[test]
    fn of_a_published_release_that_has_no_mask_no_smaller_delivery_is_said_to_help() {
        let helps_not = "een kleinere levering helpt niet";
        assert!(told(Why::NotProven, &[("GM1", None)]).0.contains(helps_not));
        assert!(!told(Why::TooLarge, &[]).0.contains(helps_not), "what is wrong is something else");
    }

    #[test]
    fn figures_that_do_not_add_up_are_told_with_advice_that_can_apply() {
        let cells = [("GM1", Some(Sum { total: 100, parts: 120 }))];
        let (of_one, places) = told(Why::NotAdditive { over_time: false }, &cells);
        assert_eq!(
            of_one,
            "datasets/d/releases/1: de cijfers tellen niet op: indicators/aantal 2025 GM1 is 100 en de delen zijn samen 120. Lever cijfers die optellen."
        );
        assert_eq!(places[0].problem_nl, "is 100 en de delen zijn samen 120");
        let (of_several, _) = told(Why::NotAdditive { over_time: true }, &cells);
        assert!(of_several.contains("dat periodes niet optellen"), "{of_several}");
    }

    #[test]
    fn both_places_with_the_same_parts_are_named() {
        let (sentence, _) = told(Why::Unequal, &[("BRU-OOST|jong", None), ("WK089903|jong", None)]);
        assert!(
            sentence
                .contains("(indicators/aantal 2025 BRU-OOST|jong en indicators/aantal 2025 WK089903|jong)"),
            "{sentence}"
        );
    }
}
