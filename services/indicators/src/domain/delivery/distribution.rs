//! Whether rates are plainly a distribution and are not declared as one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Errors, Shape, ratio, sentence};
use crate::domain::dataset::Dimension;
use crate::domain::table::{Key, Row, Table};

/// The categories of a breakdown at one place.
struct Place<'t> {
    line: u32,
    /// Those that are no total, with how many are counted.
    told: BTreeMap<&'t str, u32>,
    of: u32,
    /// Whether all, with their total where it is told, are of the same number.
    is_of_one: bool,
}

impl Place<'_> {
    fn of(line: u32, of: u32) -> Self {
        Self { line, told: BTreeMap::new(), of, is_of_one: true }
    }

    /// The same without the sub-totals of which a part is told.
    fn without_sums(mut self, breakdown: &Dimension) -> Self {
        let inside = breakdown.subtotal_of_each();
        let over = |category: &&str| inside.get(category).copied();
        let sums = self.told.keys().flat_map(|own| std::iter::successors(over(own), over).take(inside.len()));
        let sums: BTreeSet<&str> = sums.collect();
        self.told.retain(|category, _| !sums.contains(category));
        self
    }

    /// Whether the categories can be parts of one group.
    fn is_distribution(&self) -> bool {
        self.is_of_one && self.told.values().copied().map(u64::from).sum::<u64>() <= u64::from(self.of)
    }
}

/// Reports the indicators of which the categories of a breakdown can be parts of one group in more places than not,
/// of those with two or more, and that are not declared to be a distribution. One place with two of them can be
/// chance, and one in which they are not can be a mistake.
pub(super) fn check(table: &Table, shape: &Shape, errors: &mut Errors) {
    for (dimension, breakdown) in shape.dimensions.iter().enumerate() {
        let mut found: BTreeMap<&str, BTreeMap<(Key, Vec<&str>), Place<'_>>> = BTreeMap::new();
        for row in &table.rows {
            let code = usize::try_from(row.key.indicator).ok().and_then(|at| table.indicators.get(at));
            let code = code.map(|own| own.code.as_str());
            let ratio = row.ratio().filter(|ratio| ratio.denominator() > 0);
            let (Some(code), Some(ratio), Some(categories)) = (code, ratio, categories(table, row)) else {
                continue;
            };
            let others = categories.iter().enumerate().filter(|(own, _)| *own != dimension);
            let others = others.map(|(_, category)| category.as_str()).collect();
            let of = ratio.denominator();
            let place = found.entry(code).or_default().entry((Key { categories: 0, ..row.key }, others));
            let place = place.or_insert_with(|| Place::of(row.line, of));
            place.is_of_one &= place.of == of;
            if let Some(category) =
                categories.get(dimension).filter(|own| Some(*own) != breakdown.total.as_ref())
            {
                place.told.insert(category, ratio.numerator());
            }
        }
        found.retain(|code, _| !shape.declared.is_distribution(code));
        for (code, places) in found {
            let places = places.into_values().map(|place| place.without_sums(breakdown));
            let places = places.filter(|place| place.told.len() > 1);
            let (found, others): (Vec<Place<'_>>, Vec<Place<'_>>) = places.partition(Place::is_distribution);
            let is_chance = found.len() < 2 && found.iter().all(|place| place.told.len() < 3);
            if let Some(first) = found.first().filter(|_| !is_chance && found.len() > others.len()) {
                let problem = sentence::distribution(code, &breakdown.code);
                errors.push(u64::from(first.line), ratio::DENOMINATOR, &first.of.to_string(), problem);
            }
        }
    }
}

fn categories<'t>(table: &'t Table, row: &Row) -> Option<&'t [String]> {
    table.categories.get(usize::try_from(row.key.categories).ok()?).map(Vec::as_slice)
}
