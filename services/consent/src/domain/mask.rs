//! Masks: which cells of a release are withheld under a protection, as the service with the figures
//! tells it. The mask itself stays there; the ledger has its digest.

use platform::identity::Oin;
use serde::{Deserialize, Serialize};

use super::content::Protection;
use super::name::is_resource;
use super::problem::Problem;
use super::request::{Published, count_problem, digest_problem, text_problem};

/// Most masks that are entered at a time.
const MOST: usize = 1000;

/// A mask that was computed and audited. The digests are SHA-256 in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Masked {
    /// The organisation that owns the dataset.
    pub(crate) owner: Oin,
    /// "datasets/{code}/releases/{number}".
    pub(crate) release: String,
    /// The protection.
    pub(crate) protection: Protection,
    /// Digest of the mask.
    pub(crate) mask_digest: String,
    /// Digest of the report of its audit.
    pub(crate) report_digest: String,
    /// Digest of the seed of the rounding.
    pub(crate) seed_digest: String,
    /// The program that computed and audited it, with its version.
    pub(crate) engine: String,
    /// How many cells the release has.
    pub(crate) cells: i64,
    /// How many of them are withheld.
    pub(crate) withheld: i64,
}

/// A protection that the owner of a dataset retired, so that later releases need no mask under it, or that is
/// in force again since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OfProtection {
    /// The organisation that owns the dataset.
    pub(crate) owner: Oin,
    /// "datasets/{code}".
    pub(crate) dataset: String,
    /// The protection.
    pub(crate) protection: Protection,
}

impl OfProtection {
    /// Everything about it that cannot be entered in the ledger.
    #[must_use]
    pub(crate) fn problems(&self) -> Vec<Problem> {
        if is_resource(&self.dataset, "datasets") {
            return Vec::new();
        }
        vec![Problem::new("dataset", "is not datasets/{code}", "is geen datasets/{code}")]
    }

    /// That it was retired, as a sentence.
    #[must_use]
    pub(crate) fn retired_in_dutch(&self) -> String {
        format!(
            "Organisatie {} schermt nieuwe uitgaven van {} niet meer af bij een minimum van {}, tot een afspraak daar weer om vraagt. Wat er zo getoond is, telt nog mee.",
            self.owner, self.dataset, self.protection.minimum_count
        )
    }

    /// That it is in force again, as a sentence.
    #[must_use]
    pub(crate) fn reinstated_in_dutch(&self) -> String {
        format!(
            "Een afspraak vraagt er weer om: organisatie {} schermt nieuwe uitgaven van {} opnieuw af bij een minimum van {}.",
            self.owner, self.dataset, self.protection.minimum_count
        )
    }
}

/// A mask by which a release is delivered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct UsedMask {
    /// "datasets/{code}/releases/{number}".
    pub(crate) release: String,
    /// The protection that it gives.
    pub(crate) protection: Protection,
    /// Its digest.
    pub(crate) digest: String,
}

/// Everything about masks that cannot be entered in the ledger.
#[must_use]
pub(crate) fn problems(masks: &[Masked]) -> Vec<Problem> {
    if masks.is_empty() || masks.len() > MOST {
        return vec![Problem::new(
            "masks",
            format!("has {} entries; expected 1 to {MOST}", masks.len()),
            format!("heeft {} onderdelen; verwacht worden 1 tot {MOST}", masks.len()),
        )];
    }
    masks.iter().enumerate().flat_map(|(place, mask)| mask.problems(place)).collect()
}

impl Masked {
    fn problems(&self, place: usize) -> Vec<Problem> {
        let published = Published {
            owner: self.owner.clone(),
            release: self.release.clone(),
            digest: self.mask_digest.clone(),
            cells: self.cells,
        };
        let mut problems = published.problems();
        problems
            .extend([&self.report_digest, &self.seed_digest].into_iter().filter_map(|it| digest_problem(it)));
        problems.extend(text_problem("engine", &self.engine));
        problems.extend(count_problem("withheld_count", self.withheld));
        if self.withheld > self.cells {
            problems.push(Problem::new(
                "withheld_count",
                "is more than cell_count",
                "is meer dan cell_count",
            ));
        }
        for problem in &mut problems {
            problem.field = format!("masks[{place}].{}", problem.field);
        }
        problems
    }

    /// The mask, as a delivery uses it.
    #[must_use]
    pub(crate) fn used(&self) -> UsedMask {
        let (release, digest) = (self.release.clone(), self.mask_digest.clone());
        UsedMask { release, protection: self.protection, digest }
    }

    /// What happened, as a sentence.
    #[must_use]
    pub(crate) fn in_dutch(&self) -> String {
        format!(
            "Voor {} is bepaald welke cellen worden afgeschermd bij een minimum van {}: {} van {}. Uit wat overblijft is geen beschermd aantal uit te rekenen.",
            self.release, self.protection.minimum_count, self.withheld, self.cells
        )
    }
}
