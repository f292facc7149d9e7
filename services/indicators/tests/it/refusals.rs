//! Reading that is refused, and what the refusal says.

use proto::consent::v1::{DecisionReason, ProtectionTerm};
use proto::indicators::v1 as pb;
use testkit::Party;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::consent::Verdict;
use crate::world::{AGREEMENT, WELLER, World, asked, code_and_reason, fields, info, receipt};

#[tokio::test]
async fn a_refusal_has_its_reason_in_both_languages_and_its_place_in_the_ledger() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let reasons = vec![DecisionReason::OtherPurpose, DecisionReason::PeriodBeyondScope];
        world.consent.set(|state| state.verdict = Verdict::Refuse(reasons));
        let refused = world.list(Party::Ggd, asked()).await.unwrap_err();
        assert_eq!(
            receipt(&refused),
            ["5", "cd34", &world.consent.get(|state| state.questions[0].transaction_id.clone())]
        );
        let (code, reason, metadata) = info(&refused);
        assert_eq!((code, reason.as_str()), (Code::PermissionDenied, "OTHER_PURPOSE"));
        assert_eq!(refused.message(), "English sentence about DECISION_REASON_OTHER_PURPOSE");
        assert_eq!(metadata["agreement"], AGREEMENT);
        assert_eq!(metadata["reasons"], "OTHER_PURPOSE,PERIOD_BEYOND_SCOPE");
        assert_eq!(
            (metadata["since"].as_str(), metadata["ledger_entry"].as_str()),
            ("2026-11-23", "ledger-entries/1")
        );
        assert_eq!((metadata["ledger_index"].as_str(), metadata["leaf_hash"].as_str()), ("5", "cd34"));
        let transaction = world.consent.get(|state| state.questions[0].transaction_id.clone());
        assert_eq!(metadata["transaction_id"], transaction);
        assert!(world.consent.get(|state| state.deliveries.is_empty()));

        // Without an agreement the decision point is asked too, and says no.
        let bare = pb::ListObservationsRequest { parent: format!("datasets/{WELLER}"), ..Default::default() };
        world.list(Party::WonenZuid, bare).await.unwrap_err();
        let asked = world.consent.get(|state| state.questions[1].clone());
        assert_eq!((asked.agreement.as_str(), asked.recipient_oin.as_str()), ("", Party::WonenZuid.oin()));
        // With the system that its credentials name, and what is enforced here.
        assert_eq!(asked.system, "wonen-zuid-systeem");
        let enforceable: Vec<_> = asked.enforceable().collect();
        let all = [
            ProtectionTerm::MinimumCount,
            ProtectionTerm::Zeros,
            ProtectionTerm::IntervalWidth,
            ProtectionTerm::Rounding,
            ProtectionTerm::MinimumDenominator,
            ProtectionTerm::PPercent,
            ProtectionTerm::Dominance,
            ProtectionTerm::Group,
        ];
        assert_eq!(enforceable, all);
    }
}

#[tokio::test]
async fn a_refusal_for_more_than_one_reason_says_each_with_its_field_and_what_is_beyond() {
    let world = World::filled(testkit::sqlite().await).await;
    let reasons = [
        (DecisionReason::OwnPurposeNotAllowed, "purpose"),
        (DecisionReason::SystemNotAllowed, ""),
        (DecisionReason::AreaBeyondScope, "areas"),
        (DecisionReason::PeriodBeyondScope, "periods"),
        (DecisionReason::AgreementSuspended, "agreement"),
    ];
    let all = reasons.iter().map(|(reason, _)| *reason).collect();
    world.consent.set(|state| state.verdict = Verdict::Refuse(all));
    let stream = pb::WatchObservationsRequest {
        parent: format!("datasets/{WELLER}"),
        agreement: AGREEMENT.to_owned(),
        purpose: asked().purpose,
        ..Default::default()
    };
    let listed = world.list(Party::Ggd, asked()).await.unwrap_err();
    let watched = world.observations(Party::Ggd).watch_observations(stream).await.map(drop).unwrap_err();
    for refused in [listed, watched] {
        let details = refused.get_error_details();
        let told = details.precondition_failure().expect("every reason").violations.iter();
        let told: Vec<_> = told
            .map(|violation| {
                (violation.r#type.as_str(), violation.subject.as_str(), violation.description.clone())
            })
            .collect();
        let expected = reasons.iter().map(|(reason, field)| {
            let name = reason.as_str_name();
            let code = name.strip_prefix("DECISION_REASON_").expect("the prefix");
            (code, *field, format!("English sentence about {name} / Nederlandse zin over {name}"))
        });
        assert_eq!(told, expected.collect::<Vec<_>>());
        let (_, reason, facts) = info(&refused);
        assert_eq!(reason, "OWN_PURPOSE_NOT_ALLOWED");
        assert_eq!(facts["beyond_areas"], "areas/GM0899, areas/GM0917");
        assert_eq!((facts["beyond_areas_count"].as_str(), facts["beyond_periods"].as_str()), ("2", "2019"));
        assert_eq!(receipt(&refused)[..2], ["5", "cd34"]);
    }
}

#[tokio::test]
async fn without_a_decision_or_a_ledger_nothing_is_delivered() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.consent.set(|state| state.verdict = Verdict::Down);
        let refused = world.list(Party::Ggd, asked()).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::Unavailable, "UNAVAILABLE".to_owned()));
        world.permit();
        world.consent.set(|state| state.ledger_down = true);
        let refused = world.list(Party::Ggd, asked()).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::Unavailable, "UNAVAILABLE".to_owned()));
        world.consent.set(|state| state.ledger_down = false);
        assert!(!world.list(Party::Ggd, asked()).await.unwrap().observations.is_empty());
    }
}

#[tokio::test]
async fn a_shared_dataset_is_for_partners_only() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        for (party, code) in [
            (Party::Anonymous, Code::Unauthenticated),
            (Party::Programme, Code::PermissionDenied),
            (Party::PrivacyOfficer, Code::PermissionDenied),
            (Party::Service("consent"), Code::PermissionDenied),
        ] {
            assert_eq!(world.list(party, asked()).await.unwrap_err().code(), code, "{party:?}");
        }
        assert!(world.consent.get(|state| state.questions.is_empty()), "the decision point is not asked");
    }
}

#[tokio::test]
async fn wrong_filters_are_named_before_anything_is_decided() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    let other_release = "datasets/stapeling/releases/1".to_owned();
    for (request, field) in [
        (
            pb::ListObservationsRequest { indicators: vec!["indicators/nergens".to_owned()], ..asked() },
            "indicators[0]",
        ),
        (
            pb::ListObservationsRequest { indicators: vec!["huurachterstand".to_owned()], ..asked() },
            "indicators[0]",
        ),
        (
            pb::ListObservationsRequest {
                areas: vec!["areas/GM0899".to_owned(), "areas/X".to_owned()],
                ..asked()
            },
            "areas[1]",
        ),
        (pb::ListObservationsRequest { area_kind: 42, ..asked() }, "area_kind"),
        (pb::ListObservationsRequest { periods: vec!["2025Q5".to_owned()], ..asked() }, "periods[0]"),
        (pb::ListObservationsRequest { release: other_release, ..asked() }, "release"),
        (pb::ListObservationsRequest { release: "x".to_owned(), ..asked() }, "release"),
        (pb::ListObservationsRequest { agreement: "a".to_owned(), ..asked() }, "agreement"),
        (pb::ListObservationsRequest { purpose: "purposes/a\0".to_owned(), ..asked() }, "purpose"),
        (pb::ListObservationsRequest { page_size: -1, ..asked() }, "page_size"),
        (pb::ListObservationsRequest { parent: "x".to_owned(), ..asked() }, "parent"),
        (pb::ListObservationsRequest { areas: vec!["areas/GM0899".to_owned(); 1001], ..asked() }, "areas"),
    ] {
        let refused: Status = world.list(Party::Ggd, request).await.unwrap_err();
        assert_eq!(fields(&refused), [field]);
    }
    let missing = pb::ListObservationsRequest { parent: "datasets/nergens".to_owned(), ..asked() };
    assert_eq!(world.list(Party::Ggd, missing).await.unwrap_err().code(), Code::NotFound);
    let missing = pb::ListObservationsRequest { release: format!("datasets/{WELLER}/releases/9"), ..asked() };
    assert_eq!(world.list(Party::Ggd, missing).await.unwrap_err().code(), Code::NotFound);
    assert!(world.consent.get(|state| state.questions.is_empty()));
}

#[tokio::test]
async fn what_is_asked_for_is_in_the_ledger_once_and_in_order() {
    let world = World::filled(testkit::sqlite().await).await;
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let request = pb::ListObservationsRequest {
        indicators: names(&["indicators/huurachterstand"; 1000]),
        areas: names(&["areas/WK089902", "areas/BU08990201", "areas/WK089902"]),
        periods: names(&["2025Q2", "2025Q1", "2025Q2"]),
        ..asked()
    };
    world.list(Party::Ggd, request).await.unwrap_err();
    let told = world.consent.get(|state| state.questions[0].clone());
    let areas: Vec<_> = told.areas.iter().map(|area| area.area.as_str()).collect();
    assert_eq!(areas, ["areas/BU08990201", "areas/WK089902"]);
    assert_eq!((told.indicators.len(), told.periods), (1, names(&["2025Q1", "2025Q2"])));
}

#[tokio::test]
async fn a_question_that_would_make_a_large_entry_in_the_ledger_is_refused() {
    let world = World::filled(testkit::sqlite().await).await;
    let days = |count: usize| {
        let day = |day: usize| format!("{}-{:02}-{:02}", 1900 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
        (0..count).map(day).collect::<Vec<_>>()
    };
    let (bu, wk) = ("areas/BU08990201".to_owned(), "areas/WK089902".to_owned());
    let request = pb::ListObservationsRequest { areas: vec![bu, wk], periods: days(1000), ..asked() };
    assert_eq!(world.list(Party::Ggd, request).await.unwrap_err().code(), Code::PermissionDenied);
    let code = |number: usize| format!("{number:a>90}");
    for number in 0..600 {
        let values = format!("'{}', 'x', 'NEIGHBOURHOOD', '[]', '[]', ''", code(number));
        let insert =
            format!("INSERT INTO area (code, name, kind, parents, consists_of, note) VALUES ({values})");
        sea_orm::ConnectionTrait::execute_unprepared(world.pool(), &insert).await.unwrap();
    }
    let areas = (0..600).map(|number| format!("areas/{}", code(number))).collect();
    let request = pb::ListObservationsRequest { areas, ..asked() };
    let refused = world.list(Party::Ggd, request.clone()).await.unwrap_err();
    assert_eq!(fields(&refused), ["areas"]);
    let open = pb::WatchObservationsRequest {
        parent: request.parent.clone(),
        agreement: request.agreement,
        areas: request.areas,
        ..Default::default()
    };
    let refused = world.observations(Party::Ggd).watch_observations(open).await.unwrap_err();
    assert_eq!(fields(&refused), ["areas"]);
    assert_eq!(world.consent.get(|state| state.questions.len()), 1, "nothing is entered");
}

#[tokio::test]
async fn a_page_token_belongs_to_its_list() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    let first =
        world.list(Party::Ggd, pb::ListObservationsRequest { page_size: 5, ..asked() }).await.unwrap();
    let stolen = pb::ListObservationsRequest {
        parent: format!("datasets/{WELLER}"),
        page_token: first.next_page_token.clone(),
        ..Default::default()
    };
    assert_eq!(info(&world.list(Party::Ggd, stolen).await.unwrap_err()).1, "INVALID_PAGE_TOKEN");
    let own = pb::ListObservationsRequest { page_token: first.next_page_token, ..asked() };
    world.consent.set(|state| state.verdict = Verdict::Refuse(vec![DecisionReason::AgreementRevoked]));
    assert_eq!(
        info(&world.list(Party::Ggd, own).await.unwrap_err()).1,
        "AGREEMENT_REVOKED",
        "it gives no rights"
    );
}
