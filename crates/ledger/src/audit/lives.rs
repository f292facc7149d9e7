//! Whether what is shown of an agreement can have happened: each entry after those before it, and a delivery
//! after its permit.

use std::collections::BTreeSet;

use super::entry::{Body, Entry};
use super::fault::{Fault, What};
use super::kind::Kind;
use super::life::Life;

/// Checks the entries about one agreement of a party to it, from the first one on. Where one is missing or
/// cannot be read, which is found elsewhere, nothing follows any more. Nor does it after one of which it is not known
/// what happened, when the agreement stands elsewhere after it or a party did it: that one is the
/// answer.
pub(super) fn check(entries: &[&Entry], faults: &mut Vec<Fault>) -> Option<u64> {
    let (mut life, mut permitted, mut lost) = (Life::default(), BTreeSet::new(), None);
    for (number, entry) in (1..).zip(entries) {
        if entry.agreement_sequence != number || entry.damaged {
            break;
        }
        if lost.is_none() {
            lost = follow(&mut life, entry, faults);
        }
        let Some(body) = entry.body() else { continue };
        match body.kind() {
            Some(Kind::Permitted) => drop(permitted.insert(exchange(&body, "/request/recipient"))),
            Some(Kind::Delivered | Kind::DeliveryUnaccounted)
                if !permitted.contains(&exchange(&body, "/recipient")) =>
            {
                let at = Entry::name_of(entry.index);
                faults.push(Fault::new(at, What::DeliveredUnpermitted));
            }
            _ => {}
        }
    }
    lost
}

/// Follows the next entry; the answer is its index when nothing can be said of what comes after it.
fn follow(life: &mut Life, entry: &Entry, faults: &mut Vec<Fault>) -> Option<u64> {
    if !entry.is_understood() {
        // What a party did may count later, also where the agreement stands as it did: who signed or suspended.
        let by_a_party = entry.body().is_some_and(|body| body.kind() == Some(Kind::AgreementChanged));
        return (by_a_party || !life.stands_still(&entry.header_json)).then_some(entry.index);
    }
    let shown = (!entry.body_json.is_empty()).then_some(entry.body_json.as_str());
    if let Err(misstep) = life.follow(&entry.header_json, shown) {
        faults.push(Fault::new(Entry::name_of(entry.index), What::Life(misstep)));
    }
    None
}

/// The transaction of an entry, and who received or was to receive something in it.
fn exchange(body: &Body, recipient: &str) -> (String, String) {
    let recipient = body.facts.pointer(recipient).and_then(|oin| oin.as_str()).unwrap_or_default();
    (body.transaction_id.clone(), recipient.to_owned())
}
