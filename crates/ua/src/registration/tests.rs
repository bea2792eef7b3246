use bytes::Bytes;
use centrala_sip::Message;

use super::*;

const JITTER: u32 = 100;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn contact() -> Uri {
    "sip:101@192.0.2.1:5060".parse().unwrap()
}

fn response(status: u16, headers: &str) -> Response {
    let text = format!("SIP/2.0 {status} X\r\n{headers}\r\n");
    match Message::parse(Bytes::from(text)).unwrap() {
        Message::Response(response) => response,
        Message::Request(_) => panic!("a response"),
    }
}

fn schedule() -> Schedule {
    Schedule::new(Duration::from_secs(600))
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
            other @ (Step::Tell(_) | Step::Send(_) | Step::Rest) => panic!("{other:?}"),
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
