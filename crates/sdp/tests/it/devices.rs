//! Descriptions in the manner of devices and services, as files.

use std::net::IpAddr;

use centrala_sdp::{
    Bandwidth, Direction, Group, LineName, LocalSession, Media, OfferAnswer, PayloadType, Refusal,
    SectionPlan, SessionDescription, Setup, Stream, Timing, ValueError,
};

use crate::sample::capabilities;

macro_rules! devices {
    ($($name:literal),+ $(,)?) => {
        /// Name and octets of each file.
        pub(crate) const DEVICES: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../data/", $name, ".sdp")))),+];
    };
}

devices![
    "bare_lf",
    "chromium_webrtc",
    "cloud_teams",
    "desk_phone",
    "desk_phone_srtp",
    "dtls_srtp",
    "empty_lines_at_the_end",
    "fax_t38",
    "hold_null_address",
    "hold_sendonly",
    "hold_session_inactive",
    "latin_1",
    "mobile_sbc",
    "no_final_line_end",
    "pbx_asterisk",
    "pbx_freeswitch",
];

#[track_caller]
pub(crate) fn device(name: &str) -> SessionDescription {
    let (_, octets) = DEVICES.iter().find(|(other, _)| *other == name).unwrap();
    SessionDescription::parse(octets).unwrap()
}

fn encodings(media: &Media) -> Vec<String> {
    media.rtp_maps().map(|(number, map)| format!("{number} {map}")).collect()
}

#[test]
fn every_octet_of_a_device_is_printed_again() {
    for (name, octets) in DEVICES {
        let description = SessionDescription::parse(octets).unwrap();
        assert_eq!(description.to_bytes(), *octets, "{name}");
        assert_eq!(SessionDescription::parse(&description.to_bytes()), Ok(description), "{name}");
    }
}

#[test]
fn no_secret_of_a_device_is_in_debug() {
    for (name, octets) in DEVICES {
        let description = SessionDescription::parse(octets).unwrap();
        let mut debug = format!("{description:?}");
        for media in description.media() {
            let lines = media.lines();
            debug += &format!("{:?}", lines.cryptos().collect::<Vec<_>>());
            debug += &format!("{:?}", lines.ice_pwd());
        }
        let text = String::from_utf8_lossy(octets);
        let secrets = text.lines().filter_map(|line| {
            let inline = line.split_once("inline:").map(|(_, key)| key.split('|').next().unwrap());
            inline.or_else(|| line.strip_prefix("a=ice-pwd:")).or_else(|| line.strip_prefix("k="))
        });
        for secret in secrets {
            assert!(!debug.contains(secret), "{name}: {secret}");
        }
    }
}

/// Section, payload type and direction; or the status.
type Taken = Result<(usize, u8, Direction), u16>;

/// Which sections are taken by a phone of PCMU and PCMA, with which codec and direction.
#[test]
fn a_phone_answers_each_device() {
    let expected: &[(&str, Taken)] = &[
        ("bare_lf", Ok((0, 8, Direction::SendRecv))),
        ("chromium_webrtc", Err(488)),
        ("cloud_teams", Err(488)),
        ("desk_phone", Ok((0, 0, Direction::SendRecv))),
        ("desk_phone_srtp", Ok((1, 0, Direction::SendRecv))),
        ("dtls_srtp", Err(488)),
        ("empty_lines_at_the_end", Ok((0, 8, Direction::SendRecv))),
        ("fax_t38", Err(488)),
        ("hold_null_address", Ok((0, 8, Direction::RecvOnly))),
        ("hold_sendonly", Ok((0, 8, Direction::RecvOnly))),
        ("hold_session_inactive", Ok((0, 8, Direction::Inactive))),
        ("latin_1", Err(488)),
        ("mobile_sbc", Err(488)),
        ("no_final_line_end", Ok((0, 8, Direction::SendRecv))),
        ("pbx_asterisk", Ok((0, 0, Direction::SendRecv))),
        ("pbx_freeswitch", Ok((0, 0, Direction::SendRecv))),
    ];
    assert_eq!(expected.len(), DEVICES.len());
    for (name, expected) in expected {
        let offer = device(name);
        let made = LocalSession::new(1).answer(&offer, &capabilities());
        let taken = made.as_ref().map(|made| {
            let plan = &made.plan;
            (plan.section, plan.codec_types.send.as_u8(), plan.direction)
        });
        assert_eq!(taken.map_err(|error| error.status()), *expected, "{name}");
        if let Ok(made) = made {
            assert_eq!(made.description.media().len(), offer.media().len(), "{name}");
        }
    }
}

#[test]
fn a_desk_phone_says_its_codecs() {
    let description = device("desk_phone");
    let media = &description.media()[0];
    assert_eq!(
        encodings(media),
        [
            "9 G722/8000",
            "0 PCMU/8000",
            "8 PCMA/8000",
            "18 G729/8000",
            "102 iLBC/8000",
            "101 telephone-event/8000"
        ]
    );
    assert_eq!(media.format_parameters(PayloadType::new(18).unwrap()), Some("annexb=no"));
    assert_eq!(media.lines().direction(), Ok(Direction::SendRecv));
    assert_eq!(description.lines().text('s'), Ok("SIP Call"));
    assert_eq!(description.origin().username(), "4021");
    assert_eq!(description.lines().timing(), Ok(Timing::default()));
}

#[test]
fn a_phone_offers_keys_of_srtp() {
    let description = device("desk_phone_srtp");
    let lines = description.media()[0].lines();
    let cryptos: Vec<_> = lines.cryptos().map(Result::unwrap).collect();
    let suites: Vec<_> = cryptos.iter().map(|crypto| (crypto.tag(), crypto.suite())).collect();
    assert_eq!(
        suites,
        [
            (1, "AES_CM_128_HMAC_SHA1_80"),
            (2, "AES_CM_128_HMAC_SHA1_32"),
            (3, "F8_128_HMAC_SHA1_80")
        ]
    );
    assert!(cryptos[0].key_params().starts_with("inline:"));
    assert!(cryptos[1].key_params().ends_with("|2^31"));
    let last: Vec<_> = cryptos[2].session_params().collect();
    assert_eq!(last, ["UNENCRYPTED_SRTCP", "KDR=1"]);
    assert_eq!(Some(cryptos[2].to_string().as_str()), lines.attributes("crypto").last());
    assert_eq!(description.media()[1].lines().cryptos().count(), 0);
}

#[test]
fn a_mobile_network_says_bandwidths_and_clock_rates() {
    let description = device("mobile_sbc");
    assert_eq!(description.lines().bandwidth(Bandwidth::AS), Ok(50));
    let lines = description.media()[0].lines();
    let bandwidths: Vec<_> = lines
        .bandwidths()
        .map(Result::unwrap)
        .map(|bandwidth| (bandwidth.kind(), bandwidth.value()))
        .collect();
    assert_eq!(bandwidths, [("AS", 49), ("TIAS", 41_000), ("RS", 600), ("RR", 2_000)]);
    assert_eq!(
        lines.bandwidth(Bandwidth::CT),
        Err(ValueError::Absent(LineName::Kind('b'))),
        "there is none of this type"
    );
    assert_eq!((lines.ptime(), lines.maxptime()), (Ok(20), Ok(240)));
    let fmtp = lines.format_parameters().nth(1).unwrap().unwrap();
    assert_eq!((fmtp.format(), fmtp.get("octet-align")), ("110", Some("1")));
    assert_eq!((fmtp.get("max-red"), fmtp.get("mode-set")), (Some("0"), None));
    let connection = description.connection_of(&description.media()[0]).unwrap();
    assert_eq!(connection.to_ip(), Some("2001:db8:40::a".parse::<IpAddr>().unwrap()));
}

#[test]
fn a_browser_says_all_of_ice_and_bundle() {
    let description = device("chromium_webrtc");
    let group = description.lines().groups().next().unwrap().unwrap();
    assert_eq!(group.semantics(), Group::BUNDLE);
    assert_eq!(group.mids().collect::<Vec<_>>(), ["0", "1", "2"]);
    let audio = description.media()[0].lines();
    assert_eq!((audio.mid(), audio.setup()), (Ok("0"), Ok(Setup::ActPass)));
    assert_eq!(audio.ice_ufrag(), Ok("kLm4"));
    assert_eq!(audio.ice_pwd().unwrap().reveal(), "Zt8h2nRk0pQeW5xYvB7sUj1M");
    assert_eq!(audio.ice_options().collect::<Vec<_>>(), ["trickle", "renomination"]);
    assert!(audio.has_rtcp_mux() && !audio.is_ice_lite() && !audio.has_end_of_candidates());
    let candidates: Vec<_> = audio.candidates().map(Result::unwrap).collect();
    let [host, reflexive, name] = candidates.as_slice() else { panic!("three candidates") };
    assert_eq!((host.component(), host.kind(), host.port()), (1, "host", 53_421));
    assert_eq!(host.to_ip(), Some("192.0.2.50".parse().unwrap()));
    assert_eq!(reflexive.extension("raddr"), Some("192.0.2.50"));
    assert_eq!(reflexive.extension("network-id"), Some("1"));
    assert_eq!((name.foundation(), name.transport(), name.to_ip()), ("71+x/", "tcp", None));
    assert_eq!(Some(name.to_string().as_str()), audio.attributes("candidate").last());
    let source = audio.ssrcs().next().unwrap().unwrap();
    assert_eq!((source.ssrc(), source.name(), source.value()), (2_231_627_014, "cname", "u4qv/x"));
    let fingerprint = audio.fingerprints().next().unwrap().unwrap();
    assert_eq!((fingerprint.hash(), fingerprint.to_bytes().len()), ("sha-256", 32));
    assert_eq!(audio.attributes("extmap").count(), 2);
    assert_eq!(description.media()[2].formats().collect::<Vec<_>>(), ["webrtc-datachannel"]);
}

#[test]
fn lines_of_dtls_are_read() {
    let description = device("dtls_srtp");
    assert!(description.lines().is_ice_lite());
    assert_eq!(description.lines().setup(), Ok(Setup::Active));
    let lines = description.media()[0].lines();
    assert_eq!(lines.setup(), Ok(Setup::Passive));
    assert!(lines.has_end_of_candidates());
    assert_eq!(lines.label(), Ok("1"));
    assert_eq!(lines.contents().collect::<Vec<_>>(), ["main", "alt"]);
    // Names of functions and digits are equal in any case.
    let lower = lines.fingerprints().next().unwrap().unwrap();
    let browser = device("chromium_webrtc");
    assert_eq!(browser.media()[0].lines().fingerprints().next().unwrap(), Ok(lower));
    assert_eq!(description.lines().fingerprints().next().unwrap().unwrap().to_bytes().len(), 20);
}

#[test]
fn lines_beyond_ascii_and_unknown_ones_are_there() {
    let description = device("latin_1");
    let lines = description.lines();
    assert!(matches!(lines.text('i'), Err(ValueError::Malformed { line: 4, offset: 53, .. })));
    assert_eq!(lines.of_kind('i').next().unwrap().raw_value(), b"Caf\xe9");
    assert_eq!(lines.text('u'), Ok("http://example.com/"));
    assert_eq!(lines.text('p'), Ok("+49 89 5550100"));
    let timing = lines.timing().unwrap();
    assert_eq!((timing.start, timing.stop), (2_873_397_496, 2_873_404_696));
    assert_eq!(lines.text('z'), Ok("2882844526 -1h 2898848070 0"));
    assert_eq!(lines.of_kind('Y').count(), 1);
    let media = &description.media()[0];
    assert_eq!((media.port(), media.number_of_ports()), (8012, 2));
    assert!(matches!(media.lines().connection(), Err(ValueError::Repeated { line: 17, .. })));
    let addresses: Vec<_> = media.lines().connections().map(|it| it.unwrap().to_ip()).collect();
    assert_eq!(addresses.len(), 2);
    assert_eq!(media.lines().bandwidth("X-YZ"), Ok(128));
    assert_eq!(media.attribute("tool"), None, "it is not UTF-8");
    assert!(media.lines().has_attribute("tool"));
}

#[test]
fn a_fax_machine_is_answered_in_its_section() {
    let offer = device("fax_t38");
    let audio = Stream::audio("192.0.2.7:7000".parse().unwrap());
    let image = "192.0.2.7:7002".parse().unwrap();
    let mut fax = Stream::opaque("image", &["udptl"], &["t38"], image).unwrap();
    fax.lines.push(centrala_sdp::Line::attribute_of("T38FaxVersion", "0").unwrap());
    let made = OfferAnswer::new(1).answer(&offer, &[audio, fax]).unwrap();
    assert!(made.description.to_string().ends_with(
        "m=audio 0 RTP/AVP 0\r\nm=image 7002 udptl t38\r\na=T38FaxVersion:0\r\na=sendrecv\r\n"
    ));
    assert_eq!(made.plan.sections[0], SectionPlan::Refused(Refusal::Over));
    let plan = made.plan.stream(1).unwrap();
    assert_eq!((plan.section, plan.remote.port()), (1, 4532));
    assert_eq!((plan.opaque.as_slice(), plan.codec()), (["t38".to_owned()].as_slice(), None));
}
