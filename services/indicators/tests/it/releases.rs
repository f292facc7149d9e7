//! The life of a release: uploaded, a draft, published, for ever the same.

use platform::page::Page;
use proto::indicators::v1 as pb;
use sea_orm::{ConnectionTrait, Statement};
use sha2::{Digest, Sha256};
use testkit::Party;
use tonic::Code;

use crate::world::{DELIVERIES, WELLER, World, code_and_reason, file, info, of_hex, upload_messages};

const REQUEST: &str = "0190163d-8694-739b-aea5-966c26f8ad90";

fn get(name: &str) -> pb::GetReleaseRequest {
    pb::GetReleaseRequest { name: name.to_owned() }
}

/// What everybody but the owner of a shared dataset sees of a release.
fn without_content(release: &pb::Release, etag: &str) -> pb::Release {
    pb::Release {
        cell_count: 0,
        digest: String::new(),
        digest_salt: String::new(),
        note: String::new(),
        etag: etag.to_owned(),
        ..release.clone()
    }
}

/// Publishes a release with one cell and a note, and gives it as the owner and as others see it.
async fn seen_of(world: &World, value: u32, note: &str) -> (pb::Release, Vec<pb::Release>) {
    let line = format!("huurachterstand,GM0899,2025Q1,totaal,{value},,,");
    let mut messages = upload_messages(&file(&[&line]), 1000);
    messages[0].note = note.to_owned();
    let draft = world.upload_as(Party::Weller, messages).await.unwrap().release.unwrap();
    let published = world.publish(&draft.name).await.unwrap();
    let mut seen = Vec::new();
    for party in [Party::Anonymous, Party::Ggd, Party::WonenZuid] {
        seen.push(world.releases(party).get_release(get(&draft.name)).await.unwrap().into_inner());
        let request = pb::ListReleasesRequest { parent: format!("datasets/{WELLER}"), ..Default::default() };
        seen.push(
            world.releases(party).list_releases(request).await.unwrap().into_inner().releases.remove(0),
        );
    }
    (published, seen)
}

#[tokio::test]
async fn only_the_owner_sees_what_tells_of_the_cells_of_a_shared_dataset() {
    let mut etags = Vec::new();
    for (database, value) in testkit::both().await.into_iter().zip([5, 7]) {
        let world = World::empty(database).await;
        let (published, seen) = seen_of(&world, value, &format!("Het zijn er {value}.")).await;
        assert_eq!((published.digest.len(), published.cell_count), (64, 1));
        let own = world.releases(Party::Weller).get_release(get(&published.name)).await.unwrap();
        assert_eq!(own.into_inner(), published);
        for seen in seen {
            assert_eq!(seen, without_content(&published, &seen.etag));
            etags.push(seen.etag);
        }
    }
    etags.dedup();
    assert_eq!(etags.len(), 1, "the etag says nothing of the cells");
}

#[tokio::test]
async fn everybody_sees_the_digest_of_a_public_dataset() {
    let world = World::filled(testkit::sqlite().await).await;
    let name = "datasets/stabiliteitsdriehoek/releases/1";
    let seen = world.releases(Party::Anonymous).get_release(get(name)).await.unwrap().into_inner();
    assert_eq!((seen.digest.len(), seen.cell_count), (64, 140));
    assert!(!seen.note.is_empty());
}

#[tokio::test]
async fn the_ledger_has_a_digest_of_a_shared_release_that_only_its_owner_can_make() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let request = pb::ListReleasesRequest { parent: format!("datasets/{WELLER}"), ..Default::default() };
        let own = world
            .releases(Party::Weller)
            .list_releases(request)
            .await
            .unwrap()
            .into_inner()
            .releases
            .remove(0);
        let entered = world.consent.get(|state| state.releases.clone());
        let digest_of = |name: &str| entered.iter().find(|told| told.release == name).unwrap().digest.clone();
        let salted = Sha256::digest([of_hex(&own.digest_salt), own.digest.clone().into_bytes()].concat());
        let salted: String = salted.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((digest_of(&own.name), own.digest_salt.len()), (salted, 64), "{}", world.kind);
        // What everybody can read needs none.
        let name = "datasets/stabiliteitsdriehoek/releases/1";
        let public = world.releases(Party::Anonymous).get_release(get(name)).await.unwrap().into_inner();
        assert_eq!((digest_of(name), public.digest_salt), (public.digest, String::new()));
    }
}

#[tokio::test]
async fn a_release_that_the_ledger_was_told_of_before_there_were_salts_keeps_its_digest() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let line = "huurachterstand,GM0899,2025Q1,totaal,5,,,";
        let draft = world.upload(&file(&[line]), 100).await.unwrap().release.unwrap();
        let update = format!("UPDATE release SET transaction_id = '{REQUEST}'");
        let pool = world.pool();
        pool.execute_raw(Statement::from_string(pool.get_database_backend(), update)).await.unwrap();
        let published = world.publish(&draft.name).await.unwrap();
        let told = world.consent.get(|state| state.releases[0].clone());
        assert_eq!((told.digest, published.digest_salt), (published.digest, String::new()), "{}", world.kind);
    }
}

#[tokio::test]
async fn a_delivery_becomes_a_draft_and_then_the_newest_release() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let (_, delivery) = DELIVERIES[3];
        let uploaded = world.upload(delivery, 777).await.unwrap();
        let (draft, report) = (uploaded.release.unwrap(), uploaded.report.unwrap());
        assert_eq!((draft.number, draft.state(), draft.cell_count), (1, pb::ReleaseState::Draft, 1224));
        assert_eq!((report.line_count, report.cell_count, report.error_count), (1224, 1224, 0));
        assert_eq!((report.area_count, report.periods.len()), (51, 4));
        // 204 totals of ages, and 6 ages and a total x 4 quarters for GM0899 and five wijken.
        assert_eq!(report.sums_checked, 204 + 6 * 4 * 6);
        assert!(draft.publish_time.is_none() && draft.digest.len() == 64);

        let seen = world.releases(Party::Anonymous).get_release(get(&draft.name)).await.unwrap_err();
        assert_eq!(seen.code(), Code::NotFound, "a draft is for its owner");
        assert_eq!(world.release_count(WELLER, Party::Ggd).await, 0);
        assert_eq!(world.release_count(WELLER, Party::Weller).await, 1);
        let own = world.releases(Party::Weller).get_release(get(&draft.name)).await.unwrap().into_inner();
        assert_eq!(own, draft);

        let published = world.publish(&draft.name).await.unwrap();
        assert_eq!(published.state(), pb::ReleaseState::Published);
        assert!(published.publish_time.is_some() && published.etag != draft.etag);
        assert_eq!(published.digest, draft.digest);
        let told = world.consent.get(|state| state.releases[0].clone());
        assert_eq!(told.release, draft.name);
        assert_eq!((told.owner_oin.as_str(), told.cell_count), (Party::Weller.oin(), 1224));
        let seen = world.releases(Party::Anonymous).get_release(get(&draft.name)).await.unwrap().into_inner();
        assert!(seen.etag != published.etag && seen.etag != draft.etag);
        assert_eq!(seen, without_content(&published, &seen.etag));

        let again = world.publish(&draft.name).await.unwrap_err();
        assert_eq!(code_and_reason(&again), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
    }
}

#[tokio::test]
async fn releases_are_numbered_without_gaps_and_listed_newest_first() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        for value in 0..5 {
            let line = format!("huurachterstand,GM0899,2025Q1,totaal,{value},,,");
            world.upload(&file(&["niets"]), 100).await.unwrap_err();
            let release = world.upload(&file(&[&line]), 100).await.unwrap().release.unwrap();
            assert_eq!(release.number, value + 1);
        }
        // The third is published last: that makes it the newest release.
        for number in [4, 3] {
            world.publish(&format!("datasets/{WELLER}/releases/{number}")).await.unwrap();
        }
        let dataset = pb::GetDatasetRequest { name: format!("datasets/{WELLER}") };
        let dataset = world.catalogue(Party::Anonymous).get_dataset(dataset).await.unwrap().into_inner();
        assert_eq!(dataset.latest_release, format!("datasets/{WELLER}/releases/3"));

        let mut numbers = Vec::new();
        let mut page_token = String::new();
        loop {
            let request =
                pb::ListReleasesRequest { parent: format!("datasets/{WELLER}"), page_size: 2, page_token };
            let page = world.releases(Party::Weller).list_releases(request).await.unwrap().into_inner();
            numbers.extend(page.releases.iter().map(|release| release.number));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(numbers, [5, 4, 3, 2, 1]);
        assert_eq!(world.release_count(WELLER, Party::Anonymous).await, 2);
    }
}

#[tokio::test]
async fn a_made_up_page_token_is_refused() {
    let world = World::empty(testkit::sqlite().await).await;
    let parent = format!("datasets/{WELLER}");
    let token = |filters: &[&str]| Page::parse(2, "", filters).unwrap().token_after("x");
    let page_token = token(&["releases", &parent]);
    let request = pb::ListReleasesRequest { parent, page_token, ..Default::default() };
    let refused = world.releases(Party::Weller).list_releases(request).await.unwrap_err();
    assert_eq!(code_and_reason(&refused), (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()));
    let request = pb::ListIndicatorsRequest { page_token: token(&["indicators", ""]), ..Default::default() };
    let refused = world.catalogue(Party::Weller).list_indicators(request).await.unwrap_err();
    assert_eq!(code_and_reason(&refused), (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()));
}

#[tokio::test]
async fn the_same_cells_in_another_order_have_the_same_digest() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let (_, delivery) = DELIVERIES[3];
        let text = std::str::from_utf8(delivery).unwrap();
        let (header, lines) = text.split_once('\n').unwrap();
        let mut lines: Vec<&str> = lines.lines().collect();
        lines.reverse();
        let reversed = format!("\u{feff}{header}\r\n{}\r\n", lines.join("\r\n"));
        let one = world.upload(delivery, 100_000).await.unwrap().release.unwrap();
        let other = world.upload(reversed.as_bytes(), 3).await.unwrap().release.unwrap();
        assert_eq!((one.digest, other.number), (other.digest, 2));
    }
}

#[tokio::test]
async fn a_retried_upload_and_publication_have_their_effect_once() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let lines = file(&["huurachterstand,GM0899,2025Q1,totaal,5,,,"]);
        let with_id = |file: &[u8], size: usize| {
            let mut messages = upload_messages(file, size);
            messages[0].request_id = REQUEST.to_owned();
            messages
        };
        let first = world.upload_as(Party::Weller, with_id(&lines, 1000)).await.unwrap();
        let publish = pb::PublishReleaseRequest {
            name: first.release.as_ref().unwrap().name.clone(),
            etag: first.release.as_ref().unwrap().etag.clone(),
            request_id: REQUEST.to_owned(),
        };
        let mut client = world.releases(Party::Weller);
        let published = client.publish_release(publish.clone()).await.unwrap().into_inner();
        // Cut in other pieces it is the same file, and the answer is that of then.
        let again = world.upload_as(Party::Weller, with_id(&lines, 7)).await.unwrap();
        assert_eq!(again, first);
        assert_eq!(client.publish_release(publish).await.unwrap().into_inner(), published);
        assert_eq!(world.consent.get(|state| state.releases.len()), 1);
        assert_eq!(world.release_count(WELLER, Party::Weller).await, 1);

        let other = file(&["huurachterstand,GM0899,2025Q1,totaal,6,,,"]);
        let reused = world.upload_as(Party::Weller, with_id(&other, 1000)).await.unwrap_err();
        assert_eq!(info(&reused).1, "REQUEST_ID_REUSED");
    }
}

#[tokio::test]
async fn what_is_not_in_the_ledger_is_not_published() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let lines = file(&["huurachterstand,GM0899,2025Q1,totaal,5,,,"]);
        let name = world.upload(&lines, 1000).await.unwrap().release.unwrap().name;
        world.consent.set(|state| state.ledger_down = true);
        let refused = world.publish(&name).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::Unavailable, "UNAVAILABLE".to_owned()));
        assert_eq!(world.release_count(WELLER, Party::Anonymous).await, 0);
        world.consent.set(|state| state.ledger_down = false);
        world.publish(&name).await.unwrap();
        assert_eq!(world.release_count(WELLER, Party::Anonymous).await, 1);
        let told: Vec<String> = world
            .consent
            .get(|state| state.releases.iter().map(|told| told.transaction_id.clone()).collect());
        assert_eq!(told[0], told[1], "the retry is the same transaction");
    }
}

#[tokio::test]
async fn only_the_owner_delivers_and_publishes() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let lines = file(&["huurachterstand,GM0899,2025Q1,totaal,5,,,"]);
        let refused = world.upload_as(Party::WonenZuid, upload_messages(&lines, 100)).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        let name = world.upload(&lines, 1000).await.unwrap().release.unwrap().name;
        let publish = pb::PublishReleaseRequest { name: name.clone(), ..Default::default() };
        let refused = world.releases(Party::WonenZuid).publish_release(publish).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        assert_eq!(world.release_count(WELLER, Party::WonenZuid).await, 0);
    }
}

#[tokio::test]
async fn a_publication_checks_name_and_etag() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let lines = file(&["huurachterstand,GM0899,2025Q1,totaal,5,,,"]);
        let name = world.upload(&lines, 1000).await.unwrap().release.unwrap().name;
        let mut client = world.releases(Party::Weller);
        let stale = pb::PublishReleaseRequest {
            name: name.clone(),
            etag: "\"old\"".to_owned(),
            ..Default::default()
        };
        let refused = client.publish_release(stale).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
        assert!(world.consent.get(|state| state.releases.is_empty()), "the ledger was not told");
        for (wrong, code) in [
            (format!("datasets/{WELLER}/releases/2"), Code::NotFound),
            (format!("datasets/{WELLER}/releases/01"), Code::InvalidArgument),
            (format!("datasets/{WELLER}/releases/-1"), Code::InvalidArgument),
            (format!("datasets/{WELLER}/releases/99999999999"), Code::InvalidArgument),
            (String::new(), Code::InvalidArgument),
            ("datasets/nergens/releases/1".to_owned(), Code::NotFound),
        ] {
            let request = pb::PublishReleaseRequest { name: wrong.clone(), ..Default::default() };
            assert_eq!(client.publish_release(request).await.unwrap_err().code(), code, "{wrong}");
        }
    }
}
