//! The contract of the platform: everything in `alliantie/**/*.proto`, generated at build time,
//! and nothing else.

pub use alliantie::{api, consent, indicators, inspanningen, stakeholders};

/// The packages of `alliantie`.
pub mod alliantie {
    /// What the services share: access rules and error reasons.
    pub mod api {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("alliantie.api.v1");
        }
    }

    /// Areas, indicators, datasets, releases and observations.
    pub mod indicators {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("alliantie.indicators.v1");
        }
    }

    /// Goals, inspanningen and what they answer to.
    pub mod inspanningen {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("alliantie.inspanningen.v1");
        }
    }

    /// Who takes part, and the keys they sign with.
    pub mod stakeholders {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("alliantie.stakeholders.v1");
        }
    }

    /// Agreements, decisions and the ledger.
    pub mod consent {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("alliantie.consent.v1");
        }
    }
}

/// `google.api`, for the bodies of files.
pub mod google {
    /// Options and the body of a file.
    pub mod api {
        tonic::include_proto!("google.api");
    }
}

/// The whole contract as an encoded `FileDescriptorSet`, with comments and custom options.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
