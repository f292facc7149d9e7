//! Every RPC without credentials, as somebody whose role does not admit it, and as somebody it does.

use platform::access::Rules;
use proto::api::v1::Role;
use proto::consent::v1::WatchRevocationsRequest;
use proto::consent::v1::agreement_preview_service_client::AgreementPreviewServiceClient;
use proto::consent::v1::agreement_service_client::AgreementServiceClient;
use proto::consent::v1::agreement_template_service_client::AgreementTemplateServiceClient;
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::explanation_service_client::ExplanationServiceClient;
use proto::consent::v1::ledger_service_client::LedgerServiceClient;
use proto::consent::v1::log_service_client::LogServiceClient;
use proto::consent::v1::purpose_service_client::PurposeServiceClient;
use proto::consent::v1::revocation_service_client::RevocationServiceClient;
use proto::consent::v1::story_consent_service_client::StoryConsentServiceClient;
use proto::consent::v1::use_rule_service_client::UseRuleServiceClient;
use testkit::Party as Caller;
use tonic::{Code, Status};

use crate::world::{self, World, refusal};

/// Calls an RPC with an empty request: over a plain upstream, or as a caller.
async fn call(world: &World, rpc: &str, by: Option<Caller>) -> Result<(), Status> {
    macro_rules! call {
        ($client:ident, $method:ident) => {
            match by {
                None => $client::new(world.service.upstream())
                    .$method(tonic::Request::new(Default::default()))
                    .await
                    .map(drop),
                Some(by) => $client::new(world.service.called_as(by))
                    .$method(tonic::Request::new(Default::default()))
                    .await
                    .map(drop),
            }
        };
    }
    match rpc {
        "AgreementPreviewService/PreviewAgreement" => call!(AgreementPreviewServiceClient, preview_agreement),
        "ExplanationService/ExplainDecision" => call!(ExplanationServiceClient, explain_decision),
        "PurposeService/GetPurpose" => call!(PurposeServiceClient, get_purpose),
        "PurposeService/ListPurposes" => call!(PurposeServiceClient, list_purposes),
        "PurposeService/CreatePurpose" => call!(PurposeServiceClient, create_purpose),
        "PurposeService/UpdatePurpose" => call!(PurposeServiceClient, update_purpose),
        "AgreementService/GetAgreement" => call!(AgreementServiceClient, get_agreement),
        "AgreementService/ListAgreements" => call!(AgreementServiceClient, list_agreements),
        "AgreementService/CreateAgreement" => call!(AgreementServiceClient, create_agreement),
        "AgreementService/ProposeAgreement" => call!(AgreementServiceClient, propose_agreement),
        "AgreementService/SignAgreement" => call!(AgreementServiceClient, sign_agreement),
        "AgreementService/RejectAgreement" => call!(AgreementServiceClient, reject_agreement),
        "AgreementService/RevokeAgreement" => call!(AgreementServiceClient, revoke_agreement),
        "AgreementService/SuspendAgreement" => call!(AgreementServiceClient, suspend_agreement),
        "AgreementService/ResumeAgreement" => call!(AgreementServiceClient, resume_agreement),
        "AgreementService/DeleteAgreement" => call!(AgreementServiceClient, delete_agreement),
        "AgreementTemplateService/ListAgreementTemplates" => {
            call!(AgreementTemplateServiceClient, list_agreement_templates)
        }
        "AgreementTemplateService/GetAgreementTemplate" => {
            call!(AgreementTemplateServiceClient, get_agreement_template)
        }
        "AgreementTemplateService/CreateAgreementFromTemplate" => {
            call!(AgreementTemplateServiceClient, create_agreement_from_template)
        }
        "DecisionService/Decide" => call!(DecisionServiceClient, decide),
        "DecisionService/RecordRelease" => call!(DecisionServiceClient, record_release),
        "DecisionService/RecordMasks" => call!(DecisionServiceClient, record_masks),
        "DecisionService/RecordRetiredProtection" => {
            call!(DecisionServiceClient, record_retired_protection)
        }
        "DecisionService/RecordReinstatedProtection" => {
            call!(DecisionServiceClient, record_reinstated_protection)
        }
        "DecisionService/RecordDelivery" => call!(DecisionServiceClient, record_delivery),
        "DecisionService/WatchRevocations" => {
            let nothing = tokio_stream::empty::<WatchRevocationsRequest>();
            match by {
                None => DecisionServiceClient::new(world.service.upstream())
                    .watch_revocations(nothing)
                    .await
                    .map(drop),
                Some(by) => DecisionServiceClient::new(world.service.called_as(by))
                    .watch_revocations(nothing)
                    .await
                    .map(drop),
            }
        }
        "RevocationService/GetRevocationReceipt" => call!(RevocationServiceClient, get_revocation_receipt),
        "RevocationService/PreviewRevocation" => call!(RevocationServiceClient, preview_revocation),
        "LedgerService/GetLedgerEntry" => call!(LedgerServiceClient, get_ledger_entry),
        "LedgerService/ListLedgerEntries" => call!(LedgerServiceClient, list_ledger_entries),
        "LogService/GetCheckpoint" => call!(LogServiceClient, get_checkpoint),
        "LogService/GetWitnessedCheckpoint" => call!(LogServiceClient, get_witnessed_checkpoint),
        "LogService/GetTile" => call!(LogServiceClient, get_tile),
        "LogService/GetVerifierKey" => call!(LogServiceClient, get_verifier_key),
        "LogService/GetLedgerStatement" => call!(LogServiceClient, get_ledger_statement),
        "LogService/CosignCheckpoint" => call!(LogServiceClient, cosign_checkpoint),
        "StoryConsentService/GiveStoryConsent" => call!(StoryConsentServiceClient, give_story_consent),
        "StoryConsentService/WithdrawStoryConsent" => {
            call!(StoryConsentServiceClient, withdraw_story_consent)
        }
        "StoryConsentService/WithdrawStoryConsentByCode" => {
            call!(StoryConsentServiceClient, withdraw_story_consent_by_code)
        }
        "StoryConsentService/GetStoryConsent" => call!(StoryConsentServiceClient, get_story_consent),
        "StoryConsentService/ListStoryConsents" => call!(StoryConsentServiceClient, list_story_consents),
        "StoryConsentService/CheckStoryUse" => call!(StoryConsentServiceClient, check_story_use),
        "StoryConsentService/WatchStoryWithdrawals" => {
            call!(StoryConsentServiceClient, watch_story_withdrawals)
        }
        "StoryConsentService/ConfirmStoryWithdrawal" => {
            call!(StoryConsentServiceClient, confirm_story_withdrawal)
        }
        "UseRuleService/GetUseRule" => call!(UseRuleServiceClient, get_use_rule),
        "UseRuleService/ListUseRules" => call!(UseRuleServiceClient, list_use_rules),
        "UseRuleService/CreateUseRule" => call!(UseRuleServiceClient, create_use_rule),
        "UseRuleService/DeleteUseRule" => call!(UseRuleServiceClient, delete_use_rule),
        other => panic!("{other} is not in this test"),
    }
}

/// Who may call it.
fn right_callers(rpc: &str) -> &'static [Caller] {
    match rpc {
        "PurposeService/GetPurpose" | "PurposeService/ListPurposes" => {
            &[Caller::Anonymous, Caller::Ggd, Caller::Programme]
        }
        "PurposeService/CreatePurpose" | "PurposeService/UpdatePurpose" => &[Caller::Programme],
        "AgreementPreviewService/PreviewAgreement" | "ExplanationService/ExplainDecision" => {
            &[Caller::Ggd, Caller::WellerEmployee, Caller::PrivacyOfficer]
        }
        "AgreementService/GetAgreement" | "AgreementService/ListAgreements" => {
            &[Caller::Ggd, Caller::WellerEmployee, Caller::PrivacyOfficer]
        }
        "LedgerService/GetLedgerEntry"
        | "LedgerService/ListLedgerEntries"
        | "RevocationService/GetRevocationReceipt"
        | "RevocationService/PreviewRevocation" => {
            &[Caller::Ggd, Caller::WellerEmployee, Caller::PrivacyOfficer]
        }
        "LogService/GetLedgerStatement" | "LogService/CosignCheckpoint" => {
            &[Caller::Ggd, Caller::WellerEmployee]
        }
        "AgreementTemplateService/CreateAgreementFromTemplate" => &[Caller::Ggd, Caller::WellerEmployee],
        "StoryConsentService/GiveStoryConsent" | "StoryConsentService/WithdrawStoryConsent" => {
            &[Caller::Programme]
        }
        "StoryConsentService/GetStoryConsent" | "StoryConsentService/ListStoryConsents" => {
            &[Caller::Programme, Caller::PrivacyOfficer]
        }
        "StoryConsentService/CheckStoryUse" => {
            &[Caller::Ggd, Caller::WellerEmployee, Caller::Service("inspanningen")]
        }
        "StoryConsentService/WatchStoryWithdrawals" | "StoryConsentService/ConfirmStoryWithdrawal" => {
            &[Caller::Ggd, Caller::WellerEmployee]
        }
        "DecisionService/WatchRevocations" => {
            &[Caller::Service("indicators"), Caller::Service("inspanningen")]
        }
        // Who runs the systems of an organisation does not decide what they may ask.
        "UseRuleService/CreateUseRule" | "UseRuleService/DeleteUseRule" => &[Caller::Ggd],
        partner if partner.starts_with("AgreementService/") || partner.starts_with("UseRuleService/") => {
            &[Caller::Ggd, Caller::WellerEmployee]
        }
        _ => &[Caller::Service("indicators")],
    }
}

#[tokio::test]
async fn every_rpc_admits_who_the_contract_admits() {
    let everybody = [
        Caller::Anonymous,
        Caller::Ggd,
        Caller::WellerEmployee,
        Caller::Programme,
        Caller::PrivacyOfficer,
        Caller::Service("indicators"),
        Caller::Service("inspanningen"),
        Caller::Service("stakeholders"),
        Caller::Service("gateway"),
    ];
    let rules = Rules::of_contract().unwrap();
    let prefix = "/alliantie.consent.v1.";
    let rpcs: Vec<(&str, bool)> = rules
        .iter()
        .filter_map(|(path, rule)| Some((path.strip_prefix(prefix)?, rule.roles.contains(&Role::Public))))
        .collect();
    assert_eq!(rpcs.len(), 48);
    for world in world::worlds().await {
        for (rpc, public) in &rpcs {
            let nobody = call(&world, rpc, None).await;
            let no_credentials = (Code::Unauthenticated, "CREDENTIALS_MISSING".to_owned());
            let refused = nobody.err().is_some_and(|status| refusal(&status) == no_credentials);
            assert_eq!(refused, !public, "{rpc}");
            for by in everybody {
                let reason = call(&world, rpc, Some(by)).await.err().map(|status| refusal(&status).1);
                let let_in = !matches!(reason.as_deref(), Some("ROLE_MISSING" | "CREDENTIALS_MISSING"));
                let expected = *public || right_callers(rpc).contains(&by);
                assert_eq!(let_in, expected, "{rpc} {by:?} {reason:?}");
            }
        }
    }
}
