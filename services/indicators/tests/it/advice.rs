//! What an owner hears when a release, or a protection of it, is refused: which cells, why, and what helps.

use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use testkit::Party;
use tonic::{Code, Status};

use crate::world::{WELLER, World, asked, fields, file, info, scope};

fn minimum(minimum_count: i32) -> consent_pb::Protection {
    consent_pb::Protection { minimum_count, ..Default::default() }
}

/// The counts of the five districts and their municipality.
fn districts(counts: [i64; 5]) -> Vec<u8> {
    let total = counts.iter().sum::<i64>();
    let areas =
        (1..).map(|number| format!("WK08990{number}")).zip(counts).chain([("GM0899".to_owned(), total)]);
    let lines: Vec<String> =
        areas.map(|(area, count)| format!("huurachterstand,{area},2025Q1,totaal,{count},,,")).collect();
    file(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

async fn publish(world: &World, delivery: &[u8]) -> Result<String, Status> {
    let draft = world.upload(delivery, 1000).await.unwrap().release.unwrap();
    Ok(world.publish(&draft.name).await?.name)
}

async fn protect(world: &World, protection: consent_pb::Protection) -> Option<pb::ProtectionFailure> {
    let request =
        pb::ProtectDatasetRequest { dataset: format!("datasets/{WELLER}"), protection: Some(protection) };
    let mut client = world.sharing(Party::Service("consent"));
    client.protect_dataset(request).await.unwrap().into_inner().failure
}

/// What a refused publication says, in Dutch and in English.
fn told(refused: &Status) -> String {
    let (code, reason, _) = info(refused);
    assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "PROTECTION_FAILED"));
    String::from_utf8_lossy(refused.details()).into_owned()
}

/// Zeros are withheld under the one and shown under the other. So who has both gets that the second and the third
/// district are 3 together, as all others are shown, and that both are something.
fn with_zeros() -> consent_pb::Protection {
    consent_pb::Protection { protect_zeros: true, ..minimum(3) }
}

const TOGETHER: [i64; 5] = [0, 2, 1, 10, 20];

#[tokio::test]
async fn two_protections_that_give_a_count_away_together_are_refused_with_what_can_be_chosen() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let release = publish(&world, &districts(TOGETHER)).await.unwrap();
        assert_eq!(protect(&world, with_zeros()).await, None, "{}", world.kind);
        let failure = protect(&world, minimum(10)).await.unwrap();
        assert_eq!(failure.release, release);
        let cells: Vec<&str> = failure.cells.iter().map(|cell| cell.cell.as_str()).collect();
        assert_eq!(cells, ["WK089902|totaal", "WK089903|totaal"]);
        assert_eq!((failure.cell_count, failure.cells[0].period.as_str()), (2, "2025Q1"));
        let dutch = &failure.message_nl;
        let sentences = [
            "met een andere bescherming van deze dataset (min3-zeros).",
            "Kies dezelfde bescherming, of een die in alles even streng of strenger is.",
        ];
        assert!(sentences.iter().all(|sentence| dutch.contains(sentence)), "{dutch}");
        assert!(failure.message_en.contains("Choose the same protection"), "{}", failure.message_en);
        // It is as strict in everything.
        let stricter = consent_pb::Protection { protect_zeros: true, ..minimum(10) };
        assert_eq!(protect(&world, stricter).await, None);
    }
}

#[tokio::test]
async fn a_release_that_two_protections_give_away_together_is_not_published_and_its_cells_are_named() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        publish(&world, &districts([30; 5])).await.unwrap();
        for protection in [with_zeros(), minimum(10)] {
            assert_eq!(protect(&world, protection).await, None, "{}", world.kind);
        }
        let refused = publish(&world, &districts(TOGETHER)).await.unwrap_err();
        let places = ["WK089902|totaal", "WK089903|totaal"]
            .map(|cell| format!("indicators/huurachterstand 2025Q1 {cell}"));
        assert_eq!(fields(&refused), places);
        let told = told(&refused);
        assert!(told.contains("met een andere bescherming van deze dataset (min3-zeros)"), "{told}");
        assert_eq!(world.release_count(WELLER, Party::Ggd).await, 1, "nothing was published");
    }
}

#[tokio::test]
async fn where_a_level_of_areas_cannot_be_protected_the_owner_hears_that_the_others_can() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let line = |tail: &str| format!("huurachterstand,{tail},,,");
        let total = line("WK089902,2025Q1,totaal,100");
        publish(&world, &file(&[&total])).await.unwrap();
        // The district was shown: its neighbourhoods lie between 0 and 100, and 1000 is agreed.
        let wide = consent_pb::Protection { interval_width: 1000, ..minimum(10) };
        assert_eq!(protect(&world, wide).await, None, "{}", world.kind);
        let parts = [line("BU08990201,2025Q1,totaal,3"), line("BU08990202,2025Q1,totaal,97")];
        let refused = publish(&world, &file(&[&total, &parts[0], &parts[1]])).await.unwrap_err();
        let told = told(&refused);
        assert!(told.contains("Wel te beschermen is een levering zonder buurten."), "{told}");
        assert!(told.contains("a delivery without areas of level NEIGHBOURHOOD"), "{told}");
        // And so it is.
        world.permit_with(consent_pb::Scope { area_level: "DISTRICT".to_owned(), ..scope() }, wide);
        publish(&world, &file(&[&total])).await.unwrap();
        assert_eq!(world.list(Party::Ggd, asked()).await.unwrap().observations[0].value, "100");
    }
}

#[tokio::test]
async fn of_what_is_published_no_smaller_delivery_is_suggested_but_a_protection_that_can_be_given() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let agreed = consent_pb::Protection {
            interval_width: 10,
            group_percent: 90,
            protect_zeros: true,
            rounding_base: 5,
            ..minimum(10)
        };
        assert_eq!(protect(&world, agreed).await, None, "{}", world.kind);
        let failure = protect(&world, minimum(10)).await.unwrap();
        assert_eq!(failure.release, format!("datasets/{WELLER}/releases/1"));
        let (dutch, english) = (failure.message_nl, failure.message_en);
        assert!(!dutch.contains("een levering zonder") && !english.contains("a delivery without"), "{dutch}");
        assert!(dutch.contains("is al gepubliceerd") && english.contains("is published"), "{dutch}");
        assert!(dutch.contains("Wel te geven is min10-group90-width10-zeros-round5."), "{dutch}");
        // A smaller delivery does not help indeed, and whoever has a draft of it audited hears the same.
        let total = file(&["huurachterstand,GM0899,2025Q1,totaal,2000,,,"]);
        let draft = world.upload(&total, 1000).await.unwrap().release.unwrap().name;
        let request = pb::AuditReleaseRequest { name: draft.clone(), protection: Some(minimum(10)) };
        let audit = world.protections(Party::Weller).audit_release(request).await.unwrap().into_inner();
        assert_eq!(audit.failure.unwrap().message_nl, dutch);
        // What is stricter than both goes around what was shown under either.
        let wider = consent_pb::Protection { interval_width: 20, ..minimum(10) };
        let dutch = protect(&world, wider).await.unwrap().message_nl;
        assert!(dutch.contains("Wel te geven is min10-group90-width20-zeros-round5."), "{dutch}");
        let both = consent_pb::Protection { interval_width: 20, ..agreed };
        assert_eq!(protect(&world, both).await, None, "{}", world.kind);
    }
}
