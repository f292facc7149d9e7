//! Statistical disclosure control for tables of areas: pure integer algorithms, no I/O, nothing but
//! the standard library.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`model`] | the cells that there are, all that can be derived included, and the sums that bind them: from a [`model::Table`] of which all is given, a [`model::Cube`] with cells missing and earlier editions, or any [`model::Linked`] tables |
//! | [`rules`] | which single cells are unsafe, and how much room each needs; named presets |
//! | [`protect`] | which further cells to hide, so that no protected cell can be computed, exactly or too narrowly; masks of looser policies inside those of stricter ones |
//! | [`audit`] | what a recipient, or an insider, can compute; the verdict on a mask. Shares the model with the protector and nothing else |
//! | [`rounding`] | rounds what is published, the same for the same cell |
//!
//! From a table to a mask that is proven:
//!
//! ```
//! use sdc::audit::{Question, judge};
//! use sdc::model::{Dimension, Node, Table};
//! use sdc::protect::{Task, protect};
//! use sdc::rules::Preset;
//! use sdc::Unwatched;
//!
//! let tree = |name: &str, codes: &[&str]| Dimension {
//!     name: name.to_owned(),
//!     nodes: codes
//!         .iter()
//!         .enumerate()
//!         .map(|(index, code)| Node {
//!             code: (*code).to_owned(),
//!             parent: (index > 0).then(|| codes.first().unwrap_or(code).to_string()),
//!         })
//!         .collect(),
//!     groups: Vec::new(),
//! };
//! let areas = tree("areas", &["total", "north", "east", "south"]);
//! let answers = tree("answers", &["all", "yes", "no"]);
//! let table = Table::new(&[areas, answers], &[150, 63, 87, 50, 3, 47, 40, 20, 20, 60, 40, 20])?;
//!
//! let rules = Preset::PersonsGeneral.rules();
//! let needs = rules.table_needs(&table, &[1]);
//! let contributors = |cell| u64::try_from(table.universe.value(cell)).ok();
//! let insiders = rules.lone_contributors(&table.universe, |_| false, contributors);
//! let floor = rules.floor(&table.universe, &needs);
//! let task = Task {
//!     universe: &table.universe,
//!     needs: &needs,
//!     floor,
//!     insiders: &insiders,
//!     must_publish: &[],
//!     must_hide: &[],
//! };
//! let outcome = protect(&task, &Unwatched)?;
//!
//! let question = Question {
//!     universe: &table.universe,
//!     hidden: &outcome.mask,
//!     known: &[],
//!     floor,
//!     integer: true,
//! };
//! assert!(judge(&question, &needs, &insiders, &[], &Unwatched)?.is_safe());
//! assert_eq!(outcome.mask.count(), 4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arr;
pub mod audit;
mod echelon;
mod filled;
mod mask;
pub mod model;
pub mod protect;
pub mod rounding;
mod rows;
pub mod rules;
mod watch;

pub use mask::{Mask, NotAMask};
pub use watch::{Cancelled, Phase, Unwatched, Watch};
