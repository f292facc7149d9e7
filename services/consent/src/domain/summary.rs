//! An entry of the ledger in a few Dutch sentences.

use super::entry::{Action, Entry, Event, RuleAction};
use super::story_consent::{change_in_dutch, use_in_dutch};

/// What is said of a delivery by a mask that was not entered before.
const UNKNOWN_MASK: &str = " Let op: het masker waarmee is afgeschermd, staat niet in het logboek bij deze uitgave en bescherming. Vraag de aanbieder en de beheerder van het platform hoe dat kan.";

/// What happened.
#[must_use]
pub(crate) fn of(entry: &Entry) -> String {
    let agreement = entry.agreement.as_deref().unwrap_or_default();
    match &entry.event {
        Event::AgreementChanged(change) => {
            let done = match change.action {
                Action::Drafted => "als concept gemaakt",
                Action::Proposed => "aan de partijen voorgelegd",
                Action::Signed => "ondertekend",
                Action::Rejected => "afgewezen",
                Action::Revoked => "ingetrokken",
                Action::Suspended => "opgeschort",
                Action::Resumed => "hervat",
                Action::Discarded => "als concept verwijderd",
                Action::Replaced => {
                    let by = change.replaced_by.as_deref().unwrap_or("een nieuwe afspraak");
                    return format!(
                        "De afspraak {agreement} is vervangen door {by}, nu iedereen die heeft getekend."
                    );
                }
            };
            let active = if change.made_active() {
                " De afspraak is nu actief."
            } else if change.stays_suspended() {
                " Een andere partij houdt de afspraak opgeschort."
            } else {
                ""
            };
            format!("Organisatie {} heeft de afspraak {agreement} {done}.{active}", change.by)
        }
        Event::Permitted(decided) => {
            let request = &decided.request;
            format!(
                "Organisatie {} mocht gegevens uit {} opvragen onder de afspraak {agreement}, voor {}.",
                request.recipient, request.dataset, request.purpose
            )
        }
        Event::Refused(decided) => {
            let under =
                if agreement.is_empty() { String::new() } else { format!(" onder de afspraak {agreement}") };
            let why: Vec<_> = decided.refusing().map(in_dutch).collect();
            format!(
                "Organisatie {} kreeg geen gegevens uit {}{under}: {}.",
                decided.request.recipient,
                decided.request.dataset,
                why.join("; ")
            )
        }
        Event::Delivered(delivered) => {
            let broken = if delivered.complete { "" } else { " De levering is voor het einde afgebroken." };
            let unknown = if delivered.mask_unknown { UNKNOWN_MASK } else { "" };
            let observations = if delivered.rows == 1 { "waarneming" } else { "waarnemingen" };
            let are = if delivered.withheld == 1 { "is" } else { "zijn" };
            format!(
                "Organisatie {} kreeg {} {observations} uit {} onder de afspraak {agreement}. Daarvan {are} er {} afgeschermd.{broken}{unknown}",
                delivered.recipient, delivered.rows, delivered.release, delivered.withheld
            )
        }
        Event::DeliveryUnaccounted(unaccounted) => unaccounted.in_dutch(agreement),
        Event::StoryConsentChanged(change) => change_in_dutch(change),
        Event::StoryUseDecided(decided) => use_in_dutch(decided),
        Event::StoryWithdrawalConfirmed(confirmed) => confirmed.in_dutch(),
        Event::ReleasePublished(published) => {
            format!(
                "Organisatie {} heeft {} gepubliceerd, met {} cellen.",
                published.owner, published.release, published.cells
            )
        }
        Event::MaskComputed(mask) => mask.in_dutch(),
        Event::ProtectionRetired(retired) => retired.retired_in_dutch(),
        Event::ProtectionReinstated(back) => back.reinstated_in_dutch(),
        Event::OwnRuleChanged(change) => {
            let done = match change.action {
                RuleAction::Created => "gemaakt",
                RuleAction::Deleted => "verwijderd",
            };
            let system = if change.terms.is_about_all() {
                "alle systemen".to_owned()
            } else {
                format!("het systeem \"{}\"", change.terms.system)
            };
            let purposes = if change.terms.allows_every_purpose() {
                "elk doel".to_owned()
            } else {
                change.terms.purposes.join(", ")
            };
            let allows = match (change.action, change.terms.is_about_all()) {
                (RuleAction::Deleted, _) if change.terms.are_unreadable() => {
                    "waarvan niet meer te lezen was wat die toestond".to_owned()
                }
                (RuleAction::Created, true) => format!("{system} mogen vragen voor {purposes}"),
                (RuleAction::Created, false) => format!("{system} mag vragen voor {purposes}"),
                (RuleAction::Deleted, true) => format!("die toestond dat {system} vragen voor {purposes}"),
                (RuleAction::Deleted, false) => format!("die toestond dat {system} vraagt voor {purposes}"),
            };
            let after = match change.action {
                RuleAction::Created => ":",
                RuleAction::Deleted => ",",
            };
            format!(
                "Organisatie {} heeft haar eigen regel {} {done}{after} {allows}.",
                change.by, change.rule
            )
        }
        Event::PurposeAdded(added) => {
            format!(
                "Het doel {} is toegevoegd: \"{}\", voor {}.",
                added.purpose, added.display_name, added.serves
            )
        }
        Event::PurposeRenamed(renamed) => format!(
            "Het doel {} heet nu \"{}\"; eerst was dat \"{}\". Getekende afspraken houden de oude naam.",
            renamed.purpose, renamed.after, renamed.before
        ),
        Event::StopConfirmed(confirmed) => confirmed.in_dutch(),
    }
}

/// A reason in a few words. A code from a later version stands for itself.
fn in_dutch(code: &str) -> &str {
    match code {
        "AGREEMENT_MISSING" => "het verzoek noemt geen afspraak",
        "NOT_A_RECIPIENT" => "de afspraak bestaat niet of de organisatie is daarin geen ontvanger",
        "AGREEMENT_NOT_ACTIVE" => "de afspraak is niet actief",
        "AGREEMENT_REVOKED" => "de afspraak is ingetrokken",
        "NOT_YET_VALID" => "de afspraak geldt nog niet",
        "AGREEMENT_EXPIRED" => "de afspraak is verlopen",
        "PURPOSE_MISSING" => "het verzoek noemt geen doel",
        "OTHER_PURPOSE" => "de afspraak is voor een ander doel",
        "OTHER_DATASET" => "de afspraak gaat over een andere dataset",
        "PROVIDER_NOT_OWNER" => "de aanbieder is niet de eigenaar van de dataset",
        "INDICATOR_BEYOND_SCOPE" => "een indicator valt buiten de afspraak",
        "AREA_BEYOND_SCOPE" => "een gebied valt buiten de afspraak",
        "PERIOD_BEYOND_SCOPE" => "een periode valt buiten de afspraak",
        "DELIVERY_NOT_AGREED" => "deze manier van leveren is niet afgesproken",
        "AGREEMENT_SUSPENDED" => "de afspraak is opgeschort",
        "AGREEMENT_REPLACED" => "de afspraak is vervangen door een andere",
        "PROTECTION_NOT_ENFORCEABLE" => "de gevraagde bescherming kan niet worden gegeven",
        "WITNESSES_OVERDUE" => "te weinig organisaties hebben het logboek medeondertekend",
        "SYSTEM_NOT_ALLOWED" => "de eigen regels van de organisatie staan dit systeem niets toe",
        "OWN_PURPOSE_NOT_ALLOWED" => "de eigen regels van de organisatie staan dit doel niet toe",
        "AGREEMENT_DAMAGED" => "wat het platform van de afspraak bewaart is beschadigd",
        "OWN_RULES_DAMAGED" => "een eigen regel van de organisatie is beschadigd",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::content::samples::{GGD, WELLER, oin};
    use crate::domain::entry::{Change, InAgreement, NewEntry, RuleChange, of_release};
    use crate::domain::request::{Delivered, Published};
    use crate::domain::use_rule::UseTerms;
    use time::macros::datetime;

    fn placed(new: NewEntry) -> Entry {
        new.placed(7, InAgreement::default(), datetime!(2026-11-23 12:00 UTC))
    }

    fn about_agreement(event: Event) -> Entry {
        placed(NewEntry {
            agreement: Some(crate::domain::content::samples::id()),
            parties: vec![oin(WELLER), oin(GGD)],
            transaction_id: "t".to_owned(),
            trace_id: String::new(),
            event,
        })
    }

    #[test]
    fn a_release_tells_its_owner_and_size() {
        let release = of_release(
            Published {
                owner: oin(WELLER),
                release: "datasets/x/releases/1".into(),
                digest: "abc".into(),
                cells: 1224,
            },
            "t".to_owned(),
            String::new(),
        );
        let entry = placed(release);
        assert_eq!(
            of(&entry),
            "Organisatie 00000099000000002000 heeft datasets/x/releases/1 gepubliceerd, met 1224 cellen."
        );
    }

    fn change(action: Action, state: &str) -> Entry {
        about_agreement(Event::AgreementChanged(Change {
            action,
            by: oin(GGD),
            state: state.to_owned(),
            content_hash: "h".to_owned(),
            holds: None,
            jws: Some("a.b.c".to_owned()),
            received: None,
            replaced_by: Some("agreements/new".to_owned()),
        }))
    }

    #[test]
    fn a_signature_that_completes_an_agreement_says_so() {
        let signed = |state| of(&change(Action::Signed, state));
        assert!(signed("ACTIVE").ends_with("ondertekend. De afspraak is nu actief."));
        assert!(signed("PROPOSED").ends_with("ondertekend."));
        let resumed = |state| of(&change(Action::Resumed, state));
        assert!(resumed("ACTIVE").ends_with("hervat. De afspraak is nu actief."));
        assert!(resumed("SUSPENDED").ends_with("hervat. Een andere partij houdt de afspraak opgeschort."));
    }

    #[test]
    fn a_replaced_agreement_names_what_took_its_place() {
        let replaced = of(&change(Action::Replaced, "REPLACED"));
        assert!(replaced.contains("vervangen door agreements/new"), "{replaced}");
    }

    #[test]
    fn a_changed_rule_says_what_it_allows_or_allowed() {
        let of_rule = |action, system: &str| {
            let terms = UseTerms { system: system.to_owned(), purposes: Vec::new(), note: String::new() };
            let rule = "use-rules/1".to_owned();
            of(&about_agreement(Event::OwnRuleChanged(RuleChange { action, by: oin(GGD), rule, terms })))
        };
        let created = RuleAction::Created;
        assert!(of_rule(created, "*").ends_with("gemaakt: alle systemen mogen vragen voor elk doel."));
        assert!(of_rule(created, "x").ends_with("gemaakt: het systeem \"x\" mag vragen voor elk doel."));
        let deleted = of_rule(RuleAction::Deleted, "*");
        let ending = "verwijderd, die toestond dat alle systemen vragen voor elk doel.";
        assert!(deleted.ends_with(ending), "{deleted}");
        let deleted = of_rule(RuleAction::Deleted, "x");
        let ending = "verwijderd, die toestond dat het systeem \"x\" vraagt voor elk doel.";
        assert!(deleted.ends_with(ending), "{deleted}");
        let deleted = of_rule(RuleAction::Deleted, "");
        assert!(
            deleted.ends_with("verwijderd, waarvan niet meer te lezen was wat die toestond."),
            "{deleted}"
        );
    }

    #[test]
    fn a_delivery_that_broke_off_says_so() {
        let delivered = Delivered {
            recipient: oin(GGD),
            release: "datasets/x/releases/1".to_owned(),
            rows: 12,
            withheld: 3,
            digest: "abc".to_owned(),
            complete: false,
            mask_digest: String::new(),
            mask_unknown: false,
        };
        let one = Delivered { rows: 1, withheld: 1, ..delivered.clone() };
        let text = of(&about_agreement(Event::Delivered(one)));
        assert!(text.contains("kreeg 1 waarneming uit") && text.contains("Daarvan is er 1 af"), "{text}");
        let text = of(&about_agreement(Event::Delivered(delivered)));
        assert!(text.contains("kreeg 12 waarnemingen") && text.contains("er 3 afgeschermd"), "{text}");
        assert!(text.ends_with("afgebroken."), "{text}");
    }
}
