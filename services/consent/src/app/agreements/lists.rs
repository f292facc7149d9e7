//! Lists of agreements that people need.

use platform::identity::Caller;
use time::{Duration, OffsetDateTime};

use super::Agreements;
use crate::app::{Error, View};
use crate::domain::agreement::{Agreement, State};
use crate::domain::name::AgreementId;
use crate::domain::problem::Problem;
use crate::domain::replacement;
use crate::store::{AgreementFilter, DamagedAgreement};

/// Most days ahead or back: ten years.
const MOST_DAYS: i32 = 3660;

/// Which agreements somebody wants listed, as far as that goes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    state: Option<State>,
    expiring_within: Option<Duration>,
    awaiting_my_signature: bool,
    unused_for: Option<Duration>,
}

impl Wanted {
    /// Reads what is asked; 0 days do not ask.
    ///
    /// # Errors
    /// INVALID_ARGUMENT: every field that is out of bounds or does not go with the others.
    pub(crate) fn new(
        state: Option<State>,
        expiring_within_days: i32,
        awaiting_my_signature: bool,
        unused_for_days: i32,
    ) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let mut days = |field: &str, days: i32| {
            if !(0..=MOST_DAYS).contains(&days) {
                problems.push(Problem::new(
                    field,
                    format!("is {days}; expected 1 to {MOST_DAYS} days, or 0 for no limit"),
                    format!("is {days}; verwacht wordt 1 tot en met {MOST_DAYS} dagen, of 0 voor geen grens"),
                ));
            }
            (days != 0).then(|| Duration::days(i64::from(days)))
        };
        let expiring_within = days("expiring_within_days", expiring_within_days);
        let unused_for = days("unused_for_days", unused_for_days);
        let mut only = |field: &str, states: &[State]| {
            if let Some(state) = state.filter(|state| !states.contains(state)) {
                let names = states.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ");
                problems.push(Problem::new(
                    field,
                    format!("does not go with state {}; expected {names} or none", state.name()),
                    format!("gaat niet samen met state {}; verwacht wordt {names} of geen", state.name()),
                ));
            }
        };
        if expiring_within.is_some() {
            only("expiring_within_days", &[State::Draft, State::Proposed, State::Active, State::Suspended]);
        }
        if awaiting_my_signature {
            only("awaiting_my_signature", &[State::Proposed]);
        }
        if unused_for.is_some() {
            only("unused_for_days", &[State::Active]);
        }
        if awaiting_my_signature && unused_for.is_some() {
            problems.push(Problem::new(
                "unused_for_days",
                "does not go with awaiting_my_signature: what is not signed by all cannot be used",
                "gaat niet samen met awaiting_my_signature: wat niet door iedereen is getekend, kan niet gebruikt worden",
            ));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let state = match (awaiting_my_signature, unused_for) {
            (true, _) => Some(State::Proposed),
            (false, Some(_)) => Some(State::Active),
            (false, None) => state,
        };
        Ok(Self { state, expiring_within, awaiting_my_signature, unused_for })
    }
}

/// Some agreements of a list.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// They, the newest first.
    pub(crate) agreements: Vec<Result<Agreement, DamagedAgreement>>,
    /// The last one that was looked at, when others may follow.
    pub(crate) more_after: Option<AgreementId>,
}

impl Agreements {
    /// The agreements that the caller may see, the newest first, of the next `limit` before one: those that nobody
    /// can sign any more are left out of what awaits a signature.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        wanted: Wanted,
        before: Option<AgreementId>,
        limit: u64,
    ) -> Result<Listed, Error> {
        let unsigned_by = if wanted.awaiting_my_signature {
            let Some(own) = &caller.organisation else {
                return Ok(Listed::default());
            };
            Some(own.clone())
        } else {
            None
        };
        let party = match View::of(caller) {
            // Who sees all is asked for the signature of its own organisation only.
            View::All => unsigned_by.clone(),
            View::Of(oin) => Some(oin),
            View::Nothing => return Ok(Listed::default()),
        };
        let now = self.now();
        let filter = AgreementFilter {
            party,
            state: wanted.state,
            ending_by: wanted.expiring_within.map(|within| now + within),
            unsigned_by,
            unused_since: wanted.unused_for.map(|days| now - days),
            before,
            limit,
        };
        let mut agreements = self.store.agreements(&filter, now).await?;
        let full = u64::try_from(agreements.len()).is_ok_and(|there| there >= limit);
        let more_after = agreements.last().filter(|_| full).map(id_of);
        if wanted.awaiting_my_signature {
            self.leave_out_overtaken(&mut agreements, now).await?;
        }
        Ok(Listed { agreements, more_after })
    }

    /// Leaves out those under which the agreement whose place they would take cannot be replaced by them any more,
    /// so that nobody can sign them. What is damaged may be put right.
    async fn leave_out_overtaken(
        &self,
        agreements: &mut Vec<Result<Agreement, DamagedAgreement>>,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let read = agreements.iter().filter_map(|found| found.as_ref().ok());
        let old = self.store.sound_agreements(&read.filter_map(replaces).collect()).await?;
        let earlier = self.store.earlier(&old.keys().copied().collect()).await?;
        agreements.retain(|found| {
            let Ok(new) = found else { return true };
            let Some(old) = replaces(new).and_then(|id| old.get(&id)) else { return true };
            let replaced = replacement::check(&new.document.content, old, &earlier, now);
            !replaced.is_err_and(|why| why.is_for_good())
        });
        Ok(())
    }
}

/// The agreement whose place this one takes.
fn replaces(agreement: &Agreement) -> Option<AgreementId> {
    agreement.document.content.terms().replaces.as_deref().and_then(AgreementId::of_name)
}

fn id_of(found: &Result<Agreement, DamagedAgreement>) -> AgreementId {
    match found {
        Ok(Agreement { id, .. }) | Err(DamagedAgreement { id }) => *id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(wanted: Result<Wanted, Error>) -> Vec<String> {
        match wanted {
            Err(Error::Invalid(problems)) => problems.into_iter().map(|problem| problem.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_asked_goes_with_the_states_in_which_it_means_something() {
        for state in State::ALL {
            let ends = [State::Draft, State::Proposed, State::Active, State::Suspended].contains(&state);
            assert_eq!(Wanted::new(Some(state), 30, false, 0).is_ok(), ends, "{state:?}");
            let awaits = state == State::Proposed;
            assert_eq!(Wanted::new(Some(state), 0, true, 0).is_ok(), awaits, "{state:?}");
            assert_eq!(Wanted::new(Some(state), 0, false, 30).is_ok(), state == State::Active, "{state:?}");
            assert!(Wanted::new(Some(state), 0, false, 0).is_ok());
        }
        assert!(Wanted::new(None, 30, true, 0).is_ok() && Wanted::new(None, 30, false, 30).is_ok());
        assert_eq!(fields(Wanted::new(None, 0, true, 30)), ["unused_for_days"]);
        let all = Wanted::new(Some(State::Revoked), 1, true, 1);
        let named = ["expiring_within_days", "awaiting_my_signature", "unused_for_days", "unused_for_days"];
        assert_eq!(fields(all), named);
    }

    #[test]
    fn days_are_1_to_3660() {
        for days in [-1, 3661] {
            assert_eq!(fields(Wanted::new(None, days, false, 0)), ["expiring_within_days"]);
            assert_eq!(fields(Wanted::new(None, 0, false, days)), ["unused_for_days"]);
        }
        for days in [1, 3660] {
            assert!(Wanted::new(None, days, false, days).is_ok());
        }
    }
}
