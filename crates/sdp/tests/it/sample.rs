//! Descriptions for the tests.

use std::net::IpAddr;

use centrala_sdp::{Capabilities, SessionDescription};

/// A description with these lines after `t=`.
pub(crate) fn text(lines: &[&str]) -> String {
    let mut text = String::from(
        "v=0\r\no=- 20518 3 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n",
    );
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text
}

#[track_caller]
pub(crate) fn description(lines: &[&str]) -> SessionDescription {
    text(lines).parse().unwrap_or_else(|error| panic!("{error}: {lines:?}"))
}

pub(crate) fn capabilities() -> Capabilities {
    Capabilities::new(IpAddr::from([192, 0, 2, 7]), 7000)
}
