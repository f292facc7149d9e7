//! What an agreement comes to, before anybody signs it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use consent::{Gap, PreviewQuery, Previewed};
use proto::consent::v1::revocation_service_client::RevocationServiceClient;
use proto::consent::v1::watch_revocations_request::Message;
use proto::consent::v1::*;
use testkit::Party as Caller;
use tonic::{Code, Status};

use crate::point::Point;
use crate::world::{self, DATASET, World, refusal};

async fn preview(world: &World, name: &str, by: Caller) -> Result<PreviewAgreementResponse, Status> {
    let request = PreviewAgreementRequest { name: name.to_owned() };
    Ok(world.previews(by).preview_agreement(request).await?.into_inner())
}

fn some() -> Previewed {
    let gap = Gap {
        indicator: "indicators/huurachterstand".to_owned(),
        period: "2025Q2".to_owned(),
        area: "areas/BU08990201".to_owned(),
    };
    Previewed {
        release: format!("{DATASET}/releases/3"),
        fictitious: true,
        cells: 90,
        withheld: 31,
        gaps: vec![gap],
        gap_count: 7,
        obstacle: None,
    }
}

#[tokio::test]
async fn each_recipient_has_its_counts_on_the_terms_of_the_agreement() {
    for world in world::worlds().await {
        *world.figures.previewed.lock().unwrap() = some();
        let mut content = world::content();
        let recipient = Party { oin: Caller::WonenZuid.oin().to_owned(), ..Default::default() };
        content.recipients.push(recipient);
        content.protection = Some(Protection { protect_zeros: true, ..content.protection.unwrap() });
        let name = world.create(content).await.name;
        let found = preview(&world, &name, Caller::Weller).await.unwrap();
        assert_eq!(found.agreement, name, "{}", world.kind);
        let counts: Vec<_> = found.recipients.iter().map(|it| (it.cell_count, it.withheld_count)).collect();
        assert_eq!(counts, [(90, 31), (90, 31)]);
        let names: Vec<_> =
            found.recipients.iter().map(|it| it.recipient.as_ref().unwrap().display_name.as_str()).collect();
        assert_eq!(names, ["GGD Zuid-Limburg", "Wonen Zuid"]);
        assert_eq!((found.release, found.fictitious), (format!("{DATASET}/releases/3"), true));
        assert_eq!((found.empty_combinations.len(), found.empty_combination_count), (1, 7));
        assert!(found.notice_nl.contains("fictief") && found.notice_nl.contains("releases/3"));
        let query = PreviewQuery {
            dataset: DATASET.to_owned(),
            indicators: vec!["indicators/huurachterstand".to_owned()],
            area_level: "NEIGHBOURHOOD".to_owned(),
            areas: Vec::new(),
            periods: vec!["2025Q1".to_owned(), "2025Q2".to_owned()],
            dimensions: vec!["leeftijdsgroep".to_owned()],
            protection: consent::Protection { minimum_count: 10, protect_zeros: true, ..Default::default() },
        };
        assert_eq!(*world.figures.queries.lock().unwrap(), [query], "one question, however many recipients");
        assert_eq!(world.entries(Caller::Weller).await.len(), 1, "nothing but the draft is in the ledger");
    }
}

#[tokio::test]
async fn a_recipient_of_a_proposal_is_told_in_tens_how_much_is_withheld() {
    for world in world::worlds().await {
        let name = world.propose(&world.create(world::content()).await).await.name;
        let withheld = async |cells, count, caller| {
            *world.figures.previewed.lock().unwrap() = Previewed { cells, withheld: count, ..some() };
            let found = preview(&world, &name, caller).await.unwrap();
            (found.recipients[0].withheld_count, found.notice_nl.contains("tientallen"))
        };
        assert_eq!(withheld(90, 34, Caller::Ggd).await, (30, true), "{}", world.kind);
        assert_eq!(withheld(90, 35, Caller::Ggd).await, (40, true));
        // Of one figure it is not told at all.
        assert_eq!(withheld(1, 1, Caller::Ggd).await, withheld(1, 0, Caller::Ggd).await);
        assert_eq!(withheld(8, 8, Caller::Ggd).await, (0, true));
        assert_eq!(withheld(17, 17, Caller::Ggd).await, (10, true));
        assert_eq!(withheld(90, 34, Caller::Weller).await, (34, false));
    }
}

#[tokio::test]
async fn before_its_first_day_an_agreement_is_told_as_a_proposal_is_and_there_is_nothing_to_stop() {
    for world in world::worlds().await {
        *world.figures.previewed.lock().unwrap() = some();
        let content = AgreementContent {
            valid_from: "2027-01-01".to_owned(),
            valid_until: "2027-12-31".to_owned(),
            ..world::content()
        };
        let proposed = world.propose(&world.create(content).await).await;
        world.accept(&proposed, Caller::Weller).await.unwrap();
        let active = world.accept(&proposed, Caller::Ggd).await.unwrap();
        for (caller, withheld) in [(Caller::Ggd, 30), (Caller::Weller, 31)] {
            let found = preview(&world, &active.name, caller).await.unwrap();
            assert_eq!(found.recipients[0].withheld_count, withheld, "{}", world.kind);
        }
        let request = PreviewRevocationRequest { name: active.name.clone() };
        let mut stops = RevocationServiceClient::new(world.service.called_as(Caller::Ggd));
        let stop = stops.preview_revocation(request).await.unwrap().into_inner();
        assert_eq!((stop.active, stop.recipients[0].cell_count), (false, 0));
        assert!(stop.notice_nl.contains("nu niets geleverd"), "{}", stop.notice_nl);
    }
}

#[tokio::test]
async fn protection_that_cannot_be_enforced_is_told_before_anything_is_counted() {
    for world in world::worlds().await {
        *world.figures.previewed.lock().unwrap() = some();
        let mut content = world::content();
        let protection = content.protection.unwrap();
        content.protection = Some(Protection { rounding_base: 5, interval_width: 9, ..protection });
        let name = world.create(content).await.name;
        let found = preview(&world, &name, Caller::Weller).await.unwrap();
        assert!(world.figures.queries.lock().unwrap().is_empty(), "{}: nothing is counted", world.kind);
        let counts: Vec<_> = found.recipients.iter().map(|it| (it.cell_count, it.withheld_count)).collect();
        assert_eq!((counts, found.release.as_str(), found.fictitious), (vec![(0, 0)], "", true));
        assert_eq!((found.empty_combinations.len(), found.empty_combination_count), (0, 0));
        for part in ["elk aantal afronden", "een marge", "niets geleverd", "fictief"] {
            assert!(found.notice_nl.contains(part), "{part} in {}", found.notice_nl);
        }
        assert!(!found.notice_nl.contains("onder het minimum"), "what can be enforced is not named");
    }
}

#[tokio::test]
async fn a_replacement_tells_which_streams_of_the_old_agreement_it_ends() {
    for world in world::worlds().await {
        let old = world.active().await;
        let content = AgreementContent { replaces: old.name.clone(), ..world::content() };
        let new = world.propose(&world.create(content).await).await;
        let point = Point::connect(&world, "indicators/0").await;
        let count = |agreement: &str, count| OpenStreamCount {
            agreement: agreement.to_owned(),
            recipient_oin: Caller::Ggd.oin().to_owned(),
            count,
        };
        let counts = vec![count(&old.name, 12), count("agreements/other", 5)];
        point.say(Message::OpenStreams(OpenStreams { counts })).await;
        let told = async {
            loop {
                let found = preview(&world, &new.name, Caller::Ggd).await.unwrap();
                if !found.open_streams.is_empty() {
                    return found.open_streams;
                }
            }
        };
        let open = tokio::time::timeout(Duration::from_secs(5), told).await.unwrap();
        let expected = TouchedStreams {
            enforcement_point: "indicators/0".to_owned(),
            recipient_oin: Caller::Ggd.oin().to_owned(),
            count: 12,
        };
        assert_eq!(open, [expected], "{}", world.kind);
        let plain = preview(&world, &old.name, Caller::Ggd).await.unwrap();
        assert!(plain.open_streams.is_empty(), "it replaces nothing");
    }
}

#[tokio::test]
async fn a_preview_is_for_who_may_see_the_agreement() {
    for world in world::worlds().await {
        let draft = world.create(world::content()).await.name;
        let other_organisation = (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned());
        for by in [Caller::Ggd, Caller::WonenZuid] {
            assert_eq!(refusal(&preview(&world, &draft, by).await.unwrap_err()), other_organisation);
        }
        for by in [Caller::Weller, Caller::PrivacyOfficer] {
            preview(&world, &draft, by).await.unwrap();
        }
        let proposed = world.proposed().await.name;
        for by in [Caller::Weller, Caller::Ggd, Caller::PrivacyOfficer] {
            let found = preview(&world, &proposed, by).await.unwrap();
            assert!(found.notice_nl.contains("nog geen levering"), "{}", found.notice_nl);
        }
        let status = preview(&world, &proposed, Caller::WonenZuid).await.unwrap_err();
        assert_eq!(refusal(&status), other_organisation, "{}", world.kind);
    }
}

#[tokio::test]
async fn an_agreement_that_ended_tells_nothing_of_later_releases() {
    for world in world::worlds().await {
        let active = world.active().await;
        preview(&world, &active.name, Caller::Ggd).await.unwrap();
        world.revoke(&active, Caller::Weller).await.unwrap();
        let expired = world.active().await;
        world.clock.advance(Duration::from_secs(30 * 86400));
        let asked = world.figures.asked.load(Ordering::SeqCst);
        for name in [&active.name, &expired.name] {
            let status = preview(&world, name, Caller::Ggd).await.unwrap_err();
            assert_eq!(
                refusal(&status),
                (Code::FailedPrecondition, "WRONG_STATE".to_owned()),
                "{}",
                world.kind
            );
        }
        assert_eq!(world.figures.asked.load(Ordering::SeqCst), asked, "the figures are not asked");
    }
}

#[tokio::test]
async fn without_the_figures_there_is_no_preview() {
    for world in world::worlds().await {
        let name = world.proposed().await.name;
        world.figures.down.store(true, Ordering::SeqCst);
        let status = preview(&world, &name, Caller::Ggd).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::Unavailable, "UNAVAILABLE".to_owned()), "{}", world.kind);
    }
}
