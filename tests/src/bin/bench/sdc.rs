//! Disclosure control of made-up countries of growing size: what is unsafe, what a minimum count by
//! itself gives away, what a mask hides beside the least that any mask hides, and how long it takes.
//! Times are those that one core worked, whatever else the machine did.

use std::hint::black_box;
use std::time::{Duration, Instant};

use ::sdc::audit::{Question, judge};
use ::sdc::model::{Need, Table, Universe};
use ::sdc::protect::{Engine, Task, protect};
use ::sdc::rules::RuleSet;
use ::sdc::{Mask, Unwatched};

use crate::{Numbers, country};

/// Lowest areas and parts of each breakdown. The third has the areas of the Netherlands, the fourth a
/// million cells. With two breakdowns the relations form no network.
const SIZES: [(usize, &[usize]); 6] =
    [(90, &[7]), (900, &[7]), (14_710, &[7]), (101_400, &[7]), (40, &[4, 2]), (400, &[4, 2])];
pub(crate) const SEED: u64 = 42;
pub(crate) const MINIMUM: u64 = 5;
pub(crate) const WIDTH: u64 = 5;
const LOOKS: usize = 1 << 20;
const REPEATS: u32 = 20;
const ROUNDS: u32 = 5;
/// The system counts the work of a thread in steps; under this it does not tell.
const TICK: Duration = Duration::from_millis(10);

pub(crate) fn run() {
    println!(
        "\ndisclosure control, minimum {MINIMUM}, zeros protected, width {WIDTH}; an area tree by one \
         breakdown (network) or by two (general)"
    );
    println!(
        "| engine | cells | unsafe | given away by a minimum | hidden | at least | value lost | at least | model | \
         protect | audit | protect per cell |"
    );
    println!("| --- | {}", "---: | ".repeat(11));
    let mut largest = Mask::none(0);
    for (lowest, breakdowns) in SIZES {
        let mask = measure(lowest, breakdowns);
        if mask.len() > largest.len() {
            largest = mask;
        }
    }
    crate::rates::run();
    crate::counts::run();
    look_up(&largest);
}

pub(crate) fn rules() -> RuleSet {
    RuleSet { minimum_frequency: MINIMUM, interval_width: WIDTH, protect_zeros: true, ..RuleSet::default() }
}

fn measure(lowest: usize, breakdowns: &[usize]) -> Mask {
    let dimensions = country::dimensions(lowest, breakdowns);
    let values = country::counts(&dimensions, SEED);
    let (table, modelling) = timed(|| Table::new(&dimensions, &values).expect("a table"));
    let universe = &table.universe;
    let rules = rules();
    let needs = rules.table_needs(&table, &[1]);
    let floor = rules.floor(universe, &needs);
    let task = Task { universe, needs: &needs, floor, insiders: &[], must_publish: &[], must_hide: &[] };
    let (outcome, protecting) = timed(|| protect(&task, &Unwatched).expect("a mask"));
    let question = |hidden| Question { universe, hidden, known: &[], floor, integer: true };
    let (verdict, auditing) = timed(|| {
        let claims = &outcome.certificates;
        judge(&question(&outcome.mask), &needs, &[], claims, &Unwatched).expect("a verdict")
    });
    assert!(verdict.is_safe(), "the mask does not hold");
    let mut plain = universe.never_published();
    needs.iter().for_each(|need| plain.hide(need.cell));
    println!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {:.1?} | {protecting:.1?} | {auditing:.1?} | {:.1?} |",
        match outcome.engine {
            Engine::Network => "network",
            Engine::General => "general",
        },
        universe.len(),
        needs.len(),
        given_away(&question(&plain), &needs),
        outcome.mask.count(),
        plain.count() + usize::try_from(more(universe, &plain, |_| 1)).expect("a number of cells"),
        value(universe, &outcome.mask),
        value(universe, &plain) + more(universe, &plain, |cell| universe.value(cell)),
        modelling,
        protecting / u32::try_from(universe.len()).expect("not so many"),
    );
    outcome.mask
}

/// How many unsafe cells become exactly known when only these are hidden.
fn given_away(question: &Question<'_>, needs: &[Need]) -> usize {
    let needs: Vec<Need> = needs.iter().map(|need| Need::width(need.cell, 1)).collect();
    judge(question, &needs, &[], &[], &Unwatched).expect("a verdict").failures.len()
}

/// The values of the hidden cells together.
fn value(universe: &Universe, mask: &Mask) -> i64 {
    (0..universe.len()).filter(|cell| mask.hides(*cell)).map(|cell| universe.value(cell)).sum()
}

/// No mask costs less than this on top of the unsafe cells. A relation with one unsafe cell needs a
/// second one hidden; of the linear relaxation of all these needs the dual is raised relation by
/// relation, as far as the costs of the cells allow, and any dual solution is a lower bound.
fn more(universe: &Universe, plain: &Mask, cost: impl Fn(usize) -> i64) -> i64 {
    let mut left: Vec<i64> = (0..universe.len()).map(cost).collect();
    let mut bound = 0;
    for relation in universe.relations() {
        let (hidden, safe): (Vec<usize>, Vec<usize>) =
            relation.terms().map(|(cell, _)| cell).partition(|cell| plain.hides(*cell));
        if hidden.len() == 1 {
            let raised = safe.iter().map(|cell| left[*cell]).min().unwrap_or(0);
            safe.into_iter().for_each(|cell| left[cell] -= raised);
            bound += raised;
        }
    }
    bound
}

/// One look at a mask, as a query does for each cell: the best of some rounds.
fn look_up(mask: &Mask) {
    let mut numbers = Numbers::new(SEED);
    let cells = u64::try_from(mask.len()).expect("not so many");
    let places: Vec<usize> =
        (0..LOOKS).map(|_| usize::try_from(numbers.below(cells)).expect("a place")).collect();
    let look = || {
        let start = Instant::now();
        let hidden = places.iter().filter(|place| black_box(mask).hides(**place)).count();
        black_box(hidden);
        start.elapsed()
    };
    let best = (0..REPEATS).map(|_| look()).min().unwrap_or_default();
    let nanoseconds = best.as_secs_f64() * 1e9 / crate::float(LOOKS);
    println!("\na look at a mask of {} cells, at random: {nanoseconds:.2} ns", mask.len());
}

/// An answer, and how long this thread worked on it; of what is too short for that, the best time by
/// the clock of some rounds.
pub(crate) fn timed<T>(what: impl Fn() -> T) -> (T, Duration) {
    let round = || {
        let (start, before) = (Instant::now(), worked());
        let answer = what();
        let (elapsed, after) = (start.elapsed(), worked());
        let worked = after.zip(before).map(|(after, before)| after.saturating_sub(before));
        (answer, elapsed, worked.filter(|worked| *worked > TICK))
    };
    let (answer, elapsed, worked) = round();
    let best = worked.unwrap_or_else(|| {
        let rounds = (0..ROUNDS).map(|_| round().1).chain([elapsed]);
        rounds.min().unwrap_or_default()
    });
    (answer, best)
}

/// How long this thread ran on a core; none where the system does not tell.
fn worked() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
