//! Reading: public, as the owner, and under an agreement.

use prost::Message;
use proto::consent::v1::DecisionReason;
use proto::indicators::v1 as pb;
use sha2::{Digest, Sha256};
use testkit::Party;
use tonic::Code;

use crate::consent::Verdict;
use crate::world::{AGREEMENT, WELLER, World, asked, code_and_reason, info, scope};

async fn all_pages(
    world: &World,
    party: Party,
    request: pb::ListObservationsRequest,
) -> Vec<pb::ListObservationsResponse> {
    let mut pages: Vec<pb::ListObservationsResponse> = Vec::new();
    loop {
        let page_token = pages.last().map(|page| page.next_page_token.clone()).unwrap_or_default();
        let page =
            world.list(party, pb::ListObservationsRequest { page_token, ..request.clone() }).await.unwrap();
        let last = page.next_page_token.is_empty();
        pages.push(page);
        if last {
            return pages;
        }
    }
}

fn key(observation: &pb::Observation) -> String {
    let mut categories: Vec<_> = observation.categories.iter().collect();
    categories.sort();
    format!(
        "{} {} {} {categories:?} {}",
        observation.indicator, observation.area, observation.period, observation.source
    )
}

#[tokio::test]
async fn a_public_dataset_is_read_by_everybody_and_needs_no_decision() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let request = pb::ListObservationsRequest {
            parent: "datasets/stabiliteitsdriehoek".to_owned(),
            indicators: vec!["indicators/stress-school".to_owned()],
            ..Default::default()
        };
        let answer = world.list(Party::Anonymous, request).await.unwrap();
        assert_eq!(answer.observations.len(), 5);
        assert_eq!(answer.release, "datasets/stabiliteitsdriehoek/releases/1");
        assert!(!answer.fictitious && answer.notice.is_empty() && answer.decision.is_none());
        let noord = answer.observations.iter().find(|found| found.area == "areas/BRU-NOORD").unwrap();
        assert_eq!((noord.status(), noord.value.as_str()), (pb::ObservationStatus::NotApplicable, ""));

        let request = pb::ListObservationsRequest {
            parent: "datasets/stapeling".to_owned(),
            indicators: vec!["indicators/huishoudens-met-voorziening".to_owned()],
            areas: vec!["areas/GM0899".to_owned()],
            ..Default::default()
        };
        let both = world.list(Party::Anonymous, request).await.unwrap().observations;
        let values: Vec<(&str, &str)> =
            both.iter().map(|found| (found.source.as_str(), found.value.as_str())).collect();
        assert_eq!(
            values,
            [("tabel programmaplan", "3141"), ("tekst programmaplan", "3110")],
            "both are kept"
        );
        assert!(world.consent.get(|state| state.questions.is_empty() && state.deliveries.is_empty()));
    }
}

#[tokio::test]
async fn pages_are_complete_and_disjoint_also_when_a_new_release_comes() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let request = pb::ListObservationsRequest {
            parent: format!("datasets/{WELLER}"),
            page_size: 500,
            ..Default::default()
        };
        let first = world.list(Party::Weller, request.clone()).await.unwrap();
        let file = crate::world::file(&["huurachterstand,GM0899,2025Q1,totaal,5,,,"]);
        let name = world.upload(&file, 1000).await.unwrap().release.unwrap().name;
        world.publish(&name).await.unwrap();
        let rest =
            pb::ListObservationsRequest { page_token: first.next_page_token.clone(), ..request.clone() };
        let second = world.list(Party::Weller, rest.clone()).await.unwrap();
        assert_eq!(second.release, first.release);
        let rest =
            pb::ListObservationsRequest { page_token: second.next_page_token.clone(), ..request.clone() };
        let third = world.list(Party::Weller, rest).await.unwrap();
        assert_eq!(third.next_page_token, "");
        let mut keys: Vec<String> =
            [&first, &second, &third].iter().flat_map(|page| page.observations.iter().map(key)).collect();
        assert_eq!(keys.len(), 1224);
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 1224);
        let newest = world.list(Party::Weller, request.clone()).await.unwrap();
        assert_eq!((newest.release, newest.observations.len()), (name, 1));
        let as_of = pb::ListObservationsRequest { release: first.release.clone(), ..request };
        assert_eq!(world.list(Party::Weller, as_of).await.unwrap().observations, first.observations);
    }
}

#[tokio::test]
async fn the_owner_sees_everything_and_needs_no_decision() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let request = pb::ListObservationsRequest {
            parent: format!("datasets/{WELLER}"),
            page_size: 1000,
            ..Default::default()
        };
        let pages = all_pages(&world, Party::Weller, request).await;
        let all: Vec<&pb::Observation> = pages.iter().flat_map(|page| &page.observations).collect();
        assert_eq!(all.len(), 1224);
        assert!(
            all.iter().all(|found| found.status() == pb::ObservationStatus::Final && !found.value.is_empty())
        );
        assert!(
            all.iter()
                .any(|found| { found.value.parse::<u32>().is_ok_and(|count| (1..10).contains(&count)) })
        );
        assert!(pages[0].fictitious && pages[0].notice.contains("fictief") && pages[0].decision.is_none());
        assert!(world.consent.get(|state| state.questions.is_empty()));
    }
}

#[tokio::test]
async fn a_recipient_gets_the_agreed_part_with_small_counts_withheld() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        let request = pb::ListObservationsRequest { page_size: 200, ..asked() };
        let pages = all_pages(&world, Party::Ggd, request).await;
        let rows: Vec<&pb::Observation> = pages.iter().flat_map(|page| &page.observations).collect();
        assert_eq!(rows.len(), 45 * 6 * 2, "45 buurten, 6 categories, 2 quarters");
        let owner = pb::ListObservationsRequest {
            parent: format!("datasets/{WELLER}"),
            area_kind: pb::AreaKind::Neighbourhood.into(),
            periods: vec!["2025Q1".to_owned(), "2025Q2".to_owned()],
            page_size: 1000,
            ..Default::default()
        };
        let truth = world.list(Party::Weller, owner).await.unwrap().observations;
        let (mut withheld, mut small) = (0, 0);
        for (row, truth) in rows.iter().zip(&truth) {
            assert_eq!(key(row), key(truth));
            let count: u32 = truth.value.parse().unwrap();
            if row.status() == pb::ObservationStatus::Withheld {
                withheld += 1;
                small += i64::from(count < 10);
                assert_eq!((row.value.as_str(), row.note.as_str()), ("", ""), "nothing leaks");
                assert_ne!(count, 0, "zeros are shown");
            } else {
                assert!(count == 0 || count >= 10, "{row:?}");
                assert_eq!(*row, truth);
            }
        }
        assert!(
            small > 50 && withheld > small,
            "others are withheld with the small ones, so that these stay hidden"
        );

        let receipt = pages[0].decision.clone().unwrap();
        assert_eq!((receipt.agreement.as_str(), receipt.content_hash.as_str()), (AGREEMENT, "$1$1$hash"));
        assert_eq!((receipt.ledger_index, receipt.leaf_hash.as_str()), (7, "ab12"));
        assert!(receipt.message_nl.contains("Nederlandse zin") && pages[0].notice.contains("fictief"));
        // Each page is a decision and a delivery of its own.
        let (questions, deliveries) =
            world.consent.get(|state| (state.questions.clone(), state.deliveries.clone()));
        assert_eq!((questions.len(), deliveries.len(), pages.len()), (3, 3, 3));
        for ((page, told), question) in pages.iter().zip(&deliveries).zip(&questions) {
            assert_eq!(told.transaction_id, page.decision.as_ref().unwrap().transaction_id);
            assert_eq!(told.transaction_id, question.transaction_id);
            let mut hash = Sha256::new();
            page.observations.iter().for_each(|row| hash.update(row.encode_to_vec()));
            let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(told.digest, digest);
            assert!(told.complete);
            assert_eq!(told.recipient_oin, Party::Ggd.oin());
            assert_eq!(told.row_count, i64::try_from(page.observations.len()).unwrap());
        }
        let told: i64 = deliveries.iter().map(|told| told.withheld_count).sum();
        assert_eq!(told, withheld);
    }
}

#[tokio::test]
async fn the_question_says_what_was_asked() {
    let world = World::filled(testkit::sqlite().await).await;
    world.permit();
    let request = pb::ListObservationsRequest {
        indicators: vec!["indicators/huurachterstand".to_owned()],
        areas: vec!["areas/BU08990201".to_owned(), "areas/WK089902".to_owned()],
        area_kind: pb::AreaKind::Neighbourhood.into(),
        periods: vec!["2025Q1".to_owned()],
        ..asked()
    };
    let answer = world.list(Party::Ggd, request).await.unwrap();
    assert_eq!(answer.observations.len(), 6, "the wijk is not of the level that was asked for");
    let question = world.consent.get(|state| state.questions[0].clone());
    assert_eq!(question.recipient_oin, Party::Ggd.oin());
    assert_eq!(
        (question.agreement.as_str(), question.dataset_owner_oin.as_str()),
        (AGREEMENT, Party::Weller.oin())
    );
    assert_eq!(question.indicators, ["indicators/huurachterstand"]);
    let areas: Vec<(&str, &str)> =
        question.areas.iter().map(|area| (area.area.as_str(), area.level.as_str())).collect();
    assert_eq!(areas, [("areas/BU08990201", "NEIGHBOURHOOD"), ("areas/WK089902", "DISTRICT")]);
    assert_eq!(question.area_level, "NEIGHBOURHOOD");
    assert_eq!(question.periods, ["2025Q1"]);
    assert_eq!(question.delivery(), proto::consent::v1::Delivery::Pull);
    assert_eq!(question.release, answer.release);
}

#[tokio::test]
async fn nothing_beyond_the_scope_leaves() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let mut only = scope();
        only.areas = vec!["areas/BU08990201".to_owned(), "areas/GM0899".to_owned()];
        only.periods = vec!["2025Q4".to_owned()];
        only.dimensions = Vec::new();
        world.permit_scope(only);
        let rows = world.list(Party::Ggd, asked()).await.unwrap().observations;
        assert_eq!(rows.len(), 1, "one buurt, one quarter, only the total of the ages");
        assert_eq!((rows[0].area.as_str(), rows[0].period.as_str()), ("areas/BU08990201", "2025Q4"));
        assert_eq!(rows[0].categories["leeftijdsgroep"], "totaal");

        let mut other = scope();
        other.dataset = "datasets/stapeling".to_owned();
        world.permit_scope(other);
        let refused = world.list(Party::Ggd, asked()).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::Unavailable, "UNAVAILABLE".to_owned()));
    }
}

#[tokio::test]
async fn a_dataset_without_a_release_gives_an_empty_page() {
    let world = World::empty(testkit::sqlite().await).await;
    world.permit();
    let answer = world.list(Party::Ggd, asked()).await.unwrap();
    assert!(answer.observations.is_empty() && answer.release.is_empty() && answer.decision.is_some());
    world.consent.set(|state| state.verdict = Verdict::Refuse(vec![DecisionReason::NotARecipient]));
    assert_eq!(info(&world.list(Party::Ggd, asked()).await.unwrap_err()).1, "NOT_A_RECIPIENT");
}

#[tokio::test]
async fn the_receipt_of_a_decision_stands_in_the_metadata_too() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        let answer = world.observations(Party::Ggd).list_observations(asked()).await.unwrap();
        let told = |name: &str| answer.metadata().get(name).map(|value| value.to_str().unwrap().to_owned());
        let receipt = answer.get_ref().decision.clone().unwrap();
        assert_eq!(told("alliantie-transaction-id"), Some(receipt.transaction_id));
        assert_eq!(told("alliantie-ledger-index").as_deref(), Some("7"));
        assert_eq!(told("alliantie-leaf-hash").as_deref(), Some("ab12"));
        let own = pb::ListObservationsRequest { parent: format!("datasets/{WELLER}"), ..Default::default() };
        let answer = world.observations(Party::Weller).list_observations(own).await.unwrap();
        assert!(answer.metadata().get("alliantie-ledger-index").is_none(), "the owner needs no decision");
    }
}
