//! The lists that people need.

use std::time::Duration;

use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tonic::Code;

use crate::world::{self, World, fields, refusal};

const DAY: Duration = Duration::from_secs(86400);

async fn listed(world: &World, by: Caller, request: ListAgreementsRequest) -> Vec<String> {
    // A page at a time, so that the filters hold across pages.
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListAgreementsRequest { page_size: 1, page_token, ..request.clone() };
        let page = world.agreements(by).list_agreements(request).await.unwrap().into_inner();
        names.extend(page.agreements.into_iter().map(|agreement| agreement.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return names;
        }
    }
}

fn expiring(days: i32, state: AgreementState) -> ListAgreementsRequest {
    ListAgreementsRequest { expiring_within_days: days, state: state.into(), ..Default::default() }
}

fn awaiting() -> ListAgreementsRequest {
    ListAgreementsRequest { awaiting_my_signature: true, ..Default::default() }
}

fn unused(days: i32) -> ListAgreementsRequest {
    ListAgreementsRequest { unused_for_days: days, ..Default::default() }
}

/// An active agreement that holds from and until these days.
async fn active(world: &World, valid_from: &str, valid_until: &str) -> Agreement {
    let content = AgreementContent {
        valid_from: valid_from.to_owned(),
        valid_until: valid_until.to_owned(),
        ..world::content()
    };
    let proposed = world.propose(&world.create(content).await).await;
    world.accept(&proposed, Caller::Weller).await.unwrap();
    world.clock.advance(Duration::from_millis(2));
    world.accept(&proposed, Caller::Ggd).await.unwrap()
}

#[tokio::test]
async fn what_expires_soon_is_listed() {
    for world in world::worlds().await {
        // It is 23 November; the last day counts whole, by the Dutch clock.
        let soon = active(&world, "2026-11-01", "2026-11-30").await;
        let later = active(&world, "2026-11-01", "2026-12-31").await;
        let paused = active(&world, "2026-11-01", "2026-12-01").await;
        world.suspend(&paused, Caller::Ggd).await.unwrap();
        let revoked = active(&world, "2026-11-01", "2026-11-30").await;
        world.revoke(&revoked, Caller::Ggd).await.unwrap();
        let proposed = world.proposed().await;
        let none = AgreementState::Unspecified;
        for by in [Caller::Ggd, Caller::Weller, Caller::PrivacyOfficer] {
            let list = |days, state| listed(&world, by, expiring(days, state));
            assert!(list(7, none).await.is_empty(), "{}", world.kind);
            assert_eq!(list(8, none).await, [soon.name.as_str()]);
            assert_eq!(list(9, none).await, [paused.name.as_str(), &soon.name]);
            assert_eq!(list(3660, none).await, [paused.name.as_str(), &later.name, &soon.name]);
            assert_eq!(list(9, AgreementState::Active).await, [soon.name.as_str()]);
            assert_eq!(list(9, AgreementState::Suspended).await, [paused.name.as_str()]);
            assert_eq!(list(9, AgreementState::Proposed).await, [proposed.name.as_str()]);
        }
        assert!(listed(&world, Caller::WonenZuid, expiring(3660, none)).await.is_empty());
        world.clock.advance(8 * DAY);
        let list = listed(&world, Caller::Ggd, expiring(10, none)).await;
        assert_eq!(list, [paused.name], "what has expired does not expire soon");
    }
}

#[tokio::test]
async fn what_waits_for_a_signature_is_listed_for_who_has_to_place_it() {
    for world in world::worlds().await {
        let untouched = world.proposed().await;
        world.clock.advance(Duration::from_millis(2));
        let half = world.proposed().await;
        world.accept(&half, Caller::Weller).await.unwrap();
        world.create(world::content()).await;
        world.active().await;
        let waits = |by| listed(&world, by, awaiting());
        assert_eq!(waits(Caller::Ggd).await, [half.name.as_str(), &untouched.name], "{}", world.kind);
        assert_eq!(waits(Caller::Weller).await, [untouched.name.as_str()]);
        for by in [Caller::WonenZuid, Caller::PrivacyOfficer] {
            assert!(waits(by).await.is_empty(), "{by:?}");
        }
        let soon = ListAgreementsRequest { expiring_within_days: 8, ..awaiting() };
        assert_eq!(listed(&world, Caller::Weller, soon).await, [untouched.name.as_str()]);
        let soon = ListAgreementsRequest { expiring_within_days: 1, ..awaiting() };
        assert!(listed(&world, Caller::Weller, soon).await.is_empty());
        world.accept(&half, Caller::Ggd).await.unwrap();
        assert_eq!(waits(Caller::Ggd).await, [untouched.name]);
        world.clock.advance(8 * DAY);
        assert!(waits(Caller::Ggd).await.is_empty(), "what has expired waits for nobody");
    }
}

#[tokio::test]
async fn what_is_agreed_and_not_used_is_listed() {
    for world in world::worlds().await {
        let used = active(&world, "2026-11-01", "2027-11-30").await;
        let never = active(&world, "2026-11-01", "2027-11-30").await;
        let not_yet = active(&world, "2026-12-01", "2027-11-30").await;
        let list = |days| listed(&world, Caller::Weller, unused(days));
        assert!(list(1).await.is_empty(), "{}: nothing is a day old", world.kind);
        world.clock.advance(5 * DAY);
        assert!(world.decide(world.request(&used.name)).await.permitted);
        // Refused: that is no use.
        let refused = DecideRequest { purpose: "purposes/x".to_owned(), ..world.request(&never.name) };
        assert!(!world.decide(refused).await.permitted);
        assert_eq!(list(5).await, [never.name.as_str()]);
        assert!(list(6).await.is_empty());
        world.clock.advance(5 * DAY);
        assert_eq!(list(5).await, [never.name.as_str(), &used.name], "five days after its last use");
        assert_eq!(list(6).await, [never.name.as_str()]);
        world.clock.advance(5 * DAY);
        assert_eq!(list(5).await, [not_yet.name.as_str(), &never.name, &used.name], "since its first day");
        let soon = ListAgreementsRequest { expiring_within_days: 30, ..unused(5) };
        assert!(listed(&world, Caller::Weller, soon).await.is_empty());

        world.suspend(&never, Caller::Ggd).await.unwrap();
        assert_eq!(list(5).await, [not_yet.name.as_str(), &used.name]);
        world.resume(&never, Caller::Ggd).await.unwrap();
        assert_eq!(list(5).await, [not_yet.name, used.name], "active for less long than that");
    }
}

#[tokio::test]
async fn what_can_no_longer_be_signed_waits_for_nobody() {
    for world in world::worlds().await {
        let propose = async |replaces: &Agreement| {
            let content = AgreementContent { replaces: replaces.name.clone(), ..world::content() };
            let proposed = world.propose(&world.create(content).await).await;
            world.clock.advance(Duration::from_millis(2));
            proposed
        };
        let (old, other) = (world.active().await, world.active().await);
        let waits = propose(&other).await;
        let (first, second, third) = (propose(&old).await, propose(&old).await, propose(&old).await);
        let list = || listed(&world, Caller::Ggd, awaiting());
        let all = [&third, &second, &first, &waits].map(|agreement| agreement.name.clone());
        assert_eq!(list().await, all, "{}", world.kind);
        world.accept(&second, Caller::Weller).await.unwrap();
        world.accept(&second, Caller::Ggd).await.unwrap();
        assert_eq!(list().await, [waits.name.as_str()], "{}", world.kind);
        world.revoke(&other, Caller::Ggd).await.unwrap();
        assert!(list().await.is_empty(), "{}", world.kind);
    }
}

#[tokio::test]
async fn what_has_another_in_its_place_is_listed_as_replaced_whatever_else_its_row_says() {
    for world in world::worlds().await {
        let (one, other) = (world.active().await, world.active().await);
        let [id, by] = [&one, &other].map(|agreement| agreement.name.strip_prefix("agreements/").unwrap());
        let sql = format!("UPDATE agreement SET replaced_by = '{by}' WHERE id = '{id}'");
        world.test.database.pool().execute_unprepared(&sql).await.unwrap();
        for (state, expected) in [
            (AgreementState::Active, vec![other.name.clone()]),
            (AgreementState::Expired, Vec::new()),
            (AgreementState::Replaced, vec![one.name.clone()]),
        ] {
            let request = ListAgreementsRequest { state: state.into(), ..Default::default() };
            assert_eq!(listed(&world, Caller::Ggd, request).await, expected, "{} {state:?}", world.kind);
        }
        let soon = expiring(3660, AgreementState::Unspecified);
        assert_eq!(listed(&world, Caller::Ggd, soon).await, [other.name.as_str()], "{}", world.kind);
        world.clock.advance(400 * DAY);
        let request = ListAgreementsRequest { state: AgreementState::Expired.into(), ..Default::default() };
        assert_eq!(listed(&world, Caller::Ggd, request).await, [other.name.as_str()], "{}", world.kind);
    }
}

#[tokio::test]
async fn a_list_is_refused_when_its_filters_do_not_go_together() {
    for world in world::worlds().await {
        let mut weller = world.agreements(Caller::Weller);
        for (wrong, field) in [
            (expiring(-1, AgreementState::Unspecified), "expiring_within_days"),
            (expiring(5, AgreementState::Revoked), "expiring_within_days"),
            (unused(3661), "unused_for_days"),
            (
                ListAgreementsRequest { state: AgreementState::Draft.into(), ..awaiting() },
                "awaiting_my_signature",
            ),
            (ListAgreementsRequest { unused_for_days: 5, ..awaiting() }, "unused_for_days"),
        ] {
            let status = weller.list_agreements(wrong).await.unwrap_err();
            assert_eq!(fields(&status), [field], "{}", world.kind);
        }
        for _ in 0..2 {
            world.proposed().await;
            world.clock.advance(Duration::from_millis(2));
        }
        let first = ListAgreementsRequest { page_size: 1, ..awaiting() };
        let page_token = weller.list_agreements(first).await.unwrap().into_inner().next_page_token;
        for other in [
            expiring(8, AgreementState::Unspecified),
            unused(8),
            ListAgreementsRequest::default(),
            ListAgreementsRequest { expiring_within_days: 8, ..awaiting() },
        ] {
            let request = ListAgreementsRequest { page_token: page_token.clone(), ..other };
            let status = weller.list_agreements(request).await.unwrap_err();
            assert_eq!(refusal(&status), (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()));
        }
    }
}
