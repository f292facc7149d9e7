//! How failures of use cases look to the caller.

use platform::identity::Oin;
use platform::status::{Failure, FieldViolation};
use proto::api::v1::ErrorReason;
use sea_orm::DbErr;
use tonic::{Code, Status};

use crate::app::Error;
use crate::app::figures::Obstacle;
use crate::domain::agreement::State;
use crate::domain::problem::Problem;
use crate::domain::reason::{About, Explained, Reason};
use crate::domain::replacement::{NotReplaceable, REPLACEABLE};
use crate::store;

/// The status of a failed use case.
pub(super) fn of(error: Error) -> Status {
    Status::from(failure(error))
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Invalid(problems) => Failure::invalid(problems.into_iter().map(violation).collect()),
        Error::OtherOrganisation(resource) => Failure::other_organisation(&resource),
        Error::NotFound(resource) => Failure::not_found(&resource),
        Error::WrongState { agreement, wrong } => {
            let (en, nl) = wrong.sentences(&agreement);
            let failure = Failure::new(Code::FailedPrecondition, ErrorReason::WrongState, en, nl)
                .with("state", wrong.state.name());
            // Where it is somebody else who can do it, or a new agreement, no other state would help.
            let failure = match wrong.suspended_by.as_slice() {
                [] if wrong.resumed_often => failure,
                [] => failure.with("needed", wrong.needed()),
                parties => {
                    let parties: Vec<_> = parties.iter().map(Oin::as_str).collect();
                    failure.with("suspended_by", parties.join(", "))
                }
            };
            failure.with("resource", agreement)
        }
        Error::CannotReplace { agreement, replaced, state, why } => {
            let ((en, nl), (can_en, can_nl)) = (why.sentences(), why.what_can_be_done());
            let failure = Failure::new(
                Code::FailedPrecondition,
                ErrorReason::WrongState,
                format!("{agreement} replaces {replaced}, which {en}. What can be done: {can_en}"),
                format!("{agreement} vervangt {replaced}, maar die {nl}. Wat wel kan: {can_nl}"),
            );
            let failure = match state {
                Some(state) => failure.with("state", state.name()),
                None => failure,
            };
            let failure = if let NotReplaceable::Looser(terms) = why {
                failure.about(terms.into_iter().map(violation).collect())
            } else {
                failure.with("needed", REPLACEABLE)
            };
            failure.with("resource", replaced)
        }
        Error::NotProtected { agreement, release, obstacle } => not_protected(agreement, release, obstacle),
        Error::Damaged(agreement) => damaged(agreement.name()),
        Error::EtagMismatch(resource) => Failure::etag_mismatch(&resource),
        Error::WrongSignature(problem) => Failure::violations(
            ErrorReason::SignatureInvalid,
            "The signature",
            "De handtekening",
            vec![violation(problem)],
        ),
        Error::ForeignSignature(oin) => Failure::new(
            Code::PermissionDenied,
            ErrorReason::SignatureInvalid,
            format!(
                "the signature was not made with a registered key of organisation {oin}; register the key, or sign with one that is"
            ),
            format!(
                "de handtekening is niet gezet met een geregistreerde sleutel van organisatie {oin}; registreer de sleutel, of teken met een die dat is"
            ),
        )
        .with("oin", oin),
        Error::ConsentStands(consent) => Failure::new(
            Code::AlreadyExists,
            ErrorReason::AlreadyExists,
            format!("{consent} is of this reference for this story and stands; withdraw it first"),
            format!("{consent} is van deze verwijzing voor dit verhaal en geldt; trek die eerst in"),
        )
        .with("resource", consent),
        Error::NoMistake(consent) => no_mistake(consent),
        Error::LastOwnRule(rule) => last_own_rule(rule),
        Error::WrongCode => Failure::new(
            Code::NotFound,
            ErrorReason::NotFound,
            "there is no consent with this reference and this code; check both",
            "er is geen toestemming met deze verwijzing en deze code; controleer ze allebei",
        ),
        Error::NoRandom(cause) => Failure::internal(&cause),
        Error::Overloaded => Failure::new(
            Code::ResourceExhausted,
            ErrorReason::Overloaded,
            "too much waits for the ledger; try again in a moment",
            "er wacht te veel op het logboek; probeer het zo meteen opnieuw",
        ),
        // The cause is in the log already.
        Error::LedgerUnavailable => Failure::new(
            Code::Unavailable,
            ErrorReason::Unavailable,
            "the ledger did not take the entry; nothing was done, try again later",
            "het logboek nam dit niet op; er is niets gedaan, probeer het later opnieuw",
        ),
        Error::AlreadyExists(resource) => Failure::already_exists(&resource),
        Error::NeverStopped { agreement, state } => never_stopped(agreement, state),
        Error::NoPreview { agreement, state } => no_preview(agreement, state),
        Error::Unanswered(cause) => match cause.damaged() {
            Some(resource) => Failure::damaged(resource, &cause),
            None => Failure::unavailable(&cause),
        },
        Error::Organisations(cause) => Failure::unavailable(&cause),
        Error::Store(store::Error::Idempotency(error)) => Failure::from(error),
        Error::Store(store::Error::Database(cause @ (DbErr::ConnectionAcquire(_) | DbErr::Conn(_)))) => {
            Failure::unavailable(&cause)
        }
        Error::Store(store::Error::Database(cause)) if is_busy(&cause) => Failure::unavailable(&cause),
        Error::Store(
            cause @ (store::Error::Database(_)
            | store::Error::Corrupt(_)
            | store::Error::Unreadable { .. }
            | store::Error::Random
            | store::Error::Entry(_)),
        ) => Failure::internal(&cause),
    }
}

/// An agreement that does not become active, because small groups cannot be protected.
fn not_protected(agreement: String, release: String, obstacle: Option<Obstacle>) -> Failure {
    let failure = match obstacle {
        Some(obstacle) => {
            let place =
                |cell: String| FieldViolation::new(cell, "cannot be protected", "is niet te beschermen");
            Failure::new(
                Code::FailedPrecondition,
                ErrorReason::ProtectionFailed,
                format!("{agreement} does not become active. {}", obstacle.message_en),
                format!("{agreement} gaat niet in. {}", obstacle.message_nl),
            )
            .with("cells", obstacle.cell_count.to_string())
            .about(obstacle.cells.into_iter().map(place).collect())
        }
        None => Failure::new(
            Code::FailedPrecondition,
            ErrorReason::ProtectionFailed,
            format!(
                "{agreement} does not become active: small groups in {release} cannot be protected as agreed. The provider can see which, and what would help"
            ),
            format!(
                "{agreement} gaat niet in: kleine groepen in {release} zijn niet te beschermen zoals afgesproken. De aanbieder kan zien welke, en wat zou helpen"
            ),
        ),
    };
    failure.with("release", release).with("resource", agreement)
}

/// The cause is in the log already.
fn damaged(agreement: String) -> Failure {
    let Explained { code, nl, en, .. } =
        Reason::AgreementDamaged.explain(About { agreement: &agreement, ..About::default() });
    Failure::with_reason(Code::DataLoss, code, en, nl).with("resource", agreement)
}

fn no_mistake(consent: String) -> Failure {
    Failure::new(
        Code::FailedPrecondition,
        ErrorReason::WrongState,
        format!(
            "{consent} was withdrawn on behalf of who gave it, and that stays. Only a consent that stands can be \
             taken out as a mistake. After a withdrawal only the same person can give consent anew"
        ),
        format!(
            "{consent} is ingetrokken namens wie haar gaf, en dat blijft zo. Alleen een toestemming die geldt, kan \
             als vergissing worden weggehaald. Na een intrekking kan alleen dezelfde persoon opnieuw toestemming geven"
        ),
    )
    .with("state", "WITHDRAWN")
    .with("needed", "GIVEN")
    .with("resource", consent)
}

fn last_own_rule(rule: String) -> Failure {
    Failure::new(
        Code::FailedPrecondition,
        ErrorReason::WrongState,
        format!(
            "{rule} is the last rule of your organisation: without it, every system could ask for everything in the \
             agreements. To narrow, make the rule that takes its place first. To leave everything to the \
             agreements, make a rule for system * and purposes/- first; that one can be removed as the last"
        ),
        format!(
            "{rule} is de laatste regel van uw organisatie: zonder regel mag elk systeem alles vragen wat in de \
             afspraken staat. Wilt u andere regels, maak dan eerst de nieuwe regel. Wilt u alles aan de afspraken \
             overlaten, maak dan eerst een regel voor systeem * en purposes/-; die kunt u als laatste verwijderen"
        ),
    )
    .with("state", "LAST_RULE")
    .with("needed", "ANOTHER_RULE")
    .with("resource", rule)
}

fn never_stopped(agreement: String, state: State) -> Failure {
    Failure::new(
        Code::FailedPrecondition,
        ErrorReason::WrongState,
        format!(
            "{agreement} is {}: there is a receipt once a party has revoked or suspended it, or it was replaced",
            state.name()
        ),
        format!(
            "{agreement} is {}: een ontvangstbewijs is er zodra een partij haar heeft ingetrokken of opgeschort, of zij is vervangen",
            state.in_dutch()
        ),
    )
    .with("state", state.name())
    .with("needed", "REVOKED, SUSPENDED, REPLACED")
    .with("resource", agreement)
}

fn no_preview(agreement: String, state: State) -> Failure {
    let needed = "DRAFT, PROPOSED, ACTIVE";
    Failure::new(
        Code::FailedPrecondition,
        ErrorReason::WrongState,
        format!(
            "{agreement} is {}: what it comes to is told of a draft, a proposal and an active agreement. \
             Draft a new agreement to see what that comes to",
            state.name()
        ),
        format!(
            "{agreement} is {}: een vooruitblik is er bij een concept, een voorstel en een actieve afspraak. \
             Maak een nieuwe afspraak om te zien wat die oplevert",
            state.in_dutch()
        ),
    )
    .with("state", state.name())
    .with("needed", needed)
    .with("resource", agreement)
}

/// Whether others held the lock for too long: SQLite and PostgreSQL say so only in words.
fn is_busy(cause: &DbErr) -> bool {
    let text = cause.to_string();
    ["database is locked", "due to lock timeout"].iter().any(|busy| text.contains(busy))
}

fn violation(problem: Problem) -> FieldViolation {
    FieldViolation::new(problem.field, problem.en, problem.nl)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::content::Protection;
    use crate::domain::preset::{self, Preset};
    use sea_orm::{ConnectOptions, ConnectionTrait, SqliteTransactionMode};
    use sea_orm::{Database, TransactionOptions, TransactionTrait};
    use tonic_types::StatusExt;

    #[test]
    fn what_is_too_loose_to_take_the_place_of_another_is_refused_with_each_term() {
        let looser = preset::looser(Preset::PersonsGeneral, Protection::default());
        assert_eq!(looser.len(), 3);
        let status = of(Error::CannotReplace {
            agreement: "agreements/b".to_owned(),
            replaced: "agreements/a".to_owned(),
            state: Some(State::Active),
            why: NotReplaceable::Looser(looser.clone()),
        });
        let details = status.get_error_details();
        let listed = &details.bad_request().expect("fields").field_violations;
        let fields = |problem: &Problem| problem.field.clone();
        assert_eq!(
            listed.iter().map(|violation| violation.field.clone()).collect::<Vec<_>>(),
            looser.iter().map(fields).collect::<Vec<_>>()
        );
        let dutch = &details.localized_message().expect("a sentence in Dutch").message;
        for Problem { field, en, nl } in &looser {
            assert!(status.message().contains(&format!("{field} {en}")), "{}", status.message());
            assert!(dutch.contains(&format!("{field} {nl}")), "{dutch}");
        }
        assert!(dutch.ends_with("Wat wel kan: wijs dit voorstel af, en stel er een op dat even streng is"));
    }

    #[tokio::test]
    async fn a_database_that_others_hold_too_long_is_unavailable() {
        let test = testkit::sqlite().await;
        let held = test.database.begin_write().await.expect("the lock");
        let mut options = ConnectOptions::new(test.url.clone());
        options.max_connections(1);
        let other = Database::connect(options).await.expect("a connection");
        other.execute_unprepared("PRAGMA busy_timeout = 1").await.expect("a short wait");
        let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode, ..Default::default() };
        let Err(cause) = other.begin_with_options(options).await else {
            panic!("the lock was free");
        };
        let failure = failure(Error::Store(store::Error::Database(cause)));
        assert_eq!((failure.code(), failure.reason()), (Code::Unavailable, "UNAVAILABLE"));
        held.rollback().await.expect("the end");
    }
}
