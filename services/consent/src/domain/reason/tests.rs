//! Reasons in words.

use super::*;
use time::macros::{date, datetime};

const AGREEMENT: &str = "agreements/0190163d-8694-739b-aea5-966c26f8ad90";

fn about() -> About<'static> {
    About {
        agreement: AGREEMENT,
        dataset: "datasets/weller-huurachterstand-fictief",
        contact: Some("Team gegevens"),
        organisation: None,
    }
}

pub(crate) fn one_of_each() -> Vec<Reason> {
    let beyond = vec!["areas/BU1".to_owned()];
    let (agreed, asked) = ("a".to_owned(), "b".to_owned());
    vec![
        Reason::WithinAgreement,
        Reason::AgreementMissing,
        Reason::NotARecipient,
        Reason::AgreementNotActive { state: State::Proposed },
        Reason::AgreementRevoked { since: datetime!(2026-11-23 12:00 UTC) },
        Reason::AgreementSuspended { since: datetime!(2026-11-23 12:00 UTC) },
        Reason::AgreementReplaced { since: datetime!(2026-11-23 12:00 UTC), by: None },
        Reason::NotYetValid { valid_from: date!(2027 - 01 - 01) },
        Reason::AgreementExpired { valid_until: date!(2026 - 01 - 01) },
        Reason::PurposeMissing,
        Reason::OtherPurpose { agreed: agreed.clone(), asked: asked.clone() },
        Reason::OtherDataset { agreed, asked },
        Reason::ProviderNotOwner { dataset: "datasets/x".to_owned() },
        Reason::IndicatorBeyondScope { beyond: beyond.clone() },
        Reason::AreaBeyondScope { beyond: beyond.clone(), agreed: AreaLevel::Neighbourhood },
        Reason::PeriodBeyondScope { beyond },
        Reason::DeliveryNotAgreed { asked: Delivery::Stream },
        Reason::ProtectionNotEnforceable { terms: vec![ProtectionTerm::Rounding, ProtectionTerm::Zeros] },
        Reason::WitnessesOverdue { needed: 2, fresh: 1 },
        Reason::LedgerUnavailable,
        Reason::AgreementDamaged,
        Reason::WithinOwnRules { system: "s".to_owned(), rule: None },
        Reason::WithinOwnRules { system: "s".to_owned(), rule: Some("use-rules/x".to_owned()) },
        Reason::SystemNotAllowed { system: "s".to_owned() },
        Reason::OwnPurposeNotAllowed { system: "s".to_owned(), asked: "purposes/x".to_owned() },
        Reason::OwnPurposeNotAllowed { system: "s".to_owned(), asked: String::new() },
        Reason::OwnRulesDamaged,
    ]
}

#[test]
fn every_reason_is_a_whole_sentence_in_both_languages() {
    for reason in one_of_each() {
        let explained = reason.explain(about());
        for sentence in [&explained.nl, &explained.en] {
            assert!(sentence.ends_with('.') && sentence.len() > 20, "{sentence}");
        }
        assert_ne!(explained.nl, explained.en);
    }
}

#[test]
fn a_refusal_names_the_agreement_what_is_missing_and_whom_to_ask() {
    let reason = Reason::OtherPurpose { agreed: "purposes/wijkplannen".into(), asked: "purposes/x".into() };
    let explained = reason.explain(about());
    assert_eq!(
        explained.nl,
        format!(
            "De afspraak {AGREEMENT} is voor het doel purposes/wijkplannen (artikel 2), niet voor purposes/x. Vragen: Team gegevens."
        )
    );
    assert!(explained.metadata.contains(&("asked", "purposes/x".to_owned())));
    assert!(explained.metadata.contains(&("agreement", AGREEMENT.to_owned())));
}

#[test]
fn somebody_else_reads_of_the_organisation_by_its_name() {
    let other = About { organisation: Some("GGD (00000099000000004000)"), ..about() };
    for reason in one_of_each() {
        let explained = reason.explain(other);
        let own = ["uw ", "Uw ", "your ", "Your "]
            .iter()
            .any(|own| explained.nl.contains(own) || explained.en.contains(own));
        assert!(!own, "{explained:?}");
        let is_about_it = explained.side == Side::Recipient || reason == Reason::NotARecipient;
        for sentence in [&explained.nl, &explained.en] {
            assert_eq!(sentence.contains("GGD (00000099000000004000)"), is_about_it, "{sentence}");
        }
    }
}

#[test]
fn a_level_of_areas_is_said_in_dutch() {
    let beyond = vec!["MUNICIPALITY".to_owned(), "areas/GM0899".to_owned()];
    let explained = Reason::AreaBeyondScope { beyond, agreed: AreaLevel::Neighbourhood }.explain(about());
    assert!(explained.nl.contains("(artikel 3): gemeente, areas/GM0899."), "{}", explained.nl);
    assert!(explained.metadata.contains(&("beyond", "MUNICIPALITY, areas/GM0899".to_owned())));
}

#[test]
fn a_long_list_is_cut_and_counted() {
    let beyond = (0..5000).map(|n| format!("areas/BU{n}")).collect();
    let explained = Reason::AreaBeyondScope { beyond, agreed: AreaLevel::District }.explain(about());
    assert!(explained.nl.contains("en nog 4990, samen 5000"), "{}", explained.nl);
    assert!(explained.metadata.contains(&("beyond_count", "5000".to_owned())));
    assert!(explained.nl.len() < 1000);
}
