//! What stands beside the ledger and is decided on, to be verified: nothing is taken for right.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait, IdenStatic, QueryFilter, QueryOrder,
    QueryResult, QuerySelect,
};

use super::documents::{self, KeptContent};
use crate::domain::signature;
use crate::store::entity::{agreement, agreement_signature, purpose, story_consent, use_rule};
use crate::store::{Error, apart};

/// What is read in the place of a count or a time that is no number.
const NO_NUMBER: i64 = -1;
/// How many signatures are read at once.
const SIGNATURES_AT_ONCE: u64 = 1000;

/// An agreement as it is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptAgreement {
    /// How many entries are about it.
    pub(crate) entries: i64,
    /// The hash of the leaf of the last of them.
    pub(crate) last_leaf: Option<String>,
    /// The recorded state, by name.
    pub(crate) state: String,
    /// The hash of the content.
    pub(crate) content_hash: String,
    /// From when and until when it holds by the clock, in microseconds.
    pub(crate) holds: [Option<i64>; 2],
    /// The id of the agreement that took its place.
    pub(crate) replaced_by: Option<String>,
    /// When it was drafted, when its state last changed and when a request under it was last permitted, in
    /// microseconds.
    pub(crate) times: Times,
    /// The signatures, in order.
    pub(crate) signatures: Vec<KeptSignature>,
    /// What is agreed.
    pub(crate) content: KeptContent,
    /// The OINs of the organisations that may see it.
    pub(crate) parties: BTreeSet<String>,
}

/// The times of an agreement, in microseconds. What is no number is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// When it was drafted.
    pub(crate) drafted: Option<i64>,
    /// When its state last changed.
    pub(crate) changed: Option<i64>,
    /// When a request under it was last permitted.
    pub(crate) permitted: Option<i64>,
}

/// A signature as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct KeptSignature {
    /// What stands for it.
    pub(crate) digest: String,
    /// When it was received, in microseconds; none when that is no number.
    pub(crate) received: Option<i64>,
}

/// A consent for a story as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptConsent {
    /// "stories/{code}".
    pub(crate) story: String,
    /// Names of uses, with commas between them.
    pub(crate) uses: String,
    /// Whether it was not withdrawn.
    pub(crate) stands: bool,
    /// Whether it was taken out as one that nobody gave.
    pub(crate) mistaken: bool,
}

/// All agreements, by id. A signature or a party of none is one of an agreement without a state.
pub(super) async fn agreements(tx: &DatabaseTransaction) -> Result<BTreeMap<String, KeptAgreement>, Error> {
    use agreement::Column;
    let select = agreement::Entity::find().select_only().columns([
        Column::Id,
        Column::Entries,
        Column::LastLeaf,
        Column::State,
        Column::ContentHash,
        Column::StartTime,
        Column::EndTime,
        Column::ReplacedBy,
        Column::CreateTime,
        Column::UpdateTime,
        Column::LastPermitTime,
    ]);
    let kept = |row: &QueryResult| {
        let number = |column| apart::number(row, "", column);
        let agreement = KeptAgreement {
            entries: number(Column::Entries).unwrap_or(NO_NUMBER),
            last_leaf: apart::optional_text(row, "", Column::LastLeaf),
            state: apart::text(row, "", Column::State),
            content_hash: apart::text(row, "", Column::ContentHash),
            holds: [number(Column::StartTime), number(Column::EndTime)],
            replaced_by: apart::optional_text(row, "", Column::ReplacedBy),
            times: Times {
                drafted: number(Column::CreateTime),
                changed: number(Column::UpdateTime),
                permitted: last_permit(row),
            },
            ..KeptAgreement::default()
        };
        (apart::text(row, "", Column::Id), agreement)
    };
    let mut agreements: BTreeMap<_, _> = apart::rows(tx, &select).await?.iter().map(kept).collect();
    signatures(tx, &mut agreements).await?;
    documents::contents(tx, &mut agreements).await?;
    documents::parties(tx, &mut agreements).await?;
    Ok(agreements)
}

/// When a request was last permitted. What is no number is a time that no entry has.
fn last_permit(row: &QueryResult) -> Option<i64> {
    row.try_get("", agreement::Column::LastPermitTime.as_str()).unwrap_or(Some(NO_NUMBER))
}

/// Adds the signatures, some at a time: of each only what stands for it is held.
async fn signatures(
    tx: &DatabaseTransaction,
    agreements: &mut BTreeMap<String, KeptAgreement>,
) -> Result<(), Error> {
    use agreement_signature::Column;
    let mut after: Option<(String, i64)> = None;
    loop {
        let mut select = agreement_signature::Entity::find()
            .order_by_asc(Column::Agreement)
            .order_by_asc(Column::Position)
            .limit(SIGNATURES_AT_ONCE);
        if let Some((agreement, position)) = &after {
            let same = Column::Agreement.eq(agreement).and(Column::Position.gt(*position));
            select = select.filter(Condition::any().add(Column::Agreement.gt(agreement)).add(same));
        }
        let rows = apart::rows(tx, &select).await?;
        for row in &rows {
            let text = |column| apart::text(row, "", column);
            let digest = signature::digest(&text(Column::Oin), &text(Column::Kind), &text(Column::Jws));
            let received = apart::number(row, "", Column::CreateTime);
            let signatures = &mut agreements.entry(text(Column::Agreement)).or_default().signatures;
            signatures.push(KeptSignature { digest, received });
        }
        let Some(last) = rows.last().filter(|_| u64::try_from(rows.len()) == Ok(SIGNATURES_AT_ONCE)) else {
            return Ok(());
        };
        let next = (apart::text(last, "", Column::Agreement), apart::number(last, "", Column::Position));
        let place = next.1.map(|position| (next.0, position));
        // From a place that cannot be told, or that was reached before, there is no way on.
        if place.is_none() || place == after {
            return Err(Error::Corrupt("the place of a signature"));
        }
        after = place;
    }
}

/// All own rules, by id: the OIN of the organisation, and what it allows.
pub(super) async fn own_rules(tx: &DatabaseTransaction) -> Result<BTreeMap<String, (String, String)>, Error> {
    let rows = apart::rows(tx, &use_rule::Entity::find()).await?;
    let kept = |row: &QueryResult| {
        let text = |column: use_rule::Column| apart::text(row, "", column);
        let rule = (text(use_rule::Column::Owner), text(use_rule::Column::TermsJson));
        (text(use_rule::Column::Id), rule)
    };
    Ok(rows.iter().map(kept).collect())
}

/// All purposes, by code: the name, and what it serves.
pub(super) async fn purposes(tx: &DatabaseTransaction) -> Result<BTreeMap<String, (String, String)>, Error> {
    let rows = apart::rows(tx, &purpose::Entity::find()).await?;
    let kept = |row: &QueryResult| {
        let text = |column: purpose::Column| apart::text(row, "", column);
        let purpose = (text(purpose::Column::DisplayName), text(purpose::Column::Serves));
        (text(purpose::Column::Code), purpose)
    };
    Ok(rows.iter().map(kept).collect())
}

/// All consents for stories, by id.
pub(super) async fn story_consents(tx: &DatabaseTransaction) -> Result<BTreeMap<String, KeptConsent>, Error> {
    use story_consent::Column;
    let rows = apart::rows(tx, &story_consent::Entity::find()).await?;
    let kept = |row: &QueryResult| {
        let text = |column: Column| apart::text(row, "", column);
        let withdrawn: Result<Option<i64>, _> = row.try_get("", "withdraw_time");
        let consent = KeptConsent {
            story: text(Column::Story),
            uses: text(Column::Uses),
            // What is no number is a withdrawal too.
            stands: withdrawn.is_ok_and(|withdrawn| withdrawn.is_none()),
            mistaken: row.try_get("", "mistaken").unwrap_or_default(),
        };
        (text(Column::Id), consent)
    };
    Ok(rows.iter().map(kept).collect())
}
