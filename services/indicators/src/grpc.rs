//! The contract on the outside: requests in, answers out. No rules stand here.

mod catalog;
pub(crate) mod consent;
mod convert;
mod observation;
mod protection;
mod receipt;
mod refused;
mod release;
mod request;
mod sharing;
mod status;
mod unprotectable;
mod withheld;

use std::sync::Arc;

use proto::indicators::v1::catalog_service_server::CatalogServiceServer;
use proto::indicators::v1::observation_service_server::ObservationServiceServer;
use proto::indicators::v1::protection_service_server::ProtectionServiceServer;
use proto::indicators::v1::release_service_server::ReleaseServiceServer;
use proto::indicators::v1::sharing_service_server::SharingServiceServer;
use tonic::service::Routes;

use crate::app::{App, Wire};

/// How answers look on the wire.
pub(crate) const WIRE: Wire = Wire {
    release: convert::release_bytes,
    upload: convert::upload_bytes,
    dataset: convert::dataset_bytes,
    observation: convert::observation_bytes,
    uploaded: request::uploaded,
};

/// The services of the contract.
pub(crate) fn routes(app: &Arc<App>) -> Routes {
    Routes::new(CatalogServiceServer::new(catalog::Catalog(Arc::clone(app))))
        .add_service(ReleaseServiceServer::new(release::Releases(Arc::clone(app))))
        .add_service(ObservationServiceServer::new(observation::Observations(Arc::clone(app))))
        .add_service(ProtectionServiceServer::new(protection::Protections(Arc::clone(app))))
        .add_service(SharingServiceServer::new(sharing::Sharing(Arc::clone(app))))
}
