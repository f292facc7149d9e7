//! Files as answers: as they are, with the type that their service gives them.

use serde_json::json;
use testkit::Party;

use crate::support::{get, post, start_with_log, token};

#[tokio::test]
async fn a_file_comes_as_it_is_with_its_own_media_type() {
    let gateway = start_with_log().await;
    // Whatever the caller would rather have.
    for accept in ["*/*", "application/json", "text/plain"] {
        let answer = get(&gateway, "/v1/ledger/checkpoint", &[("accept", accept)]).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, "één\n".to_owned()), "{accept}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_file_without_a_type_is_bytes_and_stays_in_caches_as_its_service_says() {
    let gateway = start_with_log().await;
    for path in ["tile/0", "tile/0/x001/234.p/5", "tile/entries/000"] {
        let answer = get(&gateway, &format!("/v1/ledger/{path}"), &[]).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.body, [&[0, 0xff][..], path.as_bytes()].concat());
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert_eq!(answer.header("cache-control"), "public, max-age=60");
    }
    for path in ["tile", "tile/", "tiles/0", "tile/0//1", "tile/..%2Fx"] {
        assert_eq!(get(&gateway, &format!("/v1/ledger/{path}"), &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_file_that_is_refused_is_a_problem() {
    let gateway = start_with_log().await;
    get(&gateway, "/v1/ledger/checkpoint/witnessed", &[]).await.problem(404, "NOT_FOUND");
    // A type that no header can hold goes nowhere.
    get(&gateway, "/v1/ledger/verifier-key", &[]).await.problem(500, "INTERNAL");
    get(&gateway, "/v1/ledger/checkpoint?x=1", &[]).await.problem(400, "INVALID_FIELD");
}

#[tokio::test]
async fn what_stands_beside_the_files_is_json() {
    let gateway = start_with_log().await;
    let weller = token(Party::Weller, &gateway.clock);
    let headers = [("authorization", weller.as_str()), ("content-type", "application/json")];
    let statement = get(&gateway, "/v1/ledger/statement", &headers[..1]).await;
    assert_eq!(statement.json(), json!({ "note": "note" }));
    let body = json!({ "note": "12345" }).to_string();
    let cosigned = post(&gateway, "/v1/ledger/_cosign", &headers, body).await;
    assert_eq!(cosigned.json(), json!({ "cosignatureCount": 5 }));
}
