//! Keys by INFO.

use core::time::Duration;

use centrala_sip::{Dtmf, DtmfSignal, ParseBodyErrorKind as Kind};

#[track_caller]
fn check(body: &str, expected: Option<(u8, u64)>) {
    let read = Dtmf::parse(body.as_bytes());
    let read = read.map(|dtmf| (dtmf.signal().event(), dtmf.duration()));
    let expected = expected.map(|(event, millis)| (event, Duration::from_millis(millis)));
    assert_eq!(read.ok(), expected, "{body:?}");
}

#[test]
fn the_relay_form_is_read_with_its_quirks() {
    check("Signal=5\r\nDuration=160\r\n", Some((5, 160)));
    check("Signal= 5\r\nDuration= 250", Some((5, 250)));
    check("duration=80\nsignal=*\n", Some((10, 80)));
    check("SIGNAL: d\rDURATION: 90", Some((15, 90)));
    check("Signal=11\r\nDuration=100\r\n", Some((11, 100)));
    check("Signal=#\r\n", Some((11, 160)));
    check("Signal=1\r\nDuration=0\r\n", Some((1, 160)));
    check("Signal=1\r\nDuration=soon\r\n", Some((1, 160)));
    check("Signal=1\r\nDuration=7999999\r\n", Some((1, 8_000)));
    check("Signal=1\r\nDuration=99999999999\r\n", Some((1, 160)));
    check("X=y\r\nnonsense\r\nSignal=1\r\n", Some((1, 160)));
    check("Signal=1\r\nSignal=2\r\n", Some((1, 160)));
    for flash in ["16", "hf", "HF", "Flash", "!"] {
        check(&format!("Signal={flash}"), Some((16, 160)));
    }
    for none in
        ["Duration=160", "Signal=", "Signal=55", "Signal=17", "Signal=x", "Signal=5 5", "=5"]
    {
        check(none, None);
    }
}

#[test]
fn the_plain_form_is_a_key() {
    for (index, key) in "0123456789*#ABCD".chars().enumerate() {
        let event = u8::try_from(index).unwrap();
        check(&key.to_string(), Some((event, 160)));
        check(&format!(" {key}\r\n"), Some((event, 160)));
        check(&format!("{event}"), Some((event, 160)));
    }
    check("16", Some((16, 160)));
    for none in ["", "\r\n", "55", "a b", "é", "E"] {
        check(none, None);
    }
}

#[test]
fn what_is_no_key_is_refused_with_its_place() {
    for (body, offset, kind) in [
        ("Duration=5\r\nSignal= x", 20, Kind::Signal),
        ("Duration=5", 0, Kind::Signal),
        (" z", 1, Kind::Signal),
    ] {
        let error = Dtmf::parse(body.as_bytes()).unwrap_err();
        assert_eq!((error.offset(), error.kind()), (offset, kind), "{body:?}");
    }
    let error = Dtmf::parse(&vec![b' '; Dtmf::MAX_LEN + 1]).unwrap_err();
    assert_eq!((error.offset(), error.kind()), (Dtmf::MAX_LEN, Kind::TooLong));
}

#[test]
fn every_key_is_read_back() {
    for event in 0..=16 {
        let signal = DtmfSignal::from_event(event).unwrap();
        let pressed = Dtmf::new(signal, Duration::from_millis(200));
        assert_eq!(Dtmf::parse(pressed.to_relay().as_bytes()), Ok(pressed));
        assert_eq!(Dtmf::parse(pressed.to_plain().as_bytes()).unwrap().signal(), signal);
        assert_eq!(
            signal.as_char().and_then(DtmfSignal::from_char),
            Some(signal).filter(|_| event < 16)
        );
    }
    assert_eq!(DtmfSignal::from_event(17), None);
    assert_eq!(DtmfSignal::from_char('d').map(DtmfSignal::event), Some(15));
    let long = Dtmf::new(DtmfSignal::FLASH, Duration::from_secs(60));
    assert_eq!(long.to_relay(), "Signal=16\r\nDuration=8000\r\n");
}

#[test]
fn keys_are_not_shown() {
    let pressed = Dtmf::parse(b"Signal=7").unwrap();
    let shown = format!("{pressed:?} {:?}", pressed.signal());
    assert!(!shown.contains('7'), "{shown}");
}
