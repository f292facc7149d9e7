//! Whether one agreement can take the place of another.

use time::{Date, OffsetDateTime};

use super::agreement::{Agreement, State};
use super::calendar::{day_of, in_words};
use super::content::Content;
use super::name::AgreementId;
use super::preset::{self, Preset};

/// The states in which an agreement can be replaced, as metadata has them.
pub(crate) const REPLACEABLE: &str = "ACTIVE, SUSPENDED, EXPIRED";

/// Why an agreement cannot be replaced by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotReplaceable {
    /// There is none that the provider of the new one provides under.
    Unknown,
    /// Another provider, or other recipients.
    OtherParties,
    /// It stands where nothing can take its place any more, or yet.
    State(State),
    /// It expired before all had signed, so there is nothing to take over.
    NeverInForce,
    /// Another one took its place before.
    Replaced(AgreementId),
    /// It is in force, and the new one holds only later: until then there would be none.
    StartsLater(Date),
    /// It names a kind of figures, and the new one is looser than that.
    Looser(Preset),
}

/// Checks that an agreement with this content can take the place of `old`, which may have been in
/// force until its last day, or still be. While it is, the new one has to hold from the moment on at
/// which it takes over, so that there is no day without an agreement.
///
/// # Errors
/// The first thing that stands in the way.
pub(crate) fn check(content: &Content, old: &Agreement, now: OffsetDateTime) -> Result<(), NotReplaceable> {
    if content.terms().provider.oin != old.document.content.terms().provider.oin {
        return Err(NotReplaceable::Unknown);
    }
    if !content.same_parties(&old.document.content) {
        return Err(NotReplaceable::OtherParties);
    }
    if let Some(by) = old.replaced_by {
        return Err(NotReplaceable::Replaced(by));
    }
    if let Some(kind) = old.document.content.terms().preset
        && !preset::looser(kind, content.terms().protection).is_empty()
    {
        return Err(NotReplaceable::Looser(kind));
    }
    let first = content.terms().valid_from;
    match (old.recorded, old.state(now)) {
        (State::Active | State::Suspended, State::Active | State::Suspended) if first > day_of(now) => {
            Err(NotReplaceable::StartsLater(first))
        }
        (State::Active | State::Suspended, _) => Ok(()),
        (_, State::Expired) => Err(NotReplaceable::NeverInForce),
        (_, state) => Err(NotReplaceable::State(state)),
    }
}

impl NotReplaceable {
    /// Whether it stays so, whatever anybody does.
    #[must_use]
    pub(crate) fn is_for_good(&self) -> bool {
        !matches!(self, Self::StartsLater(_))
    }

    /// What can be done by who was to sign, in English and in Dutch.
    #[must_use]
    pub(crate) fn what_can_be_done(&self) -> (String, String) {
        match self {
            Self::StartsLater(first) => (
                format!(
                    "sign on {first} or later, or reject this proposal and draft one that holds from today"
                ),
                format!(
                    "teken op {} of later, of wijs dit voorstel af en stel er een op die vanaf vandaag geldt",
                    in_words(*first)
                ),
            ),
            Self::Unknown
            | Self::OtherParties
            | Self::State(_)
            | Self::NeverInForce
            | Self::Replaced(_)
            | Self::Looser(_) => (
                "reject this proposal, and draft a new agreement that does not replace it".to_owned(),
                "wijs dit voorstel af, en stel een nieuwe afspraak op die haar niet vervangt".to_owned(),
            ),
        }
    }

    /// What is the matter with the old agreement, in English and in Dutch, to follow on its name.
    #[must_use]
    pub(crate) fn sentences(&self) -> (String, String) {
        match self {
            Self::Unknown => (
                "is no agreement of which your organisation is the provider".to_owned(),
                "is geen afspraak waarvan uw organisatie de aanbieder is".to_owned(),
            ),
            Self::OtherParties => (
                "has other recipients; expected the same provider and the same recipients".to_owned(),
                "heeft andere ontvangers; verwacht worden dezelfde aanbieder en dezelfde ontvangers"
                    .to_owned(),
            ),
            Self::State(state) => (
                format!(
                    "is {}; only an active, suspended or expired agreement can be replaced",
                    state.name()
                ),
                format!(
                    "is {}; alleen een actieve, opgeschorte of verlopen afspraak kan worden vervangen",
                    state.in_dutch()
                ),
            ),
            Self::NeverInForce => (
                "has expired before all had signed it, so there is nothing to replace".to_owned(),
                "is verlopen voordat iedereen had getekend, dus er is niets te vervangen".to_owned(),
            ),
            Self::Replaced(by) => (
                format!("was replaced by {} already", by.name()),
                format!("is al vervangen door {}", by.name()),
            ),
            Self::Looser(kind) => (
                format!(
                    "is about {}; what takes its place has to be as strict as goes with that",
                    kind.name()
                ),
                format!(
                    "gaat over {}; wat ervoor in de plaats komt, moet zo streng zijn als daarbij hoort",
                    kind.name()
                ),
            ),
            Self::StartsLater(first) => (
                format!(
                    "is in force still, while the new agreement holds from {first} only: there would be no agreement until then"
                ),
                format!(
                    "geldt nog, terwijl de nieuwe afspraak pas geldt vanaf {}: tot die dag zou er geen afspraak zijn",
                    in_words(*first)
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::agreement::Document;
    use crate::domain::agreement::samples::agreement_in;
    use crate::domain::content::samples::{self, WELLER, WONEN_ZUID, oin};
    use crate::domain::content::{Content, Party};

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);

    fn changed(change: impl FnOnce(&mut crate::domain::content::Terms)) -> Content {
        let mut terms = samples::content().terms().clone();
        change(&mut terms);
        samples::unchecked(terms)
    }

    #[test]
    fn what_was_in_force_can_be_replaced_once() {
        let by = samples::id();
        for state in State::ALL {
            let old = agreement_in(state);
            let found = check(&samples::content(), &old, old.update_time);
            match state {
                State::Active | State::Suspended => assert_eq!(found, Ok(())),
                State::Draft | State::Proposed | State::Rejected | State::Revoked => {
                    assert_eq!(found, Err(NotReplaceable::State(state)));
                }
                State::Replaced => assert_eq!(found, Err(NotReplaceable::Replaced(by))),
                // Expired follows from the clock.
                State::Expired => {
                    let ends = old.document.content.ends();
                    let never = agreement_in(State::Proposed);
                    assert_eq!(check(&samples::content(), &old, ends), Ok(()));
                    assert_eq!(check(&samples::content(), &never, ends), Err(NotReplaceable::NeverInForce));
                    let replaced = old.replaced(by, ends);
                    assert_eq!((replaced.state(NOW), replaced.recorded), (State::Replaced, State::Replaced));
                    assert_eq!(
                        check(&samples::content(), &replaced, ends),
                        Err(NotReplaceable::Replaced(by))
                    );
                }
            }
        }
        let replaced = agreement_in(State::Active).replaced(by, NOW);
        assert_eq!((replaced.recorded, replaced.replaced_by), (State::Replaced, Some(by)));
    }

    #[test]
    fn what_takes_the_place_of_an_agreement_about_a_kind_of_figures_is_as_strict_as_goes_with_it() {
        let kind = Preset::PersonsSensitive;
        let strict = |terms: &mut crate::domain::content::Terms| terms.protection = preset::least(kind);
        let old = agreement_in(State::Active);
        let content = changed(|terms| {
            strict(terms);
            terms.preset = Some(kind);
        });
        let document = Arc::new(Document { content, ..(*old.document).clone() });
        let old = Agreement { document, ..old };
        assert_eq!(check(&changed(strict), &old, NOW), Ok(()));
        let looser = changed(|terms| {
            strict(terms);
            terms.protection.interval_width -= 1;
        });
        assert_eq!(check(&looser, &old, NOW), Err(NotReplaceable::Looser(kind)));
    }

    #[test]
    fn while_the_old_one_is_in_force_the_new_one_holds_from_today_at_the_latest() {
        let from = |day| changed(|terms| terms.valid_from = day);
        let (today, tomorrow) = (samples::TODAY, samples::TODAY.next_day().expect("a day"));
        for state in [State::Active, State::Suspended] {
            let old = agreement_in(state);
            assert_eq!(check(&from(today), &old, NOW), Ok(()));
            assert!(check(&from(tomorrow), &old, NOW).is_err_and(|why| !why.is_for_good()));
            assert_eq!(check(&from(tomorrow), &old, NOW), Err(NotReplaceable::StartsLater(tomorrow)));
            // By the Dutch clock: from midnight on.
            let midnight = crate::domain::calendar::start_of_day(tomorrow);
            assert_eq!(check(&from(tomorrow), &old, midnight), Ok(()));
            let ends = old.document.content.ends();
            let later = day_of(ends).next_day().expect("a day");
            assert_eq!(check(&from(later), &old, ends), Ok(()), "there is a gap already");
        }
    }

    #[test]
    fn the_parties_stay_the_same() {
        let old = agreement_in(State::Active);
        let wonen_zuid = Party { oin: oin(WONEN_ZUID), display_name: "Wonen Zuid".to_owned() };
        let more = changed(|terms| terms.recipients.push(wonen_zuid.clone()));
        assert_eq!(check(&more, &old, NOW), Err(NotReplaceable::OtherParties));
        let other = changed(|terms| terms.recipients = vec![wonen_zuid.clone()]);
        assert_eq!(check(&other, &old, NOW), Err(NotReplaceable::OtherParties));
        let provider = changed(|terms| terms.provider = wonen_zuid);
        assert_eq!(check(&provider, &old, NOW), Err(NotReplaceable::Unknown));
        let renamed = changed(|terms| terms.provider.display_name = format!("{WELLER} heet nu anders"));
        assert_eq!(check(&renamed, &old, NOW), Ok(()));
    }

    #[test]
    fn what_stands_in_the_way_is_said_in_both_languages() {
        for why in [
            NotReplaceable::Unknown,
            NotReplaceable::OtherParties,
            NotReplaceable::State(State::Revoked),
            NotReplaceable::NeverInForce,
            NotReplaceable::Replaced(samples::id()),
            NotReplaceable::StartsLater(samples::TODAY),
        ] {
            for (en, nl) in [why.sentences(), why.what_can_be_done()] {
                assert!(en.len() > 20 && nl.len() > 20 && en != nl, "{en} {nl}");
            }
        }
    }
}
