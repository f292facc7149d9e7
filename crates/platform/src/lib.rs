//! What every service of the platform runs on. It knows none of our nouns: what stands here is
//! used by two services at least and can be explained without naming either.

pub mod access;
pub mod admin;
pub mod clock;
pub mod db;
pub mod etag;
pub mod fields;
#[cfg(test)]
mod fuzz;
pub mod guard;
pub mod idempotency;
pub mod identity;
pub mod jws;
pub mod keys;
pub mod mask;
pub mod page;
pub mod problem;
pub mod secret;
pub mod serve;
pub mod settings;
pub mod shutdown;
pub mod status;
pub mod table;
pub mod task;
pub mod telemetry;
pub mod text;
pub mod token;
pub mod upstream;
