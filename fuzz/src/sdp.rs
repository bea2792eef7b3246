//! Session descriptions.

use centrala_sdp::{Lines, SessionDescription};

/// Any description is printed as it came, and read again as the same; every view of every section answers.
pub fn check(octets: &[u8]) {
    let description = match SessionDescription::parse(octets) {
        Ok(description) => description,
        Err(error) => {
            assert!(error.offset().is_none_or(|offset| offset <= octets.len()), "{error}");
            return;
        }
    };
    let printed = description.to_bytes();
    assert_eq!(printed, octets, "printed as it came");
    assert_eq!(SessionDescription::parse(&printed).as_ref(), Ok(&description));
    let _ = format!("{description:?}");
    check_lines(description.lines());
    for media in description.media() {
        let _ = (media.kind(), media.port(), media.protocol(), media.formats().count());
        let _ = (description.connection_of(media), description.direction_of(media));
        check_lines(media.lines());
    }
}

fn check_lines(lines: &Lines) {
    let _ =
        (lines.connection(), lines.timing(), lines.direction(), lines.ptime(), lines.maxptime());
    let _ = (lines.rtcp(), lines.has_rtcp_mux(), lines.setup(), lines.ice_ufrag(), lines.mid());
    let _ = (lines.connections().count(), lines.bandwidths().count(), lines.timings().count());
    let _ = (lines.cryptos().count(), lines.fingerprints().count(), lines.candidates().count());
    let _ = (lines.groups().count(), lines.ssrcs().count(), lines.contents().count());
    let _ = (lines.ice_options().count(), lines.is_ice_lite(), lines.has_end_of_candidates());
    let _ = (lines.label(), lines.ice_pwd(), lines.bandwidth("TIAS"));
}
