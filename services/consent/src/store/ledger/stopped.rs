//! Stops and what became of them at each enforcement point, to be verified: nothing is taken for right.

use std::collections::BTreeMap;

use platform::clock::from_micros;
use sea_orm::{DatabaseTransaction, EntityTrait, QueryOrder, QueryResult};

use crate::domain::stop::{How, Outcome};
use crate::store::entity::{agreement_stop, stop_confirmation};
use crate::store::{Error, apart};

/// A stop as it is kept. What cannot be read is what no entry leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeptStop {
    /// The id of the agreement.
    pub(crate) agreement: String,
    /// The state that it brought, by name.
    pub(crate) state: String,
    /// Since when, in microseconds.
    pub(crate) since: Option<i64>,
    /// The index of the entry of the receipt, and when that was complete, in microseconds; none without one.
    pub(crate) receipt: Option<(i64, i64)>,
    /// What became of it at each point, by name and process; none of one that is waited for.
    pub(crate) points: Vec<Option<Outcome>>,
}

/// All stops, by the index of the entry of each. What became of one that is not there is one of no agreement.
pub(super) async fn stops(tx: &DatabaseTransaction) -> Result<BTreeMap<i64, KeptStop>, Error> {
    use agreement_stop::Column;
    let kept = |row: &QueryResult| {
        let number = |column| apart::number(row, "", column);
        let stop = KeptStop {
            agreement: apart::text(row, "", Column::Agreement),
            state: apart::text(row, "", Column::State),
            since: number(Column::Since),
            receipt: match (number(Column::Entry), number(Column::CompleteTime)) {
                (None, None) => None,
                (entry, at) => Some((entry.unwrap_or(UNREADABLE), at.unwrap_or(UNREADABLE))),
            },
            points: Vec::new(),
        };
        (number(Column::Stop).unwrap_or(UNREADABLE), stop)
    };
    let select = agreement_stop::Entity::find();
    let mut stops: BTreeMap<_, _> = apart::rows(tx, &select).await?.iter().map(kept).collect();
    let select = stop_confirmation::Entity::find()
        .order_by_asc(stop_confirmation::Column::Point)
        .order_by_asc(stop_confirmation::Column::Process);
    for row in apart::rows(tx, &select).await? {
        let number = |column| apart::number(&row, "", column);
        let stop = number(stop_confirmation::Column::Stop).unwrap_or(UNREADABLE);
        stops.entry(stop).or_default().points.push(outcome(&row));
    }
    Ok(stops)
}

/// In the place of a number that is none.
const UNREADABLE: i64 = -1;

fn outcome(row: &QueryResult) -> Option<Outcome> {
    use stop_confirmation::Column;
    let number = |column| apart::number(row, "", column);
    let (how, streams_cut) = match (number(Column::SilentSince), number(Column::ConfirmTime)) {
        // A confirmation that came when the receipt was being entered is not in it.
        (Some(since), _) => (How::SilentSince(from_micros(since)), 0),
        (None, Some(at)) => (How::ConfirmedAt(from_micros(at)), number(Column::StreamsCut)?),
        (None, None) => return None,
    };
    let (point, process) = (apart::text(row, "", Column::Point), apart::text(row, "", Column::Process));
    Some(Outcome { point, process, how, streams_cut: u64::try_from(streams_cut).ok()? })
}
