//! Areas and breakdowns, and what adds up to what, written down plainly.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::area::{Area, AreaKind};
use crate::domain::dataset::Dimension;
use crate::domain::period::Period;

/// An area and a category of each breakdown; of periods that lie in each other also the period.
pub(super) type Place = (String, Vec<String>);

#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// Each code with the leaves that it is made of.
    pub codes: BTreeMap<String, BTreeSet<usize>>,
    pub sums: Vec<(String, Vec<String>)>,
    leaves: usize,
}

impl Axis {
    fn new(codes: impl Iterator<Item = String>, sums: Vec<(String, Vec<String>)>) -> Self {
        let codes: BTreeSet<String> = codes.collect();
        let whole = |code: &String| sums.iter().find(|(total, _)| total == code);
        let mut sets: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let leaves: Vec<&String> = codes.iter().filter(|code| whole(code).is_none()).collect();
        for (number, code) in leaves.iter().enumerate() {
            sets.insert((*code).clone(), BTreeSet::from([number]));
        }
        while sets.len() < codes.len() {
            for (total, parts) in &sums {
                let under: Option<Vec<_>> = parts.iter().map(|part| sets.get(part).cloned()).collect();
                if let Some(under) = under {
                    sets.insert(total.clone(), under.into_iter().flatten().collect());
                }
            }
        }
        Self { leaves: leaves.len(), codes: sets, sums }
    }

    pub(super) fn areas(all: &[Area], year: u16) -> Self {
        let there: Vec<&Area> = all.iter().filter(|area| area.has_figures_of(year)).collect();
        let is_there = |code: &String| there.iter().any(|area| area.code == *code);
        let mut sums = Vec::new();
        for area in &there {
            let of_programme = area.kind == AreaKind::ProgrammeArea;
            let parts: Vec<String> = if of_programme && area.consists_of.iter().all(is_there) {
                area.consists_of.clone()
            } else {
                let parts = there.iter().filter(|part| part.parents.first() == Some(&area.code));
                parts.map(|part| part.code.clone()).collect()
            };
            if !parts.is_empty() {
                sums.push((area.code.clone(), parts));
            }
        }
        Self::new(there.iter().map(|area| area.code.clone()), sums)
    }

    pub(super) fn breakdown(dimension: &Dimension) -> Self {
        let total = dimension.total.clone().unwrap_or_else(|| "alles samen".to_owned());
        let parts: Vec<String> =
            dimension.categories.iter().filter(|category| **category != total).cloned().collect();
        let codes = parts.iter().cloned().chain([total.clone()]);
        Self::new(codes, vec![(total, parts.clone())])
    }
}

impl Axis {
    /// Years of four quarters, quarters of three months and months of days, where one of these periods
    /// is in them.
    pub(super) fn periods(of: &[Period]) -> Self {
        let whole = of[0];
        let mut wholes = BTreeSet::from([whole]);
        for period in of.iter().filter(|period| **period != whole) {
            let year = period.year();
            let months = match period {
                Period::Month(_, month) | Period::Day(_, month, _) => Some(*month),
                Period::Year(_) | Period::Quarter(..) => None,
            };
            wholes.extend(months.map(|month| Period::Quarter(year, month.div_ceil(3))));
            wholes
                .extend(matches!(period, Period::Day(..)).then(|| Period::Month(year, months.unwrap_or(1))));
        }
        let parts = |of: &Period| -> Vec<Period> {
            match *of {
                Period::Year(year) => (1..=4).map(|own| Period::Quarter(year, own)).collect(),
                Period::Quarter(year, own) => {
                    (own * 3 - 2..=own * 3).map(|month| Period::Month(year, month)).collect()
                }
                Period::Month(year, month) => {
                    (1..=31).map(|day| Period::Day(year, month, day)).filter(is_there).collect()
                }
                Period::Day(..) => Vec::new(),
            }
        };
        let inside = wholes.iter().filter(|own| **own == whole || whole.contains(**own));
        let sums: Vec<(String, Vec<String>)> =
            inside.map(|own| (own.to_string(), parts(own).iter().map(Period::to_string).collect())).collect();
        let codes: BTreeSet<String> =
            sums.iter().flat_map(|(total, parts)| parts.iter().chain([total]).cloned()).collect();
        Self::new(codes.into_iter(), sums)
    }
}

/// What a rate is made of.
pub(super) const SIDES: [&str; 3] = ["teller", "rest", "noemer"];

impl Axis {
    pub(super) fn sides() -> Self {
        let [part, rest, whole] = SIDES.map(str::to_owned);
        Self::new(SIDES.map(str::to_owned).into_iter(), vec![(whole, vec![part, rest])])
    }
}

fn is_there(day: &Period) -> bool {
    Period::parse(&day.to_string()).is_ok()
}

/// All combinations of an area and a category of each breakdown.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub axes: Vec<Axis>,
}

fn place(codes: &[String]) -> Place {
    (codes[0].clone(), codes[1..].to_vec())
}

impl Grid {
    fn combinations(&self) -> Vec<Vec<String>> {
        self.axes.iter().fold(vec![Vec::new()], |before, axis| {
            let longer = |own: &Vec<String>, code: &String| {
                let codes = own.iter().chain([code]);
                codes.cloned().collect::<Vec<_>>()
            };
            before.iter().flat_map(|own| axis.codes.keys().map(move |code| longer(own, code))).collect()
        })
    }

    pub(super) fn places(&self) -> Vec<Place> {
        self.combinations().iter().map(|codes| place(codes)).collect()
    }

    pub(super) fn atom_count(&self) -> usize {
        self.axes.iter().map(|axis| axis.leaves).product()
    }

    /// The smallest groups that a place is made of.
    pub(super) fn atoms(&self, (area, categories): &Place) -> BTreeSet<usize> {
        let codes = std::iter::once(area).chain(categories);
        self.axes.iter().zip(codes).fold(BTreeSet::from([0]), |before, (axis, code)| {
            let own = &axis.codes[code];
            before.iter().flat_map(|one| own.iter().map(move |leaf| one * axis.leaves + leaf)).collect()
        })
    }

    /// Every total with its parts.
    pub(super) fn sums(&self) -> Vec<(Place, Vec<Place>)> {
        let mut sums = Vec::new();
        for codes in self.combinations() {
            for (along, axis) in self.axes.iter().enumerate() {
                for (_, parts) in axis.sums.iter().filter(|(total, _)| *total == codes[along]) {
                    let part = |code: &String| {
                        let mut codes = codes.clone();
                        codes[along] = code.clone();
                        place(&codes)
                    };
                    sums.push((place(&codes), parts.iter().map(part).collect()));
                }
            }
        }
        sums
    }
}
