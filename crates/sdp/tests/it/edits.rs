//! What a B2BUA or an SBC changes, and what it leaves alone.

use std::net::SocketAddr;

use centrala_sdp::{
    Anchor, Connection, Direction, EditLineError, Line, Media, Origin, SessionDescription,
};

use crate::{
    devices::{DEVICES, device},
    sample::description,
};

fn relay(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 200], port))
}

/// The lines of both which are not the same; nothing may have come or gone.
#[track_caller]
fn changed(before: &[u8], after: &[u8]) -> Vec<(String, String)> {
    let split = |octets: &[u8]| {
        let lines = octets.split_inclusive(|&byte| byte == b'\n');
        lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>()
    };
    let (before, after) = (split(before), split(after));
    assert_eq!(before.len(), after.len());
    before.into_iter().zip(after).filter(|(one, two)| one != two).collect()
}

#[test]
fn an_anchor_touches_only_the_lines_which_say_where() {
    let mut held = Vec::new();
    for (name, octets) in DEVICES {
        let mut description = SessionDescription::parse(octets).unwrap();
        let live = description.media().iter().filter(|media| media.port() != 0).count();
        let before = description.clone();
        description.anchor_media(|position, _| {
            Some(Anchor::new(relay(20_000 + 2 * u16::try_from(position).unwrap())))
        });
        assert_eq!(description.media().len(), before.media().len(), "{name}");
        let mut moved = 0;
        for (position, (one, two)) in before.media().iter().zip(description.media()).enumerate() {
            if one.port() == 0 {
                assert_eq!(one.head(), two.head(), "{name}: a refused section stays");
                continue;
            }
            moved += 1;
            assert_eq!(usize::from(two.port()), 20_000 + 2 * position, "{name}");
            let was_held = before.connection_of(one).is_ok_and(|before| before.is_hold());
            let is_held = description.connection_of(two).unwrap().is_hold();
            assert_eq!(was_held, is_held, "{name}: hold is neither lost nor made");
            held.extend(is_held.then_some(*name));
            let says_where = |line: &&Line| {
                line.kind() == 'c' || line.attribute().is_some_and(|(name, _)| name == "rtcp")
            };
            let rest = |media: &Media| {
                let lines = media.lines().iter().filter(|line| !says_where(line));
                lines.cloned().collect::<Vec<_>>()
            };
            assert_eq!(rest(one), rest(two), "{name}");
            assert!(one.formats().eq(two.formats()) && one.protocol() == two.protocol(), "{name}");
        }
        assert_eq!(moved, live, "{name}");
    }
    // A browser without candidates yet holds, too.
    assert_eq!(held, ["chromium_webrtc", "chromium_webrtc", "hold_null_address"]);
}

#[test]
fn an_anchored_phone_differs_in_its_lines_only() {
    let mut description = device("pbx_freeswitch");
    let before = description.to_bytes();
    description.anchor_media(|_, _| Some(Anchor::new(relay(20_000))));
    let expected = [
        ("c=IN IP4 198.51.100.6\r\n", "c=IN IP4 192.0.2.200\r\n"),
        ("m=audio 24680 RTP/AVP 0 8 101\r\n", "m=audio 20000 RTP/AVP 0 8 101\r\n"),
        ("a=rtcp:24681 IN IP4 198.51.100.6\r\n", "a=rtcp:20001 IN IP4 192.0.2.200\r\n"),
    ];
    let expected = expected.map(|(one, two)| (one.to_owned(), two.to_owned()));
    assert_eq!(changed(&before, &description.to_bytes()), expected);
}

#[test]
fn spaces_and_line_ends_of_an_anchored_line_stay() {
    let mut description = device("bare_lf");
    let before = description.to_bytes();
    description.anchor_media(|_, _| Some(Anchor::new(relay(20_000))));
    let expected = [
        ("c=IN IP4 192.0.2.15\n", "c=IN IP4 192.0.2.200\n"),
        ("m=audio   8006  RTP/AVP   8 0  \n", "m=audio   20000  RTP/AVP   8 0  \n"),
    ];
    let expected = expected.map(|(one, two)| (one.to_owned(), two.to_owned()));
    assert_eq!(changed(&before, &description.to_bytes()), expected);
}

#[test]
fn sections_may_have_anchors_of_their_own() {
    let mut description = description(&[
        "m=audio 4000 RTP/AVP 0",
        "m=video 4002 RTP/AVP 31",
        "m=text 4004 RTP/AVP 98",
    ]);
    let second: SocketAddr = "198.51.100.1:30000".parse().unwrap();
    description.anchor_media(|position, media| match position {
        0 => Some(Anchor::muxed(relay(20_000))),
        1 => Some(Anchor::new(second)),
        _ => {
            assert_eq!(media.kind(), "text");
            None
        }
    });
    // The third is not moved and keeps the connection of the session.
    let expected = "m=audio 20000 RTP/AVP 0\r\nc=IN IP4 192.0.2.200\r\na=rtcp:20000\r\n\
                    m=video 30000 RTP/AVP 31\r\nc=IN IP4 198.51.100.1\r\nm=text 4004 RTP/AVP 98\r\n";
    let text = description.to_string();
    assert!(text.ends_with(expected), "{text}");
    assert!(text.contains("\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n"), "{text}");
}

#[test]
fn a_refused_section_does_not_tell_where_it_was() {
    let lines = [
        "m=audio 4000 RTP/AVP 0",
        "m=video 0 RTP/AVP 31",
        "i=x",
        "c=IN IP4 10.0.0.9",
        "c=IN IP4 10.0.0.10",
        "a=rtcp:4003 IN IP4 10.0.0.9",
        "a=x",
        "m=text 0 RTP/AVP 98",
        "m=text 0 RTP/AVP 98",
        "c=IN IP4 0.0.0.0",
        "c=IN IP4 10.0.0.9",
    ];
    let mut led = description(&lines);
    led.anchor_media(|position, _| {
        assert_eq!(position, 0, "a refused section needs no anchor");
        Some(Anchor::new(relay(20_000)))
    });
    let expected = "m=audio 20000 RTP/AVP 0\r\n\
                    m=video 0 RTP/AVP 31\r\ni=x\r\nc=IN IP4 192.0.2.200\r\na=x\r\n\
                    m=text 0 RTP/AVP 98\r\nm=text 0 RTP/AVP 98\r\nc=IN IP4 0.0.0.0\r\n";
    assert!(led.to_string().ends_with(expected), "{led}");
    let mut left = description(&lines);
    left.anchor_media(|_, _| None);
    assert_eq!(left, description(&lines), "nothing is led through");
}

#[test]
fn ice_is_removed_with_all_its_lines() {
    for name in ["chromium_webrtc", "cloud_teams", "dtls_srtp"] {
        let mut description = device(name);
        let before = description.to_string();
        description.remove_ice();
        let is_ice = |line: &&str| {
            ["a=candidate", "a=ice-", "a=end-of-candidates"].iter().any(|it| line.starts_with(it))
        };
        let expected: Vec<_> = before.lines().filter(|line| !is_ice(line)).collect();
        assert!(expected.len() < before.lines().count());
        assert_eq!(description.to_string().lines().collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn codecs_leave_with_all_that_is_said_of_them() {
    let mut description = device("chromium_webrtc");
    let before = description.to_string();
    let audio = description.media_mut(0).unwrap();
    audio.retain_formats(|_, map| map.is_some_and(|map| !map.is("opus"))).unwrap();
    let video = description.media_mut(1).unwrap();
    video.retain_formats(|format, _| format != "96").unwrap();
    let text = description.to_string();
    // red is of opus, and rtx of VP8.
    assert!(text.contains("m=audio 53421 UDP/TLS/RTP/SAVPF 9 0 8 13 110 126\r\n"), "{text}");
    assert!(text.contains("m=video 9 UDP/TLS/RTP/SAVPF 102 103\r\n"), "{text}");
    let gone: Vec<_> =
        before.lines().filter(|line| !text.lines().any(|other| other == *line)).collect();
    assert_eq!(
        gone,
        [
            "m=audio 53421 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126",
            "a=rtpmap:111 opus/48000/2",
            "a=rtcp-fb:111 transport-cc",
            "a=fmtp:111 minptime=10;useinbandfec=1",
            "a=rtpmap:63 red/48000/2",
            "a=fmtp:63 111/111",
            "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103",
            "a=rtpmap:96 VP8/90000",
            "a=rtcp-fb:96 nack pli",
            "a=rtpmap:97 rtx/90000",
            "a=fmtp:97 apt=96",
        ]
    );
    assert!(text.contains("a=rtcp-fb:* nack\r\n"), "it is of all formats");
}

#[test]
fn the_last_codec_stays() {
    let mut description = device("desk_phone");
    let before = description.clone();
    let media = description.media_mut(0).unwrap();
    assert_eq!(media.retain_formats(|_, _| false), Err(EditLineError::NoFormat));
    assert_eq!(media.retain_formats(|_, _| true), Ok(()));
    assert_eq!(description, before);
    assert_eq!(description.to_bytes(), before.to_bytes());
}

#[test]
fn a_direction_is_set_in_its_place() {
    let mut description = device("desk_phone");
    let before = description.to_bytes();
    description.media_mut(0).unwrap().set_direction(Direction::SendOnly);
    let expected = [("a=sendrecv\r\n".to_owned(), "a=sendonly\r\n".to_owned())];
    assert_eq!(changed(&before, &description.to_bytes()), expected);
    let mut many =
        crate::sample::description(&["m=audio 1 RTP/AVP 0", "a=inactive", "a=x", "a=sendonly"]);
    many.media_mut(0).unwrap().set_direction(Direction::RecvOnly);
    assert!(many.to_string().ends_with("m=audio 1 RTP/AVP 0\r\na=recvonly\r\na=x\r\n"));
    let mut none = crate::sample::description(&["m=audio 1 RTP/AVP 0", "a=x"]);
    none.media_mut(0).unwrap().set_direction(Direction::Inactive);
    assert!(none.to_string().ends_with("a=x\r\na=inactive\r\n"));
}

#[test]
fn added_lines_go_where_they_belong() {
    let mut description =
        description(&["b=AS:64", "m=audio 1 RTP/AVP 0", "i=title", "b=AS:64", "a=x"]);
    description.push_line(Line::new('e', "a@example.com").unwrap()).unwrap();
    let media = description.media_mut(0).unwrap();
    media.push(Line::new('k', "prompt").unwrap()).unwrap();
    media.push(Line::new('c', "IN IP4 192.0.2.9").unwrap()).unwrap();
    media.lines_mut().push_attribute("y", "").unwrap();
    let kinds: String =
        description.to_string().lines().filter_map(|line| line.chars().next()).collect();
    // `b=` came after `t=` and stays there.
    assert_eq!(kinds, "vosectbmicbkaa");
    let head = description.media()[0].head().clone();
    assert_eq!(description.push_line(head), Err(EditLineError::Kind));
    let origin = description.lines()[1].clone();
    assert_eq!(description.media_mut(0).unwrap().push(origin), Err(EditLineError::Kind));
    let all = description.lines_mut().remove_where(|_| true);
    assert_eq!((all, description.lines().len()), (5, 2), "v= and o= stay");
}

#[test]
fn a_line_added_after_an_open_end_does_not_run_into_it() {
    let mut description = device("no_final_line_end");
    let before = description.to_string();
    description.media_mut(0).unwrap().lines_mut().push_attribute("x", "").unwrap();
    assert_eq!(description.to_string(), format!("{before}\r\na=x\r\n"));
    let mut lf = device("bare_lf");
    let before = lf.to_string();
    lf.media_mut(0).unwrap().lines_mut().push_attribute("x", "").unwrap();
    assert_eq!(lf.to_string(), format!("{before}a=x\n"), "it ends as the lines before");
}

#[test]
fn sections_leave_their_groups() {
    let mut description = device("chromium_webrtc");
    description.refuse_media(1).unwrap();
    assert_eq!(description.attribute("group"), Some("BUNDLE 0 2"));
    assert_eq!(description.media()[1].port(), 0);
    let kept: Vec<_> = description.media()[1].lines().iter().map(Line::value).collect();
    assert_eq!(kept, ["mid:1"], "its name is all that stays");
    let removed = description.remove_media(0).unwrap();
    assert_eq!((removed.kind(), description.media().len()), ("audio", 2));
    assert_eq!(description.attribute("group"), Some("BUNDLE 2"));
    description.insert_media(0, removed);
    assert_eq!(description.media()[0].kind(), "audio");
    description.refuse_media(2).unwrap();
    assert_eq!(description.attribute("group"), None, "a group of nobody");
    assert_eq!(description.refuse_media(3), Err(EditLineError::NoSection));
    assert_eq!(description.remove_media(3), None);
    let parsed: SessionDescription = description.to_string().parse().unwrap();
    assert_eq!(parsed, description);
}

#[test]
fn an_origin_is_replaced_in_its_line() {
    let mut description = device("desk_phone");
    let before = description.to_bytes();
    description.set_origin(Origin::new(5, 6, [192, 0, 2, 200].into()));
    let expected = [(
        "o=4021 8000 8000 IN IP4 192.0.2.21\r\n".to_owned(),
        "o=- 5 6 IN IP4 192.0.2.200\r\n".to_owned(),
    )];
    assert_eq!(changed(&before, &description.to_bytes()), expected);
    description.set_connection(&Connection::Address([192, 0, 2, 201].into()));
    assert_eq!(changed(&before, &description.to_bytes()).len(), 2);
}

#[test]
fn ports_are_replaced_with_their_number_kept() {
    let mut description = device("latin_1");
    let media = description.media_mut(0).unwrap();
    media.set_port(9000);
    assert_eq!(media.head().value(), "audio 9000/2 RTP/AVP 8");
    media.set_port(0);
    assert_eq!(media.head().value(), "audio 0 RTP/AVP 8");
}

#[test]
fn sections_are_made_of_checked_words() {
    let media = Media::new("message", 9, "TCP/TLS/MSRP", &["*"]).unwrap();
    assert_eq!(media.head().value(), "message 9 TCP/TLS/MSRP *");
    assert_eq!(Media::new("audio", 9, "RTP/AVP", &[]), Err(EditLineError::NoFormat));
    for (kind, protocol, format) in
        [("", "x", "0"), ("a", "", "0"), ("a", "x//y", "0"), ("a", "x", ""), ("a b", "x", "0")]
    {
        assert_eq!(Media::new(kind, 9, protocol, &[format]), Err(EditLineError::Name));
    }
}

#[test]
fn no_other_origin_stays_beside_the_one_that_is_set() {
    let text = "v=0\r\no=alice 1 1 IN IP4 10.0.0.9\r\no=bob 1 1 IN IP4 10.0.0.9\r\ns=-\r\n";
    let mut description: SessionDescription = text.parse().unwrap();
    assert_eq!(description.origin().username(), "bob", "the last one counts");
    description.set_origin(Origin::new(1, 1, [192, 0, 2, 7].into()));
    assert_eq!(description.to_string(), "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\n");
    let mut same: SessionDescription = text.parse().unwrap();
    same.set_origin(same.origin().clone());
    assert_eq!(same.to_string(), "v=0\r\no=bob 1 1 IN IP4 10.0.0.9\r\ns=-\r\n");
}

#[test]
fn all_attributes_are_not_one_line() {
    let mut description = description(&["a=x", "a=y"]);
    assert_eq!(description.lines_mut().set('a', "z"), Err(EditLineError::Kind));
    assert_eq!(description.lines_mut().set('i', "z"), Ok(()));
    assert!(
        description
            .to_string()
            .ends_with("s=-\r\ni=z\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\na=x\r\na=y\r\n")
    );
}

#[test]
fn a_stray_origin_can_be_removed_from_a_section() {
    let mut description = description(&["m=audio 1 RTP/AVP 0", "v=0", "o=- 1 1 IN IP4 h", "a=x"]);
    let is_stray = |line: &Line| matches!(line.kind(), 'v' | 'o');
    assert_eq!(description.lines_mut().remove_where(is_stray), 0);
    assert_eq!(description.media_mut(0).unwrap().lines_mut().remove_where(is_stray), 2);
    assert!(description.to_string().ends_with("m=audio 1 RTP/AVP 0\r\na=x\r\n"));
}
