//! What has to be in hand before rows are read: a permit of the decision point, or proof that the
//! dataset is public or the reader's own.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::area::AreaKind;
use crate::domain::dataset::{Dataset, Visibility};
use crate::domain::period::Period;
use crate::domain::protection::Protection;
use crate::domain::release::ReleaseId;

/// How data is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// By asking for it.
    Pull,
    /// By following it live.
    Stream,
}

/// What the decision point is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// OIN of the organisation that asks.
    pub recipient: String,
    /// Which of its systems: the subject of its verified credentials.
    pub system: String,
    /// Name of the agreement; empty when the caller named none.
    pub agreement: String,
    /// Name of the purpose; empty when the caller named none.
    pub purpose: String,
    /// Code of the dataset.
    pub dataset: String,
    /// OIN of the organisation that owns it.
    pub owner: String,
    /// Codes of the indicators asked for; empty for all that is agreed.
    pub indicators: Vec<String>,
    /// Codes and kinds of the areas asked for; empty for all that are agreed.
    pub areas: Vec<(String, AreaKind)>,
    /// Kind of area asked for; none for what is agreed.
    pub level: Option<AreaKind>,
    /// Periods asked for; empty for all that are agreed.
    pub periods: Vec<Period>,
    /// How it is fetched.
    pub delivery: Delivery,
    /// The exchange that it is about.
    pub transaction_id: Uuid,
    /// W3C trace id; may be empty.
    pub trace_id: String,
    /// The release that it is about; none when there is none yet.
    pub release: Option<ReleaseId>,
}

impl Question {
    /// Most bytes that the names in a question may take in the ledger, so that an entry of a decision
    /// stays below 64 KiB: what else is in it takes 2 KiB at most.
    pub(crate) const MOST_NAMES: usize = 60_000;

    /// How many bytes the names of what is asked for take in the ledger, as JSON.
    #[must_use]
    pub(crate) fn names_size(&self) -> usize {
        let indicators = self.indicators.iter().map(|code| r#""indicators/","#.len() + code.len());
        let areas = self
            .areas
            .iter()
            .map(|(code, kind)| r#"{"area":"areas/","level":""},"#.len() + code.len() + kind.level().len());
        let periods = self.periods.iter().map(|period| r#""","#.len() + period.to_string().len());
        indicators.chain(areas).chain(periods).sum()
    }
}

/// A reason with its facts filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    /// Its name in the contract, without prefix, for example "AGREEMENT_REVOKED".
    pub code: String,
    /// As a sentence in Dutch.
    pub message_nl: String,
    /// As a sentence in English.
    pub message_en: String,
    /// The facts in it.
    pub metadata: Vec<(String, String)>,
}

impl Reason {
    /// Whether it is the reason of a side that permits.
    #[must_use]
    pub(crate) fn permits(&self) -> bool {
        matches!(self.code.as_str(), "WITHIN_AGREEMENT" | "WITHIN_OWN_RULES")
    }
}

/// What may be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Code of the dataset.
    pub dataset: String,
    /// Codes of the indicators.
    pub indicators: Vec<String>,
    /// Kind of the areas.
    pub level: AreaKind,
    /// Codes of the areas; empty for all areas of that kind.
    pub areas: Vec<String>,
    /// The periods.
    pub periods: Vec<Period>,
    /// Codes of the breakdowns that are shared in full; of others only the total is.
    pub dimensions: Vec<String>,
}

/// What the decision point answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Whether the request is permitted.
    pub permitted: bool,
    /// Why, by the own rules of the organisation that asks and by the agreement; those that refuse
    /// first.
    pub reasons: Vec<Reason>,
    /// What may be delivered, for a permit.
    pub scope: Option<Scope>,
    /// How small groups are protected, for a permit.
    pub protection: Option<Protection>,
    /// Name of the entry in the ledger.
    pub ledger_entry: String,
    /// Its place in the ledger.
    pub place: Place,
    /// Hash of the content that was decided on.
    pub content_hash: String,
    /// When the agreement ends by the clock, for a permit.
    pub expire_time: Option<OffsetDateTime>,
    /// Why nothing is delivered from then on, for a permit.
    pub expired: Option<Reason>,
}

/// Where a decision is in the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The index of the entry.
    pub index: i64,
    /// The hash of its leaf in the Merkle log, lower-case hexadecimal.
    pub leaf_hash: String,
}

/// The right to read a part of a dataset, under an agreement. Only a positive answer of the
/// decision point becomes one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Permit {
    scope: Scope,
    protection: Protection,
    agreement: String,
    recipient: String,
    transaction_id: Uuid,
    ledger_entry: String,
    place: Place,
    content_hash: String,
    message_nl: String,
    expire_time: OffsetDateTime,
    expired: Reason,
}

/// The request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Name of the agreement; empty when the caller named none.
    pub agreement: String,
    /// What refuses it, the most telling reason first.
    pub reasons: Vec<Reason>,
    /// Name of the entry in the ledger; empty when there is none.
    pub ledger_entry: String,
    /// The place of that entry.
    pub place: Place,
    /// The exchange that it is about.
    pub transaction_id: Uuid,
}

/// Why an answer is no permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoPermit {
    /// It is a refusal.
    Refused(Refusal),
    /// It permits and does not say what, or is about another dataset. That permits nothing.
    Unclear,
}

impl Permit {
    /// The permit that an answer to a question is.
    ///
    /// # Errors
    /// When the answer is a refusal, or lacks what a permit must say.
    pub(crate) fn of_answer(question: &Question, answer: Answer) -> Result<Self, NoPermit> {
        let Answer { permitted, reasons, scope, protection, ledger_entry, place, content_hash, .. } = answer;
        let transaction_id = question.transaction_id;
        let agreement = question.agreement.clone();
        if !permitted {
            let reasons = reasons.into_iter().filter(|reason| !reason.permits()).collect();
            return Err(NoPermit::Refused(Refusal {
                agreement,
                reasons,
                ledger_entry,
                place,
                transaction_id,
            }));
        }
        match (scope, protection, answer.expire_time.zip(answer.expired)) {
            (Some(scope), Some(protection), Some((expire_time, expired)))
                if scope.dataset == question.dataset && !agreement.is_empty() && !ledger_entry.is_empty() =>
            {
                Ok(Self {
                    scope,
                    protection,
                    agreement,
                    recipient: question.recipient.clone(),
                    transaction_id,
                    ledger_entry,
                    place,
                    content_hash,
                    message_nl: reasons
                        .into_iter()
                        .map(|reason| reason.message_nl)
                        .collect::<Vec<_>>()
                        .join(" "),
                    expire_time,
                    expired,
                })
            }
            _ => Err(NoPermit::Unclear),
        }
    }

    /// What may be delivered.
    #[must_use]
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How small groups are protected.
    #[must_use]
    pub(crate) fn protection(&self) -> Protection {
        self.protection
    }

    /// Name of the agreement.
    #[must_use]
    pub(crate) fn agreement(&self) -> &str {
        &self.agreement
    }

    /// OIN of the organisation that may read.
    #[must_use]
    pub(crate) fn recipient(&self) -> &str {
        &self.recipient
    }

    /// The exchange that it is for.
    #[must_use]
    pub(crate) fn transaction_id(&self) -> Uuid {
        self.transaction_id
    }

    /// The ledger's number of its entry: stops with a higher number came after it. -1, which is
    /// before every stop, when its name has no number.
    pub(crate) fn ledger_number(&self) -> i64 {
        let number = self.ledger_entry.strip_prefix("ledger-entries/");
        number.and_then(|number| number.parse().ok()).unwrap_or(-1)
    }

    /// When the agreement ends by the clock.
    #[must_use]
    pub(crate) fn expire_time(&self) -> OffsetDateTime {
        self.expire_time
    }

    /// Why nothing is delivered once the agreement has ended by the clock.
    #[must_use]
    pub(crate) fn expired(&self) -> &Reason {
        &self.expired
    }

    /// What the recipient is told about the decision.
    #[must_use]
    pub(crate) fn receipt(&self) -> Receipt {
        Receipt {
            transaction_id: self.transaction_id,
            ledger_entry: self.ledger_entry.clone(),
            place: self.place.clone(),
            agreement: self.agreement.clone(),
            content_hash: self.content_hash.clone(),
            message_nl: self.message_nl.clone(),
        }
    }
}

/// What a recipient is told about a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// The exchange.
    pub transaction_id: Uuid,
    /// Name of the entry in the ledger.
    pub ledger_entry: String,
    /// Its place in the ledger.
    pub place: Place,
    /// Name of the agreement.
    pub agreement: String,
    /// Hash of the agreed content.
    pub content_hash: String,
    /// Why it was permitted, in Dutch.
    pub message_nl: String,
}

/// Proof that everybody may read a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicAccess {
    dataset: String,
}

impl PublicAccess {
    /// The proof, for a public dataset.
    #[must_use]
    pub(crate) fn of(dataset: &Dataset) -> Option<Self> {
        (dataset.visibility == Visibility::Public).then(|| Self { dataset: dataset.code.clone() })
    }
}

/// Proof that a reader owns a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnerAccess {
    dataset: String,
}

impl OwnerAccess {
    /// The proof, for the organisation with this OIN when it owns the dataset.
    #[must_use]
    pub(crate) fn of(dataset: &Dataset, oin: &str) -> Option<Self> {
        (dataset.owner == oin).then(|| Self { dataset: dataset.code.clone() })
    }
}

/// What gives the right to read rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access<'a> {
    /// The dataset is public.
    Public(&'a PublicAccess),
    /// The dataset is the reader's own.
    Owner(&'a OwnerAccess),
    /// The decision point permits it.
    Permit(&'a Permit),
}

impl Access<'_> {
    /// Whether this is about the dataset with that code.
    #[must_use]
    pub(crate) fn covers(&self, dataset: &str) -> bool {
        match self {
            Self::Public(proof) => proof.dataset == dataset,
            Self::Owner(proof) => proof.dataset == dataset,
            Self::Permit(permit) => permit.scope.dataset == dataset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn question() -> Question {
        Question {
            recipient: "00000099000000004000".to_owned(),
            system: "ggd-systeem".to_owned(),
            agreement: "agreements/a".to_owned(),
            purpose: "purposes/p".to_owned(),
            dataset: "d".to_owned(),
            owner: "00000099000000002000".to_owned(),
            indicators: Vec::new(),
            areas: Vec::new(),
            level: None,
            periods: Vec::new(),
            delivery: Delivery::Pull,
            transaction_id: Uuid::nil(),
            trace_id: String::new(),
            release: None,
        }
    }

    fn yes() -> Answer {
        Answer {
            permitted: true,
            reasons: Vec::new(),
            scope: Some(Scope {
                dataset: "d".to_owned(),
                indicators: Vec::new(),
                level: AreaKind::Neighbourhood,
                areas: Vec::new(),
                periods: Vec::new(),
                dimensions: Vec::new(),
            }),
            protection: Protection::named("min10"),
            ledger_entry: "ledger-entries/1".to_owned(),
            place: Place::default(),
            content_hash: "hash".to_owned(),
            expire_time: Some(datetime!(2027-01-01 0:00 UTC)),
            expired: Some(reason("AGREEMENT_EXPIRED")),
        }
    }

    fn reason(code: &str) -> Reason {
        Reason {
            code: code.to_owned(),
            message_nl: format!("{code}."),
            message_en: String::new(),
            metadata: Vec::new(),
        }
    }

    #[test]
    fn a_positive_answer_is_a_permit_for_its_dataset_only() {
        let permit = Permit::of_answer(&question(), yes()).expect("a permit");
        assert!(Access::Permit(&permit).covers("d"));
        assert!(!Access::Permit(&permit).covers("e"));
    }

    #[test]
    fn an_answer_that_lacks_something_permits_nothing() {
        let lacking = [
            Answer { scope: None, ..yes() },
            Answer { protection: None, ..yes() },
            Answer { expire_time: None, ..yes() },
            Answer { expired: None, ..yes() },
            Answer { ledger_entry: String::new(), ..yes() },
        ];
        for answer in lacking {
            assert_eq!(Permit::of_answer(&question(), answer), Err(NoPermit::Unclear));
        }
        let other = Question { dataset: "e".to_owned(), ..question() };
        assert_eq!(Permit::of_answer(&other, yes()), Err(NoPermit::Unclear));
        let unnamed = Question { agreement: String::new(), ..question() };
        assert_eq!(Permit::of_answer(&unnamed, yes()), Err(NoPermit::Unclear));
    }

    #[test]
    fn a_refusal_names_only_what_refuses_and_a_receipt_names_both_sides() {
        let reasons = ["OTHER_PURPOSE", "WITHIN_OWN_RULES"].map(reason).to_vec();
        match Permit::of_answer(&question(), Answer { permitted: false, reasons, ..yes() }) {
            Err(NoPermit::Refused(refusal)) => assert_eq!(refusal.reasons, [reason("OTHER_PURPOSE")]),
            other => panic!("{other:?}"),
        }
        let reasons = ["WITHIN_OWN_RULES", "WITHIN_AGREEMENT"].map(reason).to_vec();
        let permit = Permit::of_answer(&question(), Answer { reasons, ..yes() }).expect("a permit");
        assert_eq!(permit.receipt().message_nl, "WITHIN_OWN_RULES. WITHIN_AGREEMENT.");
    }

    #[test]
    fn a_refusal_is_no_permit_whatever_else_it_says() {
        let refused = Permit::of_answer(&question(), Answer { permitted: false, ..yes() });
        assert!(matches!(refused, Err(NoPermit::Refused(_))));
    }
}
