//! What the gateway answers itself in gRPC: health, and reflection of the whole contract.

use platform::upstream::{Upstream, local};
use tonic::service::Routes;

use crate::contract::Error;

/// grpc.health.v1, and grpc.reflection v1 and v1alpha.
pub(crate) fn services() -> Result<Upstream, Error> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let unreadable = |error: tonic_reflection::server::Error| Error(error.to_string());
    let (_, health) = tonic_health::server::health_reporter();
    let routes = Routes::new(health)
        .add_service(reflection().build_v1().map_err(unreadable)?)
        .add_service(reflection().build_v1alpha().map_err(unreadable)?);
    Ok(local(routes.prepare().into_axum_router()))
}
