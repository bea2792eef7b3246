//! URIs: their parts and their comparison.

use bytes::Bytes;
use centrala_sip::{Host, NameAddr, ParseUriError, Scheme, Uri};

fn uri(text: &str) -> Uri {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn parts_are_found() {
    let full =
        uri("SIPS:al%20ice:se;cret@Host.example:5071;transport=tcp;lr;maddr=[2001:db8::1]?a=b&c");
    assert_eq!((full.scheme(), full.scheme_str()), (Scheme::Sips, "SIPS"));
    assert_eq!((full.user(), full.password()), (Some("al%20ice"), Some("se;cret")));
    assert_eq!(full.host(), Some(Host::Name("Host.example")));
    assert_eq!(full.port(), Some(5071));
    let params: Vec<_> = full.params().iter().map(|param| (param.name(), param.value())).collect();
    assert_eq!(
        params,
        [("transport", Some("tcp")), ("lr", None), ("maddr", Some("[2001:db8::1]"))]
    );
    assert!(full.is_loose_router());
    assert_eq!(full.headers().collect::<Vec<_>>(), [("a", "b"), ("c", "")]);
    for secret in ["sip:a:cret@h", "http://a:cret@h/x", "HTTPS://cret@h:1?x=@", "ldap://a:b@cret@h"]
    {
        assert_eq!(format!("{:?}", uri(secret)).find("cret"), None, "{secret}");
    }
    for plain in ["http://h/a@b", "https://h:1?x=//a@b", "mailto:a@b", "cid:1//2@h", "tel:+1"] {
        assert_eq!(format!("{:?}", uri(plain)), plain);
    }
    assert_eq!(format!("{full:?}").find("cret"), None);

    let host = uri("sip:192.0.2.7");
    assert_eq!((host.user(), host.host()), (None, Some(Host::V4("192.0.2.7".parse().unwrap()))));
    assert_eq!(uri("tel:+1-201-555-0123;ext=7").user(), Some("+1-201-555-0123"));
    assert_eq!(uri("urn:service:sos.fire").scheme_specific(), "service:sos.fire");
    assert_eq!(uri("sip:1.2.3.4.5").host(), Some(Host::Name("1.2.3.4.5")));
}

#[test]
fn what_is_no_uri_is_refused() {
    for (text, offset) in [
        ("", 0),
        ("sip", 0),
        ("sip:", 4),
        (":a@b", 0),
        ("1ip:a@b", 0),
        ("sip:@b", 4),
        ("sip:a@", 6),
        ("sip:a@b@c", 7),
        ("sip:a@b:", 8),
        ("sip:a@b:99999", 8),
        ("sip:a@b:1x", 9),
        ("sip:a@[::1", 6),
        ("sip:a@[zz]", 6),
        ("sip:2001:db8::10", 9),
        ("sip:a@b;", 8),
        ("sip:a@b;;lr", 8),
        ("sip:a@b;=x", 8),
        ("sip:a b@c", 5),
        ("sip:a@b>", 7),
        ("sip:\"a\"@b", 4),
        ("sip:a:p w@b", 7),
        ("sip:a:<p>@b", 6),
        ("sip:a:ł\"@b", 8),
        ("tel:", 4),
        ("tel:call-me", 4),
    ] {
        assert_eq!(
            text.parse::<Uri>().map_err(|error: ParseUriError| error.offset),
            Err(offset),
            "{text}"
        );
    }
    assert!(format!("sip:{}@b", "a".repeat(Uri::MAX_LEN)).parse::<Uri>().is_err());
    assert!(format!("sip:a@b{}", ";p".repeat(Uri::MAX_PARAMS + 1)).parse::<Uri>().is_err());
    assert!(format!("sip:a@b?{}", "h=1&".repeat(Uri::MAX_PARAMS + 1)).parse::<Uri>().is_err());
    assert!(Uri::parse(Bytes::from_static(b"sip:\xff@b")).is_err());
}

#[test]
fn comparison_follows_rfc_3261_section_19_1_4() {
    for (one, two, expected) in [
        (
            "sip:%61lice@atlanta.example;transport=TCP",
            "sip:alice@AtLanTa.ExamPle;Transport=tcp",
            true,
        ),
        ("sip:carol@chicago.example", "sip:carol@chicago.example;newparam=5", true),
        ("sip:carol@chicago.example", "sip:carol@chicago.example;security=on", true),
        ("sip:carol@chicago.example;newparam=5", "sip:carol@chicago.example;security=on", true),
        (
            "sip:b.example;transport=tcp;method=REGISTER?to=s%40c",
            "sip:b.example;method=REGISTER;transport=tcp?to=s%40c",
            true,
        ),
        ("sip:a@b?subject=x&priority=urgent", "sip:a@b?priority=urgent&subject=x", true),
        (
            "SIP:ALICE@AtLanTa.ExamPle;Transport=udp",
            "sip:alice@AtLanTa.ExamPle;Transport=UDP",
            false,
        ),
        ("sip:bob@biloxi.example", "sip:bob@biloxi.example:5060", false),
        ("sip:bob@biloxi.example", "sip:bob@biloxi.example;transport=udp", false),
        ("sip:bob@biloxi.example", "sip:bob@biloxi.example:6000;transport=tcp", false),
        ("sip:carol@chicago.example", "sip:carol@chicago.example?Subject=next", false),
        ("sip:bob@phone21.example", "sip:bob@192.0.2.4", false),
        ("sip:c@d;security=on", "sip:c@d;security=off", false),
        ("sip:c@d;maddr=1.2.3.4", "sip:c@d", false),
        ("sip:c@d;user=phone", "sip:c@d", false),
        ("sip:c@d;ttl=1", "sip:c@d", false),
        ("sip:c:pw@d", "sip:c@d", false),
        // Found by fuzzing: a repeated parameter.
        ("sip:d;a=1;a=2", "sip:d;a=2;a=1", true),
        ("sip:d;a=1;a=2", "sip:d;a=1", false),
        ("sip:c@d", "sips:c@d", false),
        ("sip:d", "sip:c@d", false),
        // A reserved character is not its escape.
        ("sip:a%3Bb@d", "sip:a;b@d", false),
        ("sip:a%3Bb@d", "sip:a%3bb@d", true),
        ("sip:a%2561@d", "sip:aa@d", false),
        ("sip:c@[2001:db8::1]", "sip:c@[2001:DB8:0::1]", true),
        ("tel:+1-201-555-0123", "tel:+12015550123", true),
        ("tel:123;phone-context=a;ext=1", "tel:123;ext=1;phone-context=A", true),
        ("tel:123;phone-context=a", "tel:123", false),
        // A context that is a number is compared as one.
        ("tel:7042;phone-context=+1-201-555", "tel:7042;phone-context=+1201555", true),
        ("tel:7042;phone-context=+1-201-555", "tel:7042;phone-context=+1201556", false),
        ("tel:7042;phone-context=a-b.example", "tel:7042;phone-context=ab.example", false),
        ("tel:+12015550123;ext=1-2", "tel:+12015550123;ext=12", true),
        // RFC 4475 section 3.1.1.5: names of parameters may be escaped, too.
        ("sip:d;%74ransport=tcp", "sip:d;transport=tcp", true),
        ("sip:d;%74ransport=tcp", "sip:d;transport=udp", false),
        ("sip:d;%74ransport=tcp", "sip:d", false),
        ("urn:service:sos", "URN:service:sos", true),
        ("urn:service:sos", "urn:service:SOS", false),
    ] {
        assert_eq!(uri(one).is_equivalent(&uri(two)), expected, "{one} {two}");
        assert_eq!(uri(two).is_equivalent(&uri(one)), expected, "{two} {one}");
        assert!(uri(one).is_equivalent(&uri(one)), "{one}");
    }
}

#[test]
fn an_escaped_name_of_a_parameter_is_that_name() {
    // RFC 4475 section 3.1.1.5.
    let router = uri("sip:cal%6Cer@d;%6C%72;n%61me=v%61lue%25%34%31");
    assert!(router.is_loose_router());
    assert_eq!(router.params().value("name"), Some("v%61lue%25%34%31"));
    let names: Vec<_> = router.params().iter().map(|param| param.name()).collect();
    assert_eq!(names, ["%6C%72", "n%61me"], "as they were written");
    // Not in a header: a token has no escapes.
    let address: NameAddr = "<sip:d>;t%61g=1".parse().unwrap();
    assert_eq!((address.tag(), address.params().value("tag")), (None, None));
}

#[test]
fn a_uri_is_built_of_parts() {
    let built = Uri::sips(Host::V6("2001:db8::1".parse().unwrap()))
        .user("#97;x@y")
        .port(5071)
        .param("ob")
        .param_value("transport", "t cp")
        .build()
        .unwrap();
    assert_eq!(built.as_str(), "sips:%2397;x%40y@[2001:db8::1]:5071;ob;transport=t%20cp");
    assert_eq!(built.user_decoded().unwrap(), b"#97;x@y".as_slice());
    for host in ["", "a b", "a;lr", "a@b", "a:1", "a>\r\n"] {
        assert!(Uri::sip(Host::Name(host)).build().is_err(), "{host:?}");
    }
    assert!(Uri::sip(Host::Name("h")).user("").build().is_err());
    assert!(Uri::sip(Host::Name("h")).param("").build().is_err());
}

#[test]
fn an_address_without_brackets_ends_at_the_first_separator() {
    let address: NameAddr = "sip:a@b;tag=1".parse().unwrap();
    assert_eq!((address.uri().as_str(), address.tag()), ("sip:a@b", Some("1")));
    assert!(address.uri().params().is_empty());
    for wrong in [
        "",
        "<>",
        "<sip:a@b",
        "sip:a@b?x=y",
        "\"a\" sip:a@b",
        "a <b> <sip:a@b>",
        "<sip:a@b>;;",
        "<sip:a@b>;",
        "*",
    ] {
        assert!(wrong.parse::<NameAddr>().is_err(), "{wrong}");
    }
}

#[test]
fn an_address_is_changed_in_its_parts() {
    let address: NameAddr = "\"A\" <sip:a@b>;x=\"1;2\";tag=old".parse().unwrap();
    assert_eq!(address.with_tag("new").unwrap().to_string(), "\"A\" <sip:a@b>;x=\"1;2\";tag=new");
    assert_eq!(address.without_param("TAG").to_string(), "\"A\" <sip:a@b>;x=\"1;2\"");
    assert_eq!(
        address.with_param("expires", Some("60")).unwrap().params().value("expires"),
        Some("60")
    );
    assert_eq!(address.with_display_name("B").to_string(), "\"B\" <sip:a@b>;x=\"1;2\";tag=old");
    let changed = address.with_tag("new").unwrap();
    assert_eq!(changed.to_string().parse(), Ok(changed.clone()));
    assert_eq!((changed.tag(), changed.detached().uri().user()), (Some("new"), Some("a")));
}

#[test]
fn octets_that_are_no_utf_8_survive_a_change_elsewhere() {
    let text = Bytes::from_static(b"\"J\xfcrgen\" <sip:a@b>;x=\"\xfc\"");
    let address = NameAddr::parse(&text).unwrap();
    let tagged = address.with_tag("1").unwrap();
    assert_eq!(tagged.as_bytes(), &[text.as_ref(), b";tag=1"].concat());
    assert_eq!((tagged.tag(), tagged.display_name().as_deref()), (Some("1"), Some("Jürgen")));
    assert_eq!(tagged.without_param("tag").as_bytes(), &text);
    let named = address.with_display_name("J");
    assert_eq!(named.as_bytes(), b"\"J\" <sip:a@b>;x=\"\xfc\"".as_slice());
}

#[test]
fn parameters_are_shown_as_text() {
    let full = uri("sip:a@b;transport=tcp;lr");
    assert_eq!(format!("{:?}", full.params()), "[transport=tcp, lr]");
}

#[test]
fn hosts_are_names_or_addresses() {
    assert_eq!(Host::parse("[::1]"), Ok(Host::V6(std::net::Ipv6Addr::LOCALHOST)));
    assert_eq!(Host::parse("[::1]").unwrap().to_string(), "[::1]");
    assert!(Host::Name("A.example").is_same(Host::Name("a.EXAMPLE")));
    for wrong in ["", "::1", "a:1", "a b", "[::1]x"] {
        assert!(Host::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn debug_shows_neither_passwords_nor_headers() {
    for (text, shown) in [
        ("sip:a@h;x=1", "sip:a@h;x=1"),
        ("sip:a:secret@h", "sip:a:***@h"),
        ("sip:h?Authorization=secret", "sip:h?***"),
        ("sip:a:secret@h;x=1?Authorization=secret", "sip:a:***@h;x=1?***"),
    ] {
        assert_eq!(format!("{:?}", text.parse::<Uri>().unwrap()), shown);
    }
}

#[test]
fn a_parameter_of_an_address_is_taken_only_as_it_will_be_read() {
    let address: NameAddr = "<sip:a@h>".parse().unwrap();
    for value in ["\"x\" ", "\"x\"\t", " x", "x ", "\"x", "\"x\"y", "a b", "a;b", ""] {
        assert!(address.with_param("x", Some(value)).is_none(), "{value:?}");
    }
    for value in ["\"x\"", "\"x \\\"y\"", "token"] {
        let with = address.with_param("x", Some(value)).unwrap();
        assert_eq!(with.to_string().parse().as_ref(), Ok(&with), "{value}");
        assert_eq!(with.params().value("x"), Some(value));
    }
}
