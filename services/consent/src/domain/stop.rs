//! Where a stop took effect: every enforcement point confirmed it, or fell silent for so long that
//! it has cut by itself.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::agreement::State;
use super::calendar::moment_in_words;
use super::entry::moment;

/// How far what is kept about a point may lag behind the last time that it was heard.
pub(crate) const HEARD_LAG: Duration = Duration::seconds(1);

/// Whether this change of state is a stop: it takes something away that may be in use.
#[must_use]
pub(crate) fn is_stop(before: State, after: State) -> bool {
    let was_in_use = matches!(before, State::Active | State::Suspended);
    was_in_use && before != after && matches!(after, State::Revoked | State::Suspended | State::Replaced)
}

/// An enforcement point that has to confirm a stop, as it stands. Times are by one clock, that of
/// the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Awaited {
    /// Its name.
    pub(crate) point: String,
    /// UUID of its process.
    pub(crate) process: String,
    /// When it was heard last; it may have been heard up to [`HEARD_LAG`] later.
    pub(crate) heard: OffsetDateTime,
    /// When it confirmed.
    pub(crate) confirmed: Option<OffsetDateTime>,
    /// How many streams it cut.
    pub(crate) streams_cut: u64,
}

/// What became of a stop at one enforcement point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Its name.
    pub(crate) point: String,
    /// UUID of its process.
    pub(crate) process: String,
    /// Confirmed or silent, and when.
    #[serde(flatten)]
    pub(crate) how: How,
    /// How many streams it says to have cut.
    pub(crate) streams_cut: u64,
}

/// Why nothing flows any more at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// It said so then.
    #[serde(with = "moment")]
    ConfirmedAt(OffsetDateTime),
    /// It was heard then for the last time, and has cut by itself.
    #[serde(with = "moment")]
    SilentSince(OffsetDateTime),
}

impl Awaited {
    /// What became of the stop here; none while it still has to be waited for. `bound` is the time
    /// after which a point that hears nothing cuts by itself.
    #[must_use]
    pub(crate) fn outcome(&self, now: OffsetDateTime, bound: Duration) -> Option<Outcome> {
        let how = match self.confirmed {
            Some(at) => How::ConfirmedAt(at),
            None if now > self.heard.saturating_add(HEARD_LAG + bound) => How::SilentSince(self.heard),
            None => return None,
        };
        let (point, process) = (self.point.clone(), self.process.clone());
        Some(Outcome { point, process, how, streams_cut: self.streams_cut })
    }
}

/// That a stop is in force at every enforcement point: the receipt of who stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Confirmed {
    /// "agreements/{id}".
    pub(crate) agreement: String,
    /// The ledger's number of the entry of the stop.
    pub(crate) stop: u64,
    /// The points that were there at the stop, by name.
    pub(crate) points: Vec<Outcome>,
    /// When that was complete.
    #[serde(with = "moment")]
    pub(crate) complete_at: OffsetDateTime,
    /// Within how many milliseconds after the stop no row left any more.
    pub(crate) bound_ms: u64,
}

impl Confirmed {
    /// In a few Dutch sentences.
    #[must_use]
    pub(crate) fn in_dutch(&self) -> String {
        let cut: u64 = self.points.iter().map(|point| point.streams_cut).sum();
        let confirmed = self.points.iter().filter(|point| matches!(point.how, How::ConfirmedAt(_))).count();
        let mut text = format!(
            "Voor de afspraak {} stroomt niets meer: {confirmed} van de {} doorgeefpunten hebben dat bevestigd, en {cut} lopende stromen zijn afgesloten.",
            self.agreement,
            self.points.len(),
        );
        for point in &self.points {
            if let How::SilentSince(since) = point.how {
                text.push_str(&format!(
                    " Doorgeefpunt {} zwijgt sinds {} en heeft zichzelf afgesloten.",
                    point.point,
                    moment_in_words(since)
                ));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
    const BOUND: Duration = Duration::seconds(2);

    fn awaited(confirmed: Option<OffsetDateTime>) -> Awaited {
        let (point, process) = ("indicators/0".to_owned(), "p".to_owned());
        Awaited { point, process, heard: NOON, confirmed, streams_cut: 3 }
    }

    #[test]
    fn only_what_takes_away_something_in_use_is_a_stop() {
        for before in State::ALL {
            for after in State::ALL {
                let expected = matches!(
                    (before, after),
                    (State::Active, State::Revoked | State::Suspended | State::Replaced)
                        | (State::Suspended, State::Revoked | State::Replaced)
                );
                assert_eq!(is_stop(before, after), expected, "{before:?} {after:?}");
            }
        }
    }

    #[test]
    fn a_point_is_waited_for_until_it_confirms_or_must_have_cut_by_itself() {
        let last = NOON + BOUND + HEARD_LAG;
        assert_eq!(awaited(None).outcome(last, BOUND), None);
        let silent = awaited(None).outcome(last + Duration::MICROSECOND, BOUND).map(|it| it.how);
        assert_eq!(silent, Some(How::SilentSince(NOON)));
        let at = NOON + Duration::MILLISECOND;
        for now in [at, last + Duration::HOUR] {
            let confirmed = awaited(Some(at)).outcome(now, BOUND).map(|it| it.how);
            assert_eq!(confirmed, Some(How::ConfirmedAt(at)));
        }
    }

    #[test]
    fn a_receipt_survives_its_canonical_form_and_names_who_fell_silent() {
        let mut points = vec![awaited(Some(NOON)).outcome(NOON, BOUND).expect("confirmed")];
        let later = NOON + Duration::MINUTE;
        let other = Awaited { point: "indicators/1".to_owned(), streams_cut: 0, ..awaited(None) };
        points.push(other.outcome(later, BOUND).expect("silent"));
        let agreement = "agreements/a".to_owned();
        let receipt = Confirmed { agreement, stop: 4, points, complete_at: later, bound_ms: 2000 };
        let text = crate::domain::canonical::json(&receipt).expect("a canonical form");
        assert_eq!(serde_json::from_str::<Confirmed>(&text).expect("the receipt"), receipt);
        assert!(text.contains(r#"{"confirmed_at":"2026-11-23T12:00:00.000000Z","point":"indicators/0""#));
        assert!(text.contains(r#""silent_since":"2026-11-23T12:00:00.000000Z","streams_cut":0"#));
        let words = receipt.in_dutch();
        assert!(
            words.contains("1 van de 2 doorgeefpunten") && words.contains("3 lopende stromen"),
            "{words}"
        );
        assert!(words.contains("indicators/1 zwijgt sinds 23 november 2026 om 13:00 uur en"), "{words}");
    }
}
