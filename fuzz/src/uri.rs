//! URIs.

use bytes::Bytes;
use centrala_sip::Uri;

use crate::choices::SEPARATOR;

/// Any URI is printed as it came and equivalent to itself; of two, each is equivalent to the other or neither is.
pub fn check(octets: &[u8]) {
    let uris: Vec<Uri> =
        octets.split(|&octet| octet == SEPARATOR).take(4).filter_map(check_one).collect();
    for one in &uris {
        for two in &uris {
            assert_eq!(one.is_equivalent(two), two.is_equivalent(one), "{one} {two}");
        }
    }
}

fn check_one(octets: &[u8]) -> Option<Uri> {
    let uri = Uri::parse(Bytes::copy_from_slice(octets)).ok()?;
    assert_eq!(uri.as_str().as_bytes(), octets);
    assert_eq!(uri.to_string().parse().as_ref(), Ok(&uri));
    assert!(uri.is_equivalent(&uri), "{uri}");
    let _ = (uri.user_decoded(), uri.password(), uri.port(), uri.scheme());
    let _ = (uri.host().map(|host| (host.to_string(), host.to_ip())), format!("{uri:?}"));
    for param in uri.params().iter() {
        let _ = (param.name(), param.value(), param.unquoted());
    }
    let _ = uri.headers().count();
    if uri.password().is_some_and(|password| password != "***") {
        let shown = format!("{uri:?}");
        assert!(shown.contains(":***@") && shown != uri.to_string(), "a password is not shown");
    }
    Some(uri)
}
