//! Tests over the public interface of the crate.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod agreement;
mod atoms;
mod attacker;
mod brute;
mod country;
mod crossed;
mod crossed_country;
mod crossed_flat;
mod crosswise;
mod cube;
mod editions;
mod examples;
mod forced;
mod gaps;
mod insiders;
mod large;
mod levels;
mod linked_country;
mod made_up;
mod model;
mod more;
mod networks;
mod order;
mod persons;
mod pooling;
mod primary;
mod proof;
mod protection;
mod rates;
mod reach;
mod rounding;
mod rules;
mod share_readers;
mod shares;
mod solver;
mod spare;
mod truth;
mod verdicts;
mod view;
mod zeros;
