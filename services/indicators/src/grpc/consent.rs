//! The decision point as a gRPC client. What it says and this program does not understand permits
//! nothing.

use std::cmp::Reverse;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, ready};
use futures_util::{Stream, StreamExt};
use platform::upstream::Vouched;
use proto::consent::v1 as pb;
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::watch_revocations_request::Message;
use time::{Duration, OffsetDateTime};
use tokio::sync::mpsc::Receiver;
use tonic::Status;
use uuid::Uuid;

use crate::app::decision::{
    DecisionPoint, DeliveryRecord, EnforcementPoint, Heard, Listening, MaskRecord, MasksRecord,
    ProtectionRecord, ReleaseRecord, Said, Unreachable,
};
use crate::domain::area::AreaKind;
use crate::domain::period::Period;
use crate::domain::permit::{Answer, Delivery, Place, Question, Reason, Scope};
use crate::domain::protection::{Dominance, Known, MOST_PERCENT, Protection};

/// The terms of protection that [`Protection`] enforces.
pub(super) const ENFORCEABLE: [pb::ProtectionTerm; 8] = [
    pb::ProtectionTerm::MinimumCount,
    pb::ProtectionTerm::Zeros,
    pb::ProtectionTerm::IntervalWidth,
    pb::ProtectionTerm::Rounding,
    pb::ProtectionTerm::MinimumDenominator,
    pb::ProtectionTerm::PPercent,
    pb::ProtectionTerm::Dominance,
    pb::ProtectionTerm::Group,
];

/// The service that decides, behind a channel.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    /// The way to it.
    pub(crate) channel: Vouched,
    /// This process, through which rows leave.
    pub(crate) process: Uuid,
}

impl Consent {
    fn client(&self) -> DecisionServiceClient<Vouched> {
        DecisionServiceClient::new(self.channel.clone())
    }
}

fn unreachable(status: Status) -> Unreachable {
    Unreachable(format!("{}: {}", status.code(), status.message()))
}

impl DecisionPoint for Consent {
    fn decide<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Unreachable>> {
        Box::pin(async move {
            let response =
                self.client().decide(request(question, self.process)).await.map_err(unreachable)?;
            answer(response.into_inner())
        })
    }

    fn record_release(&self, record: ReleaseRecord) -> BoxFuture<'_, Result<(), Unreachable>> {
        let request = pb::RecordReleaseRequest {
            owner_oin: record.owner,
            release: record.release.resource_name(),
            digest: record.digest,
            cell_count: i64::from(record.cell_count),
            transaction_id: record.transaction_id.to_string(),
        };
        Box::pin(async move { self.client().record_release(request).await.map(drop).map_err(unreachable) })
    }

    fn record_masks(&self, record: MasksRecord) -> BoxFuture<'_, Result<(), Unreachable>> {
        let request = pb::RecordMasksRequest {
            owner_oin: record.owner,
            transaction_id: record.transaction_id.to_string(),
            masks: record.masks.into_iter().map(mask).collect(),
        };
        Box::pin(async move { self.client().record_masks(request).await.map(drop).map_err(unreachable) })
    }

    fn record_protection(&self, record: ProtectionRecord) -> BoxFuture<'_, Result<(), Unreachable>> {
        let ProtectionRecord { owner: owner_oin, dataset, known: Known { protection, retired }, .. } = record;
        let (dataset, protection) = (format!("datasets/{dataset}"), Some(agreed(protection)));
        let transaction_id = record.transaction_id.to_string();
        Box::pin(async move {
            let mut client = self.client();
            let recorded = if retired {
                let request =
                    pb::RecordRetiredProtectionRequest { owner_oin, transaction_id, dataset, protection };
                client.record_retired_protection(request).await.map(drop)
            } else {
                let request =
                    pb::RecordReinstatedProtectionRequest { owner_oin, transaction_id, dataset, protection };
                client.record_reinstated_protection(request).await.map(drop)
            };
            recorded.map_err(unreachable)
        })
    }

    fn record_delivery(&self, record: DeliveryRecord) -> BoxFuture<'_, Result<(), Unreachable>> {
        let request = pb::RecordDeliveryRequest {
            transaction_id: record.transaction_id.to_string(),
            agreement: record.agreement,
            recipient_oin: record.recipient,
            release: record.release.resource_name(),
            row_count: i64::try_from(record.rows).unwrap_or(i64::MAX),
            withheld_count: i64::try_from(record.withheld).unwrap_or(i64::MAX),
            digest: record.digest,
            complete: record.complete,
            mask_digest: record.mask_digest,
        };
        Box::pin(async move { self.client().record_delivery(request).await.map(drop).map_err(unreachable) })
    }

    fn listen<'a>(
        &'a self,
        point: &'a EnforcementPoint,
        says: Receiver<Said>,
    ) -> BoxFuture<'a, Result<Listening, Unreachable>> {
        let register = message(Message::Register(pb::RegisterEnforcementPoint {
            enforcement_point: point.name.clone(),
            process: point.process.to_string(),
            silence_limit_ms: i64::try_from(point.limit.as_millis()).unwrap_or(i64::MAX),
        }));
        let messages = Messages { first: Some(register), says };
        Box::pin(async move {
            let response = self.client().watch_revocations(messages).await.map_err(unreachable)?;
            let heard = |said: Result<_, Status>| ready(said.map(heard).map_err(unreachable).transpose());
            Ok(response.into_inner().filter_map(heard).boxed())
        })
    }
}

/// The registration, and then what is said.
struct Messages {
    first: Option<pb::WatchRevocationsRequest>,
    says: Receiver<Said>,
}

impl Stream for Messages {
    type Item = pb::WatchRevocationsRequest;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => self.says.poll_recv(context).map(|next| next.map(said)),
        }
    }
}

fn message(message: Message) -> pb::WatchRevocationsRequest {
    pb::WatchRevocationsRequest { message: Some(message) }
}

fn said(said: Said) -> pb::WatchRevocationsRequest {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    message(match said {
        Said::Alive(number) => Message::Alive(pb::EnforcementPointAlive { number }),
        Said::Confirmed { agreement, stop, streams_cut } => {
            let streams_cut = count(streams_cut);
            Message::Confirmation(pb::StopConfirmation { agreement, stop, streams_cut })
        }
        Said::Open(open) => {
            let counts = open.into_iter().map(|((agreement, recipient_oin), number)| pb::OpenStreamCount {
                agreement,
                recipient_oin,
                count: count(number),
            });
            Message::OpenStreams(pb::OpenStreams { counts: counts.collect() })
        }
    })
}

fn mask(record: MaskRecord) -> pb::ReleaseMask {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    pb::ReleaseMask {
        release: record.release.resource_name(),
        protection: Some(agreed(record.protection)),
        mask_digest: record.mask_digest,
        report_digest: record.report_digest,
        seed_digest: record.seed_digest,
        engine: record.engine.to_owned(),
        cell_count: count(record.cells),
        withheld_count: count(record.withheld),
    }
}

fn request(question: &Question, process: Uuid) -> pb::DecideRequest {
    let delivery = match question.delivery {
        Delivery::Pull => pb::Delivery::Pull,
        Delivery::Stream => pb::Delivery::Stream,
    };
    let area = |(code, kind): &(String, AreaKind)| pb::RequestedArea {
        area: format!("areas/{code}"),
        level: kind.level().to_owned(),
    };
    pb::DecideRequest {
        recipient_oin: question.recipient.clone(),
        agreement: question.agreement.clone(),
        purpose: question.purpose.clone(),
        dataset: format!("datasets/{}", question.dataset),
        dataset_owner_oin: question.owner.clone(),
        indicators: question.indicators.iter().map(|code| format!("indicators/{code}")).collect(),
        areas: question.areas.iter().map(area).collect(),
        area_level: question.level.map(AreaKind::level).unwrap_or_default().to_owned(),
        periods: question.periods.iter().map(ToString::to_string).collect(),
        delivery: delivery.into(),
        transaction_id: question.transaction_id.to_string(),
        trace_id: question.trace_id.clone(),
        release: question.release.as_ref().map(|id| id.resource_name()).unwrap_or_default(),
        system: question.system.clone(),
        enforceable: ENFORCEABLE.map(i32::from).to_vec(),
        process: process.to_string(),
    }
}

fn answer(response: pb::DecideResponse) -> Result<Answer, Unreachable> {
    let reasons: Vec<Reason> = response.reasons.into_iter().map(reason).collect();
    if !response.permitted && reasons.is_empty() {
        return Err(Unreachable("a refusal without a reason".to_owned()));
    }
    Ok(Answer {
        permitted: response.permitted,
        reasons,
        scope: response.scope.and_then(scope),
        protection: response.protection.and_then(protection),
        ledger_entry: response.ledger_entry,
        place: Place { index: response.ledger_index, leaf_hash: response.leaf_hash },
        content_hash: response.content_hash,
        expire_time: response.expire_time.and_then(instant),
        expired: response.permitted.then(|| expired(response.expired)),
    })
}

/// Why nothing is delivered once the agreement has ended, also when the decision point does not say.
fn expired(reason: Option<pb::Reason>) -> Reason {
    self::reason(reason.unwrap_or_else(|| pb::Reason {
        reason: pb::DecisionReason::AgreementExpired.into(),
        message_nl: "De afspraak is verlopen. Vraag de aanbieder om een nieuwe afspraak.".to_owned(),
        message_en: "The agreement has expired. Ask the provider for a new one.".to_owned(),
        ..Default::default()
    }))
}

fn reason(reason: pb::Reason) -> Reason {
    let name = reason.reason().as_str_name();
    let mut metadata: Vec<(String, String)> = reason.metadata.into_iter().collect();
    metadata.sort();
    Reason {
        code: name.strip_prefix("DECISION_REASON_").unwrap_or(name).to_owned(),
        message_nl: reason.message_nl,
        message_en: reason.message_en,
        metadata,
    }
}

/// The scope; none when something in it is not understood.
pub(super) fn scope(scope: pb::Scope) -> Option<Scope> {
    let codes = |names: Vec<String>, collection: &str| -> Option<Vec<String>> {
        names.iter().map(|name| name.strip_prefix(collection).map(str::to_owned)).collect()
    };
    Some(Scope {
        dataset: scope.dataset.strip_prefix("datasets/")?.to_owned(),
        indicators: codes(scope.indicators, "indicators/")?,
        level: AreaKind::of_level(&scope.area_level)?,
        areas: codes(scope.areas, "areas/")?,
        periods: scope.periods.iter().map(|text| Period::parse(text).ok()).collect::<Option<_>>()?,
        dimensions: scope.dimensions,
    })
}

/// The protection; none when it asks for what is not understood or cannot be given. The kind of figures is
/// no term by itself: that the terms are those of it was seen to when the agreement was drafted.
pub(super) fn protection(asked: pb::Protection) -> Option<Protection> {
    let number = |asked: i32| u32::try_from(asked).ok();
    let dominance = match (asked.dominance_n, asked.dominance_k) {
        (0, 0) => None,
        (n, k) => Some(Dominance::new(number(n)?, number(k)?)?),
    };
    let group = number(asked.group_percent).filter(|percent| *percent <= 100)?;
    Some(Protection {
        minimum_count: number(asked.minimum_count).filter(|minimum| *minimum > 0)?,
        minimum_denominator: number(asked.minimum_denominator)?,
        group_percent: (group > 0).then_some(Reverse(group)),
        interval_width: number(asked.interval_width)?,
        p_percent: number(asked.p_percent).filter(|percent| *percent <= MOST_PERCENT)?,
        dominance,
        // Who sees that nobody is in the other categories knows that all of the group is in one.
        protect_zeros: asked.protect_zeros || group > 0,
        rounding_base: number(asked.rounding_base)?,
    })
}

/// A protection as the contract has it.
pub(super) fn agreed(protection: Protection) -> pb::Protection {
    let number = |own: u32| i32::try_from(own).unwrap_or(i32::MAX);
    pb::Protection {
        minimum_count: number(protection.minimum_count),
        protect_zeros: protection.protect_zeros,
        minimum_denominator: number(protection.minimum_denominator),
        group_percent: protection.group_percent.map_or(0, |Reverse(percent)| number(percent)),
        interval_width: number(protection.interval_width),
        p_percent: number(protection.p_percent),
        dominance_n: protection.dominance.map_or(0, |rule| number(rule.n())),
        dominance_k: protection.dominance.map_or(0, |rule| number(rule.k())),
        rounding_base: number(protection.rounding_base),
        preset: pb::Preset::Unspecified.into(),
    }
}

fn instant(at: prost_types::Timestamp) -> Option<OffsetDateTime> {
    let seconds = OffsetDateTime::from_unix_timestamp(at.seconds).ok()?;
    seconds.checked_add(Duration::nanoseconds(i64::from(at.nanos)))
}

/// What is said about agreements. That consent for a story was withdrawn is for others, and no sign
/// of life.
fn heard(said: pb::WatchRevocationsResponse) -> Option<Heard> {
    if said.all_agreements {
        let overdue =
            pb::Reason { reason: pb::DecisionReason::WitnessesOverdue.into(), ..Default::default() };
        return Some(Heard::AllEnded(Box::new(reason(said.reason.unwrap_or(overdue)))));
    }
    if said.agreement.is_empty() {
        return said.story_consent.is_empty().then_some(Heard::Alive(said.answered));
    }
    let unexplained = || pb::Reason {
        reason: pb::DecisionReason::AgreementNotActive.into(),
        message_nl: format!("De afspraak {} geldt niet meer.", said.agreement),
        message_en: format!("The agreement {} no longer holds.", said.agreement),
        ..Default::default()
    };
    let reason = reason(said.reason.clone().unwrap_or_else(unexplained));
    Some(Heard::Ended { agreement: said.agreement, reason: Box::new(reason), stop: said.stop })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_withdrawn_story_consent_is_no_sign_of_life() {
        let alive = pb::WatchRevocationsResponse { answered: 4, ..Default::default() };
        assert!(matches!(heard(alive.clone()), Some(Heard::Alive(4))));
        let story = pb::WatchRevocationsResponse { story_consent: "story-consents/x".to_owned(), ..alive };
        assert!(heard(story.clone()).is_none());
        let stop = pb::WatchRevocationsResponse { agreement: "agreements/a".to_owned(), ..story };
        let all = pb::WatchRevocationsResponse { all_agreements: true, ..Default::default() };
        assert!(matches!(heard(all), Some(Heard::AllEnded(reason)) if reason.code == "WITNESSES_OVERDUE"));
        assert!(matches!(heard(stop), Some(Heard::Ended { agreement, .. }) if agreement == "agreements/a"));
    }

    #[test]
    fn a_scope_that_is_not_understood_permits_nothing() {
        let good = pb::Scope {
            dataset: "datasets/d".to_owned(),
            indicators: vec!["indicators/i".to_owned()],
            area_level: "NEIGHBOURHOOD".to_owned(),
            areas: Vec::new(),
            periods: vec!["2025Q1".to_owned()],
            dimensions: Vec::new(),
        };
        assert!(scope(good.clone()).is_some());
        for bad in [
            pb::Scope { dataset: "d".to_owned(), ..good.clone() },
            pb::Scope { indicators: vec!["i".to_owned()], ..good.clone() },
            pb::Scope { area_level: "STREET".to_owned(), ..good.clone() },
            pb::Scope { areas: vec!["BU1".to_owned()], ..good.clone() },
            pb::Scope { periods: vec!["always".to_owned()], ..good },
        ] {
            assert_eq!(scope(bad), None);
        }
        assert_eq!(
            protection(pb::Protection { minimum_count: -1, protect_zeros: false, ..Default::default() }),
            None
        );
        let minimum = pb::Protection { minimum_count: 10, ..Default::default() };
        for beyond in [
            pb::Protection { p_percent: 101, ..minimum },
            pb::Protection { dominance_n: 1, ..minimum },
            pb::Protection { dominance_k: 50, ..minimum },
            pb::Protection { dominance_n: 6, dominance_k: 50, ..minimum },
            pb::Protection { dominance_n: 1, dominance_k: 49, ..minimum },
            pb::Protection { group_percent: 101, ..minimum },
            pb::Protection { group_percent: -1, ..minimum },
        ] {
            assert_eq!(protection(beyond), None, "{beyond:?}");
        }
        let name = "min10-den50-group90-width5-p15-dom2x85-zeros-round5";
        let all = Protection::named(name).expect("a protection");
        assert_eq!(protection(agreed(all)), Some(all));
    }
}
