//! Areas and breakdowns, and what adds up to what, written down plainly.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::area::{Area, AreaKind};
use crate::domain::dataset::Dimension;
use crate::domain::period::Period;

/// An area and a category of each breakdown; of periods that lie in each other also the period.
pub(super) type Place = (String, Vec<String>);

#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// Whether it divides people into categories.
    is_breakdown: bool,
    /// Whether it is of periods that lie in each other.
    is_of_periods: bool,
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
        Self { is_breakdown: false, is_of_periods: false, leaves: leaves.len(), codes: sets, sums }
    }

    /// What everybody knows: areas of a year are all of what they lie in; where the year has none in it those
    /// of another year are, if the programme speaks of these; and of its areas what they are made of.
    pub(super) fn areas(all: &[Area], year: u16) -> Self {
        let (programme, others): (Vec<&Area>, Vec<&Area>) =
            all.iter().partition(|area| area.kind == AreaKind::ProgrammeArea);
        let (there, elsewhere): (Vec<&Area>, Vec<&Area>) =
            others.into_iter().partition(|area| area.has_figures_of(year));
        let find = |code: &String| all.iter().find(|area| area.code == *code).expect("an area");
        let nearest = |code: &str| {
            let mut over = find(&code.to_owned()).parents.first();
            while let Some(code) = over.filter(|over| there.iter().all(|area| area.code != **over)) {
                over = find(code).parents.first();
            }
            over
        };
        let parts = |of: &Area, among: &[&Area]| -> Vec<String> {
            among
                .iter()
                .filter(|part| part.parents.first() == Some(&of.code))
                .map(|part| part.code.clone())
                .collect()
        };
        let members: BTreeMap<&str, BTreeSet<String>> =
            programme.iter().map(|area| (&*area.code, members(all, area))).collect();
        let mut sums = Vec::new();
        for whole in &there {
            let own = parts(whole, &there);
            let lies_here = |code: &&String| nearest(code) == Some(&whole.code);
            let spoken_of =
                members.values().flatten().filter(|code| there.iter().all(|area| area.code != **code));
            let spoken_of: BTreeSet<&String> = spoken_of.filter(lies_here).collect();
            let of_programme = |code: &&&String| find(code).kind == AreaKind::ProgrammeArea;
            // How an area of the programme lies among others is not known.
            let others: BTreeSet<&String> =
                spoken_of.iter().filter(|code| !of_programme(code)).copied().collect();
            if !own.is_empty() {
                sums.push((whole.code.clone(), own));
            } else if others.is_empty() {
                let rest = format!("{} verder", whole.code);
                let with_rest = spoken_of.iter().map(|code| (*code).clone()).chain([rest]).collect();
                sums.extend((spoken_of.len() == 1).then(|| (whole.code.clone(), with_rest)));
            } else if of_one_time(&elsewhere, &others) {
                let below: Vec<&Area> =
                    elsewhere.iter().copied().filter(|area| lies_here(&&area.code)).collect();
                let totals = below.iter().chain([whole]).map(|area| (area.code.clone(), parts(area, &below)));
                sums.extend(totals.filter(|(_, parts)| !parts.is_empty()));
            }
        }
        let in_sums = sums.iter().flat_map(|(total, parts)| parts.iter().chain([total])).cloned();
        let mut codes: BTreeSet<String> = there.iter().map(|area| area.code.clone()).chain(in_sums).collect();
        let made_of = members.into_iter().filter(|(code, own)| {
            !own.is_empty() && !own.contains(*code) && own.iter().all(|code| codes.contains(code))
        });
        sums.extend(made_of.map(|(code, own)| (code.to_owned(), own.into_iter().collect())));
        codes.extend(programme.iter().map(|area| area.code.clone()));
        Self::new(codes.into_iter(), sums)
    }

    /// Whether it is known how an area lies among others, or nothing at all is known of that.
    pub(super) fn is_placed(all: &[Area], year: u16, code: &str) -> bool {
        let area = all.iter().find(|area| area.code == code).expect("an area");
        let is_free = area.consists_of.is_empty() && area.parents.is_empty();
        let sums = Self::areas(all, year).sums;
        let in_sum = sums.iter().any(|(total, parts)| total == code || parts.iter().any(|part| part == code));
        is_free || in_sum || area.kind != AreaKind::ProgrammeArea
    }

    pub(super) fn breakdown(dimension: &Dimension) -> Self {
        let total = dimension.total.clone().unwrap_or_else(|| "alles samen".to_owned());
        let mut sums: Vec<(String, Vec<String>)> =
            dimension.subtotals.iter().map(|own| (own.category.clone(), own.parts.clone())).collect();
        let is_part = |code: &String| sums.iter().any(|(_, parts)| parts.contains(code));
        let others = dimension.categories.iter().filter(|code| **code != total && !is_part(code));
        let others = others.cloned().collect();
        let codes = dimension.categories.iter().cloned().chain([total.clone()]).collect::<BTreeSet<_>>();
        sums.push((total, others));
        Self { is_breakdown: true, ..Self::new(codes.into_iter(), sums) }
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
        Self { is_of_periods: true, ..Self::new(codes.into_iter(), sums) }
    }
}

/// What an area of the programme is made of, each once: of one of which that is not known, it is itself.
fn members(all: &[Area], area: &Area) -> BTreeSet<String> {
    if area.kind != AreaKind::ProgrammeArea || area.consists_of.is_empty() {
        return BTreeSet::from([area.code.clone()]);
    }
    let of = |code: &String| all.iter().find(|area| area.code == *code).expect("an area");
    let own: BTreeSet<String> = area.consists_of.iter().flat_map(|code| members(all, of(code))).collect();
    let is_in_other = |code: &String| of(code).parents.iter().any(|over| own.contains(over));
    own.iter().filter(|code| !is_in_other(code)).cloned().collect()
}

/// Whether these areas were all there in some year.
fn of_one_time(areas: &[&Area], codes: &BTreeSet<&String>) -> bool {
    (2020..2030).any(|year| {
        codes.iter().all(|code| areas.iter().any(|area| area.code == **code && area.has_figures_of(year)))
    })
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

    /// Of rates over time all others than who are counted: the axes before these, and the one of the periods.
    fn rates_over_time(&self) -> Option<(&[Axis], &Axis)> {
        match self.axes.as_slice() {
            [others @ .., periods, _] if periods.is_of_periods => Some((others, periods)),
            _ => None,
        }
    }

    pub(super) fn atom_count(&self) -> usize {
        let count = |axes: &[Axis]| axes.iter().map(|axis| axis.leaves).product::<usize>();
        match self.rates_over_time() {
            Some((others, periods)) => count(others) * (periods.leaves + periods.codes.len()),
            None => count(&self.axes),
        }
    }

    /// The smallest groups that a place is made of. Who are counted in a rate over time are those of the shortest
    /// periods; all others are in each period by themselves.
    pub(super) fn atoms(&self, (area, categories): &Place) -> BTreeSet<usize> {
        let codes: Vec<&String> = std::iter::once(area).chain(categories).collect();
        let within = |axes: &[Axis]| {
            axes.iter().zip(&codes).fold(BTreeSet::from([0]), |before, (axis, code)| {
                let own = &axis.codes[*code];
                before.iter().flat_map(|one| own.iter().map(move |leaf| one * axis.leaves + leaf)).collect()
            })
        };
        let (Some((others, periods)), [.., period, side]) = (self.rates_over_time(), codes.as_slice()) else {
            return within(&self.axes);
        };
        let counted = within(&self.axes[..=others.len()]);
        let counted_in_all = others.iter().map(|axis| axis.leaves).product::<usize>() * periods.leaves;
        let at = periods.codes.keys().position(|code| code == *period).expect("a period");
        let rest = within(others).into_iter().map(|one| counted_in_all + one * periods.codes.len() + at);
        match SIDES.iter().position(|own| own == side).expect("a side") {
            0 => counted,
            1 => rest.collect(),
            _ => rest.chain(counted).collect(),
        }
    }

    /// Every total with its parts. Of rates over time only who are counted add up.
    pub(super) fn sums(&self) -> Vec<(Place, Vec<Place>)> {
        self.along(|axis, code| {
            axis.sums.iter().filter(|(total, _)| total == code).map(|(_, parts)| parts.clone()).collect()
        })
    }

    /// Every group of people with its categories, also those in one of them.
    pub(super) fn groups(&self) -> Vec<(Place, Vec<Place>)> {
        let is_inside = |axis: &Axis, part: &String, whole: &String| {
            part != whole && axis.codes[part].is_subset(&axis.codes[whole])
        };
        self.along(|axis, code| {
            let inside = axis.codes.keys().filter(|part| axis.is_breakdown && is_inside(axis, part, code));
            vec![inside.cloned().collect()]
        })
    }

    /// What each place is made of along each axis.
    fn along(&self, parts: impl Fn(&Axis, &String) -> Vec<Vec<String>>) -> Vec<(Place, Vec<Place>)> {
        let mut sums = Vec::new();
        for codes in self.combinations() {
            let adds_up = |axis: &Axis| {
                let of_rates = axis.is_of_periods && self.rates_over_time().is_some();
                !of_rates || codes.last().is_some_and(|side| side == SIDES[0])
            };
            for (along, axis) in self.axes.iter().enumerate().filter(|(_, axis)| adds_up(axis)) {
                for parts in parts(axis, &codes[along]) {
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
