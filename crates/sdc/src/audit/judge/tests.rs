use super::*;
use crate::audit::made_up::chain;
use crate::mask::Mask;
use crate::model::{Cube, Dimension, Floor, Given, Insider, Kind, Linked, Node};
use crate::watch::Unwatched;

/// So long that no room is found in it: nothing is safe but for what a claim shows.
const LENGTH: usize = 600;

/// A chain of which all but the sums is hidden.
struct Chain {
    linked: Linked,
    mask: Mask,
    /// The first cell goes up by this, and all others go along.
    claim: Vec<(CellId, i64)>,
}

impl Chain {
    fn new() -> Self {
        let linked = chain(LENGTH);
        let mut mask = Mask::none(linked.universe.len());
        linked.places().iter().take(LENGTH + 3).for_each(|cell| mask.hide(*cell));
        let changes = (0..LENGTH).map(|at| if at % 2 == 0 { 4 } else { -4 }).chain([2; 3]);
        let claim = linked.places().iter().copied().zip(changes).collect();
        Self { linked, mask, claim }
    }

    fn first(&self) -> CellId {
        self.claim[0].0
    }

    /// What is wrong with the first cell when this is claimed of it.
    fn flaw(&self, moves: &[(CellId, i64)]) -> Option<Flaw> {
        self.flaw_of(&self.mask, &[], &[], &[Certificate { cell: self.first(), moves: moves.to_vec() }])
    }

    fn flaw_of(
        &self,
        hidden: &Mask,
        known: &[CellId],
        insiders: &[Insider],
        claims: &[Certificate],
    ) -> Option<Flaw> {
        let universe = &self.linked.universe;
        let question = Question { universe, hidden, known, floor: Floor::ZERO, integer: true };
        let needs = [Need::width(self.first(), 4)];
        let verdict = judge(&question, &needs, insiders, claims, &Unwatched).expect("a verdict");
        verdict.failures.first().map(|failure| failure.flaw)
    }

    fn with(&self, change: impl FnOnce(&mut Vec<(CellId, i64)>)) -> Vec<(CellId, i64)> {
        let mut moves = self.claim.clone();
        change(&mut moves);
        moves
    }
}

#[test]
fn a_claim_counts_when_it_is_true() {
    let chain = Chain::new();
    assert_eq!(chain.flaw(&chain.claim), None);
    assert_eq!(chain.flaw(&[]), Some(Flaw::Exact));
}

#[test]
fn a_claim_moves_a_cell_once_and_only_cells_that_there_are() {
    let chain = Chain::new();
    assert_eq!(chain.flaw(&chain.with(|moves| moves.push(moves[7]))), Some(Flaw::Exact));
    assert_eq!(chain.flaw(&chain.with(|moves| moves.insert(0, (moves[7].0, 99)))), Some(Flaw::Exact));
    let beyond = chain.linked.universe.len();
    assert_eq!(chain.flaw(&chain.with(|moves| moves.push((beyond, 1)))), Some(Flaw::Exact));
}

#[test]
fn every_sum_holds_in_a_claim() {
    let chain = Chain::new();
    for at in [0, 1, LENGTH / 2, LENGTH - 1, LENGTH, LENGTH + 2] {
        assert_eq!(chain.flaw(&chain.with(|moves| moves[at].1 += 1)), Some(Flaw::Exact), "{at}");
        assert_eq!(
            chain.flaw(&chain.with(|moves| {
                moves.swap_remove(at);
            })),
            Some(Flaw::Exact),
            "{at}"
        );
    }
    // Sums that are shown cannot take up what is left over.
    let sum = chain.linked.places()[LENGTH + 3];
    let first_alone = [chain.claim[0], (sum, 4)];
    assert_eq!(chain.flaw(&first_alone), Some(Flaw::Exact));
}

#[test]
fn no_cell_of_a_claim_is_under_its_floor() {
    let chain = Chain::new();
    let times = |factor: i64| chain.with(|moves| moves.iter_mut().for_each(|(_, change)| *change *= factor));
    // All are ten.
    for (factor, flaw) in [(2, None), (-2, None), (3, Some(Flaw::Exact)), (-3, Some(Flaw::Exact))] {
        assert_eq!(chain.flaw(&times(factor)), flaw, "{factor}");
    }
    let overflowing = chain.with(|moves| moves.iter_mut().for_each(|(_, change)| *change *= i64::MAX / 4));
    assert_eq!(chain.flaw(&overflowing), Some(Flaw::Exact));
}

#[test]
fn a_claim_moves_its_own_cell_and_is_about_no_other() {
    let chain = Chain::new();
    let without = chain.with(|moves| {
        moves.remove(0);
    });
    assert_eq!(chain.flaw(&without), Some(Flaw::Exact));
    let still = chain.with(|moves| moves.iter_mut().for_each(|(_, change)| *change = 0));
    assert_eq!(chain.flaw(&still), Some(Flaw::Exact));
    let of_another = Certificate { cell: chain.claim[1].0, moves: chain.claim.clone() };
    assert_eq!(chain.flaw_of(&chain.mask, &[], &[], &[of_another]), Some(Flaw::Exact));
}

#[test]
fn a_claim_moves_no_cell_that_is_shown_or_known() {
    let chain = Chain::new();
    let claims = [Certificate { cell: chain.first(), moves: chain.claim.clone() }];
    // Without the first of these, what is left of the chain is a network; without the other it is not.
    for at in [LENGTH / 2, LENGTH + 1] {
        let (other, _) = chain.claim[at];
        let mut shown = Mask::none(chain.mask.len());
        let hidden = (0..chain.mask.len()).filter(|cell| chain.mask.hides(*cell) && *cell != other);
        hidden.for_each(|cell| shown.hide(cell));
        assert_eq!(chain.flaw_of(&shown, &[], &[], &claims), Some(Flaw::Exact));
        assert_eq!(chain.flaw_of(&chain.mask, &[other], &[], &claims), Some(Flaw::Exact));
    }
    assert_eq!(chain.flaw_of(&chain.mask, &[chain.first()], &[], &[]), None);
}

#[test]
fn a_claim_that_moves_what_an_insider_knows_shows_nothing_to_the_insider() {
    let chain = Chain::new();
    let claims = [Certificate { cell: chain.first(), moves: chain.claim.clone() }];
    let flaw = |insiders: &[Insider]| chain.flaw_of(&chain.mask, &[], insiders, &claims);
    let sum = chain.linked.places()[LENGTH + 3];
    let (middle, _) = chain.claim[LENGTH / 2];
    assert_eq!(flaw(&[vec![sum].into(), vec![middle].into()]), Some(Flaw::Insider(1)));
    assert_eq!(flaw(&[vec![chain.first(), middle].into(), vec![sum].into()]), None);
}

#[test]
fn who_finds_only_themselves_in_a_cell_finds_nothing_protected() {
    let chain = Chain::new();
    let claims = [Certificate { cell: chain.first(), moves: chain.claim.clone() }];
    let (middle, _) = chain.claim[LENGTH / 2];
    let insider = |own: CellId| Insider { knows: vec![middle], own: vec![own] };
    let flaw = |own: CellId| chain.flaw_of(&chain.mask, &[], &[insider(own)], &claims);
    assert_eq!(flaw(chain.first()), None);
    assert_eq!(flaw(chain.claim[1].0), Some(Flaw::Insider(0)));
}

/// A total and its parts.
fn tree(codes: &[&str]) -> Dimension {
    let node = |(at, code): (usize, &&str)| Node {
        code: (*code).to_owned(),
        parent: (at > 0).then(|| codes[0].to_owned()),
    };
    let nodes = codes.iter().enumerate().map(node).collect();
    Dimension { name: codes[0].to_owned(), nodes, groups: Vec::new() }
}

#[test]
fn a_claim_moves_no_cell_that_nobody_knows_where_no_values_are_found_for_these() {
    let (areas, ages) = (["g", "a", "b", "c"], ["t", "h", "x", "y", "z"]);
    let confirmed = |by_age: [i64; 3], sign: i64| {
        let cell = |area: usize, age: usize, value: i64| Given { nodes: vec![area, age], value };
        let mut given: Vec<Given> =
            [24, 14, 5, 5].into_iter().enumerate().map(|(area, all)| cell(area, 0, all)).collect();
        given.extend([17, 9, 4, 4].into_iter().enumerate().map(|(area, first)| cell(area, 1, first)));
        given.extend(by_age.into_iter().enumerate().map(|(age, all)| cell(0, age + 2, all)));
        // Two ages are missing in each area, of which these have 5, 1 and 1 together.
        given.extend([cell(1, 4, 0), cell(2, 2, 0), cell(3, 3, 0)]);
        let cube = Cube::new(&[tree(&areas), tree(&ages)], &[&given]).expect("a universe");
        let universe = cube.universe();
        let mut hidden = universe.never_published();
        (0..universe.len()).for_each(|cell| hidden.hide(cell));
        let question = Question { universe, hidden: &hidden, known: &[], floor: Floor::ZERO, integer: true };
        let place = |name: &str| (0..universe.len()).find(|cell| cube.name(*cell) == name).expect(name);
        assert_eq!(universe.kind(place("a|x")), Kind::Unknown);
        let moves = [("a|h", 1), ("a|x", -1), ("c|h", -1), ("c|x", 1)];
        let mut moves: BTreeMap<CellId, i64> =
            moves.into_iter().map(|(name, change)| (place(name), sign * change)).collect();
        // What several missing ages are together goes along.
        for relation in universe.relations().filter(|own| universe.kind(own.total) == Kind::Residual) {
            let change: i64 = relation.parts.iter().filter_map(|part| moves.get(part)).sum();
            if change != 0 {
                moves.insert(relation.total, change);
            }
        }
        let moves = moves.into_iter().collect();
        super::confirmed(&question, &Certificate { cell: place("a|h"), moves })
    };
    assert_eq!(confirmed([5, 1, 1], 1), Some(1));
    assert_eq!([1, -1].map(|sign| confirmed([1, 1, 5], sign)), [None; 2]);
}
