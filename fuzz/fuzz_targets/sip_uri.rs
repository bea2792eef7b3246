//! Any URI: printed as it came, equivalent to itself.

#![no_main]

use bytes::Bytes;
use centrala_sip::Uri;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let Ok(uri) = Uri::parse(Bytes::copy_from_slice(octets)) else { return };
    assert_eq!(uri.as_str().as_bytes(), octets);
    assert!(uri.is_equivalent(&uri));
    let _ = (uri.user_decoded(), uri.password(), uri.host().map(|host| host.to_string()), uri.port());
    let _ = (uri.params().iter().count(), uri.headers().count(), format!("{uri:?}"));
});
