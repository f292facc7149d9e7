//! AgreementTemplateService.

use platform::idempotency::Key;
use platform::identity::caller;
use proto::consent::v1 as wire;
use proto::consent::v1::agreement_template_service_server::AgreementTemplateService;
use tonic::{Request, Response, Status};

use super::agreements::{answer, once};
use super::{convert, kinds, status};
use crate::app::templates::Templates;
use crate::domain::preset::{self, Preset, WHEN_NOT_CHOSEN};
use crate::domain::template::{self, Answers, Field, Template};

/// Serves templates.
#[derive(Debug)]
pub(crate) struct TemplatesApi {
    templates: Templates,
}

impl TemplatesApi {
    /// Over these use cases.
    pub(crate) fn new(templates: Templates) -> Self {
        Self { templates }
    }
}

fn wire_of(template: &Template) -> wire::AgreementTemplate {
    wire::AgreementTemplate {
        name: template.name(),
        display_name: template.display_name.to_owned(),
        when_to_use: template.when_to_use.to_owned(),
        content: Some(wire::AgreementContent {
            legal_basis: convert::wire_legal_basis(template.legal_basis).into(),
            scope: Some(wire::Scope {
                area_level: template.area_level.name().to_owned(),
                ..Default::default()
            }),
            protection: Some(protection_of(WHEN_NOT_CHOSEN)),
            deliveries: template.deliveries.iter().map(|way| convert::wire_delivery(*way).into()).collect(),
            retention_months: template.retention_months,
            onward_sharing: convert::wire_onward_sharing(template.onward_sharing).into(),
            ..Default::default()
        }),
        fields: template.fields().into_iter().map(field).collect(),
        presets: Preset::ALL.into_iter().map(preset).collect(),
    }
}

fn preset(preset: Preset) -> wire::TemplatePreset {
    wire::TemplatePreset {
        preset: kinds::wire(preset).into(),
        display_name: preset::in_dutch(preset).to_owned(),
        protection: Some(protection_of(preset)),
    }
}

/// The protection of a draft about this kind of figures.
fn protection_of(preset: Preset) -> wire::Protection {
    let protection = convert::protection(preset::least(preset));
    wire::Protection { preset: kinds::wire(preset).into(), ..protection }
}

fn field(field: Field) -> wire::TemplateField {
    wire::TemplateField {
        field: field.name.to_owned(),
        question: field.question.to_owned(),
        required: field.required,
    }
}

#[tonic::async_trait]
impl AgreementTemplateService for TemplatesApi {
    async fn list_agreement_templates(
        &self,
        _: Request<wire::ListAgreementTemplatesRequest>,
    ) -> Result<Response<wire::ListAgreementTemplatesResponse>, Status> {
        let agreement_templates = template::ALL.iter().map(wire_of).collect();
        Ok(Response::new(wire::ListAgreementTemplatesResponse { agreement_templates }))
    }

    async fn get_agreement_template(
        &self,
        request: Request<wire::GetAgreementTemplateRequest>,
    ) -> Result<Response<wire::AgreementTemplate>, Status> {
        let template = self.templates.get(&request.into_inner().name, "name").map_err(status::of)?;
        Ok(Response::new(wire_of(&template)))
    }

    async fn create_agreement_from_template(
        &self,
        request: Request<wire::CreateAgreementFromTemplateRequest>,
    ) -> Result<Response<wire::Agreement>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "CreateAgreementFromTemplate", &asked.request_id, &asked)?;
        let answers = Answers {
            recipients: asked.recipients,
            serves: asked.serves,
            purpose: asked.purpose,
            dataset: asked.dataset,
            indicators: asked.indicators,
            periods: asked.periods,
            contact: asked.contact,
            areas: asked.areas,
            dimensions: asked.dimensions,
            valid_from: asked.valid_from,
            valid_until: asked.valid_until,
            preset: kinds::of(asked.preset),
            minimum_count: asked.minimum_count,
        };
        let drafted = self.templates.draft(&caller, &asked.template, answers, &once(key)).await;
        answer(drafted.map_err(status::of)?)
    }
}
