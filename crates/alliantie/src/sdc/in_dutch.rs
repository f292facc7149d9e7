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

/// Why cells and relations do not go together.
pub(super) fn model(error: &ModelError) -> String {
    match error {
        ModelError::Duplicate { code } => format!("\"{code}\" komt twee keer voor; geef elke cel één keer"),
        ModelError::CountedTwice { total, one, other } => format!(
            "\"{one}\" en \"{other}\" gaan over dezelfde eenheden, en zijn allebei een deel van \"{total}\", dat ze zo twee \
             keer telt; laat \"{total}\" weg, of geef het delen die elke eenheid één keer tellen"
        ),
        ModelError::Negative { cell } => format!("\"{cell}\" is onder nul; verwacht wordt nul of meer"),
        ModelError::TooLarge { what } => {
            format!("{what} past niet in 64 bits; gebruik kleinere getallen of minder decimalen")
        }
        // Not of linked tables, or told with the place in the file. Sums of which each adds up have the same
        // value where they are of the same cells.
        ModelError::Cycle { .. }
        | ModelError::Unknown { .. }
        | ModelError::NotAdditive { .. }
        | ModelError::Unequal { .. }
        | ModelError::Empty { .. }
        | ModelError::TooManyCrossed { .. }
        | ModelError::WrongLength { .. }
        | ModelError::Stopped => error.to_string(),
    }
}

/// From whom cells are not protected, where it is not from everybody.
pub(super) fn from_whom(only_insiders: bool) -> &'static str {
    if only_insiders { " tegen wie als enige in een cel zit en die dus kent" } else { "" }
}

/// Why there is no mask; where none was found, by the names of the cells that none protects, and whether there is one
/// where nobody knows a cell.
pub(super) fn no_mask<'a>(
    error: &NoMask,
    cells: impl IntoIterator<Item = &'a str>,
    only_insiders: bool,
) -> String {
    match error {
        NoMask::Impossible { .. } => format!(
            "er is geen masker gevonden dat deze cellen beschermt{}: {}; neem een grover niveau of minder uitsplitsingen \
             (waar veel gekruist is, kan een masker over het hoofd zijn gezien)",
            from_whom(only_insiders),
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
        let said = no_mask(&NoMask::Impossible { cells: vec![0] }, names.iter().map(String::as_str), false);
        assert!(said.contains("\"c0\"") && said.contains("en nog 2245;"), "{said}");
    }

    #[test]
    fn a_refusal_says_that_only_who_is_alone_in_a_cell_would_know() {
        let said = no_mask(&NoMask::Impossible { cells: vec![0] }, ["b"], true);
        let expected = "beschermt tegen wie als enige in een cel zit en die dus kent: \"b\";";
        assert!(said.contains(expected), "{said}");
    }
}
