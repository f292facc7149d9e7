//! Protections that no agreement asks for any more: they hold no release up, and what was shown under them
//! still counts.

use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use testkit::Party;
use tonic::Code;

use crate::world::{WELLER, World, asked, code_and_reason, file, scope};

fn minimum(minimum_count: i32) -> consent_pb::Protection {
    consent_pb::Protection { minimum_count, ..Default::default() }
}

fn width(interval_width: i32) -> consent_pb::Protection {
    consent_pb::Protection { interval_width, ..minimum(10) }
}

fn line(area: &str, category: &str, value: u32) -> String {
    format!("huurachterstand,{area},2025Q1,{category},{value},,,")
}

async fn publish(world: &World, lines: &[String]) -> Result<(), tonic::Status> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let draft = world.upload(&file(&lines), 1000).await.unwrap().release.unwrap();
    world.publish(&draft.name).await.map(drop)
}

async fn retire(world: &World, party: Party, protection: &str) -> Result<bool, tonic::Status> {
    let name = format!("datasets/{WELLER}/protections/{protection}");
    let request = pb::RetireDatasetProtectionRequest { name: name.clone() };
    let retired = world.protections(party).retire_dataset_protection(request).await?.into_inner();
    assert_eq!(retired.name, name);
    Ok(retired.retired)
}

/// The protections by name, with whether each is retired.
async fn listed(world: &World) -> Vec<(String, bool)> {
    let request = pb::ListDatasetProtectionsRequest { parent: format!("datasets/{WELLER}") };
    let all = world.protections(Party::Weller).list_dataset_protections(request).await.unwrap().into_inner();
    let name = |name: &str| name.rsplit('/').next().unwrap().to_owned();
    all.protections.into_iter().map(|own| (name(&own.name), own.retired)).collect()
}

/// What GGD gets of the newest release, by area and category; nothing for what is withheld.
async fn answers(
    world: &World,
    level: &str,
    protection: consent_pb::Protection,
) -> Result<Vec<(String, String)>, tonic::Status> {
    world.permit_with(consent_pb::Scope { area_level: level.to_owned(), ..scope() }, protection);
    let rows = world.list(Party::Ggd, asked()).await?.observations;
    Ok(rows.into_iter().map(|row| (row.area, row.value)).collect())
}

#[tokio::test]
async fn a_retired_protection_holds_up_no_release_and_its_agreements_get_nothing_unprotected() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let whole = line("GM0899", "totaal", 100);
        publish(&world, std::slice::from_ref(&whole)).await.unwrap();
        // The total was shown: a small group lies between 0 and 100, and 1000 is agreed.
        answers(&world, "MUNICIPALITY", width(1000)).await.unwrap();
        answers(&world, "MUNICIPALITY", minimum(10)).await.unwrap();
        let ages = [whole, line("GM0899", "18-26", 3), line("GM0899", "27-39", 97)];
        let refused = publish(&world, &ages).await.unwrap_err();
        assert_eq!(code_and_reason(&refused).1, "PROTECTION_FAILED", "{}", world.kind);

        let refused = retire(&world, Party::Ggd, "min10-width1000").await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        assert_eq!(retire(&world, Party::Weller, "min3").await.unwrap_err().code(), Code::NotFound);
        assert_eq!(retire(&world, Party::Weller, "klein").await.unwrap_err().code(), Code::InvalidArgument);
        for _ in 0..2 {
            assert!(retire(&world, Party::Weller, "min10-width1000").await.unwrap());
        }
        assert_eq!(listed(&world).await, [("min10-width1000".to_owned(), true), ("min10".to_owned(), false)]);
        publish(&world, &ages).await.unwrap();
        let counts = answers(&world, "MUNICIPALITY", minimum(10)).await.unwrap();
        // The 3, and the 97: what is left beside those would be a small group with the 3.
        assert_eq!(counts.iter().filter(|(_, count)| count.is_empty()).count(), 2);
        // Under an agreement that is still there nothing is delivered that it does not protect.
        let refused = answers(&world, "MUNICIPALITY", width(1000)).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::FailedPrecondition, "PROTECTION_FAILED".to_owned()));
    }
}

#[tokio::test]
async fn a_protection_is_retired_once_the_ledger_has_it_and_only_then() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        publish(&world, &[line("WK089901", "totaal", 70)]).await.unwrap();
        answers(&world, "DISTRICT", width(5)).await.unwrap();
        world.consent.set(|state| state.ledger_down = true);
        let refused = retire(&world, Party::Weller, "min10-width5").await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{}", world.kind);
        assert_eq!(listed(&world).await, [("min10-width5".to_owned(), false)]);
        world.consent.set(|state| state.ledger_down = false);
        for _ in 0..2 {
            assert!(retire(&world, Party::Weller, "min10-width5").await.unwrap());
        }
        let entered = world.consent.get(|state| state.retired.clone());
        let [entered] = entered.as_slice() else { panic!("{entered:?}") };
        assert_eq!(
            (entered.owner_oin.as_str(), entered.dataset.as_str()),
            (Party::Weller.oin(), &*format!("datasets/{WELLER}"))
        );
        assert_eq!(entered.protection, Some(width(5)));
    }
}

#[tokio::test]
async fn a_protection_is_in_force_again_once_the_ledger_has_it_and_only_then() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        publish(&world, &[line("WK089901", "totaal", 70)]).await.unwrap();
        answers(&world, "DISTRICT", width(5)).await.unwrap();
        // Of one that is new there are masks.
        assert!(world.consent.get(|state| state.reinstated.is_empty()), "{}", world.kind);
        assert!(retire(&world, Party::Weller, "min10-width5").await.unwrap());
        publish(&world, &[line("WK089901", "totaal", 80)]).await.unwrap();
        world.consent.set(|state| state.reinstatement_fails = true);
        let refused = answers(&world, "DISTRICT", width(5)).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{}", world.kind);
        assert_eq!(listed(&world).await, [("min10-width5".to_owned(), true)]);
        world.consent.set(|state| state.reinstatement_fails = false);
        for _ in 0..2 {
            assert_eq!(answers(&world, "DISTRICT", width(5)).await.unwrap()[0].1, "80");
        }
        assert_eq!(listed(&world).await, [("min10-width5".to_owned(), false)]);
        let entered = world.consent.get(|state| state.reinstated.clone());
        let [entered] = entered.as_slice() else { panic!("{entered:?}") };
        assert_eq!(
            (entered.owner_oin.as_str(), entered.dataset.as_str()),
            (Party::Weller.oin(), &*format!("datasets/{WELLER}"))
        );
        assert_eq!(entered.protection, Some(width(5)));
    }
}

#[tokio::test]
async fn who_had_answers_under_a_retired_protection_computes_nothing_with_later_ones() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let west = line("WK089901", "totaal", 7);
        publish(&world, std::slice::from_ref(&west)).await.unwrap();
        assert_eq!(answers(&world, "DISTRICT", minimum(5)).await.unwrap()[0].1, "7");
        assert_eq!(answers(&world, "DISTRICT", minimum(10)).await.unwrap()[0].1, "");
        assert!(retire(&world, Party::Weller, "min5").await.unwrap());
        // With the 7 that were shown the fifth district is a group of 3.
        let others = ["WK089902", "WK089903", "WK089904"].map(|area| line(area, "totaal", 0));
        publish(&world, &[&[line("GM0899", "totaal", 10)], &others[..]].concat()).await.unwrap();
        let counts = answers(&world, "MUNICIPALITY", minimum(10)).await.unwrap();
        assert_eq!(counts, [("areas/GM0899".to_owned(), String::new())], "{}", world.kind);
    }
}

#[tokio::test]
async fn a_retired_protection_that_is_agreed_again_is_in_force_again() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        publish(&world, &[line("WK089901", "totaal", 70)]).await.unwrap();
        for protection in [minimum(5), minimum(10)] {
            answers(&world, "DISTRICT", protection).await.unwrap();
        }
        assert!(retire(&world, Party::Weller, "min5").await.unwrap());
        publish(&world, &[line("WK089901", "totaal", 71)]).await.unwrap();
        assert_eq!(world.consent.get(|state| state.masks.len()), 3, "{}", world.kind);
        assert_eq!(answers(&world, "DISTRICT", minimum(5)).await.unwrap()[0].1, "71");
        assert_eq!(listed(&world).await, [("min10".to_owned(), false), ("min5".to_owned(), false)]);
    }
}

#[tokio::test]
async fn a_protection_comes_back_after_the_last_release_that_cannot_have_a_mask() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let whole = line("GM0899", "totaal", 100);
        publish(&world, std::slice::from_ref(&whole)).await.unwrap();
        answers(&world, "MUNICIPALITY", width(1000)).await.unwrap();
        assert!(retire(&world, Party::Weller, "min10-width1000").await.unwrap());
        let second_quarter = |value| format!("huurachterstand,GM0899,2025Q2,totaal,{value},,,");
        publish(&world, &[second_quarter(4999)]).await.unwrap();
        // A small group lies between 0 and the 100 that were shown.
        publish(&world, &[whole, line("GM0899", "18-26", 3), line("GM0899", "27-39", 97)]).await.unwrap();
        publish(&world, &[second_quarter(5000)]).await.unwrap();

        // The newest release can have a mask, so the protection is in force again.
        let counts = answers(&world, "MUNICIPALITY", width(1000)).await.unwrap();
        assert_eq!(counts, [("areas/GM0899".to_owned(), "5000".to_owned())], "{}", world.kind);
        assert_eq!(listed(&world).await, [("min10-width1000".to_owned(), false)]);
        // Of the one that cannot nothing is delivered, nor of the one before it, now and later; the first is
        // there as it was.
        for later in [second_quarter(5001), second_quarter(5002)] {
            for (release, shown) in [(1, Some(1)), (2, None), (3, None), (4, Some(1))] {
                let name = format!("datasets/{WELLER}/releases/{release}");
                let found = world.list(Party::Ggd, pb::ListObservationsRequest { release: name, ..asked() });
                match (found.await, shown) {
                    (Ok(found), Some(shown)) => assert_eq!(found.observations.len(), shown),
                    (Err(refused), None) => assert_eq!(code_and_reason(&refused).1, "PROTECTION_FAILED"),
                    (found, shown) => panic!("{}: {found:?} {shown:?}", world.kind),
                }
            }
            let masks = world.consent.get(|state| state.masks.len());
            publish(&world, &[later]).await.unwrap();
            assert_eq!(world.consent.get(|state| state.masks.len()), masks + 1, "{}", world.kind);
        }
    }
}
