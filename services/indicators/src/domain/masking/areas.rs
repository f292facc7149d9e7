//! How the areas of the catalogue lie in each other in a year.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sdc::model::{Dimension as Axis, Group, Node};

use crate::domain::area::{Area, AreaKind};

/// All areas, and how they lie in each other in the years of which there are counts.
#[derive(Clone, Debug)]
pub(crate) struct Areas<'a> {
    pub(super) all: &'a [Area],
    years: Rc<BTreeMap<u16, Year<'a>>>,
}

impl<'a> Areas<'a> {
    /// These are all areas that there are. How they lie in these years is found once, for all that is laid
    /// out by them.
    pub(crate) fn new(all: &'a [Area], years: impl IntoIterator<Item = u16>) -> Self {
        let years: BTreeSet<u16> = years.into_iter().collect();
        Self { all, years: Rc::new(years.into_iter().map(|year| (year, Year::new(all, year))).collect()) }
    }

    /// The division of a year; of another year it is found at every call.
    pub(super) fn year(&self, year: u16) -> Cow<'_, Year<'a>> {
        self.years.get(&year).map_or_else(|| Cow::Owned(Year::new(self.all, year)), Cow::Borrowed)
    }
}

/// The division of a year.
///
/// An area of the programme that is made of areas of the year, through others of the programme or not, is a
/// group beside its tree. One that is made of areas of other years is too where the year itself does not
/// divide what these lie in: there the tree is that of the nearest year that has all of them. One of which
/// only is known that it lies in such an area is a part of that when it is the only one.
#[derive(Clone, Debug)]
pub(super) struct Year<'a> {
    /// The areas of the tree, with what each is a part of.
    tree: BTreeMap<&'a str, Option<&'a str>>,
    /// The areas of which something is left besides their parts.
    left: BTreeSet<&'a str>,
    /// What each area of the programme is made of.
    groups: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// The areas of the programme of which it is not known how they lie among others.
    unplaced: BTreeSet<&'a str>,
    /// Of areas with the same parts as another one, the code by which all of these go.
    same: BTreeMap<&'a str, &'a str>,
}

/// All areas by their codes.
struct Catalogue<'a>(BTreeMap<&'a str, &'a Area>);

impl<'a> Year<'a> {
    fn new(all: &'a [Area], year: u16) -> Self {
        let catalogue = Catalogue(all.iter().map(|area| (area.code.as_str(), area)).collect());
        let (left, groups, unplaced) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
        let mut own = Self { tree: catalogue.tree(year), left, groups, unplaced, same: BTreeMap::new() };
        let programme: Vec<&'a Area> = all.iter().filter(is_placed_by_programme).collect();
        let made_of = programme.iter().filter_map(|area| Some((&*area.code, catalogue.made_of(area)?)));
        let made_of: BTreeMap<&str, BTreeSet<&str>> = made_of.collect();
        let others = made_of.values().flatten().copied().filter(|code| !own.tree.contains_key(code));
        let mut under: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for code in others.collect::<BTreeSet<_>>() {
            if let Some(whole) = catalogue.nearest(code, &own.tree) {
                under.entry(whole).or_default().insert(code);
            }
        }
        let divided: BTreeSet<&str> = own.tree.values().flatten().copied().collect();
        for (whole, codes) in under.into_iter().filter(|(whole, _)| !divided.contains(whole)) {
            own.divide(&catalogue, whole, &codes, year);
        }
        for area in programme {
            let members =
                made_of.get(&*area.code).filter(|codes| codes.iter().all(|code| own.tree.contains_key(code)));
            match members {
                Some(members) if !area.consists_of.is_empty() => {
                    own.groups.insert(&area.code, members.clone());
                }
                Some(_) => {}
                None => {
                    own.unplaced.insert(&area.code);
                }
            }
        }
        own.same = own.same();
        own
    }

    /// The code by which an area and all that have the same parts go, whatever is delivered of which of them.
    pub(super) fn common<'c>(&'c self, code: &'c str) -> &'c str {
        self.same.get(code).copied().unwrap_or(code)
    }

    /// Of a chain of areas of which each is all of the one above it, and of a group that is all of such areas, the
    /// code of the highest; of groups with the same parts the first.
    fn same(&self) -> BTreeMap<&'a str, &'a str> {
        let mut parts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (code, of) in &self.tree {
            of.iter().for_each(|of| {
                parts.entry(*of).or_default().insert(*code);
            });
        }
        // Of these something is left.
        parts.retain(|of, _| !self.left.contains(of));
        let areas = self.tree.keys().map(|code| (*code, BTreeSet::from([*code])));
        let groups = self.groups.iter().map(|(code, members)| (*code, members.clone()));
        let (mut same, mut first) = (BTreeMap::new(), BTreeMap::new());
        for (code, members) in areas.chain(groups) {
            let whole = self.whole(members, &parts);
            let of_tree = whole.first().copied().filter(|_| whole.len() == 1);
            let common = of_tree.unwrap_or_else(|| *first.entry(whole).or_insert(code));
            if common != code {
                same.insert(code, common);
            }
        }
        same
    }

    /// The highest areas that are all of these together.
    fn whole(
        &self,
        mut codes: BTreeSet<&'a str>,
        parts: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    ) -> BTreeSet<&'a str> {
        let all = codes.clone();
        codes.retain(|code| above(&self.tree, code).skip(1).all(|over| !all.contains(over)));
        for _ in 0..self.tree.len() {
            let mut over = codes.iter().filter_map(|code| self.tree.get(code).copied().flatten());
            let full = over.find_map(|of| parts.get_key_value(of).filter(|(_, own)| own.is_subset(&codes)));
            let Some((of, own)) = full else { break };
            codes.retain(|code| !own.contains(code));
            codes.insert(*of);
        }
        codes
    }

    /// Divides an area that the year does not divide, where these codes, which lie in it, can be parts of
    /// one division.
    fn divide(&mut self, catalogue: &Catalogue<'a>, whole: &'a str, codes: &BTreeSet<&'a str>, year: u16) {
        let area = |code: &&str| catalogue.0.get(code).copied();
        let of_programme = |code: &&&str| area(code).is_some_and(|own| own.kind == AreaKind::ProgrammeArea);
        if codes.iter().all(|code| of_programme(&code)) {
            // Of several it is not known whether they are apart.
            if codes.len() == 1 {
                self.tree.extend(codes.iter().map(|code| (*code, Some(whole))));
                self.left.insert(whole);
            }
            return;
        }
        // How an area of the programme lies among the others is not known: it has no place.
        let codes: BTreeSet<&str> = codes.iter().filter(|code| !of_programme(code)).copied().collect();
        let all = codes.iter().chain([&whole]).filter_map(area);
        let Some(other) = nearest_of_all(all, year) else { return };
        let division = catalogue.tree(other);
        let is_part = |code: &str| code != whole && above(&division, code).any(|over| over == whole);
        let parts: BTreeMap<_, _> = division.iter().filter(|(code, _)| is_part(code)).collect();
        let has_all = codes.iter().all(|code| parts.contains_key(code));
        if has_all && parts.keys().all(|code| !self.tree.contains_key(*code)) {
            self.tree.extend(parts);
        }
    }

    /// Whether it is not known how an area lies among others, though it is known to lie among them.
    pub(super) fn is_unplaced(&self, code: &str) -> bool {
        self.unplaced.contains(code)
    }

    /// These areas, as far as they are in the tree, with all that they are a part of.
    fn with_above<'c>(&self, codes: impl IntoIterator<Item = &'c str>) -> BTreeSet<&'a str> {
        let mut all = BTreeSet::new();
        for code in codes {
            for over in above(&self.tree, code) {
                if !all.insert(over) {
                    break;
                }
            }
        }
        all
    }

    /// The areas as a dimension, for counts of those that are `used`: an area of the programme that is not
    /// delivered as well, as who has what it is made of can compute it. A benchmark, and an area of the
    /// programme of which nothing is known, stand apart; so does what the division does not have. Areas
    /// that have nothing to do with the counts are left out.
    pub(super) fn axis(&self, used: &BTreeSet<&str>) -> Axis {
        let members = used.iter().filter_map(|code| self.groups.get(code)).flatten().copied();
        let known: BTreeSet<&str> = used.iter().copied().chain(members).collect();
        let inside = self.with_above(known.iter().copied());
        // Of what has nothing to do with the counts nobody can compute the sum.
        let is_touched =
            |member: &&str| inside.contains(member) || !self.with_above([*member]).is_disjoint(&known);
        let is_group = |(code, members): &(&&str, &BTreeSet<&str>)| {
            used.contains(*code) || members.iter().all(&is_touched)
        };
        let groups: BTreeMap<&str, &BTreeSet<&str>> =
            self.groups.iter().filter(is_group).map(|(code, members)| (*code, members)).collect();
        let made_of = groups.values().copied().flatten().copied();
        // With everything all of its parts, so that nobody takes some of them for all.
        let inside: BTreeSet<&str> = inside.union(&self.with_above(made_of)).copied().collect();
        let parts = self.tree.iter().filter(|(_, of)| of.is_some_and(|of| inside.contains(of)));
        let parts = parts.map(|(code, _)| *code);
        let nodes: BTreeSet<&str> = inside.iter().copied().chain(parts).chain(used.iter().copied()).collect();
        let node = |code: &str| Node {
            code: code.to_owned(),
            parent: self.tree.get(code).copied().flatten().map(str::to_owned),
        };
        let left = self.left.iter().filter(|code| inside.contains(*code));
        let left = left.map(|code| Node { code: format!("{code}/overig"), parent: Some((*code).to_owned()) });
        let nodes = nodes.into_iter().filter(|code| !groups.contains_key(code)).map(node).chain(left);
        let group = |(code, members): (&&str, &&BTreeSet<&str>)| Group {
            code: (*code).to_owned(),
            members: members.iter().map(|member| (*member).to_owned()).collect(),
            partly: Vec::new(),
        };
        Axis { name: "areas".to_owned(), nodes: nodes.collect(), groups: groups.iter().map(group).collect() }
    }
}

/// An area of a tree and all that it is a part of.
fn above<'a>(tree: &BTreeMap<&'a str, Option<&'a str>>, code: &str) -> impl Iterator<Item = &'a str> {
    let first = tree.get_key_value(code).map(|(code, _)| *code);
    std::iter::successors(first, |code| tree.get(code).copied().flatten()).take(tree.len())
}

/// Whether the programme says of an area where it lies: what it is made of, or what it is a part of.
fn is_placed_by_programme(area: &&Area) -> bool {
    let is_placed = !area.consists_of.is_empty() || !area.parents.is_empty();
    area.kind == AreaKind::ProgrammeArea && is_placed
}

/// The year of all of these that is nearest to a year; none when they have no year together.
fn nearest_of_all<'a>(areas: impl Iterator<Item = &'a Area> + Clone, year: u16) -> Option<u16> {
    let cbs = areas.filter(|area| area.kind.has_cbs_code());
    let first = cbs.clone().filter_map(|area| area.valid_from).max().unwrap_or(u16::MIN);
    let last = cbs.filter_map(|area| area.valid_until).min().unwrap_or(u16::MAX);
    (first <= last).then(|| year.clamp(first, last))
}

impl<'a> Catalogue<'a> {
    /// The areas of a year that are a part of others or have parts, with what each is a part of.
    fn tree(&self, year: u16) -> BTreeMap<&'a str, Option<&'a str>> {
        let is_there = |area: &&Area| {
            let beside = matches!(area.kind, AreaKind::ProgrammeArea | AreaKind::Benchmark);
            !beside && area.has_figures_of(year)
        };
        let of = |code: &str| self.0.get(code).copied().filter(is_there);
        let there = self.0.values().copied().filter(is_there);
        there
            .map(|area| {
                (&*area.code, area.parents.iter().find(|code| of(code).is_some()).map(String::as_str))
            })
            .collect()
    }

    /// What an area of the programme is made of, through others of the programme: areas of the CBS, and
    /// areas of the programme of which only is known what they are a part of. None when that is not known.
    fn made_of(&self, area: &'a Area) -> Option<BTreeSet<&'a str>> {
        let (mut found, mut seen, mut waiting) = (BTreeSet::new(), BTreeSet::new(), vec![area]);
        while let Some(next) = waiting.pop() {
            let of_programme = next.kind == AreaKind::ProgrammeArea;
            if of_programme && !next.consists_of.is_empty() {
                let members = next.consists_of.iter().map(|code| self.0.get(code.as_str()).copied());
                if seen.insert(&*next.code) {
                    waiting.extend(members.collect::<Option<Vec<_>>>()?);
                }
            } else if next.kind == AreaKind::Benchmark || (of_programme && next.parents.is_empty()) {
                return None;
            } else {
                found.insert(&*next.code);
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// The nearest area of a tree that another area lies in.
    fn nearest(&self, code: &str, tree: &BTreeMap<&'a str, Option<&'a str>>) -> Option<&'a str> {
        let (mut seen, mut next) = (BTreeSet::new(), self.0.get(code).copied());
        while let Some(area) = next.filter(|area| seen.insert(&*area.code)) {
            if let Some((found, _)) = area.parents.iter().find_map(|of| tree.get_key_value(of.as_str())) {
                return Some(found);
            }
            next = area.parents.first().and_then(|of| self.0.get(of.as_str()).copied());
        }
        None
    }
}
