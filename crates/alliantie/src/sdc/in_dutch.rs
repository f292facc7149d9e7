//! What `crates/sdc` finds wrong, for who reads Dutch.

use sdc::model::ModelError;
use sdc::protect::NoMask;

/// How many names one sentence has at most.
const MOST_NAMED: usize = 100;

/// Names between quotes, and how many more there are.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let first: Vec<String> = names.by_ref().take(MOST_NAMED).map(|name| format!("\"{name}\"")).collect();
    let more = match names.count() {
        0 => String::new(),
        more => format!(" en nog {more}"),
    };
    format!("{}{more}", first.join(", "))
}

/// Why cells and relations do not go together, with numbers as the file has them.
pub(super) fn model(error: &ModelError, number: impl Fn(i128) -> String) -> String {
    match error {
        ModelError::Duplicate { code } => format!("\"{code}\" komt twee keer voor; geef elke cel één keer"),
        ModelError::Unknown { code, named_by } => {
            format!("\"{named_by}\" noemt \"{code}\", en die is er niet; voeg de cel toe of verbeter de naam")
        }
        ModelError::Cycle { code } => {
            format!("\"{code}\" is een deel van zichzelf; een totaal hoort boven al zijn delen te staan")
        }
        ModelError::NotAdditive { total, value, parts } => {
            let (value, parts) = (number(*value), number(*parts));
            format!("\"{total}\" is {value} en de delen zijn samen {parts}; ze moeten precies optellen")
        }
        ModelError::Unequal { one, other } => {
            format!("\"{one}\" en \"{other}\" gaan over dezelfde eenheden en moeten dezelfde waarde hebben")
        }
        ModelError::CountedTwice { total, one, other } => format!(
            "\"{one}\" en \"{other}\" gaan over dezelfde eenheden, en zijn allebei een deel van \"{total}\", dat ze zo twee \
             keer telt; laat \"{total}\" weg, of geef het delen die elke eenheid één keer tellen"
        ),
        ModelError::Negative { cell } => format!("\"{cell}\" is onder nul; verwacht wordt nul of meer"),
        ModelError::TooLarge { what } => {
            format!("{what} past niet in 64 bits; gebruik kleinere getallen of minder decimalen")
        }
        ModelError::Empty { what } => format!("{what} is leeg; geef er minstens een"),
        // Not of linked tables.
        ModelError::TooManyCrossed { .. } | ModelError::WrongLength { .. } | ModelError::Stopped => {
            error.to_string()
        }
    }
}

/// Why there is no mask; where none was found, by the names of the cells that none protects.
pub(super) fn no_mask<'a>(error: &NoMask, cells: impl IntoIterator<Item = &'a str>) -> String {
    match error {
        NoMask::Impossible { .. } => format!(
            "er is geen masker gevonden dat deze cellen beschermt: {}; neem een grover niveau of minder uitsplitsingen \
             (waar veel gekruist is, kan een masker over het hoofd zijn gezien)",
            listed(cells)
        ),
        NoMask::Cancelled => "afgebroken; er is geen masker en geen oordeel".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_a_hundred_are_listed_and_the_others_counted() {
        let names: Vec<String> = (0..2345).map(|number| format!("c{number}")).collect();
        let of = |most: usize| listed(names.iter().take(most).map(String::as_str));
        assert_eq!(of(2), "\"c0\", \"c1\"");
        assert!(of(100).ends_with(", \"c99\""));
        assert!(of(101).ends_with("\"c99\" en nog 1"));
        assert!(of(2345).ends_with("\"c99\" en nog 2245"));
        let said = no_mask(&NoMask::Impossible { cells: vec![0] }, names.iter().map(String::as_str));
        assert!(said.contains("\"c0\"") && said.contains("en nog 2245;"), "{said}");
    }
}
