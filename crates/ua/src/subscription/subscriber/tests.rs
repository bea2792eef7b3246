use centrala_sip::{CallId, Method, NameAddr, RequestBuilder, ResponseBuilder, Transport, Via};
use proptest::prelude::*;

use super::*;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn response(status: u16, headers: &[(&HeaderName, &str)]) -> Response {
    let uri: Uri = "sip:101@example.com".parse().unwrap();
    let address = NameAddr::new(&uri).with_tag("t").unwrap();
    let call_id: CallId = "c".parse().unwrap();
    let host = "192.0.2.1".parse::<core::net::IpAddr>().unwrap().into();
    let request = RequestBuilder::new(Method::Subscribe, &uri)
        .via(&Via::new(Transport::Udp, host, None, "z9hG4bK1").unwrap())
        .max_forwards(70)
        .from(&address)
        .to(&NameAddr::new(&uri))
        .call_id(&call_id)
        .cseq(1)
        .build()
        .unwrap();
    let status = StatusCode::new(status).unwrap();
    let mut builder = ResponseBuilder::for_request(&request, status).to_tag("u");
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    builder.build().unwrap()
}

fn ok(seconds: &str) -> Response {
    response(200, &[(&HeaderName::EXPIRES, seconds)])
}

fn state(text: &str) -> SubscriptionState {
    text.parse().unwrap()
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn failed(status: Option<u16>, retry_in: u64) -> Action {
    let status = status.map(|status| StatusCode::new(status).unwrap());
    Action::Tell(SubscriptionStatus::Failed { status, retry_in: seconds(retry_in) })
}

fn ended(reason: Option<&str>) -> Action {
    Action::Tell(SubscriptionStatus::Ended { reason: reason.map(str::to_owned) })
}

/// A subscription for 600 s, accepted and notified at 0.
fn holding() -> Plan {
    let mut plan = Plan::new(seconds(3_600));
    let active = Action::Tell(SubscriptionStatus::Active { expires: seconds(600) });
    assert_eq!(plan.handle_response(&ok("600"), 100, at(0)), active);
    assert_eq!(plan.poll_timeout(), Some(at(32_000)), "the NOTIFY is to come");
    assert_eq!(plan.handle_notify(&state("active;expires=600"), 100, at(100)), Action::Rest);
    plan
}

#[test]
fn a_subscription_is_refreshed_when_half_of_it_is_over() {
    let mut plan = holding();
    assert_eq!(plan.handle_timeout(100, at(299_999)), Action::Rest);
    assert_eq!(plan.handle_timeout(100, at(300_000)), Action::Send(Purpose::Refresh));
    assert_eq!(plan.pending(), Some(Purpose::Refresh));
    let active = Action::Tell(SubscriptionStatus::Active { expires: seconds(60) });
    assert_eq!(plan.handle_response(&ok("60"), 100, at(300_100)), active);
    assert_eq!(plan.poll_timeout(), Some(at(330_100)));
    plan.handle_notify(&state("active;expires=20"), 100, at(310_000));
    assert_eq!(plan.poll_timeout(), Some(at(320_000)), "the notifier has shortened it");
}

#[test]
fn without_a_first_notify_there_is_no_subscription() {
    let mut plan = Plan::new(seconds(3_600));
    plan.handle_response(&ok("600"), 100, at(0));
    assert_eq!(plan.handle_timeout(100, at(32_000)), failed(None, 30));
    assert!(!plan.is_open());
    assert_eq!(plan.handle_timeout(100, at(62_000)), Action::Send(Purpose::Begin));
}

#[test]
fn the_first_notify_may_overtake_the_answer() {
    let mut plan = Plan::new(seconds(3_600));
    assert_eq!(plan.handle_notify(&state("active"), 100, at(10)), Action::Rest);
    plan.handle_response(&ok("600"), 100, at(20));
    assert_eq!(plan.poll_timeout(), Some(at(300_020)));
    // So may the end, as of a subscription that was to ask once.
    let mut plan = Plan::new(seconds(3_600));
    plan.handle_notify(&state("terminated;reason=noresource"), 100, at(10));
    assert_eq!(plan.handle_response(&ok("600"), 100, at(20)), ended(Some("noresource")));
}

#[test]
fn what_follows_depends_on_why_the_notifier_ends() {
    let cases = [
        ("terminated;reason=rejected", ended(Some("rejected"))),
        ("terminated;reason=NoResource", ended(Some("noresource"))),
        ("terminated;reason=deactivated", failed(None, 2)),
        ("terminated;reason=timeout", failed(None, 2)),
        ("terminated", failed(None, 2)),
        ("terminated;reason=probation", failed(None, 30)),
        ("terminated;reason=probation;retry-after=90", failed(None, 90)),
        ("terminated;reason=giveup;retry-after=4294967295", failed(None, 86_400)),
    ];
    for (text, expected) in cases {
        let mut plan = holding();
        assert_eq!(plan.handle_notify(&state(text), 100, at(1_000)), expected, "{text}");
        assert!(!plan.is_open(), "{text}");
    }
}

#[test]
fn failures_are_tried_again_later_and_later() {
    let mut plan = Plan::new(seconds(3_600));
    let busy = response(503, &[(&HeaderName::RETRY_AFTER, "100")]);
    assert_eq!(plan.handle_response(&busy, 50, at(0)), failed(Some(503), 100));
    assert_eq!(plan.handle_timeout(50, at(100_000)), Action::Send(Purpose::Begin));
    assert_eq!(plan.handle_silence(50, at(132_000)), failed(None, 30));
    plan.handle_timeout(50, at(162_000));
    assert_eq!(plan.handle_response(&response(403, &[]), 100, at(163_000)), failed(Some(403), 120));
    for _ in 0..20 {
        plan.handle_timeout(100, at(10_000_000));
        plan.handle_silence(100, at(0));
    }
    assert_eq!(plan.poll_timeout(), Some(at(1_800_000)), "half an hour at most");
}

#[test]
fn a_longer_lifetime_is_asked_for_if_the_notifier_wants_that() {
    let mut plan = Plan::new(seconds(60));
    let brief = response(423, &[(&HeaderName::MIN_EXPIRES, "120")]);
    assert_eq!(plan.handle_response(&brief, 100, at(0)), Action::Send(Purpose::Begin));
    assert_eq!(plan.expires(Purpose::Begin), seconds(120));
    assert_eq!(plan.handle_response(&brief, 100, at(0)), failed(Some(423), 30), "but once");
}

fn unrefreshed(status: Option<u16>, retry_in: u64) -> Action {
    let status = status.map(|status| StatusCode::new(status).unwrap());
    Action::Tell(SubscriptionStatus::Unrefreshed { status, retry_in: seconds(retry_in) })
}

#[test]
fn what_was_granted_holds_when_a_refresh_fails() {
    let mut plan = holding();
    plan.handle_timeout(100, at(300_000));
    let busy = response(503, &[(&HeaderName::RETRY_AFTER, "100")]);
    assert_eq!(plan.handle_response(&busy, 100, at(300_100)), unrefreshed(Some(503), 100));
    assert!(plan.is_open(), "what happens is told as before");
    assert_eq!(plan.handle_notify(&state("active"), 100, at(310_000)), Action::Rest);
    assert_eq!(plan.handle_timeout(100, at(400_100)), Action::Send(Purpose::Refresh));
    assert_eq!(plan.handle_silence(100, at(432_100)), unrefreshed(None, 60));
    assert_eq!(plan.handle_timeout(100, at(492_100)), Action::Send(Purpose::Refresh));
    assert_eq!(plan.handle_silence(100, at(524_100)), unrefreshed(None, 120));
    // Now it is over, and the pause is not.
    assert_eq!(plan.poll_timeout(), Some(at(600_100)));
    assert_eq!(plan.handle_timeout(100, at(600_100)), failed(None, 44));
    assert!(!plan.is_open());
    assert_eq!(plan.handle_timeout(100, at(644_100)), Action::Send(Purpose::Begin));
}

#[test]
fn a_refresh_that_says_there_is_nothing_to_watch_ends_it() {
    for status in [404, 405, 410, 416, 480, 482, 483, 484, 485, 489, 501, 604] {
        let mut plan = holding();
        plan.handle_timeout(100, at(300_000));
        let refused = response(status, &[]);
        assert_eq!(plan.handle_response(&refused, 100, at(300_100)), failed(Some(status), 30));
        assert!(!plan.is_open(), "{status}");
    }
}

#[test]
fn a_notifier_that_has_forgotten_us_is_asked_anew() {
    let mut plan = holding();
    plan.handle_timeout(100, at(300_000));
    let unknown = response(481, &[]);
    let action = plan.handle_response(&unknown, 100, at(300_100));
    assert_eq!(action, Action::Send(Purpose::Begin));
    assert_eq!(plan.handle_response(&unknown, 100, at(300_200)), failed(Some(481), 30));
}

#[test]
fn a_removal_waits_for_its_last_notify() {
    let mut plan = holding();
    assert_eq!(plan.handle_removal(), Action::Send(Purpose::Remove));
    assert_eq!(plan.expires(Purpose::Remove), Duration::ZERO);
    assert_eq!(plan.handle_response(&ok("0"), 100, at(1_000)), Action::Rest);
    assert!(plan.is_open());
    let last = state("terminated;reason=timeout");
    assert_eq!(plan.handle_notify(&last, 100, at(1_010)), ended(Some("timeout")));
    // It may be lost, or come before the answer, or there may be nothing to remove any more.
    let mut plan = holding();
    plan.handle_removal();
    plan.handle_response(&ok("0"), 100, at(1_000));
    assert_eq!(plan.handle_timeout(100, at(33_000)), ended(None));
    let mut plan = holding();
    plan.handle_removal();
    plan.handle_notify(&last, 100, at(1_000));
    assert_eq!(plan.handle_response(&ok("0"), 100, at(1_010)), ended(None));
    let mut plan = holding();
    plan.handle_removal();
    assert_eq!(plan.handle_response(&response(481, &[]), 100, at(1_000)), ended(None));
}

#[test]
fn a_removal_before_the_answer_follows_it() {
    let mut plan = Plan::new(seconds(3_600));
    assert_eq!(plan.handle_removal(), Action::Rest);
    assert_eq!(plan.handle_response(&ok("600"), 100, at(0)), Action::Send(Purpose::Remove));
    let mut plan = Plan::new(seconds(3_600));
    plan.handle_removal();
    assert_eq!(plan.handle_response(&response(403, &[]), 100, at(0)), ended(None));
    let mut plan = Plan::new(seconds(3_600));
    plan.handle_silence(100, at(0));
    assert_eq!(plan.handle_removal(), ended(None), "none was there");
}

#[derive(Clone, Debug)]
enum Happening {
    Answer(u16, Option<u32>),
    Silence,
    Notify(&'static str),
    Remove,
    Wait(u32),
}

fn happening() -> impl Strategy<Value = Happening> {
    let status = prop_oneof![4 => Just(200), 1 => Just(423), 1 => Just(481), 1 => Just(503)];
    let notify = prop_oneof![
        2 => Just("active;expires=600"),
        1 => Just("pending"),
        1 => Just("terminated;reason=timeout"),
        1 => Just("terminated;reason=rejected"),
    ];
    prop_oneof![
        4 => (status, proptest::option::of(0_u32..4_000)).prop_map(|(a, b)| Happening::Answer(a, b)),
        1 => Just(Happening::Silence),
        3 => notify.prop_map(Happening::Notify),
        1 => Just(Happening::Remove),
        3 => (0_u32..4_000_000).prop_map(Happening::Wait),
    ]
}

proptest! {
    /// A request is sent only when none is under way, it ends once, and until then there is always something to wait for.
    #[test]
    fn whatever_happens_a_subscription_waits_for_something_or_has_ended(
        happenings in proptest::collection::vec(happening(), 1..60)
    ) {
        let mut plan = Plan::new(seconds(600));
        let (mut now, mut ends) = (at(0), 0);
        for happening in happenings {
            let is_idle = plan.pending().is_none();
            let was_over = plan.is_over();
            let (is_answer, action) = match happening {
                Happening::Answer(status, number) => {
                    let number = number.map(|number| number.to_string());
                    let names =
                        [&HeaderName::EXPIRES, &HeaderName::MIN_EXPIRES, &HeaderName::RETRY_AFTER];
                    let headers: Vec<_> = number
                        .iter()
                        .flat_map(|number| names.map(|name| (name, number.as_str())))
                        .collect();
                    (true, plan.handle_response(&response(status, &headers), 75, now))
                }
                Happening::Silence => (true, plan.handle_silence(75, now)),
                Happening::Notify(text) => (false, plan.handle_notify(&state(text), 75, now)),
                Happening::Remove => (false, plan.handle_removal()),
                Happening::Wait(millis) => {
                    now += Duration::from_millis(millis.into());
                    (false, plan.handle_timeout(75, now))
                }
            };
            match action {
                Action::Send(purpose) => {
                    prop_assert!(is_idle || is_answer, "one at a time");
                    prop_assert_eq!(plan.pending(), Some(purpose));
                }
                Action::Tell(SubscriptionStatus::Ended { .. }) => ends += 1,
                Action::Tell(_) | Action::Rest => {}
            }
            prop_assert!(!was_over || plan.is_over(), "the end is the end");
            prop_assert_eq!(ends, usize::from(plan.is_over()));
            let waits = plan.pending().is_some() || plan.poll_timeout().is_some();
            prop_assert_eq!(waits, !plan.is_over());
        }
    }
}
