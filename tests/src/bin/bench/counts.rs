//! Disclosure control of counts of which more is asked: crossed two by two and so bound by a table of all
//! three that nobody has, contributed by organisations that may not find each other's, or published a second
//! time around what the first release shows.

use std::collections::BTreeSet;
use std::time::Duration;

use ::sdc::Unwatched;
use ::sdc::audit::{Question, judge};
use ::sdc::model::{CellId, Certificate, Cube, Dimension, Given, Insider, Need, Table, Universe};
use ::sdc::protect::{Engine, NoMask, Task, protect};
use ::sdc::rules::{Contributions, Facts, RuleSet, Share};

use crate::country;
use crate::sdc::{MINIMUM, SEED, WIDTH, rules, timed};

/// Lowest areas: of counts by age and by sex, of counts by organisation, and of counts of two releases.
const CROSSED: [usize; 3] = [40, 200, 1000];
const CONTRIBUTED: [usize; 3] = [90, 900, 9000];
const TWICE: [usize; 3] = [40, 200, 1000];
/// Ages and sexes, and the one breakdown of the others.
const AGES_AND_SEXES: [usize; 2] = [4, 2];
const PARTS: usize = 7;
const ORGANISATIONS: u64 = 3;
/// Nobody may estimate what another contributes more closely than this.
const P_PERCENT: u32 = 10;
/// One in so many lowest areas has one more in the second release.
const CHANGED: usize = 10;

pub(crate) fn run() {
    println!(
        "\ndisclosure control of counts, minimum {MINIMUM}, zeros protected, width {WIDTH}: by age and by sex and \
         age by sex; of {ORGANISATIONS} organisations, p {P_PERCENT}%, against who is alone in counts too; and a \
         second release around what the first shows; audited with the alternatives that the protector found and \
         anew"
    );
    println!(
        "| counts | lowest areas | cells | model | unsafe cells | engine | hidden | protect | audit | audit anew |"
    );
    println!("| --- | {}--- | {}", "---: | ".repeat(4), "---: | ".repeat(4));
    CROSSED.into_iter().for_each(crossed);
    CONTRIBUTED.into_iter().for_each(contributed);
    TWICE.into_iter().for_each(twice);
}

/// What is protected, and what readers have already.
struct Counts<'a> {
    universe: &'a Universe,
    /// The cells that are published unless a mask hides them.
    published: BTreeSet<CellId>,
    rules: RuleSet,
    needs: Vec<Need>,
    insiders: Vec<Insider>,
    shown: Vec<CellId>,
    withheld: Vec<CellId>,
}

impl<'a> Counts<'a> {
    fn new(universe: &'a Universe, published: &[CellId]) -> Self {
        let rules = rules();
        Self {
            needs: rules.count_needs(universe, |_| Vec::new()),
            published: published.iter().copied().collect(),
            insiders: Vec::new(),
            shown: Vec::new(),
            withheld: Vec::new(),
            rules,
            universe,
        }
    }

    fn task(&self) -> Task<'_> {
        Task {
            universe: self.universe,
            needs: &self.needs,
            floor: self.rules.floor(self.universe, &self.needs),
            insiders: &self.insiders,
            must_publish: &self.shown,
            must_hide: &self.withheld,
        }
    }

    /// Protects and audits. Counts that cannot be protected are told, and left out.
    fn row(mut self, start: &str) {
        let row = format!("{start} | {} |", self.needs.len());
        let (outcome, protecting) = timed(|| protect(&self.task(), &Unwatched));
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(NoMask::Impossible { cells }) => {
                println!("{row} {} cells cannot be protected | | {protecting:.1?} | | |", cells.len());
                self.needs.retain(|need| !cells.contains(&need.cell));
                return self.row(start);
            }
            Err(NoMask::Cancelled) => return,
        };
        let engine = match outcome.engine {
            Engine::Network => "network",
            Engine::General => "general",
        };
        let hidden = self.published.iter().filter(|cell| outcome.mask.hides(**cell)).count();
        let audit = |claims: &[Certificate]| {
            let floor = self.task().floor;
            let question =
                Question { universe: self.universe, hidden: &outcome.mask, known: &[], floor, integer: true };
            let judged = || judge(&question, &self.needs, &self.insiders, claims, &Unwatched);
            let (verdict, auditing) = timed(|| judged().expect("a verdict"));
            (verdict, auditing)
        };
        let (verdict, with) = audit(&outcome.certificates);
        assert!(verdict.is_safe(), "the mask does not hold");
        let (verdict, anew) = audit(&[]);
        assert!(verdict.failures.iter().all(|failure| !failure.proven), "the mask does not hold");
        let anew = match verdict.failures.len() {
            0 => format!("{anew:.1?}"),
            unproven => format!("{anew:.1?}, {unproven} not proven"),
        };
        println!("{row} {engine} | {hidden} | {protecting:.1?} | {with:.1?} | {anew} |");
    }
}

fn start(kind: &str, lowest: usize, universe: &Universe, modelling: Duration) -> String {
    format!("| {kind} | {lowest} | {} | {modelling:.1?}", universe.len())
}

/// All counts of a table as given cells.
fn given(dimensions: &[Dimension], values: &[i64]) -> Vec<Given> {
    let sizes: Vec<usize> = dimensions.iter().map(|own| own.nodes.len()).collect();
    let cell = |(mut place, value): (usize, &i64)| {
        let node = |size: &usize| {
            let node = place % size;
            place /= size;
            node
        };
        let mut nodes: Vec<usize> = sizes.iter().rev().map(node).collect();
        nodes.reverse();
        Given { nodes, value: *value }
    };
    values.iter().enumerate().map(cell).collect()
}

fn crossed(lowest: usize) {
    let dimensions = country::dimensions(lowest, &AGES_AND_SEXES);
    let mut cells = given(&dimensions, &country::counts(&dimensions, SEED));
    cells.retain(|cell| cell.nodes.contains(&0));
    let (cube, modelling) = timed(|| Cube::new(&dimensions, &[&cells]).expect("a universe"));
    let counts = Counts::new(cube.universe(), cube.places(0));
    counts.row(&start("crossed", lowest, cube.universe(), modelling));
}

fn contributed(lowest: usize) {
    let dimensions = country::dimensions(lowest, &[PARTS]);
    let of: Vec<Vec<i64>> = (0..ORGANISATIONS).map(|own| country::counts(&dimensions, SEED + own)).collect();
    let all: Vec<i64> = (0..of[0].len()).map(|place| of.iter().map(|own| own[place]).sum()).collect();
    let (table, modelling) = timed(|| Table::new(&dimensions, &all).expect("a table"));
    let mut counts = Counts::new(&table.universe, table.places());
    counts.rules.p_percent = Some(Share::percent(P_PERCENT));
    let parts =
        |place: usize| of.iter().map(move |own| own[place]).enumerate().filter(|(_, amount)| *amount > 0);
    let need = |(place, cell): (usize, &CellId)| {
        let contributions = Contributions::by_holding(parts(place));
        let facts = Facts { contributions: Some(&contributions), ..Facts::count(all[place]) };
        Some((*cell, counts.rules.need(*cell, &counts.rules.assess(&facts)?, 1)))
    };
    let needs: std::collections::BTreeMap<CellId, Need> =
        table.places().iter().enumerate().filter_map(need).collect();
    let mut alone = vec![BTreeSet::new(); of.len()];
    for (place, cell) in table.places().iter().enumerate() {
        let mut parts = parts(place);
        if let (Some((own, _)), None) = (parts.next(), parts.next()) {
            alone[own].insert(*cell);
        }
    }
    counts.needs = needs.into_values().collect();
    let insider = |knows: BTreeSet<CellId>| Insider { knows: knows.into_iter().collect(), own: Vec::new() };
    counts.insiders = alone.into_iter().map(insider).collect();
    counts.row(&start("contributed", lowest, &table.universe, modelling));
}

fn twice(lowest: usize) {
    let dimensions = country::dimensions(lowest, &[PARTS]);
    let values = country::counts(&dimensions, SEED);
    let (old, new) = (given(&dimensions, &values), given(&dimensions, &grown(&dimensions, values)));
    let first = Cube::new(&dimensions, &[&old]).expect("a universe");
    let before = protect(&Counts::new(first.universe(), first.places(0)).task(), &Unwatched).expect("a mask");
    let (cube, modelling) = timed(|| Cube::new(&dimensions, &[&old, &new]).expect("a universe"));
    let mut counts = Counts::new(cube.universe(), cube.places(1));
    for (cell, own) in cube.places(0).iter().zip(first.places(0)) {
        let had = if before.mask.hides(*own) { &mut counts.withheld } else { &mut counts.shown };
        had.push(*cell);
    }
    counts.row(&start("a second time", lowest, cube.universe(), modelling));
}

/// The counts when there is one more in some of the lowest areas.
fn grown(dimensions: &[Dimension], mut values: Vec<i64>) -> Vec<i64> {
    let areas = &dimensions[0].nodes;
    let place: std::collections::HashMap<&str, usize> =
        areas.iter().enumerate().map(|(index, node)| (node.code.as_str(), index)).collect();
    let lowest = (0..areas.len()).filter(|area| areas[*area].code.starts_with("BU"));
    for (index, area) in lowest.step_by(CHANGED).enumerate() {
        let mut at = Some(area);
        while let Some(area) = at {
            for part in [0, 1 + index % PARTS] {
                values[area * (PARTS + 1) + part] += 1;
            }
            at = areas[area].parent.as_deref().map(|code| place[code]);
        }
    }
    values
}
