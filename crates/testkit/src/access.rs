//! Who may call what: every RPC of a service, with every kind of credentials.

use platform::access::Rules;
use tonic::{Code, Request};

use crate::service::{InProcess, Party};

impl InProcess {
    /// The code of the answer to an empty request, from any RPC, "/{package}.{Service}/{Method}".
    /// Of a stream it is the code with which it begins.
    ///
    /// # Panics
    /// When `path` is not the path of an RPC.
    pub async fn code(&self, party: Party, path: &str) -> Code {
        let mut client = tonic::client::Grpc::new(self.called_as(party));
        client.ready().await.expect("a service");
        let codec = tonic_prost::ProstCodec::<(), ()>::default();
        let path = path.parse().expect("a path");
        let answer = client.server_streaming(Request::new(()), path, codec).await;
        answer.map_or_else(|status| status.code(), |_| Code::Ok)
    }
}

/// Calls every RPC of the gRPC service `service`, "{package}.{Service}", with an empty request as
/// each of `parties`, and gives the number of RPCs. Whom `admits` lets in gets an answer, or
/// INVALID_ARGUMENT where an empty request is not a good one; others get UNAUTHENTICATED when they
/// have no credentials and PERMISSION_DENIED when they have. `context` is named when it fails.
///
/// # Panics
/// When an RPC lets in somebody else.
pub async fn assert_admits(
    process: &InProcess,
    service: &str,
    parties: &[Party],
    context: &str,
    admits: impl Fn(&str, Party) -> bool,
) -> usize {
    let rules = Rules::of_contract().expect("the contract");
    let prefix = format!("/{service}/");
    let methods = rules.iter().filter_map(|(path, _)| Some((path, path.strip_prefix(&prefix)?)));
    let mut count = 0;
    for (path, method) in methods {
        count += 1;
        for party in parties {
            let code = process.code(*party, path).await;
            let case = format!("{context} {method} {party:?}: {code:?}");
            if admits(method, *party) {
                assert!(matches!(code, Code::Ok | Code::InvalidArgument), "{case}");
            } else if *party == Party::Anonymous {
                assert_eq!(code, Code::Unauthenticated, "{case}");
            } else {
                assert_eq!(code, Code::PermissionDenied, "{case}");
            }
        }
    }
    count
}
