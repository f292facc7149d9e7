//! The commands over TLS, to a platform whose certificate comes from an authority that nobody trusts by itself.
//! What is in the folder beside this file was made with openssl for these tests, and holds for a hundred years; the
//! keys of the authorities were thrown away.

use tonic::transport::Identity;

use super::*;

const AUTHORITY: &str = include_str!("tls/own-authority.pem");
/// It gave no platform anything.
const OTHER_AUTHORITY: &str = include_str!("tls/other-authority.pem");

#[tokio::test]
async fn over_tls_a_platform_is_trusted_by_the_given_authority_and_for_its_own_name() {
    let folder = TempDir::new().unwrap();
    // For 127.0.0.1, and for alliantie.example.
    let own = Identity::from_pem(include_str!("tls/loopback.pem"), include_str!("tls/loopback.key"));
    let foreign = Identity::from_pem(include_str!("tls/elsewhere.pem"), include_str!("tls/elsewhere.key"));
    let url = Fake::serve_as(own, Shown::of(10)).await;
    let elsewhere = Fake::serve_as(foreign, Shown::of(10)).await;
    let plain = Fake::serve(Shown::of(10)).await.1;
    for (place, (url, ca, good)) in [
        (&url, Some(AUTHORITY), true),
        // Not one that browsers trust.
        (&url, None, false),
        (&url, Some(OTHER_AUTHORITY), false),
        (&elsewhere, Some(AUTHORITY), false),
        (&url, Some("no certificate"), false),
        // What is asked for with a certificate is never asked for without TLS.
        (&plain, Some(AUTHORITY), false),
        (&plain.replace("http", "https"), Some(AUTHORITY), false),
        (&url.replace("https", "http"), None, false),
        (&plain.replace("http", "ftp"), None, false),
    ]
    .into_iter()
    .enumerate()
    {
        let file = folder.path().join(format!("ca-{place}.pem"));
        fs::write(&file, ca.unwrap_or_default()).unwrap();
        let address = PlatformAddress { platform: url.clone(), ca: ca.map(|_| file) };
        let access = PartnerAccess { address, ..access(url) };
        let found = audited_by(&access, &folder.path().join(place.to_string())).await;
        assert_eq!(found.as_ref().ok(), good.then_some(&Vec::new()), "{place}: {found:?}");
    }
}
