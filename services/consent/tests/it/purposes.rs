//! The closed list of purposes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use prost_types::FieldMask;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tonic::{Code, Status};

use crate::world::{self, World, fields, refusal};

fn purpose(display_name: &str, serves: &str) -> Purpose {
    let (display_name, serves) = (display_name.to_owned(), serves.to_owned());
    Purpose { display_name, serves, ..Default::default() }
}

async fn list(world: &World, page_size: i32, page_token: &str) -> ListPurposesResponse {
    let request = ListPurposesRequest { page_size, page_token: page_token.to_owned() };
    world.purposes(Caller::Anonymous).list_purposes(request).await.unwrap().into_inner()
}

async fn names(world: &World) -> Vec<String> {
    list(world, 0, "").await.purposes.into_iter().map(|purpose| purpose.name).collect()
}

async fn create(world: &World, id: &str, purpose: Purpose) -> Result<Purpose, Status> {
    let request =
        CreatePurposeRequest { purpose: Some(purpose), purpose_id: id.to_owned(), ..Default::default() };
    Ok(world.purposes(Caller::Programme).create_purpose(request).await?.into_inner())
}

async fn update(world: &World, purpose: Purpose, paths: &[&str]) -> Result<Purpose, Status> {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let request = UpdatePurposeRequest {
        purpose: Some(purpose),
        update_mask: Some(FieldMask { paths }),
        ..Default::default()
    };
    Ok(world.purposes(Caller::Programme).update_purpose(request).await?.into_inner())
}

#[tokio::test]
async fn purposes_are_public_and_in_the_order_of_the_list() {
    for world in world::worlds().await {
        let answer = list(&world, 0, "").await;
        let names: Vec<_> = answer.purposes.iter().map(|purpose| purpose.name.as_str()).collect();
        assert_eq!(names, ["purposes/vroegsignalering-schulden", "purposes/wijkplannen"]);
        assert_eq!(answer.purposes[1].serves, "inspanningen/8B");
        let csv = b"code,naam,dient\nx,X,goals/S1\ny y,Y,goals/S1\n";
        assert!(consent::import_purposes(&world.store, &world.clock, csv).await.is_err());
        assert_eq!(list(&world, 0, "").await, answer, "a wrong list changes nothing");
    }
}

#[tokio::test]
async fn loading_the_list_again_adds_what_is_new_and_keeps_what_people_changed() {
    for world in world::worlds().await {
        create(&world, "eigen-doel", purpose("Eigen doel", "goals/S1")).await.unwrap();
        let name = "purposes/wijkplannen".to_owned();
        let changed = Purpose { name, ..purpose("Wijkplannen schrijven", "") };
        update(&world, changed, &["display_name"]).await.unwrap();
        let csv = b"code,naam,dient\nwijkplannen,Oud,goals/S1\nnieuw,Nieuw,goals/S2\n";
        assert_eq!(consent::import_purposes(&world.store, &world.clock, csv).await.unwrap(), 1);
        let all = list(&world, 0, "").await.purposes;
        let found: Vec<_> = all.iter().map(|it| it.name.strip_prefix("purposes/").unwrap()).collect();
        assert_eq!(
            found,
            ["vroegsignalering-schulden", "wijkplannen", "eigen-doel", "nieuw"],
            "{}",
            world.kind
        );
        assert_eq!(all[1].display_name, "Wijkplannen schrijven");
    }
}

#[tokio::test]
async fn pages_follow_each_other() {
    for world in world::worlds().await {
        create(&world, "eigen-doel", purpose("Eigen doel", "goals/S1")).await.unwrap();
        let (mut found, mut token) = (Vec::new(), String::new());
        loop {
            let page = list(&world, 2, &token).await;
            assert!(page.purposes.len() <= 2);
            found.extend(page.purposes.into_iter().map(|purpose| purpose.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(found, names(&world).await, "{}", world.kind);
        assert_eq!(found.len(), 3);
        let request = ListPurposesRequest { page_size: 2, page_token: "eigen".to_owned() };
        let status = world.purposes(Caller::Ggd).list_purposes(request).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()));
    }
}

#[tokio::test]
async fn a_purpose_is_added_read_and_changed() {
    for world in world::worlds().await {
        let new = create(&world, "armoede", purpose("Armoede bestrijden", "goals/S1")).await.unwrap();
        assert_eq!(new.name, "purposes/armoede", "{}", world.kind);
        assert_eq!((new.create_time, new.etag.is_empty()), (new.update_time, false));
        let get = GetPurposeRequest { name: new.name.clone() };
        let read = world.purposes(Caller::Anonymous).get_purpose(get).await.unwrap().into_inner();
        assert_eq!(read, new);

        world.clock.advance(Duration::from_secs(60));
        let change = Purpose { display_name: "Armoede voorkomen".to_owned(), ..new.clone() };
        let changed = update(&world, change.clone(), &["display_name"]).await.unwrap();
        assert_eq!((changed.display_name.as_str(), &changed.serves), ("Armoede voorkomen", &new.serves));
        assert_ne!((&changed.etag, changed.update_time), (&new.etag, new.update_time));
        assert_eq!(changed.create_time, new.create_time);
        let stale = update(&world, change, &["display_name"]).await.unwrap_err();
        assert_eq!(refusal(&stale), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
        let same = update(&world, changed.clone(), &[]).await.unwrap();
        assert_eq!(same, changed, "a change that changes nothing is none");

        let again = create(&world, "armoede", purpose("Iets anders", "goals/S1")).await.unwrap_err();
        assert_eq!(refusal(&again), (Code::AlreadyExists, "ALREADY_EXISTS".to_owned()));
        let name = "purposes/bestaat-niet".to_owned();
        let gone = update(&world, Purpose { name: name.clone(), ..changed }, &[]).await;
        for status in [
            gone.unwrap_err(),
            world.purposes(Caller::Ggd).get_purpose(GetPurposeRequest { name }).await.unwrap_err(),
        ] {
            assert_eq!(refusal(&status), (Code::NotFound, "NOT_FOUND".to_owned()));
        }
    }
}

#[tokio::test]
async fn every_purpose_that_is_added_is_in_the_ledger_for_who_sees_all() {
    for world in world::worlds().await {
        create(&world, "armoede", purpose("Armoede bestrijden", "goals/S1")).await.unwrap();
        create(&world, "armoede", purpose("Iets anders", "goals/S1")).await.unwrap_err();
        create(&world, "armoede-2", purpose("Armoede", "goals/S9")).await.unwrap_err();
        let csv = b"code,naam,dient\nwijkplannen,Oud,goals/S1\nnieuw,Nieuw doel,goals/S2\n";
        for added in [1, 0] {
            assert_eq!(consent::import_purposes(&world.store, &world.clock, csv).await.unwrap(), added);
        }
        let entries = world.entries(Caller::PrivacyOfficer).await;
        let told: Vec<&str> = entries.iter().map(|entry| entry.summary_nl.as_str()).collect();
        assert_eq!(
            told,
            [
                "Het doel purposes/armoede is toegevoegd: \"Armoede bestrijden\", voor goals/S1.",
                "Het doel purposes/nieuw is toegevoegd: \"Nieuw doel\", voor goals/S2.",
            ],
            "{}",
            world.kind
        );
        assert!(entries.iter().all(|entry| entry.kind() == LedgerEntryKind::PurposeAdded));
        assert!(world.entries(Caller::Weller).await.is_empty(), "it concerns no organisation");
        let kind = LedgerEntryKind::PurposeAdded.into();
        let request = ListLedgerEntriesRequest { kind, ..Default::default() };
        let list = world.ledger(Caller::PrivacyOfficer).list_ledger_entries(request).await.unwrap();
        assert_eq!(list.into_inner().ledger_entries, entries);
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn what_a_purpose_serves_is_for_good_and_its_names_are_in_the_ledger() {
    for world in world::worlds().await {
        let before = list(&world, 0, "").await.purposes.remove(1);
        let other = Purpose { serves: "inspanningen/7A".to_owned(), ..before.clone() };
        let refused = update(&world, other, &["serves"]).await.unwrap_err();
        assert_eq!(fields(&refused), ["purpose.serves"], "{}", world.kind);
        assert!(refused.message().contains("inspanningen/8B for good"), "{}", refused.message());
        update(&world, before.clone(), &["serves"]).await.expect("the same");
        assert_eq!(list(&world, 0, "").await.purposes[1], before);
        assert!(world.entries(Caller::PrivacyOfficer).await.is_empty(), "nothing changed");

        let renamed = Purpose { display_name: "Wijkplannen schrijven".to_owned(), ..before.clone() };
        update(&world, renamed, &["display_name"]).await.unwrap();
        let entries = world.entries(Caller::PrivacyOfficer).await;
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].kind(), entries[0].parties.len()), (LedgerEntryKind::PurposeRenamed, 0));
        for part in [&before.name, &before.display_name, "Wijkplannen schrijven"] {
            assert!(entries[0].summary_nl.contains(part), "{part} in {}", entries[0].summary_nl);
        }
        assert!(world.entries(Caller::Weller).await.is_empty());
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn who_has_a_purpose_in_an_open_agreement_reads_that_it_got_another_name_and_not_who_else_has() {
    for world in world::worlds().await {
        let rename = async |name: &str, display_name: &str| {
            let purpose = Purpose { name: name.to_owned(), ..purpose(display_name, "") };
            update(&world, purpose, &["display_name"]).await.unwrap();
        };
        let told = async |by| {
            let entries = world.entries(by).await;
            let of_names =
                entries.into_iter().filter(|entry| entry.kind() == LedgerEntryKind::PurposeRenamed);
            of_names.collect::<Vec<_>>()
        };
        // A draft is for its provider alone.
        let draft = world.create(world::content()).await;
        rename(world::PURPOSE, "Eerst").await;
        assert_eq!(
            (told(Caller::Weller).await.len(), told(Caller::Ggd).await.len()),
            (1, 0),
            "{}",
            world.kind
        );
        let proposed = world.propose(&draft).await;
        rename(world::PURPOSE, "Tweede").await;
        world.accept(&proposed, Caller::Weller).await.unwrap();
        let active = world.accept(&proposed, Caller::Ggd).await.unwrap();
        rename(world::PURPOSE, "Derde").await;
        rename(world::PURPOSE, "Derde").await;
        rename("purposes/wijkplannen", "Anders").await;
        for (party, times) in [(Caller::Weller, 3), (Caller::Ggd, 2), (Caller::WonenZuid, 0)] {
            let told = told(party).await;
            assert_eq!(told.len(), times, "{}", world.kind);
            for entry in &told {
                assert_eq!(entry.parties, [party.oin()], "{}", world.kind);
            }
            let last = told.last().map(|entry| entry.summary_nl.as_str());
            assert!(last.is_none_or(|last| last.contains("Tweede") && last.contains("Derde")), "{last:?}");
        }
        world.revoke(&active, Caller::Ggd).await.unwrap();
        rename(world::PURPOSE, "Vierde").await;
        assert_eq!(told(Caller::Ggd).await.len(), 2, "{}: nothing is open", world.kind);
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_proposed_while_a_purpose_gets_another_name_is_told_by_the_order_of_the_entries() {
    for world in world::worlds().await {
        for round in 0..6 {
            let draft = world.create(world::content()).await;
            let name = format!("Naam {round}");
            let purpose = Purpose { name: world::PURPOSE.to_owned(), ..purpose(&name, "") };
            let (renamed, proposed) =
                tokio::join!(update(&world, purpose, &["display_name"]), world.propose(&draft));
            renamed.unwrap();
            let all = world.entries(Caller::PrivacyOfficer).await;
            let index = |of: &dyn Fn(&LedgerEntry) -> bool| all.iter().find(|entry| of(entry)).unwrap().index;
            let proposal = index(&|entry| entry.agreement == proposed.name && entry.agreement_sequence == 1);
            let renaming = |entry: &LedgerEntry| {
                entry.kind() == LedgerEntryKind::PurposeRenamed && entry.summary_nl.contains(&name)
            };
            let first = index(&renaming);
            let told = world.entries(Caller::Ggd).await.iter().any(renaming);
            assert_eq!(told, proposal < first, "{} {round}", world.kind);
            world.accept(&proposed, Caller::Weller).await.unwrap();
            world.accept(&proposed, Caller::Ggd).await.unwrap();
            world.revoke(&proposed, Caller::Ggd).await.unwrap();
        }
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn a_party_that_cannot_be_read_keeps_no_purpose_from_another_name() {
    for world in world::worlds().await {
        let draft = world.create(world::content()).await;
        let id = draft.name.strip_prefix("agreements/").unwrap();
        // SQLite keeps bytes that are no text as well.
        let wrong: &[&str] = if world.kind == "sqlite" { &["'x'", "X'ff'"] } else { &["'x'"] };
        for oin in wrong {
            let sql = format!("INSERT INTO agreement_party (oin, agreement) VALUES ({oin}, '{id}')");
            world.test.database.pool().execute_unprepared(&sql).await.unwrap();
        }
        let purpose = Purpose { name: world::PURPOSE.to_owned(), ..purpose("Anders", "") };
        update(&world, purpose, &["display_name"]).await.unwrap();
        let told = world.entries(Caller::Weller).await;
        let told = told.iter().filter(|entry| entry.kind() == LedgerEntryKind::PurposeRenamed);
        assert_eq!(told.count(), 1, "{}", world.kind);
    }
}

#[tokio::test]
async fn a_purpose_serves_something_that_exists() {
    for world in world::worlds().await {
        let before = names(&world).await;
        let unknown = create(&world, "armoede", purpose("Armoede", "goals/S9")).await.unwrap_err();
        assert_eq!(fields(&unknown), ["purpose.serves"], "{}", world.kind);
        let wrong = create(&world, "A", purpose("", "plannen/1")).await.unwrap_err();
        assert_eq!(fields(&wrong), ["purpose_id", "purpose.display_name", "purpose.serves"]);
        let nothing = CreatePurposeRequest::default();
        let status = world.purposes(Caller::Programme).create_purpose(nothing).await.unwrap_err();
        assert_eq!(fields(&status), ["purpose"]);
        let empty = Purpose { name: "purposes/wijkplannen".to_owned(), ..purpose("", "") };
        let status = update(&world, empty, &["display_name", "serves"]).await.unwrap_err();
        assert_eq!(fields(&status), ["purpose.display_name", "purpose.serves"]);
        let colour = Purpose { name: "purposes/wijkplannen".to_owned(), ..Default::default() };
        assert_eq!(fields(&update(&world, colour, &["colour"]).await.unwrap_err()), ["update_mask"]);

        world.programme.down.store(true, Ordering::SeqCst);
        let silent = create(&world, "armoede", purpose("Armoede", "goals/S1")).await.unwrap_err();
        assert_eq!(refusal(&silent), (Code::Unavailable, "UNAVAILABLE".to_owned()));
        assert_eq!(names(&world).await, before);
        let renamed = Purpose { name: before[1].clone(), ..purpose("Wijkplannen schrijven", "") };
        update(&world, renamed, &["display_name"]).await.expect("a name asks nobody");
    }
}

#[tokio::test]
async fn a_repeated_request_is_done_once_and_answered_the_same() {
    for world in world::worlds().await {
        let request = CreatePurposeRequest {
            purpose: Some(purpose("Armoede bestrijden", "goals/S1")),
            purpose_id: "armoede".to_owned(),
            request_id: "0190163d-8694-739b-aea5-966c26f8ad90".to_owned(),
        };
        let mut client = world.purposes(Caller::Programme);
        let first = client.create_purpose(request.clone()).await.unwrap().into_inner();
        let changed = Purpose { etag: String::new(), display_name: "Anders".to_owned(), ..first.clone() };
        update(&world, changed, &[]).await.unwrap();
        // Also when the programme does not answer any more.
        world.programme.down.store(true, Ordering::SeqCst);
        assert_eq!(
            client.create_purpose(request.clone()).await.unwrap().into_inner(),
            first,
            "{}",
            world.kind
        );
        let other = CreatePurposeRequest { purpose_id: "anders".to_owned(), ..request };
        let status = client.create_purpose(other).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()));
    }
}

#[tokio::test]
async fn twenty_with_one_code_at_once_make_one_purpose() {
    for world in world::worlds().await {
        let mut tasks = Vec::new();
        for number in 0..20 {
            let mut client = world.purposes(Caller::Programme);
            let request = CreatePurposeRequest {
                purpose: Some(purpose(&format!("Doel {number}"), "goals/S1")),
                purpose_id: "armoede".to_owned(),
                ..Default::default()
            };
            tasks.push(tokio::spawn(async move { client.create_purpose(request).await }));
        }
        let mut made = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => made += 1,
                Err(status) => assert_eq!(status.code(), Code::AlreadyExists, "{} {status:?}", world.kind),
            }
        }
        assert_eq!(made, 1);
    }
}
