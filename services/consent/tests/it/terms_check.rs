//! An agreement is about figures that there are, and that its provider may share.

use std::sync::atomic::Ordering;

use proto::consent::v1::*;
use testkit::Party as Caller;
use tonic::{Code, Status};

use crate::seams::OTHER_DATASET;
use crate::world::{self, World, fields, refusal};

async fn refused(world: &World, change: impl FnOnce(&mut Scope)) -> Status {
    let mut content = world::content();
    change(content.scope.as_mut().unwrap());
    let request = CreateAgreementRequest { content: Some(content), request_id: String::new() };
    let status = world.agreements(Caller::Weller).create_agreement(request).await.unwrap_err();
    assert!(world.entries(Caller::Weller).await.is_empty(), "nothing changed");
    status
}

#[tokio::test]
async fn every_part_of_the_scope_that_is_not_there_is_named() {
    for world in world::worlds().await {
        let gone = refused(&world, |scope| scope.dataset = "datasets/bestaat-niet".to_owned()).await;
        assert_eq!(fields(&gone), ["content.scope.dataset"], "{}", world.kind);
        let foreign = refused(&world, |scope| scope.dataset = OTHER_DATASET.to_owned()).await;
        assert_eq!(fields(&foreign), ["content.scope.dataset"]);
        let parts = refused(&world, |scope| {
            scope.indicators.push("indicators/schuld".to_owned());
            scope.dimensions.insert(0, "inkomen".to_owned());
            scope.areas = ["BU08990201", "GM0899", "ONBEKEND1"].map(|code| format!("areas/{code}")).to_vec();
        });
        let expected = [
            "content.scope.indicators[1]",
            "content.scope.dimensions[0]",
            "content.scope.areas[1]",
            "content.scope.areas[2]",
        ];
        assert_eq!(fields(&parts.await), expected);
    }
}

#[tokio::test]
async fn dwellings_businesses_and_a_survey_are_shared_in_percentages_only() {
    for world in world::worlds().await {
        for preset in [Preset::Dwellings, Preset::Businesses, Preset::SurveyPercentages] {
            let mut content = world::content();
            content.protection = Some(Protection {
                minimum_count: 5,
                minimum_denominator: 50,
                preset: preset.into(),
                ..Default::default()
            });
            content.scope.as_mut().unwrap().indicators =
                ["huishoudens", "huurachterstand"].map(|code| format!("indicators/{code}")).to_vec();
            let request =
                CreateAgreementRequest { content: Some(content.clone()), request_id: String::new() };
            let status = world.agreements(Caller::Weller).create_agreement(request).await.unwrap_err();
            assert_eq!(fields(&status), ["content.scope.indicators[1]"], "{} {preset:?}", world.kind);
            content.scope.as_mut().unwrap().indicators.pop();
            let draft = world.create(content.clone()).await;
            assert_eq!(draft.content.unwrap().protection, content.protection);
        }
    }
}

#[tokio::test]
async fn without_the_figures_no_agreement_is_made() {
    for world in world::worlds().await {
        world.figures.down.store(true, Ordering::SeqCst);
        let status = refused(&world, |_| {}).await;
        assert_eq!(refusal(&status), (Code::Unavailable, "UNAVAILABLE".to_owned()), "{}", world.kind);
        let wrong = refused(&world, |scope| scope.periods.clear()).await;
        assert_eq!(fields(&wrong), ["content.scope.periods"], "what is wrong by itself is said all the same");
        world.figures.down.store(false, Ordering::SeqCst);
        world.create(world::content()).await;
    }
}

#[tokio::test]
async fn the_figures_are_asked_once_for_an_agreement_however_wide() {
    for world in world::worlds().await {
        let mut content = world::content();
        content.scope.as_mut().unwrap().areas =
            (0..900).map(|number| format!("areas/BU{number:08}")).collect();
        world.create(content).await;
        assert_eq!(world.figures.asked.load(Ordering::SeqCst), 1, "{}", world.kind);
    }
}
