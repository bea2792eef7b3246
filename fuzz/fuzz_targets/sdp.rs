//! Any description: printed and read again as the same; answered section by section.

#![no_main]

use centrala_sdp::{Capabilities, LocalSession, SessionDescription};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let Ok(description) = SessionDescription::parse(octets) else { return };
    assert_eq!(SessionDescription::parse(&description.to_bytes()).as_ref(), Ok(&description));
    let capabilities = Capabilities::new([192, 0, 2, 1].into(), 4000);
    let mut session = LocalSession::new(1);
    if let Ok(answer) = session.answer(&description, &capabilities) {
        assert_eq!(answer.description.media().len(), description.media().len());
        assert_eq!(session.offer(&capabilities).media().len(), description.media().len());
    }
    let mut offering = LocalSession::new(2);
    offering.offer(&capabilities);
    let _ = offering.complete(&description);
});
