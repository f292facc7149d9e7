//! What a consent allows, by example and against a plain model.

use super::*;
use proptest::prelude::*;
use time::Duration;
use time::macros::datetime;

const STORY: &str = "stories/fietsen-leren";
const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

fn given(reference: &str, uses: &[StoryUse], withdrawn: Option<i64>) -> StoryConsent {
    let uses: Vec<_> = uses.iter().copied().map(Some).collect();
    let id = StoryConsentId::new(Uuid::from_u128(7));
    let consent = StoryConsent::give(id, reference, STORY.to_owned(), &uses, NOW).expect("a consent");
    match withdrawn {
        Some(hours) => consent.withdrawn(By::Programme, NOW + Duration::hours(hours)),
        None => consent,
    }
}

fn code(usage: StoryUse, consents: &[StoryConsent]) -> &'static str {
    match decide_use(STORY, usage, consents, None) {
        UseDecision::Permitted(_) => "PERMITTED",
        UseDecision::Refused(reason) => reason.code(),
    }
}

#[test]
fn nobody_s_story_may_be_used_without_a_consent_for_that_use() {
    use StoryUse::{JourneyReport, Publication};
    assert_eq!(code(Publication, &[]), "CONSENT_MISSING");
    let given_for_report = given("v-1", &[JourneyReport], None);
    assert_eq!(code(Publication, std::slice::from_ref(&given_for_report)), "CONSENT_MISSING");
    assert_eq!(code(JourneyReport, std::slice::from_ref(&given_for_report)), "PERMITTED");
    let withdrawn = given("v-1", &[JourneyReport], Some(1));
    assert_eq!(code(JourneyReport, std::slice::from_ref(&withdrawn)), "CONSENT_WITHDRAWN");
    assert_eq!(code(Publication, std::slice::from_ref(&withdrawn)), "CONSENT_MISSING");
    assert_eq!(code(JourneyReport, &[withdrawn.clone(), given_for_report]), "PERMITTED", "given again");
    let of_another = given("v-2", &[JourneyReport], None);
    assert_eq!(code(JourneyReport, &[withdrawn, of_another]), "CONSENT_WITHDRAWN", "it is theirs too");
}

#[test]
fn a_refusal_says_since_when_in_both_languages() {
    let withdrawn = [given("v-1", &[StoryUse::Publication], Some(2))];
    let UseDecision::Refused(reason) = decide_use(STORY, StoryUse::Publication, &withdrawn, None) else {
        panic!("permitted");
    };
    let explained = reason.explain(super::super::reason::About::default());
    assert!(explained.nl.contains(STORY) && explained.nl.contains("ingetrokken"), "{}", explained.nl);
    assert!(explained.en.contains(STORY) && explained.en.contains("withdrawn"), "{}", explained.en);
    assert!(explained.metadata.contains(&("since", "2026-11-24T14:00:00.000000Z".to_owned())));
    assert!(explained.metadata.contains(&("story", STORY.to_owned())));
}

#[test]
fn every_wrong_field_is_named() {
    let id = StoryConsentId::new(Uuid::from_u128(7));
    let wrong = StoryConsent::give(id, "a@b", "story".to_owned(), &[None], NOW).expect_err("problems");
    let fields: Vec<_> = wrong.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["story_consent.reference", "story_consent.story", "story_consent.uses[0]"]);
    let none = StoryConsent::give(id, "", String::new(), &[], NOW).expect_err("problems");
    assert_eq!(none.len(), 3);
}

#[test]
fn a_withdrawal_is_final_and_an_entry_says_no_reference() {
    let withdrawn = given("v-geheim", &[StoryUse::Publication], Some(1));
    assert_eq!(withdrawn.clone().withdrawn(By::Programme, NOW + Duration::hours(9)), withdrawn);
    let entry = withdrawn.entry(By::Person, "t".to_owned(), String::new());
    assert_eq!((entry.agreement, entry.parties.len()), (None, 0));
    let text = serde_json::to_string(&entry.event).expect("JSON");
    assert!(text.contains("WITHDRAWN") && !text.contains("geheim"), "{text}");
}

#[test]
fn what_was_entered_by_mistake_has_no_say_unless_who_holds_the_code_says_otherwise() {
    use StoryUse::Publication;
    let of_teller = given("v-1", &[Publication], None);
    let mistake = given("v-2", &[Publication], None).taken_out(NOW).expect("it stood");
    assert_eq!(code(Publication, &[mistake.clone(), of_teller.clone()]), "PERMITTED");
    assert_eq!(code(Publication, std::slice::from_ref(&mistake)), "CONSENT_MISSING", "it permits nothing");
    assert_eq!(mistake.clone().taken_out(NOW + Duration::HOUR), Ok(mistake.clone()));
    assert_eq!(mistake.clone().withdrawn(By::Programme, NOW), mistake, "it stays a mistake");
    let withdrawn = mistake.withdrawn(By::Person, NOW);
    assert_eq!(code(Publication, &[withdrawn.clone(), of_teller]), "CONSENT_WITHDRAWN");
    assert_eq!(withdrawn.taken_out(NOW), Err(AlreadyWithdrawn), "what a person withdrew stays so");
}

fn some_consents() -> impl Strategy<Value = Vec<StoryConsent>> {
    let uses = proptest::sample::subsequence(StoryUse::ALL.to_vec(), 1..=4);
    let one = ("v-[1-3]", uses, proptest::option::of(1_i64..9));
    let one = one.prop_map(|(reference, uses, withdrawn)| given(&reference, &uses, withdrawn));
    proptest::collection::vec(one, 0..8)
}

proptest! {
    #[test]
    fn a_use_is_permitted_when_everybody_has_a_consent_for_it_that_stands(
        consents in some_consents(),
        usage in proptest::sample::select(StoryUse::ALL.to_vec()),
    ) {
        let allows = |consent: &StoryConsent| consent.stands() && consent.uses.contains(&usage);
        let everybody = consents.iter().all(|consent| {
            consents.iter().any(|other| other.reference == consent.reference && allows(other))
        });
        let expected = !consents.is_empty() && everybody;
        let decision = decide_use(STORY, usage, &consents, None);
        prop_assert_eq!(matches!(decision, UseDecision::Permitted(_)), expected);
    }

    #[test]
    fn withdrawing_everything_ends_every_use(
        consents in some_consents(),
        usage in proptest::sample::select(StoryUse::ALL.to_vec()),
    ) {
        let withdrawn: Vec<_> = consents.into_iter().map(|consent| consent.withdrawn(By::Programme, NOW)).collect();
        prop_assert!(matches!(decide_use(STORY, usage, &withdrawn, None), UseDecision::Refused(_)));
    }

    #[test]
    fn a_consent_that_cannot_be_read_counts_as_withdrawn(
        consents in some_consents(),
        usage in proptest::sample::select(StoryUse::ALL.to_vec()),
    ) {
        let decision = decide_use(STORY, usage, &consents, Some(NOW));
        prop_assert!(matches!(decision, UseDecision::Refused(Reason::ConsentWithdrawn { .. })), "{:?}", decision);
    }
}
