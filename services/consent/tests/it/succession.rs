//! What takes the place of an agreement about a kind of figures stays as strict as goes with that kind.

use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::templates;
use crate::world::{self, World, fields, refusal};

/// As strict as goes with persons and a sensitive subject, without naming them.
const SENSITIVE: Protection = Protection { preset: 0, ..templates::SENSITIVE };
/// As strict as goes with amounts as well.
const BOTH: Protection = Protection { p_percent: 10, dominance_n: 1, dominance_k: 50, ..SENSITIVE };

fn about(preset: Preset, protection: Protection) -> Protection {
    Protection { preset: preset.into(), ..protection }
}

fn content(protection: Protection, replaces: &str) -> AgreementContent {
    let (protection, replaces) = (Some(protection), replaces.to_owned());
    AgreementContent { protection, replaces, ..world::content() }
}

async fn refused(world: &World, content: AgreementContent) -> Status {
    let request = CreateAgreementRequest { content: Some(content), request_id: String::new() };
    world.agreements(Caller::Weller).create_agreement(request).await.unwrap_err()
}

/// Drafts an agreement in the place of another one, and signs it for everybody.
async fn active(world: &World, protection: Protection, replaces: &str) -> Agreement {
    let new = world.propose(&world.create(content(protection, replaces)).await).await;
    world.accept(&new, Caller::Weller).await.unwrap();
    let new = world.accept(&new, Caller::Ggd).await.unwrap();
    assert_eq!(new.state(), AgreementState::Active, "{}", world.kind);
    new
}

#[tokio::test]
async fn a_kind_of_figures_binds_what_follows_over_several_replacements() {
    for world in world::worlds().await {
        let first = active(&world, about(Preset::PersonsSensitive, SENSITIVE), "").await;
        let second = active(&world, SENSITIVE, &first.name).await;
        let third = active(&world, SENSITIVE, &second.name).await;
        let least = Protection { minimum_count: 5, ..Default::default() };
        let status = refused(&world, content(least, &third.name)).await;
        let looser = ["minimum_count", "interval_width", "rounding_base", "group_percent", "protect_zeros"];
        let looser = looser.map(|term| format!("content.protection.{term}"));
        assert_eq!(fields(&status), looser, "{} {status:?}", world.kind);
        let details = status.get_error_details();
        let said = &details.bad_request().unwrap().field_violations[0].description;
        assert!(said.starts_with("is 5; persons_sensitive has at least 10"), "{said}");
        assert!(said.contains("is 5; bij persons_sensitive hoort minstens 10"), "{said}");
        assert!(said.contains(&first.name), "which of them is about it: {said}");
        active(&world, Protection { minimum_count: 12, ..SENSITIVE }, &third.name).await;
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn every_kind_that_was_named_before_binds() {
    for world in world::worlds().await {
        let first = active(&world, about(Preset::PersonsSensitive, SENSITIVE), "").await;
        let second = active(&world, about(Preset::Magnitude, BOTH), &first.name).await;
        let status = refused(&world, content(SENSITIVE, &second.name)).await;
        let of_amounts = ["p_percent", "dominance_n", "dominance_k"];
        assert_eq!(fields(&status), of_amounts.map(|term| format!("content.protection.{term}")));
        let other_kind =
            about(Preset::Magnitude, Protection { protect_zeros: false, group_percent: 0, ..BOTH });
        let status = refused(&world, content(other_kind, &second.name)).await;
        let of_persons = ["group_percent", "protect_zeros"];
        assert_eq!(fields(&status), of_persons.map(|term| format!("content.protection.{term}")));
        active(&world, BOTH, &second.name).await;
    }
}

#[tokio::test]
async fn a_kind_that_has_no_counts_has_none_in_what_follows() {
    for world in world::worlds().await {
        let with = |indicators: &[&str], preset: Preset, replaces: &str| {
            let least = Protection { minimum_count: 5, minimum_denominator: 20, ..Default::default() };
            let mut content = content(about(preset, least), replaces);
            let named = indicators.iter().map(|code| format!("indicators/{code}"));
            content.scope.as_mut().unwrap().indicators = named.collect();
            content
        };
        let signed = async |content| {
            let new = world.propose(&world.create(content).await).await;
            world.accept(&new, Caller::Weller).await.unwrap();
            world.accept(&new, Caller::Ggd).await.unwrap().name
        };
        let first = signed(with(&["huishoudens"], Preset::Dwellings, "")).await;
        let second = signed(with(&["huishoudens"], Preset::Unspecified, &first)).await;
        let counts = with(&["huishoudens", "huurachterstand"], Preset::Unspecified, &second);
        let status = refused(&world, counts).await;
        assert_eq!(fields(&status), ["content.scope.indicators[1]"], "{} {status:?}", world.kind);
    }
}

#[tokio::test]
async fn nothing_is_followed_of_which_what_was_before_it_cannot_be_read() {
    for world in world::worlds().await {
        let first = active(&world, about(Preset::PersonsSensitive, SENSITIVE), "").await;
        let second = active(&world, SENSITIVE, &first.name).await;
        let new = world.propose(&world.create(content(SENSITIVE, &second.name)).await).await;
        let id = first.name.strip_prefix("agreements/").unwrap();
        let run = async |sql: String| world.test.database.pool().execute_unprepared(&sql).await.unwrap();
        run(format!("UPDATE agreement SET replaced_by = NULL WHERE id = '{id}'")).await;
        let damaged = (Code::DataLoss, "AGREEMENT_DAMAGED".to_owned());
        assert_eq!(refusal(&refused(&world, content(SENSITIVE, &second.name)).await), damaged);
        // It may be put right before the last one signs.
        world.accept(&new, Caller::Weller).await.unwrap();
        assert_eq!(refusal(&world.accept(&new, Caller::Ggd).await.unwrap_err()), damaged, "{}", world.kind);
        let by = second.name.strip_prefix("agreements/").unwrap();
        run(format!("UPDATE agreement SET replaced_by = '{by}' WHERE id = '{id}'")).await;
        world.accept(&new, Caller::Ggd).await.unwrap();
    }
}
