use bytes::Bytes;
use centrala_sip::Message;

use super::*;

const JITTER: u32 = 100;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn contact() -> NameAddr {
    "<sip:101@192.0.2.1:5060>".parse().unwrap()
}

fn response(status: u16, headers: &str) -> Response {
    let text = format!("SIP/2.0 {status} X\r\n{headers}\r\n");
    match Message::parse(Bytes::from(text)).unwrap() {
        Message::Response(response) => response,
        Message::Request(_) => panic!("a response"),
    }
}

fn schedule() -> Schedule {
    Schedule::new(Duration::from_secs(600), 0)
}

fn failed(status: Option<u16>, seconds: u64) -> Step {
    let status = status.and_then(StatusCode::new);
    Step::Tell(RegistrationState::Failed { status, retry_in: Duration::from_secs(seconds) })
}

#[test]
fn a_registration_is_refreshed_at_half_of_what_was_granted() {
    let mut schedule = schedule();
    let granted = response(
        200,
        "Contact: <sip:x@192.0.2.9>;expires=7\r\nContact: <sip:101@192.0.2.1:5060>;expires=100\r\n",
    );
    let step = schedule.handle_response(&granted, &contact(), JITTER, at(10));
    let expires = Duration::from_secs(100);
    assert_eq!(step, Step::Tell(RegistrationState::Registered { expires }));
    assert_eq!(schedule.poll_timeout(), Some(at(60)));
    assert_eq!(schedule.handle_timeout(at(59)), Step::Rest);
    assert_eq!(schedule.handle_timeout(at(60)), Step::Send(Purpose::Bind));
    assert_eq!(schedule.poll_timeout(), None);
}

#[test]
fn failures_in_a_row_are_retried_ever_later() {
    let mut schedule = schedule();
    let mut delays = Vec::new();
    for _ in 0..8 {
        assert_eq!(schedule.pending(), Some(Purpose::Bind));
        match schedule.handle_silence(JITTER, at(0)) {
            Step::Tell(RegistrationState::Failed { status: None, retry_in }) => {
                delays.push(retry_in.as_secs());
            }
            other @ (Step::Tell(_) | Step::Send(_) | Step::SendElsewhere(_) | Step::Rest) => {
                panic!("{other:?}")
            }
        }
        schedule.handle_timeout(at(1_800));
    }
    assert_eq!(delays, [30, 60, 120, 240, 480, 960, 1_800, 1_800]);
    schedule.handle_response(&response(200, "Expires: 60\r\n"), &contact(), JITTER, at(0));
    schedule.handle_timeout(at(30));
    assert_eq!(
        schedule.handle_response(&response(403, ""), &contact(), 50, at(30)),
        failed(Some(403), 15)
    );
}

#[test]
fn the_server_says_when_to_come_back_and_for_how_long() {
    let mut schedule = schedule();
    let busy = response(503, "Retry-After: 300 (maintenance)\r\n");
    assert_eq!(schedule.handle_response(&busy, &contact(), JITTER, at(0)), failed(Some(503), 300));
    schedule.handle_timeout(at(300));
    let brief = response(423, "Min-Expires: 900\r\n");
    let step = schedule.handle_response(&brief, &contact(), JITTER, at(300));
    assert_eq!(step, Step::Send(Purpose::Bind));
    assert_eq!(schedule.expires(Purpose::Bind), Duration::from_secs(900));
    // The same again is no reason to ask again.
    let step = schedule.handle_response(&brief, &contact(), JITTER, at(300));
    assert_eq!(step, failed(Some(423), 60));
}

#[test]
fn removal_comes_at_once_or_after_the_request_under_way() {
    let gone = Step::Tell(RegistrationState::Unregistered);
    let mut waiting = schedule();
    waiting.handle_response(&response(200, ""), &contact(), JITTER, at(0));
    assert_eq!(waiting.handle_removal(), Step::Send(Purpose::Remove));
    assert_eq!(waiting.handle_response(&response(200, ""), &contact(), JITTER, at(1)), gone);
    assert!(waiting.is_over());

    let mut pending = schedule();
    assert_eq!(pending.handle_removal(), Step::Rest);
    let step = pending.handle_response(&response(200, ""), &contact(), JITTER, at(0));
    assert_eq!(step, Step::Send(Purpose::Remove));
    assert_eq!(pending.handle_silence(JITTER, at(32)), gone);

    let mut failed = schedule();
    failed.handle_silence(JITTER, at(0));
    assert_eq!(failed.handle_removal(), gone);
    assert_eq!(failed.handle_removal(), Step::Rest);
    assert_eq!(failed.poll_timeout(), None);
}

fn unlisted(seconds: u64) -> Step {
    Step::Tell(RegistrationState::Unlisted { retry_in: Duration::from_secs(seconds) })
}

fn registered(seconds: u64) -> Step {
    Step::Tell(RegistrationState::Registered { expires: Duration::from_secs(seconds) })
}

#[test]
fn a_registrar_that_has_lost_us_is_asked_again_ever_later() {
    let mut schedule = schedule();
    let others = response(200, "Contact: <sip:x@192.0.2.9>;expires=7\r\nExpires: 600\r\n");
    for (second, delay) in [(0, 30), (30, 60), (90, 120)] {
        let step = schedule.handle_response(&others, &contact(), JITTER, at(second));
        assert_eq!(step, unlisted(delay));
        assert_eq!(schedule.handle_timeout(at(second + delay)), Step::Send(Purpose::Bind));
    }
    let ours = response(200, "Contact: <sip:101@192.0.2.1:5060>;expires=100\r\n");
    assert_eq!(schedule.handle_response(&ours, &contact(), JITTER, at(210)), registered(100));
    // Lost while we believed to be there.
    schedule.handle_timeout(at(260));
    assert_eq!(schedule.handle_response(&others, &contact(), JITTER, at(260)), unlisted(30));
    assert_eq!(schedule.handle_removal(), Step::Send(Purpose::Remove), "who knows");
}

#[test]
fn we_find_ourselves_by_contact_device_or_user() {
    let device = contact().with_param("+sip.instance", Some("\"<urn:uuid:AB>\"")).unwrap();
    let cases = [
        ("", Listed::SomeTime),
        ("Expires: 90\r\n", Listed::For(Duration::from_secs(90))),
        ("Contact: <sip:101@192.0.2.1:5060>\r\n", Listed::SomeTime),
        (
            "Contact: <sip:101@192.0.2.1:5060>\r\nExpires: 80\r\n",
            Listed::For(Duration::from_secs(80)),
        ),
        ("Contact: <sip:101@192.0.2.1:5060>;expires=0\r\n", Listed::Not),
        (
            "Contact: <sip:other@198.51.100.7:1024>;+sip.instance=\"<urn:uuid:ab>\";expires=70\r\n",
            Listed::For(Duration::from_secs(70)),
        ),
        // Repaired by a registrar that writes what it has seen.
        (
            "Contact: <sip:101@198.51.100.7:1024>;expires=60\r\n",
            Listed::For(Duration::from_secs(60)),
        ),
        (
            "Contact: <sip:101@198.51.100.7:1024>;expires=60, <sip:101@192.0.2.1:5060>;expires=50\r\n",
            Listed::For(Duration::from_secs(50)),
        ),
        ("Contact: <sip:102@192.0.2.1:5060>;expires=60\r\n", Listed::Not),
        ("Contact: *\r\n", Listed::Not),
    ];
    for (headers, expected) in cases {
        assert_eq!(listed(&response(200, headers), &device), expected, "{headers}");
    }
}

#[test]
fn other_places_are_tried_before_we_wait() {
    let mut schedule = Schedule::new(Duration::from_secs(600), 2);
    let busy = response(503, "Retry-After: 300\r\n");
    let elsewhere = Step::SendElsewhere(Purpose::Bind);
    for round in 0..2 {
        assert_eq!(schedule.handle_silence(JITTER, at(0)), elsewhere, "{round}");
        assert_eq!(schedule.handle_response(&busy, &contact(), JITTER, at(0)), elsewhere);
        let step = schedule.handle_response(&busy, &contact(), JITTER, at(0));
        assert_eq!(step, failed(Some(503), 300), "nowhere is left");
        schedule.handle_timeout(at(300));
    }
    // A refusal is one, wherever it comes from.
    let step = schedule.handle_response(&response(403, ""), &contact(), JITTER, at(0));
    assert_eq!(step, failed(Some(403), 120));
    schedule.handle_timeout(at(300));
    let held = response(200, "Expires: 60\r\n");
    schedule.handle_silence(JITTER, at(300));
    schedule.handle_response(&held, &contact(), JITTER, at(300));
    schedule.handle_timeout(at(330));
    assert_eq!(schedule.handle_silence(JITTER, at(362)), elsewhere, "all are left again");
    assert_eq!(schedule.handle_silence(JITTER, at(394)), elsewhere);
    assert_eq!(schedule.handle_silence(JITTER, at(426)), failed(None, 30));
}

#[test]
fn who_does_not_want_it_any_more_does_not_look_elsewhere() {
    let mut schedule = Schedule::new(Duration::from_secs(600), 2);
    schedule.handle_removal();
    let gone = Step::Tell(RegistrationState::Unregistered);
    assert_eq!(schedule.handle_silence(JITTER, at(32)), gone);
}

#[test]
fn a_dead_way_is_left_at_once() {
    let held = response(200, "Expires: 600\r\n");
    let mut single = schedule();
    assert_eq!(single.handle_dead_way(), Step::Rest, "a request is under way");
    single.handle_response(&held, &contact(), JITTER, at(0));
    assert_eq!(single.handle_dead_way(), Step::Send(Purpose::Bind));
    let mut many = Schedule::new(Duration::from_secs(600), 1);
    many.handle_response(&held, &contact(), JITTER, at(0));
    assert_eq!(many.handle_dead_way(), Step::SendElsewhere(Purpose::Bind));
    assert_eq!(many.handle_dead_way(), Step::Rest, "once");
}

#[test]
fn a_registrar_that_wants_ever_more_is_not_obeyed_for_ever() {
    let mut schedule = schedule();
    let mut asked = 0;
    for seconds in 601..700 {
        let brief = response(423, &format!("Min-Expires: {seconds}\r\n"));
        match schedule.handle_response(&brief, &contact(), JITTER, at(0)) {
            Step::Send(_) => asked += 1,
            Step::Tell(state) => {
                assert!(matches!(state, RegistrationState::Failed { .. }));
                break;
            }
            other @ (Step::SendElsewhere(_) | Step::Rest) => panic!("{other:?}"),
        }
    }
    assert_eq!(asked, 3);
}

mod anything {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever a registrar answers: requests do not come in a storm, and the end is told once.
        #[test]
        fn no_answer_makes_a_storm(
            steps in proptest::collection::vec((0_u8..9, 0_u64..400), 1..200),
            elsewhere in 0_usize..4,
        ) {
            let mut schedule = Schedule::new(Duration::from_secs(600), elsewhere);
            // Requests since we waited last.
            let (mut now, mut sent, mut ends) = (at(0), 1, 0);
            for (kind, wait) in steps {
                let step = match kind {
                    0 => schedule.handle_silence(JITTER, now),
                    1 => schedule.handle_removal(),
                    2 => schedule.handle_dead_way(),
                    3 => {
                        now += Duration::from_millis(wait * 100);
                        schedule.handle_timeout(now)
                    }
                    kind => {
                        let (status, headers) = match kind {
                            4 => (200, format!("Expires: {wait}\r\n")),
                            5 => (200, format!("Contact: <sip:x@y>;expires={wait}\r\n")),
                            6 => (423, format!("Min-Expires: {}\r\n", wait * 10)),
                            7 => (503, format!("Retry-After: {wait}\r\n")),
                            _ => (404, String::new()),
                        };
                        schedule.handle_response(&response(status, &headers), &contact(), 50, now)
                    }
                };
                match step {
                    Step::Send(_) | Step::SendElsewhere(_) => sent += 1,
                    Step::Tell(RegistrationState::Unregistered) => ends += 1,
                    Step::Tell(_) => sent = 0,
                    Step::Rest => {}
                }
                prop_assert!(schedule.poll_timeout().is_none_or(|due| due + MIN_REFRESH > now));
                prop_assert_eq!(schedule.is_over(), ends == 1);
                // Every place once, what a 423 may add, and a removal.
                let most = 1 + elsewhere + usize::try_from(MAX_ADAPTED).unwrap() + 1;
                prop_assert!(sent <= most, "{} requests without a pause", sent);
            }
        }
    }
}
