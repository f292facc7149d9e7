//! Datasets: what they hold, who owns them, who may read them.

use super::subtotal::Subtotal;

/// Who may read the values of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// Everybody.
    Public,
    /// The owner, and others under an agreement.
    Shared,
}

impl Visibility {
    /// The visibility as the data files name it.
    #[must_use]
    pub(crate) fn dutch(self) -> &'static str {
        match self {
            Self::Public => "openbaar",
            Self::Shared => "gedeeld",
        }
    }

    /// The visibility that the data files name so.
    #[must_use]
    pub(crate) fn of_dutch(name: &str) -> Option<Self> {
        [Self::Public, Self::Shared].into_iter().find(|visibility| visibility.dutch() == name)
    }
}

/// A breakdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dimension {
    /// Name of the column in a delivery.
    pub code: String,
    /// Dutch name.
    pub name: String,
    /// The category that is the sum of all that are in no other one; none where there is none.
    pub total: Option<String>,
    /// The categories, the total and the sub-totals included.
    pub categories: Vec<String>,
    /// The other categories that are the sum of some.
    pub subtotals: Vec<Subtotal>,
}

/// A series of releases with one owner and one shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dataset {
    /// Its code.
    pub code: String,
    /// Dutch title.
    pub name: String,
    /// What it is, in Dutch.
    pub description: String,
    /// OIN of the organisation that owns it.
    pub owner: String,
    /// Who may read its values.
    pub visibility: Visibility,
    /// Codes of the indicators that it has values for.
    pub indicators: Vec<String>,
    /// How its values are broken down, next to area and period.
    pub dimensions: Vec<Dimension>,
    /// The figures are made up.
    pub fictitious: bool,
    /// Number of the newest published release.
    pub latest_release: Option<u32>,
}

/// Columns that every delivery can have, so no dimension can take their names.
pub(crate) const FIXED_COLUMNS: [&str; 10] = [
    "indicator",
    "gebied",
    "periode",
    "waarde",
    "status",
    "bron",
    "opmerking",
    "teller",
    "noemer",
    "bijdragen",
];
/// Most breakdowns of a dataset.
const MAX_DIMENSIONS: usize = 8;
/// Most categories of a breakdown.
pub(super) const MAX_CATEGORIES: usize = 1000;
/// Most indicators of a dataset.
const MAX_INDICATORS: usize = 1000;

/// What is wrong with a new dataset: the path of the field, and the problem in English and Dutch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Path of the field.
    pub field: String,
    /// In English.
    pub en: String,
    /// In Dutch.
    pub nl: String,
}

pub(super) fn problem(field: impl Into<String>, en: impl Into<String>, nl: impl Into<String>) -> Problem {
    Problem { field: field.into(), en: en.into(), nl: nl.into() }
}

/// Whether `text` can be the code of a dataset: 3 to 63 of a-z, 0-9 and hyphen, a letter first.
#[must_use]
pub(crate) fn is_dataset_code(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (3..=63).contains(&text.len())
        && text.bytes().all(known)
        && text.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
}

impl Dataset {
    /// What is wrong with it as a new dataset, apart from what the catalogue knows.
    #[must_use]
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if !is_dataset_code(&self.code) {
            found.push(problem(
                "dataset_id",
                "is not a code; expected 3 to 63 of a-z, 0-9 and hyphen, a letter first",
                "is geen code; verwacht worden 3 tot 63 tekens a-z, 0-9 en streepje, te beginnen met een letter",
            ));
        }
        text_problem("dataset.display_name", &self.name, 1, 200, &mut found);
        text_problem("dataset.description", &self.description, 0, 2000, &mut found);
        if self.indicators.is_empty() || self.indicators.len() > MAX_INDICATORS {
            found.push(problem(
                "dataset.indicators",
                format!("has {} entries; expected 1 to {MAX_INDICATORS}", self.indicators.len()),
                format!("heeft {} onderdelen; verwacht worden 1 tot {MAX_INDICATORS}", self.indicators.len()),
            ));
        }
        doubles("dataset.indicators", &self.indicators, &mut found);
        if self.dimensions.len() > MAX_DIMENSIONS {
            found.push(problem(
                "dataset.dimensions",
                format!("has {} entries; expected at most {MAX_DIMENSIONS}", self.dimensions.len()),
                format!(
                    "heeft {} onderdelen; verwacht worden er hooguit {MAX_DIMENSIONS}",
                    self.dimensions.len()
                ),
            ));
        }
        let codes: Vec<String> = self.dimensions.iter().map(|dimension| dimension.code.clone()).collect();
        doubles("dataset.dimensions", &codes, &mut found);
        for (index, dimension) in self.dimensions.iter().enumerate() {
            dimension.problems(&format!("dataset.dimensions[{index}]"), &mut found);
        }
        found
    }

    /// What is wrong with it beside other datasets of its owner: figures of one indicator are in one of them.
    /// Each dataset is protected by itself, so small groups would follow from two that are put together.
    /// What is all public holds nothing back.
    #[must_use]
    pub(crate) fn problems_beside(&self, others: &[Self]) -> Vec<Problem> {
        let is_apart = |other: &&Self| {
            other.code != self.code && [self, *other].iter().any(|own| own.visibility == Visibility::Shared)
        };
        let others: Vec<&Self> = others.iter().filter(is_apart).collect();
        let problem = |(index, code): (usize, &String)| {
            let other = others.iter().find(|other| other.indicators.contains(code))?;
            let name = &other.code;
            Some(problem(
                format!("dataset.indicators[{index}]"),
                format!(
                    "is in datasets/{name} of your organisation; deliver it there, as small groups are protected within one dataset"
                ),
                format!(
                    "staat al in datasets/{name} van uw organisatie; lever het daar, want kleine groepen worden per dataset beschermd"
                ),
            ))
        };
        self.indicators.iter().enumerate().filter_map(problem).collect()
    }
}

impl Dimension {
    fn problems(&self, path: &str, found: &mut Vec<Problem>) {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        let first = self.code.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
        if !first || self.code.len() > 63 || !self.code.bytes().all(known) {
            found.push(problem(
                format!("{path}.code"),
                "is not a column name; expected at most 63 of a-z, 0-9, - and _, a letter first",
                "is geen kolomnaam; verwacht worden hooguit 63 tekens a-z, 0-9, - en _, eerst een letter",
            ));
        } else if FIXED_COLUMNS.contains(&self.code.as_str()) {
            found.push(problem(
                format!("{path}.code"),
                "is a column that every delivery has; choose another name",
                "is een kolom die elke levering al heeft; kies een andere naam",
            ));
        }
        text_problem(&format!("{path}.display_name"), &self.name, 1, 200, found);
        let categories = format!("{path}.categories");
        if self.categories.is_empty() || self.categories.len() > MAX_CATEGORIES {
            found.push(problem(
                categories.clone(),
                format!("has {} entries; expected 1 to {MAX_CATEGORIES}", self.categories.len()),
                format!("heeft {} onderdelen; verwacht worden 1 tot {MAX_CATEGORIES}", self.categories.len()),
            ));
        }
        for (index, category) in self.categories.iter().enumerate() {
            text_problem(&format!("{categories}[{index}]"), category, 1, 100, found);
        }
        doubles(&categories, &self.categories, found);
        if let Some(total) = &self.total
            && !self.categories.contains(total)
        {
            found.push(problem(
                format!("{path}.total"),
                "is not one of the categories",
                "is niet een van de categorieën",
            ));
        }
        found.extend(self.problems_of_subtotals(path));
    }
}

fn text_problem(field: &str, text: &str, least: usize, most: usize, found: &mut Vec<Problem>) {
    let length = text.trim().chars().count();
    if length < least {
        found.push(problem(field, "is required", "is verplicht"));
    } else if text.chars().count() > most || text.chars().any(char::is_control) {
        found.push(problem(
            field,
            format!("is not a text of at most {most} characters on one line"),
            format!("is geen tekst van hooguit {most} tekens op één regel"),
        ));
    }
}

fn doubles(field: &str, texts: &[String], found: &mut Vec<Problem>) {
    let mut seen = std::collections::HashSet::new();
    for (index, text) in texts.iter().enumerate() {
        if !seen.insert(text) {
            found.push(problem(format!("{field}[{index}]"), "is there twice", "staat er twee keer"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset() -> Dataset {
        Dataset {
            code: "huurachterstand".to_owned(),
            name: "Huurachterstand".to_owned(),
            description: String::new(),
            owner: "00000099000000002000".to_owned(),
            visibility: Visibility::Shared,
            indicators: vec!["huurachterstand".to_owned()],
            dimensions: vec![Dimension {
                code: "leeftijdsgroep".to_owned(),
                name: "Leeftijdsgroep".to_owned(),
                total: Some("totaal".to_owned()),
                categories: vec!["totaal".to_owned(), "18-26".to_owned()],
                subtotals: Vec::new(),
            }],
            fictitious: true,
            latest_release: None,
        }
    }

    #[test]
    fn a_good_dataset_has_no_problems() {
        assert_eq!(dataset().problems(), []);
    }

    #[test]
    fn an_indicator_is_in_one_dataset_of_an_owner_unless_all_of_it_is_public() {
        let there = Dataset { code: "eerder".to_owned(), ..dataset() };
        let mut new = dataset();
        new.indicators.insert(0, "bijstand".to_owned());
        let fields = |new: &Dataset, there: &[Dataset]| -> Vec<String> {
            new.problems_beside(there).into_iter().map(|problem| problem.field).collect()
        };
        assert_eq!(fields(&new, std::slice::from_ref(&there)), ["dataset.indicators[1]"]);
        let public = Dataset { visibility: Visibility::Public, ..there.clone() };
        assert_eq!(fields(&new, std::slice::from_ref(&public)), ["dataset.indicators[1]"]);
        let other = Dataset { indicators: vec!["schulden".to_owned()], ..there };
        assert!(fields(&new, &[other]).is_empty());
        assert!(fields(&Dataset { visibility: Visibility::Public, ..new }, &[public]).is_empty());
    }

    #[test]
    fn every_problem_of_a_dataset_is_named() {
        let mut bad = dataset();
        bad.code = "Te Kort".to_owned();
        bad.name = " ".to_owned();
        bad.indicators.push("huurachterstand".to_owned());
        if let Some(dimension) = bad.dimensions.first_mut() {
            dimension.code = "waarde".to_owned();
            dimension.total = Some("alle".to_owned());
            dimension.categories.push(String::new());
        }
        let fields: Vec<String> = bad.problems().into_iter().map(|problem| problem.field).collect();
        assert_eq!(
            fields,
            [
                "dataset_id",
                "dataset.display_name",
                "dataset.indicators[1]",
                "dataset.dimensions[0].code",
                "dataset.dimensions[0].categories[2]",
                "dataset.dimensions[0].total",
            ]
        );
    }
}
