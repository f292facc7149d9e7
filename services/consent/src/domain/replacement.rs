//! Whether one agreement can take the place of another.

use time::{Date, OffsetDateTime};

use super::agreement::{Agreement, State};
use super::calendar::{day_of, in_words};
use super::content::Content;
use super::name::AgreementId;
use super::predecessors::{self, Earlier, Kinds, NotKnown};
use super::problem::Problem;

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
    /// It is about a kind of figures, or one before it is, and these terms of the new one are looser than that.
    Looser(Vec<Problem>),
    /// This one before it is damaged, so the kind of figures that it is about is not known.
    EarlierDamaged(AgreementId),
    /// It is the last one of too long a line.
    TooManyEarlier,
}

/// Checks that an agreement with this content can take the place of `old`, which may have been in
/// force until its last day, or still be. While it is, the new one has to hold from the moment on at
/// which it takes over, so that there is no day without an agreement. `earlier` is what was in force before
/// `old`. The answer has the kinds of figures that bind the new one.
///
/// # Errors
/// The first thing that stands in the way; what does for good goes before what does not.
pub(crate) fn check(
    content: &Content,
    old: &Agreement,
    earlier: &Earlier,
    now: OffsetDateTime,
) -> Result<Kinds, NotReplaceable> {
    if content.terms().provider.oin != old.document.content.terms().provider.oin {
        return Err(NotReplaceable::Unknown);
    }
    if !content.same_parties(&old.document.content) {
        return Err(NotReplaceable::OtherParties);
    }
    if let Some(by) = old.replaced_by {
        return Err(NotReplaceable::Replaced(by));
    }
    let state = old.state(now);
    match (old.recorded, state) {
        (State::Active | State::Suspended, _) => {}
        (_, State::Expired) => return Err(NotReplaceable::NeverInForce),
        (_, state) => return Err(NotReplaceable::State(state)),
    }
    let kinds = Kinds::of(old, earlier)?;
    let looser = kinds.looser(content.terms().protection);
    if !looser.is_empty() {
        return Err(NotReplaceable::Looser(looser));
    }
    let first = content.terms().valid_from;
    if matches!(state, State::Active | State::Suspended) && first > day_of(now) {
        return Err(NotReplaceable::StartsLater(first));
    }
    Ok(kinds)
}

impl From<NotKnown> for NotReplaceable {
    fn from(why: NotKnown) -> Self {
        match why {
            NotKnown::Damaged(id) => Self::EarlierDamaged(id),
            NotKnown::TooMany => Self::TooManyEarlier,
        }
    }
}

impl NotReplaceable {
    /// Whether it stays so, whatever anybody does.
    #[must_use]
    pub(crate) fn is_for_good(&self) -> bool {
        !matches!(self, Self::StartsLater(_) | Self::EarlierDamaged(_))
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
            Self::Looser(_) => (
                "reject this proposal, and draft one that is as strict".to_owned(),
                "wijs dit voorstel af, en stel er een op dat even streng is".to_owned(),
            ),
            Self::EarlierDamaged(_) => (
                "report it to the operator, and sign when it was put right".to_owned(),
                "meld het de beheerder, en teken als het is hersteld".to_owned(),
            ),
            Self::Unknown
            | Self::OtherParties
            | Self::State(_)
            | Self::NeverInForce
            | Self::Replaced(_)
            | Self::TooManyEarlier => (
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
            Self::Looser(terms) => {
                let told = |text: fn(&Problem) -> &String| {
                    let terms = terms.iter().map(|term| format!("{} {}", term.field, text(term)));
                    terms.collect::<Vec<_>>().join("; ")
                };
                (
                    format!("is replaced only by what is as strict: {}", told(|term| &term.en)),
                    format!("wordt alleen vervangen door wat even streng is: {}", told(|term| &term.nl)),
                )
            }
            Self::EarlierDamaged(id) => (
                format!("took the place of {}, which is damaged", id.name()),
                format!("kwam in de plaats van {}, en die is beschadigd", id.name()),
            ),
            Self::TooManyEarlier => (
                format!("is the last of more than {} that took each other's place", predecessors::MOST),
                format!("is de laatste van meer dan {} die elkaar hebben opgevolgd", predecessors::MOST),
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
    use crate::domain::preset::{self, Preset};

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);

    fn changed(change: impl FnOnce(&mut crate::domain::content::Terms)) -> Content {
        let mut terms = samples::content().terms().clone();
        change(&mut terms);
        samples::unchecked(terms)
    }

    /// Where nothing was before the old one.
    fn check(content: &Content, old: &Agreement, now: OffsetDateTime) -> Result<(), NotReplaceable> {
        super::check(content, old, &Earlier::new(), now).map(|_| ())
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

    /// The agreement in force with this content.
    fn active(content: Content) -> Agreement {
        let old = agreement_in(State::Active);
        Agreement { document: Arc::new(Document { content, ..(*old.document).clone() }), ..old }
    }

    #[test]
    fn what_takes_the_place_of_an_agreement_about_a_kind_of_figures_is_as_strict_as_goes_with_it() {
        let kind = Preset::PersonsSensitive;
        let strict = |terms: &mut crate::domain::content::Terms| terms.protection = preset::least(kind);
        let first = changed(|terms| {
            strict(terms);
            terms.preset = Some(kind);
        });
        let name = "agreements/0190163d-8694-739b-aea5-966c26f8ad91";
        let second = changed(|terms| {
            strict(terms);
            name.clone_into(&mut terms.agreement);
            terms.replaces = Some(first.terms().agreement.clone());
        });
        let earlier: Earlier = [(first.terms().agreement.clone(), first.clone())].into();
        let looser = changed(|terms| {
            strict(terms);
            terms.protection.interval_width -= 1;
            terms.valid_from = samples::TODAY.next_day().expect("a day");
        });
        for (old, earlier) in [(first, Earlier::new()), (second.clone(), earlier)] {
            let old = active(old);
            assert!(super::check(&changed(strict), &old, &earlier, NOW).is_ok());
            let refused = super::check(&looser, &old, &earlier, NOW).expect_err("it is looser");
            assert!(refused.is_for_good(), "{refused:?}");
            let (en, nl) = refused.sentences();
            for said in [&en, &nl] {
                assert!(said.contains("content.protection.interval_width is 9; "), "{said}");
            }
        }
        let missing = AgreementId::of_name(&samples::content().terms().agreement).expect("a name");
        let found = check(&changed(strict), &active(second), NOW);
        assert_eq!(found, Err(NotReplaceable::EarlierDamaged(missing)));
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
            NotReplaceable::Looser(vec![Problem::required("content.protection.interval_width")]),
            NotReplaceable::EarlierDamaged(samples::id()),
            NotReplaceable::TooManyEarlier,
        ] {
            for (en, nl) in [why.sentences(), why.what_can_be_done()] {
                assert!(en.len() > 20 && nl.len() > 20 && en != nl, "{en} {nl}");
            }
        }
    }
}
