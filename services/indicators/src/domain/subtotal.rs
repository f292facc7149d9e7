//! Sub-totals: categories of a breakdown that are the sum of others. With them a breakdown is a tree.

use std::collections::{BTreeMap, BTreeSet};

use super::dataset::{Dimension, MAX_CATEGORIES, Problem, problem};

/// A category that is the sum of others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subtotal {
    /// The category.
    pub category: String,
    /// What it is the sum of: everybody in it is in one of these.
    pub parts: Vec<String>,
}

impl Dimension {
    /// Of each category that is in a sub-total, which one.
    pub(crate) fn subtotal_of_each(&self) -> BTreeMap<&str, &str> {
        let parts =
            self.subtotals.iter().flat_map(|own| own.parts.iter().map(move |part| (part, &own.category)));
        parts.map(|(part, category)| (part.as_str(), category.as_str())).collect()
    }

    /// Every category that is the sum of others, with these: the total, of all that is in nothing else, and the
    /// sub-totals.
    pub(crate) fn sums(&self) -> Vec<(&str, Vec<&str>)> {
        let inside = self.subtotal_of_each();
        let is_outside = |category: &&str| !inside.contains_key(category);
        let others = |total: &str| {
            let others = self.categories.iter().map(String::as_str).filter(|category| *category != total);
            others.filter(is_outside).collect()
        };
        let total = self.total.as_deref().map(|total| (total, others(total)));
        let subtotals = self.subtotals.iter();
        let subtotals = subtotals.map(|own| (&*own.category, own.parts.iter().map(String::as_str).collect()));
        total.into_iter().chain(subtotals).collect()
    }

    /// What is wrong with its sub-totals.
    pub(crate) fn problems_of_subtotals(&self, path: &str) -> Vec<Problem> {
        let mut found = Vec::new();
        let parts = self.subtotals.iter().map(|own| own.parts.len()).sum::<usize>();
        let many = parts.max(self.subtotals.len());
        if many > MAX_CATEGORIES {
            found.push(problem(
                format!("{path}.subtotals"),
                format!("has {many} categories; expected at most {MAX_CATEGORIES}"),
                format!("heeft {many} categorieën; verwacht worden er hooguit {MAX_CATEGORIES}"),
            ));
            return found;
        }
        let (inside, known) = (self.subtotal_of_each(), self.categories.iter().map(String::as_str).collect());
        let (mut declared, mut part_of) = (BTreeSet::new(), BTreeMap::new());
        for (place, own) in self.subtotals.iter().enumerate() {
            let (path, category) = (format!("{path}.subtotals[{place}]"), own.category.as_str());
            let at = format!("{path}.category");
            found.extend(self.problem_of_category(&known, &at, category));
            if !declared.insert(category) {
                found.push(problem(
                    &at,
                    format!("has {category}, which is a sub-total already"),
                    format!("heeft {category}, en dat is al een deeltotaal"),
                ));
            }
            if is_inside_itself(&inside, category) {
                found.push(problem(
                    &at,
                    format!("has {category}, which by way of its parts is a part of itself"),
                    format!("heeft {category}, en dat is via zijn delen een deel van zichzelf"),
                ));
            }
            if own.parts.len() < 2 {
                let many = own.parts.len();
                found.push(problem(
                    format!("{path}.parts"),
                    format!("has {many} of {category}; expected two or more"),
                    format!("heeft er {many} van {category}; verwacht worden twee of meer delen"),
                ));
            }
            for (index, part) in own.parts.iter().enumerate() {
                let at = format!("{path}.parts[{index}]");
                found.extend(self.problem_of_category(&known, &at, part));
                if let Some(other) = part_of.insert(part.as_str(), category) {
                    found.push(problem(
                        at,
                        format!("has {part}, which is a part of {other} already; a category is a part once"),
                        format!("heeft {part}, en dat is al een deel van {other}; een categorie is één keer een deel"),
                    ));
                }
            }
        }
        let of_total = self.sums().into_iter().find(|(whole, _)| self.total.as_deref() == Some(*whole));
        if let Some((total, parts)) = of_total.filter(|(_, parts)| parts.len() < 2 && found.is_empty())
            && !self.subtotals.is_empty()
        {
            let only = parts.join(", ");
            found.push(problem(
                format!("{path}.total"),
                format!(
                    "has {total}, which would be the same as {only}: add what else is in it as a category, also \
                     where you do not deliver that"
                ),
                format!(
                    "heeft {total}, en dat zou hetzelfde zijn als {only}: noem wat er verder in zit ook als \
                     categorie, ook als u die niet levert"
                ),
            ));
        }
        found
    }

    /// What is wrong with a category as a sub-total or a part of one.
    fn problem_of_category(&self, known: &BTreeSet<&str>, at: &str, category: &str) -> Option<Problem> {
        if self.total.as_deref() == Some(category) {
            return Some(problem(
                at,
                format!("has {category}, which is the total: it is the sum of all that is in nothing else"),
                format!("heeft {category}, en dat is het totaal: de som van alles wat nergens anders in zit"),
            ));
        }
        (!known.contains(category)).then(|| {
            problem(
                at,
                format!("has {category}, which is not one of the categories"),
                format!("heeft {category}, en dat is niet een van de categorieën"),
            )
        })
    }

    /// The sub-totals of this breakdown that do not follow from another declaration of it: there their parts are
    /// not together all of them.
    pub(crate) fn lost_in(&self, other: &Self) -> Vec<&Subtotal> {
        let leaves = other.leaves_of_each();
        let of = |category: &String| leaves.get(category.as_str()).cloned().unwrap_or_default();
        let is_lost = |own: &&Subtotal| {
            let mut parts: Vec<&str> = own.parts.iter().flat_map(of).collect();
            parts.sort_unstable();
            parts != of(&own.category)
        };
        self.subtotals.iter().filter(is_lost).collect()
    }

    /// Of each category what it is made of that is no sum itself, in order.
    fn leaves_of_each(&self) -> BTreeMap<&str, Vec<&str>> {
        let inside = self.subtotal_of_each();
        let sums: BTreeSet<&str> = self.subtotals.iter().map(|own| own.category.as_str()).collect();
        let mut leaves: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let categories: BTreeSet<&str> = self.categories.iter().map(String::as_str).collect();
        for leaf in categories.into_iter().filter(|category| !sums.contains(category)) {
            let over = |category: &&str| inside.get(category).copied();
            for category in std::iter::successors(Some(leaf), over).take(1 + inside.len()) {
                leaves.entry(category).or_default().push(leaf);
            }
        }
        leaves
    }
}

/// Whether a category is a part of itself, of these with what each is in.
fn is_inside_itself(inside: &BTreeMap<&str, &str>, category: &str) -> bool {
    let over = |category: &&str| inside.get(category).copied();
    let mut above = std::iter::successors(over(&category), over).take(inside.len());
    above.any(|over| over == category)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subtotals(declared: &[(&str, &[&str])]) -> Vec<Subtotal> {
        let subtotal = |(category, parts): &(&str, &[&str])| Subtotal {
            category: (*category).to_owned(),
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
        };
        declared.iter().map(subtotal).collect()
    }

    /// Households by how many provisions they have.
    fn breakdown(declared: &[(&str, &[&str])]) -> Dimension {
        Dimension {
            code: "voorzieningen".to_owned(),
            name: "Voorzieningen".to_owned(),
            total: Some("alle".to_owned()),
            categories: ["alle", "0", "1+", "1", "2+", "2", "3"].map(str::to_owned).to_vec(),
            subtotals: subtotals(declared),
        }
    }

    fn problems(declared: &[(&str, &[&str])]) -> Vec<(String, String)> {
        let found = breakdown(declared).problems_of_subtotals("d");
        found.into_iter().map(|problem| (problem.field, problem.nl)).collect()
    }

    #[test]
    fn sub_totals_make_a_tree_of_which_the_total_takes_what_is_in_nothing_else() {
        let own = breakdown(&[("2+", &["2", "3"]), ("1+", &["1", "2+"])]);
        assert_eq!(own.problems_of_subtotals("d"), []);
        assert_eq!(own.sums(), [("alle", vec!["0", "1+"]), ("2+", vec!["2", "3"]), ("1+", vec!["1", "2+"])]);
        let without = Dimension { total: None, ..own };
        assert_eq!(without.sums(), [("2+", vec!["2", "3"]), ("1+", vec!["1", "2+"])]);
        assert_eq!(breakdown(&[]).sums(), [("alle", vec!["0", "1+", "1", "2+", "2", "3"])]);
    }

    #[test]
    fn what_is_wrong_with_sub_totals_is_named_with_its_field() {
        for (declared, field, message) in [
            (
                &[("7+", &["1", "2"][..])][..],
                "d.subtotals[0].category",
                "heeft 7+, en dat is niet een van de categorieën",
            ),
            (
                &[("1+", &["1", "2", "9"])],
                "d.subtotals[0].parts[2]",
                "heeft 9, en dat is niet een van de categorieën",
            ),
            (
                &[("1+", &["1", "alle"])],
                "d.subtotals[0].parts[1]",
                "heeft alle, en dat is het totaal: de som van alles wat nergens anders in zit",
            ),
            (
                &[("alle", &["0", "1+"])],
                "d.subtotals[0].category",
                "heeft alle, en dat is het totaal: de som van alles wat nergens anders in zit",
            ),
            (
                &[("1+", &["1", "2"]), ("2+", &["3", "2"])],
                "d.subtotals[1].parts[1]",
                "heeft 2, en dat is al een deel van 1+; een categorie is één keer een deel",
            ),
            (
                &[("1+", &["1", "1"])],
                "d.subtotals[0].parts[1]",
                "heeft 1, en dat is al een deel van 1+; een categorie is één keer een deel",
            ),
            (
                &[("1+", &["1", "2"]), ("1+", &["3", "0"])],
                "d.subtotals[1].category",
                "heeft 1+, en dat is al een deeltotaal",
            ),
            (
                &[("1+", &["1"])],
                "d.subtotals[0].parts",
                "heeft er 1 van 1+; verwacht worden twee of meer delen",
            ),
            (
                &[("1+", &["1", "1+"])],
                "d.subtotals[0].category",
                "heeft 1+, en dat is via zijn delen een deel van zichzelf",
            ),
        ] {
            assert_eq!(problems(declared), [(field.to_owned(), message.to_owned())]);
        }
        let all = ("d.total".to_owned(), "heeft alle, en dat zou hetzelfde zijn als 1+".to_owned());
        let own = Dimension {
            categories: ["alle", "1+", "1", "2"].map(str::to_owned).to_vec(),
            ..breakdown(&[("1+", &["1", "2"])])
        };
        let found = own.problems_of_subtotals("d");
        let found =
            found.iter().map(|own| (own.field.clone(), own.nl.split(':').next().unwrap_or("").to_owned()));
        assert_eq!(found.collect::<Vec<_>>(), [all]);
        let many = vec!["1"; 1001];
        assert_eq!(problems(&[("1+", &many)]).len(), 1);
        let circle = problems(&[("1+", &["1", "2+"]), ("2+", &["2", "1+"])]);
        let fields: Vec<&str> = circle.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["d.subtotals[0].category", "d.subtotals[1].category"]);
    }

    #[test]
    fn a_declaration_that_says_more_loses_nothing_and_one_that_says_less_does() {
        let lost = |one: &[(&str, &[&str])], other: &[(&str, &[&str])]| {
            let (one, other) = (breakdown(one), breakdown(other));
            one.lost_in(&other).into_iter().map(|own| own.category.clone()).collect::<Vec<_>>()
        };
        let flat: &[(&str, &[&str])] = &[("1+", &["1", "2", "3"])];
        let deep: &[(&str, &[&str])] = &[("2+", &["3", "2"]), ("1+", &["2+", "1"])];
        assert_eq!(lost(&[], flat), [] as [&str; 0]);
        assert_eq!(lost(flat, flat), [] as [&str; 0]);
        assert_eq!(lost(flat, deep), [] as [&str; 0], "two and three are still in it, by way of 2+");
        assert_eq!(lost(deep, flat), ["2+", "1+"], "2+ is in nothing there");
        assert_eq!(lost(flat, &[]), ["1+"]);
        assert_eq!(lost(flat, &[("1+", &["1", "2"])]), ["1+"]);
        assert_eq!(lost(flat, &[("1+", &["1", "2", "3", "0"])]), ["1+"]);
        assert_eq!(lost(&[("1+", &["1", "2"])], &[("1+", &["1", "2+"]), ("2+", &["2", "3"])]), ["1+"]);
    }
}
