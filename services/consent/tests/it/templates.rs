//! The usual agreements.

use proto::consent::v1::agreement_template_service_client::AgreementTemplateServiceClient;
use proto::consent::v1::*;
use testkit::Party as Caller;
use tonic::Code;

use crate::world::{self, World, fields, refusal};

const BUURT: &str = "agreement-templates/cijfers-per-buurt-voor-een-inspanning";

/// What goes with figures about persons with a sensitive subject.
pub(crate) const SENSITIVE: Protection = Protection {
    minimum_count: 10,
    protect_zeros: true,
    interval_width: 10,
    p_percent: 0,
    dominance_n: 0,
    dominance_k: 0,
    rounding_base: 5,
    minimum_denominator: 0,
    preset: Preset::PersonsSensitive as i32,
    group_percent: 90,
};

fn client(world: &World, by: Caller) -> AgreementTemplateServiceClient<platform::upstream::Vouched> {
    AgreementTemplateServiceClient::new(world.service.called_as(by))
}

fn answers() -> CreateAgreementFromTemplateRequest {
    CreateAgreementFromTemplateRequest {
        template: BUURT.to_owned(),
        recipients: vec![Caller::Ggd.oin().to_owned()],
        serves: "inspanningen/7A".to_owned(),
        dataset: world::DATASET.to_owned(),
        indicators: vec!["indicators/huurachterstand".to_owned()],
        periods: vec!["2025Q1".to_owned()],
        contact: "Team gegevens, gegevens@weller.example".to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn templates_are_public_and_say_what_they_fix_and_ask() {
    for world in world::worlds().await {
        let mut anybody = client(&world, Caller::Anonymous);
        let list = anybody.list_agreement_templates(ListAgreementTemplatesRequest {}).await.unwrap();
        let templates = list.into_inner().agreement_templates;
        let names: Vec<_> = templates.iter().map(|template| template.name.as_str()).collect();
        assert_eq!(
            names,
            [
                BUURT,
                "agreement-templates/cijfers-per-wijk-voor-een-doel",
                "agreement-templates/live-volgen-per-buurt"
            ]
        );
        for template in &templates {
            let request = GetAgreementTemplateRequest { name: template.name.clone() };
            assert_eq!(anybody.get_agreement_template(request).await.unwrap().into_inner(), *template);
            let content = template.content.as_ref().unwrap();
            assert_eq!((content.protection.unwrap().minimum_count, content.purpose.as_str()), (10, ""));
            assert!(!content.deliveries.is_empty() && template.fields.iter().any(|field| field.required));
            assert_eq!(template.presets.len(), 8);
            let sensitive = &template.presets[0];
            assert_eq!(sensitive.preset(), Preset::PersonsSensitive);
            assert_eq!((sensitive.protection, content.protection), (content.protection, Some(SENSITIVE)));
            let named = |own: &&TemplatePreset| own.protection.is_some_and(|it| it.preset() == own.preset());
            assert!(template.presets.iter().all(|own| named(&own) && !own.display_name.is_empty()));
        }
        let nothing = GetAgreementTemplateRequest { name: "agreement-templates/x".to_owned() };
        assert_eq!(anybody.get_agreement_template(nothing).await.unwrap_err().code(), Code::NotFound);
        let malformed = GetAgreementTemplateRequest { name: "areas/x".to_owned() };
        assert_eq!(fields(&anybody.get_agreement_template(malformed).await.unwrap_err()), ["name"]);
    }
}

#[tokio::test]
async fn a_filled_in_template_is_a_draft_like_any_other() {
    for world in world::worlds().await {
        let mut weller = client(&world, Caller::Weller);
        let request = CreateAgreementFromTemplateRequest {
            request_id: "0190163d-8694-739b-aea5-966c26f8ad04".to_owned(),
            ..answers()
        };
        let draft = weller.create_agreement_from_template(request.clone()).await.unwrap().into_inner();
        assert_eq!(draft.state(), AgreementState::Draft, "{}", world.kind);
        let content = draft.content.clone().unwrap();
        assert_eq!(content.provider.unwrap().display_name, "Weller");
        assert_eq!((content.purpose.as_str(), content.protection), (world::PURPOSE, Some(SENSITIVE)));
        let validity = (content.valid_from.as_str(), content.valid_until.as_str());
        assert_eq!(validity, ("2026-11-24", "2027-11-23"));
        let again = weller.create_agreement_from_template(request).await.unwrap().into_inner();
        assert_eq!(again, draft);
        let proposed = world.propose(&draft).await;
        world.accept(&proposed, Caller::Weller).await.unwrap();
        let active = world.accept(&proposed, Caller::Ggd).await.unwrap();
        assert_eq!(active.state(), AgreementState::Active);
    }
}

#[tokio::test]
async fn the_kind_of_figures_is_chosen_and_its_terms_can_be_raised_only() {
    for world in world::worlds().await {
        let mut weller = client(&world, Caller::Weller);
        let about = |preset: i32, minimum_count| CreateAgreementFromTemplateRequest {
            preset,
            minimum_count,
            ..answers()
        };
        let general = Preset::PersonsGeneral.into();
        let draft = weller.create_agreement_from_template(about(general, 25)).await.unwrap().into_inner();
        let protection = draft.content.as_ref().unwrap().protection.unwrap();
        let expected = Protection {
            minimum_count: 25,
            interval_width: 5,
            rounding_base: 5,
            preset: general,
            ..Default::default()
        };
        assert_eq!(protection, expected, "{}", world.kind);
        assert!(draft.text_nl.contains("personen, zonder gevoelig onderwerp (persons_general)"));
        for (preset, minimum_count, field) in
            [(Preset::Income.into(), 99, "minimum_count"), (general, 4, "minimum_count"), (99, 0, "preset")]
        {
            let refused = weller.create_agreement_from_template(about(preset, minimum_count)).await;
            assert_eq!(fields(&refused.unwrap_err()), [field]);
        }
    }
}

#[tokio::test]
async fn wrong_answers_are_all_named_as_they_were_asked_and_nothing_is_drafted() {
    for world in world::worlds().await {
        let mut weller = client(&world, Caller::Weller);
        let wrong = CreateAgreementFromTemplateRequest {
            recipients: vec![Caller::Ggd.oin().to_owned(), "00000099000000009999".to_owned()],
            serves: "inspanningen/99".to_owned(),
            indicators: vec!["huurachterstand".to_owned()],
            minimum_count: 5,
            contact: String::new(),
            ..answers()
        };
        let status = weller.create_agreement_from_template(wrong).await.unwrap_err();
        let mut found = fields(&status);
        found.sort();
        let expected = ["contact", "indicators[0]", "minimum_count", "recipients[1]", "serves"];
        assert_eq!(found, expected, "{}", world.kind);
        let unknown =
            CreateAgreementFromTemplateRequest { template: "agreement-templates/x".to_owned(), ..answers() };
        let status = weller.create_agreement_from_template(unknown).await.unwrap_err();
        assert_eq!(refusal(&status).0, Code::NotFound);
        assert!(world.entries(Caller::Weller).await.is_empty());
    }
}
