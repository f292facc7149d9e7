//! Releases: one delivery of a dataset each, for ever the same once published.

use time::OffsetDateTime;
use uuid::Uuid;

/// Where a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReleaseState {
    /// Checked and stored, seen by its owner only.
    Draft,
    /// For everybody who may read the dataset.
    Published,
}

impl ReleaseState {
    /// The name of the state in the contract, without its prefix.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Published => "PUBLISHED",
        }
    }

    /// The state with that name.
    #[must_use]
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        [Self::Draft, Self::Published].into_iter().find(|state| state.name() == name)
    }
}

/// Which release: the code of its dataset and its number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ReleaseId {
    /// Code of the dataset.
    pub dataset: String,
    /// 1 for the first of its dataset, then without gaps.
    pub number: u32,
}

impl ReleaseId {
    /// The resource name, "datasets/{code}/releases/{number}".
    #[must_use]
    pub(crate) fn resource_name(&self) -> String {
        format!("datasets/{}/releases/{}", self.dataset, self.number)
    }
}

/// One delivery of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    /// Which one.
    pub id: ReleaseId,
    /// Where it stands.
    pub state: ReleaseState,
    /// How many cells it has.
    pub cell_count: u32,
    /// SHA-256 of its cells in canonical form, lower-case hexadecimal.
    pub digest: String,
    /// When it was delivered.
    pub create_time: OffsetDateTime,
    /// When it was published.
    pub publish_time: Option<OffsetDateTime>,
    /// 1 for the release of its dataset that was published first, and so on.
    pub publish_order: Option<u32>,
    /// What the owner wrote with it.
    pub note: String,
    /// The transaction of its publication, fixed before the ledger is told.
    pub transaction_id: Option<Uuid>,
    /// What its digest in the ledger begins with: of a shared dataset, fixed with the transaction. None of a public
    /// one, and of a release that was published before there were salts; the ledger has the plain digest then.
    pub digest_salt: Option<Vec<u8>>,
}

impl Release {
    /// The release without what tells of its cells. A digest lets anybody try out values of
    /// withheld cells until it fits.
    #[must_use]
    pub(crate) fn without_content(self) -> Self {
        Self { cell_count: 0, digest: String::new(), digest_salt: None, note: String::new(), ..self }
    }
}
