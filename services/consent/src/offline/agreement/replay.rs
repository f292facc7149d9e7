//! What the signatures of an agreement come to: they are placed once more, in the order in which
//! they stand, under the same rules as the platform places them.

use std::sync::Arc;

use time::OffsetDateTime;

use super::{Download, Fault, NotWhole, Placed, Problem};
use crate::domain::agreement::{Agreement, Document, NotPlaced, State};
use crate::domain::content::Content;
use crate::domain::name::AgreementId;
use crate::domain::signature::{Signature, TOLERANCE};
use crate::offline::Error;

/// Checks that each signature could be placed after the ones before it, and that the agreement then
/// stands where the file says it does. The answer is whether its last day went by since the file was made.
///
/// # Errors
/// The first signature that could not be placed, or what the file says that does not follow.
pub(super) fn check(download: &Download, content: Content, now: OffsetDateTime) -> Result<bool, NotWhole> {
    let said = State::named(&download.state).ok_or_else(|| NotWhole::UnknownState(download.state.clone()))?;
    let ends = content.ends();
    let mut stands = begun(download, content)?;
    for placed in &download.signatures {
        stands = after(&stands, placed).map_err(|problem| {
            NotWhole::Signatures(vec![Fault { oin: placed.oin.clone(), kind: placed.kind, problem }])
        })?;
    }
    if !goes_with(said, &stands) {
        return Err(NotWhole::State { said: said.name(), follows: stands.recorded.name() });
    }
    // The clocks of the platform and of this machine may differ.
    let latest = now.saturating_add(TOLERANCE);
    if said == State::Expired && latest < ends {
        return Err(NotWhole::NotEnded(ends));
    }
    let follower = download.replaced_by.as_deref();
    let fits = match said {
        State::Replaced => follower.is_some_and(|name| AgreementId::of_name(name).is_some()),
        State::Expired => true,
        State::Draft
        | State::Proposed
        | State::Active
        | State::Suspended
        | State::Rejected
        | State::Revoked => follower.is_none(),
    };
    if !fits {
        return Err(NotWhole::ReplacedBy { said: said.name(), by: follower.unwrap_or_default().to_owned() });
    }
    let right = match said {
        State::Expired => download.changed == ends,
        State::Draft
        | State::Proposed
        | State::Active
        | State::Suspended
        | State::Rejected
        | State::Revoked
        | State::Replaced => {
            stands.update_time.saturating_sub(TOLERANCE) <= download.changed && download.changed <= latest
        }
    };
    if !right {
        return Err(NotWhole::Changed(download.changed));
    }
    Ok(said != State::Expired && stands.state(now) == State::Expired && said != State::Replaced)
}

/// The proposal, before anybody signed.
fn begun(download: &Download, content: Content) -> Result<Agreement, NotWhole> {
    let id = AgreementId::of_name(&content.terms().agreement).ok_or(Error::Content)?;
    let document = Document {
        content,
        content_json: download.content_json.clone(),
        content_hash: download.content_hash.clone(),
        text: download.text_nl.clone(),
    };
    Ok(Agreement {
        id,
        document: Arc::new(document),
        recorded: State::Proposed,
        signatures: Vec::new(),
        create_time: download.drafted,
        update_time: download.drafted,
        replaced_by: None,
    })
}

fn after(agreement: &Agreement, placed: &Placed) -> Result<Agreement, Problem> {
    let signature = Signature {
        oin: placed.oin.clone(),
        kind: placed.kind,
        jws: placed.jws.clone(),
        create_time: placed.placed,
    };
    match agreement.place(signature, placed.placed) {
        Ok(Some(changed)) => Ok(changed),
        // What changes nothing is not kept.
        Ok(None) | Err(NotPlaced::Before) => Err(Problem::Again),
        Err(NotPlaced::State(wrong)) => Err(Problem::OutOfPlace(wrong.state.name())),
    }
}

/// Whether an agreement with these signatures can stand there. That its last day went by, and that
/// another one took its place, is in no signature of its own.
fn goes_with(said: State, stands: &Agreement) -> bool {
    match said {
        State::Draft => stands.signatures.is_empty(),
        State::Proposed | State::Active | State::Suspended | State::Rejected | State::Revoked => {
            stands.recorded == said
        }
        State::Replaced => matches!(stands.recorded, State::Active | State::Suspended),
        State::Expired => matches!(stands.recorded, State::Proposed | State::Active | State::Suspended),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::content::samples::{self, GGD, WELLER, oin};
    use crate::domain::signature::SignatureKind::{self, Accept, Reject, Resume, Revoke, Suspend};
    use time::Duration;
    use time::macros::datetime;

    const DRAFTED: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
    const OTHER: &str = "agreements/0190163d-8694-739b-aea5-966c26f8ad91";
    const BOTH: [(&str, SignatureKind); 2] = [(WELLER, Accept), (GGD, Accept)];

    fn download(state: &str, placed: &[(&str, SignatureKind)]) -> Download {
        let document = Document::of(samples::content()).expect("a document");
        let placed = placed.iter().enumerate().map(|(number, (party, kind))| Placed {
            oin: oin(party),
            kind: *kind,
            jws: format!("a.{number}.c"),
            placed: DRAFTED + Duration::HOUR,
        });
        Download {
            state: state.to_owned(),
            signatures: placed.collect(),
            keys: Vec::new(),
            content_json: document.content_json,
            content_hash: document.content_hash,
            text_nl: document.text,
            known: Vec::new(),
            drafted: DRAFTED,
            changed: if state == "EXPIRED" { ends() } else { DRAFTED + Duration::HOUR },
            replaced_by: (state == "REPLACED").then(|| OTHER.to_owned()),
        }
    }

    fn ends() -> OffsetDateTime {
        samples::content().ends()
    }

    /// Whether it ended since, when looked at on its first day after the last one.
    fn checked(download: &Download) -> Result<bool, NotWhole> {
        check(download, samples::content(), ends())
    }

    #[test]
    fn the_state_in_the_file_follows_from_its_signatures() {
        let and = |more: &[(&'static str, SignatureKind)]| [&BOTH[..], more].concat();
        let rows = [
            (vec![], vec!["DRAFT", "PROPOSED", "EXPIRED"]),
            (vec![(GGD, Accept)], vec!["PROPOSED", "EXPIRED"]),
            (vec![(WELLER, Accept), (GGD, Reject)], vec!["REJECTED"]),
            (and(&[]), vec!["ACTIVE", "EXPIRED", "REPLACED"]),
            (and(&[(GGD, Suspend)]), vec!["SUSPENDED", "EXPIRED", "REPLACED"]),
            (
                and(&[(GGD, Suspend), (WELLER, Suspend), (GGD, Resume)]),
                vec!["SUSPENDED", "EXPIRED", "REPLACED"],
            ),
            (and(&[(GGD, Suspend), (GGD, Resume)]), vec!["ACTIVE", "EXPIRED", "REPLACED"]),
            (and(&[(GGD, Suspend), (WELLER, Revoke)]), vec!["REVOKED"]),
        ];
        for (placed, good) in rows {
            for state in State::ALL {
                let found = checked(&download(state.name(), &placed));
                assert_eq!(found.is_ok(), good.contains(&state.name()), "{state:?} {placed:?} {found:?}");
            }
        }
        assert_eq!(
            checked(&download("ACTIVE", &and(&[(GGD, Suspend)]))),
            Err(NotWhole::State { said: "ACTIVE", follows: "SUSPENDED" })
        );
        assert_eq!(checked(&download("PAUSED", &BOTH)), Err(NotWhole::UnknownState("PAUSED".to_owned())));
    }

    #[test]
    fn a_signature_that_could_not_be_placed_there_is_found() {
        let problem = |download: &Download| match checked(download) {
            Err(NotWhole::Signatures(mut faults)) => faults.remove(0).problem,
            other => panic!("{other:?}"),
        };
        let out_of_place = |state| Problem::OutOfPlace(state);
        assert_eq!(problem(&download("REVOKED", &[(GGD, Accept), (GGD, Revoke)])), out_of_place("PROPOSED"));
        assert_eq!(problem(&download("SUSPENDED", &[(GGD, Suspend)])), out_of_place("PROPOSED"));
        let resumed = [BOTH[0], BOTH[1], (GGD, Suspend), (WELLER, Resume)];
        assert_eq!(problem(&download("ACTIVE", &resumed)), out_of_place("SUSPENDED"));
        assert_eq!(problem(&download("PROPOSED", &[(GGD, Accept), (GGD, Accept)])), Problem::Again);
        // The same JWS twice, with a resume between.
        let mut again =
            download("SUSPENDED", &[BOTH[0], BOTH[1], (GGD, Suspend), (GGD, Resume), (GGD, Suspend)]);
        assert_eq!(checked(&again), Ok(true));
        again.signatures[4].jws = again.signatures[2].jws.clone();
        assert_eq!(problem(&again), Problem::Again);
        // After the last day.
        let mut late = download("ACTIVE", &BOTH);
        late.signatures[1].placed = samples::content().ends();
        assert_eq!(problem(&late), out_of_place("EXPIRED"));
    }

    #[test]
    fn an_agreement_is_expired_when_its_last_day_went_by_and_not_before() {
        let at = |state, now| check(&download(state, &BOTH), samples::content(), now);
        assert_eq!(at("EXPIRED", ends()), Ok(false));
        assert_eq!(at("EXPIRED", ends() - TOLERANCE), Ok(false), "clocks may differ");
        let early = at("EXPIRED", ends() - TOLERANCE - Duration::SECOND);
        assert_eq!(early, Err(NotWhole::NotEnded(ends())));
        assert_eq!(at("ACTIVE", ends() - Duration::SECOND), Ok(false));
        assert_eq!(at("ACTIVE", ends()), Ok(true), "a file that was made before says so for ever");
        assert_eq!(at("REPLACED", ends()), Ok(false), "what was ended by then did not expire");
        let revoked = [&BOTH[..], &[(GGD, Revoke)]].concat();
        assert_eq!(checked(&download("REVOKED", &revoked)), Ok(false));
    }

    #[test]
    fn what_was_replaced_names_what_took_its_place_and_nothing_else_does() {
        let with = |state, by: Option<&str>| {
            checked(&Download { replaced_by: by.map(str::to_owned), ..download(state, &BOTH) })
        };
        let wrong = |said, by: &str| Err(NotWhole::ReplacedBy { said, by: by.to_owned() });
        assert_eq!(with("REPLACED", None), wrong("REPLACED", ""));
        assert_eq!(with("REPLACED", Some("agreements/x")), wrong("REPLACED", "agreements/x"));
        assert_eq!(with("ACTIVE", Some(OTHER)), wrong("ACTIVE", OTHER));
        assert_eq!(with("EXPIRED", Some(OTHER)), Ok(false), "one that expired can be followed");
    }

    #[test]
    fn the_state_changed_after_the_signature_that_changed_it_and_before_now() {
        let at = |state, changed| checked(&Download { changed, ..download(state, &BOTH) });
        let placed = DRAFTED + Duration::HOUR;
        assert_eq!(at("ACTIVE", placed - TOLERANCE), Ok(true));
        let (early, late) = (placed - TOLERANCE - Duration::SECOND, ends() + TOLERANCE + Duration::SECOND);
        for (state, changed) in [("ACTIVE", early), ("ACTIVE", late), ("EXPIRED", placed)] {
            assert_eq!(at(state, changed), Err(NotWhole::Changed(changed)), "{state}");
        }
    }
}
