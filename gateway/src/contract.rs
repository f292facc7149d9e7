//! The contract as the gateway reads it when it starts: descriptors, access rules and comments.

use std::collections::HashMap;
use std::time::Duration;

use platform::access::Rules;
use prost_reflect::{DescriptorPool, ExtensionDescriptor, MethodDescriptor};

/// The contract in the program cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("the contract in this program cannot be served: {0}")]
pub struct Error(pub(crate) String);

/// How messages go back and forth in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One request, one answer.
    Unary,
    /// The same, and the answer can take minutes.
    Slow,
    /// Many messages to the service, one answer.
    Upload,
    /// An answer that may go on for ever.
    Stream,
}

impl Shape {
    /// How long the answer may stay out; of one that may go on for ever, its beginning.
    pub(crate) const fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Unary | Self::Stream => 30,
            Self::Slow => 10 * 60,
            Self::Upload => 30 * 60,
        })
    }
}

/// Tells the shapes of methods.
#[derive(Debug)]
pub(crate) struct Shapes {
    takes_minutes: ExtensionDescriptor,
}

impl Shapes {
    /// By what the contract says of its methods.
    pub(crate) fn of(pool: &DescriptorPool) -> Result<Self, Error> {
        let takes_minutes = pool.get_extension_by_name("alliantie.api.v1.takes_minutes");
        let missing = || Error("the option takes_minutes is missing".to_owned());
        Ok(Self { takes_minutes: takes_minutes.ok_or_else(missing)? })
    }

    /// The shape of a method.
    pub(crate) fn shape(&self, rpc: &MethodDescriptor) -> Shape {
        let slow = rpc.options().get_extension(&self.takes_minutes).as_bool().unwrap_or(false);
        match (rpc.is_client_streaming(), rpc.is_server_streaming()) {
            (_, true) => Shape::Stream,
            (true, false) => Shape::Upload,
            (false, false) if slow => Shape::Slow,
            (false, false) => Shape::Unary,
        }
    }
}

/// What the gateway knows of the contract.
#[derive(Debug)]
pub(crate) struct Contract {
    pub(crate) pool: DescriptorPool,
    pub(crate) rules: Rules,
}

impl Contract {
    pub(crate) fn read() -> Result<Self, Error> {
        let pool = DescriptorPool::decode(proto::DESCRIPTORS).map_err(|error| Error(error.to_string()))?;
        let rules = Rules::of_contract().map_err(|error| Error(error.to_string()))?;
        Ok(Self { pool, rules })
    }

    /// The names of the services of the platform that have RPCs, each once.
    pub(crate) fn services(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .pool
            .services()
            .filter_map(|service| service_of(service.full_name()).map(str::to_owned))
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The shape of every method, by path ("/package.Service/Method").
    pub(crate) fn shapes(&self) -> Result<HashMap<String, Shape>, Error> {
        let shapes = Shapes::of(&self.pool)?;
        let methods = self.pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
        let path = |rpc: &MethodDescriptor| format!("/{}/{}", rpc.parent_service().full_name(), rpc.name());
        Ok(methods.map(|rpc| (path(&rpc), shapes.shape(&rpc))).collect())
    }

    /// The comments in the contract, by full name.
    pub(crate) fn comments(&self) -> Comments {
        Comments::of(&self.pool)
    }
}

/// The service of the platform that serves what has this full name: "consent" for
/// "alliantie.consent.v1.LedgerService".
pub(crate) fn service_of(full_name: &str) -> Option<&str> {
    full_name.strip_prefix("alliantie.")?.split('.').next()
}

/// The service of the platform behind a gRPC path, "/alliantie.consent.v1.LedgerService/...".
pub(crate) fn service_of_path(path: &str) -> Option<&str> {
    service_of(path.strip_prefix('/')?)
}

/// Where a comment stands: the file and the path of its descriptor.
type Place = (String, Vec<i32>);

/// The comments of the contract.
#[derive(Debug)]
pub(crate) struct Comments(HashMap<Place, String>);

impl Comments {
    fn of(pool: &DescriptorPool) -> Self {
        let mut comments = HashMap::new();
        for file in pool.files() {
            let Some(info) = &file.file_descriptor_proto().source_code_info else {
                continue;
            };
            for location in &info.location {
                let text = location.leading_comments();
                if !text.trim().is_empty() {
                    comments.insert((file.name().to_owned(), location.path.clone()), paragraphs(text));
                }
            }
        }
        Self(comments)
    }

    /// The comment on the descriptor at `path` of `file`.
    pub(crate) fn at(&self, file: &str, path: &[i32]) -> Option<&str> {
        self.0.get(&(file.to_owned(), path.to_vec())).map(String::as_str)
    }
}

/// The text with the line breaks within paragraphs taken out.
fn paragraphs(comment: &str) -> String {
    let lines: Vec<&str> = comment.trim().lines().map(str::trim).collect();
    let paragraphs: Vec<String> = lines
        .split(|line| line.is_empty())
        .filter(|lines| !lines.is_empty())
        .map(|lines| lines.join(" "))
        .collect();
    paragraphs.join("\n\n")
}
