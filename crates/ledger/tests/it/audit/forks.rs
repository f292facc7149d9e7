//! Parties that are shown different entries under one number of their agreement, in one log.

use ledger::audit::End;
use proptest::sample::Index;

use super::*;

/// Entries about one agreement as one party is shown them, all of them in one log.
struct Shown {
    log: Log,
    statement: Statement,
}

impl Shown {
    /// Of the pairs of entries with one number, those that are chosen are shown. Each entry follows the
    /// one that its party was shown: the left ones all left ones, and the right ones what is chosen.
    fn of(chosen: &[Side]) -> Self {
        let mut log = Log { leaves: Vec::new(), seen: Vec::new() };
        let (mut left, mut shown) = (None, None);
        for (place, side) in (0..).zip(chosen) {
            let pair = [following(left, 2 * place, place + 1), following(shown, 2 * place + 1, place + 1)];
            let leaves = pair.each_ref().map(|entry| entry.leaf_hash.parse().unwrap());
            log.leaves.extend(leaves);
            left = Some(leaves[0]);
            let side = usize::from(*side == Side::Right);
            shown = Some(leaves[side]);
            log.seen.push(pair[side].clone());
        }
        let statement = log.statement(log.leaves.len());
        Self { log, statement }
    }

    fn audit(&self, entries: Vec<Entry>) -> Report {
        let mut evidence = self.log.evidence(&[self.log.leaves.len()]);
        evidence.statements = vec![note(self.statement.to_string())];
        self.log.audit(&Evidence { entries, ..evidence })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn sides() -> impl Strategy<Value = Vec<Side>> {
    proptest::collection::vec(prop_oneof![Just(Side::Left), Just(Side::Right)], 1..12)
}

/// The places of the left entries that are shown after a right one.
fn returns(chosen: &[Side]) -> Vec<usize> {
    let pairs = chosen.windows(2).enumerate();
    pairs.filter(|(_, pair)| *pair == [Side::Right, Side::Left]).map(|(place, _)| place + 1).collect()
}

#[test]
fn another_entry_under_a_number_is_found_by_the_entry_after_it() {
    let shown = Shown::of(&[Side::Left, Side::Left, Side::Left, Side::Right, Side::Left]);
    let faults = shown.audit(shown.log.seen.clone()).faults;
    let what = What::OtherPrevious {
        agreement: AGREEMENT.to_owned(),
        number: 4,
        shown: "ledger-entries/7".to_owned(),
    };
    assert_eq!(faults, [fault("ledger-entries/8", what)]);
    assert_eq!(
        faults[0].to_string(),
        "ledger-entries/8: volgt volgens de kop op een andere regel met nummer 4 van agreements/a dan \
         ledger-entries/7, die u te zien kreeg: een andere partij kan daar een andere regel zien"
    );
    let mut headers = shown.log.seen.clone();
    headers.splice(3.., shown.log.seen[3..].iter().cloned().map(header_alone));
    assert_eq!(shown.audit(headers).faults, faults, "by the headers alone");
}

#[test]
fn an_entry_of_an_agreement_of_others_is_held_against_the_one_before_too() {
    let shown = Shown::of(&[Side::Left, Side::Left, Side::Left, Side::Right, Side::Left]);
    let statement = Statement { agreements: BTreeMap::new(), ..shown.statement.clone() };
    // Decisions of others on a dataset of this organisation.
    let facts = format!(r#""facts":{{"request":{{"dataset_owner":"{OIN}","recipient":"2"}}}}"#);
    let mut shown = Shown { statement, ..shown };
    drop(shown.log.seen.drain(..3));
    for entry in &mut shown.log.seen {
        entry.body_json = entry.body_json.replace(r#""facts":{}"#, &facts);
    }
    let report = shown.audit(shown.log.seen.clone());
    assert_eq!(report.unchecked, [AGREEMENT]);
    assert!(report.faults.iter().any(|fault| matches!(fault.what, What::OtherPrevious { .. })));
}

#[test]
fn what_comes_before_is_said_from_the_second_entry_on_and_only_there() {
    for (sequence, before, found) in [
        (2, None, What::NoPrevious),
        (1, Some(leaf_hash(b"before")), What::FirstHasPrevious),
        (0, Some(leaf_hash(b"before")), What::FirstHasPrevious),
    ] {
        let mut log = Log::of(0);
        let entry = following(before, 0, sequence);
        log.leaves.push(entry.leaf_hash.parse().unwrap());
        log.seen.push(entry);
        let faults = log.audit(&log.evidence(&[1])).faults;
        assert!(faults.contains(&fault("ledger-entries/0", found)), "{sequence}: {faults:?}");
    }
    let mut log = Log::of(20);
    let entry = &mut log.seen[4];
    let before = serde_json::from_str::<serde_json::Value>(&entry.header_json).unwrap();
    let before = before["previous"].as_str().unwrap();
    entry.header_json = entry.header_json.replace(before, "x");
    commit(entry);
    let what = What::NotHex("de verwijzing naar de regel ervoor");
    assert!(log.audit(&log.evidence(&[20])).faults.contains(&fault("ledger-entries/8", what)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A party that is shown an entry that the others are not, and one of theirs after it, finds it: the
    /// entry is named. Who is kept apart for good has another end than they.
    #[test]
    fn whoever_is_shown_another_entry_finds_it_or_has_another_end(chosen in sides()) {
        let shown = Shown::of(&chosen);
        let report = shown.audit(shown.log.seen.clone());
        let named: Vec<String> = report.faults.iter().map(|fault| fault.at.clone()).collect();
        let expected = returns(&chosen).into_iter().map(|place| format!("ledger-entries/{}", 2 * place));
        prop_assert_eq!(named, expected.collect::<Vec<_>>());
        let others = Shown::of(&vec![Side::Left; chosen.len()]);
        let theirs = others.audit(others.log.seen.clone());
        prop_assert_eq!(theirs.faults, []);
        let [end] = <[End; 1]>::try_from(report.ends).unwrap();
        let [their_end] = <[End; 1]>::try_from(theirs.ends).unwrap();
        prop_assert_eq!(end.number, their_end.number);
        let apart = chosen.last() == Some(&Side::Right);
        prop_assert_eq!(end.leaf_hash != their_end.leaf_hash, apart);
    }

    /// Entries that changed places, that are shown twice or that are left out are found, also when what
    /// stands beside their headers is made to fit.
    #[test]
    fn a_list_that_is_rearranged_is_found(
        edits in proptest::collection::vec((0..3_u8, any::<Index>(), any::<Index>()), 0..4), fitting in any::<bool>(),
    ) {
        let shown = Shown::of(&[Side::Left; 8]);
        let honest: Vec<usize> = (0..8).collect();
        let mut picked = honest.clone();
        for (edit, one, other) in edits {
            let (one, other) = (one.index(picked.len()), other.index(picked.len()));
            match edit {
                0 => picked.swap(one, other),
                1 => picked[one] = picked[other],
                _ => drop(picked.remove(one)),
            }
        }
        let mut entries: Vec<Entry> = picked.iter().map(|from| shown.log.seen[*from].clone()).collect();
        if fitting {
            for (entry, place) in entries.iter_mut().zip(&shown.log.seen) {
                entry.agreement_sequence = place.agreement_sequence;
                (entry.index, entry.name) = (place.index, place.name.clone());
            }
        } else {
            // The order of a list says nothing: the indexes do.
            picked.sort_unstable();
        }
        prop_assert_eq!(shown.audit(entries).faults.is_empty(), picked == honest, "{:?}", picked);
    }
}
