//! Who may read the values of a dataset, and on what ground.

use platform::access::Rule;
use platform::identity::Caller;
use proto::api::v1::Role;

use super::App;
use super::error::Error;
use crate::domain::dataset::Dataset;
use crate::domain::permit::{OwnerAccess, PublicAccess};
use crate::domain::release::{Release, ReleaseState};
use crate::store;

/// Somebody who wants to read.
#[derive(Clone, Debug)]
pub(super) enum Reader {
    /// Anybody, of a public dataset.
    Public(PublicAccess),
    /// The owner of the dataset.
    Owner(OwnerAccess),
    /// Another organisation: needs a permit.
    Recipient(Recipient),
}

/// An organisation that needs a permit.
#[derive(Clone, Debug)]
pub(super) struct Recipient {
    /// Its OIN.
    pub oin: String,
    /// Which of its systems calls: the subject of its verified credentials.
    pub system: String,
}

/// Whether the caller is a system of the organisation that owns the dataset.
pub(super) fn owns(caller: &Caller, dataset: &Dataset) -> bool {
    caller.has(Role::Partner) && caller.acts_for(&dataset.owner)
}

/// On what ground the caller may read the dataset. A shared dataset is for partners only.
pub(super) fn reader(caller: &Caller, dataset: &Dataset) -> Result<Reader, Error> {
    let own = caller.organisation.as_ref().filter(|_| owns(caller, dataset));
    if let Some(access) = own.and_then(|oin| OwnerAccess::of(dataset, oin.as_str())) {
        return Ok(Reader::Owner(access));
    }
    if let Some(access) = PublicAccess::of(dataset) {
        return Ok(Reader::Public(access));
    }
    let partner = Rule { roles: vec![Role::Partner], services: Vec::new(), own_organisation: true };
    partner.admit(caller)?;
    let oin = caller.organisation.as_ref().map(ToString::to_string).unwrap_or_default();
    Ok(Reader::Recipient(Recipient { oin, system: caller.subject.clone() }))
}

/// Whether the caller may know of the release: everybody of a published one, its owner of a draft.
pub(super) fn shows(release: &Release, caller: &Caller, dataset: &Dataset) -> bool {
    release.state == ReleaseState::Published || owns(caller, dataset)
}

/// The release as the caller may know it; none when the caller may not know of it. What tells of the
/// cells of a shared dataset is for its owner.
pub(super) fn shown(release: Release, caller: &Caller, dataset: &Dataset) -> Option<Release> {
    if !shows(&release, caller, dataset) {
        return None;
    }
    let open = PublicAccess::of(dataset).is_some() || owns(caller, dataset);
    Some(if open { release } else { release.without_content() })
}

impl App {
    /// The dataset with that code.
    pub(super) async fn dataset(&self, code: &str) -> Result<Dataset, Error> {
        let found = store::dataset::dataset(self.store.database().pool(), code).await?;
        found.ok_or_else(|| Error::NotFound(format!("datasets/{code}")))
    }

    /// The dataset with that code, for its owner.
    pub(super) async fn own_dataset(&self, code: &str, caller: &Caller) -> Result<Dataset, Error> {
        let dataset = self.dataset(code).await?;
        if owns(caller, &dataset) {
            Ok(dataset)
        } else {
            Err(Error::OtherOrganisation(format!("datasets/{code}")))
        }
    }
}
