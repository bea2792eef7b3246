//! What goes wrong around an exchange: stores, recorders, telephones, and calls without end.

use centrala_dialogue::DraftId;
use centrala_office::Office;
use centrala_switch::{
    Caller, Ending, Exchange, ExchangeConfig, Input, JourneyStep, LegId, Origin, Output, Refusal,
    Stored,
};
use centrala_testkit::company::{Fate, Health, Phone, Script, Shell, millis, secs};
use centrala_time::Timestamp;
use centrala_voicemail::{Answer, Request};

use crate::office::acme;

#[track_caller]
fn check_story(shell: &Shell, expected: &[&str]) {
    let story = shell.story();
    let lines: Vec<&str> = story.iter().map(|line| line.split_once(": ").unwrap().1).collect();
    assert_eq!(lines, expected);
}

#[test]
fn with_all_telephones_switched_off_the_operators_mailbox_takes_the_message() {
    let mut shell = Shell::new(acme());
    shell.call(Script::outside("+15550101").presses(secs(1), "0"));
    shell.run();
    check_story(
        &shell,
        &[
            "+4822555010 calls +15550101 → ring group reception for 10 s",
            "not reachable → menu main",
            "pressed 0 → ring group reception for 12 s",
            "not reachable → mailbox reception (not reachable)",
            "the caller hung up",
        ],
    );
    assert_eq!(shell.store.messages("reception").len(), 1);
    shell.assert_tidy();
}

#[test]
fn a_store_that_takes_nothing_leads_to_a_person() {
    for health in [Health::Full, Health::Broken, Health::Mute] {
        let mut shell = Shell::new(acme()).phone("103", Phone::ANSWERS);
        shell.store.health = health;
        shell.call(Script::outside("+15550102"));
        shell.run();
        let why = if health == Health::Full { "mailbox full" } else { "mailbox out of order" };
        check_story(
            &shell,
            &[
                "+4822555010 calls +15550102 → ring person 101 for 15 s",
                "not reachable → mailbox 101 (not reachable)",
                &format!("{why} → ring group reception for 12 s"),
                "answered → talking with Carol White",
                "the caller hung up",
            ],
        );
        let beeps = shell.count(|output| matches!(output, Output::Record { .. }));
        assert_eq!(beeps, 0, "no beep into nothing: {health:?}");
        shell.assert_tidy();
    }
}

#[test]
fn with_neither_person_nor_store_the_caller_hears_an_apology() {
    for health in [Health::Full, Health::Broken, Health::Mute] {
        let mut shell = Shell::new(acme());
        shell.store.health = health;
        shell.call(Script::outside("+15550102"));
        shell.run();
        let story = shell.story();
        let end = ["journey 1: all was said → over", "journey 1: ended"];
        assert!(story.ends_with(&end.map(str::to_owned)), "{story:#?}");
        assert!(story.iter().any(|line| line.ends_with("apology: nobody is available")));
        shell.assert_tidy();
    }
}

/// Runs a call to Sally's mailbox, as far as five seconds after the beep.
fn speaking() -> Shell {
    let mut shell = Shell::new(acme()).phone("103", Phone::ANSWERS);
    let mut script = Script::outside("+15550102");
    script.speaks = secs(20);
    shell.call(script);
    while shell.count(|output| matches!(output, Output::Record { .. })) == 0 {
        shell.step();
    }
    shell.run_for(secs(5));
    shell
}

#[test]
fn a_store_that_stops_answering_in_mid_message_loses_nothing() {
    for health in [Health::Mute, Health::Broken] {
        for caller_hangs_up in [true, false] {
            let mut shell = speaking();
            if caller_hangs_up {
                // What was said is home before the store fails to keep it.
                let caller = shell.callers()[0];
                shell.hang_up(caller);
            }
            shell.store.health = health;
            shell.run();
            assert!(shell.exchange.is_idle());
            assert_eq!(shell.exchange.poll_timeout(), None);
            let fates: Vec<Fate> = shell.store.drafts.values().map(|draft| draft.fate).collect();
            assert_eq!(fates, [Fate::Open], "{health:?}: a store recovers open drafts");
            shell.assert_nothing_lost();
        }
    }
}

#[test]
fn a_disk_that_fills_up_in_mid_message_leads_on_to_a_person() {
    let mut shell = speaking();
    shell.store.health = Health::ReadOnly;
    let caller = shell.callers()[0];
    let (_, draft) = recording(&shell);
    // The recorder finds out first, and reports by itself.
    shell.take_recorder(caller);
    shell.feed(Input::Recorded { leg: caller, draft, length: secs(5), stored: Stored::Damaged });
    shell.run();
    let story = shell.story();
    assert!(story.iter().any(|line| line.ends_with("talking with Carol White")), "{story:#?}");
    shell.assert_nothing_lost();
}

fn recording(shell: &Shell) -> (LegId, DraftId) {
    let found = shell.outputs.iter().rev().find_map(|(_, output)| match output {
        Output::Record { leg, draft, .. } => Some((*leg, *draft)),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn a_recorder_that_never_reports_is_not_waited_for_for_ever() {
    let mut shell = speaking();
    let caller = shell.callers()[0];
    shell.take_recorder(caller);
    shell.hang_up(caller);
    let (_, draft) = recording(&shell);
    shell.run_for(secs(30));
    assert!(shell.exchange.is_idle(), "{:#?}", shell.exchange);
    // The store knows best whether there is sound; it is asked to keep it.
    let kept = |output: &Output| matches!(output, Output::Store(_, Request::Commit { draft: kept }) if *kept == draft);
    assert!(shell.count(kept) >= 1);
}

#[test]
fn a_draft_that_comes_too_late_is_given_back() {
    let mut shell = Shell::new(acme());
    shell.store.health = Health::Mute;
    shell.call(Script::outside("+15550102"));
    shell.run();
    let asked: Vec<_> = shell
        .outputs
        .iter()
        .filter_map(|(_, output)| match output {
            Output::Store(id, Request::OpenDraft { .. }) => Some(*id),
            _ => None,
        })
        .collect();
    assert_eq!(asked.len(), 2, "Sally's mailbox, then the reception's");
    shell.outputs.clear();
    for (late, id) in (70..).zip(asked) {
        let draft = DraftId::new(late);
        shell.feed(Input::Stored(id, Answer::Draft(draft)));
        shell.feed(Input::Stored(id, Answer::Draft(draft))); // and only once
        let given_back = |output: &Output| matches!(output, Output::Store(_, Request::Discard { draft: back }) if *back == draft);
        assert_eq!(shell.count(given_back), 1);
    }
    shell.assert_tidy();
}

#[test]
fn a_caller_who_goes_round_for_half_an_hour_is_asked_for_a_message() {
    let mut shell = Shell::new(acme());
    let mut script = Script::outside("+15550100");
    // Into the visitors' menu and back again, every eight seconds.
    for round in 0..400 {
        script = script.presses(secs(4 + 8 * round), if round % 2 == 0 { "2" } else { "*" });
    }
    shell.call(script);
    shell.run();
    let story = shell.story();
    let moved = "journey 1: took too long → mailbox reception (not reachable)";
    assert!(story.iter().any(|line| line == moved), "{story:#?}");
    assert_eq!(shell.store.messages("reception").len(), 1);
    shell.assert_tidy();
}

#[test]
fn zero_in_a_mailbox_rings_the_operator_however_long_the_call_has_been() {
    let mut config = ExchangeConfig::default();
    config.longest_attendance = secs(20);
    let mut shell = Shell::with_config(acme(), config).phone("101", Phone::Ignores);
    shell.phones.insert("110".to_owned(), Phone::ANSWERS);
    let mut script = Script::outside("+15550102").presses(secs(10), "0");
    script.speaks = secs(60);
    shell.call(script);
    shell.run();
    check_story(
        &shell,
        &[
            "+4822555010 calls +15550102 → ring person 101 for 15 s",
            "no answer → mailbox 101 (no answer)",
            "pressed 0 → ring group reception for 12 s",
            "answered → talking with Rita Green",
            "the caller hung up",
        ],
    );
    shell.assert_tidy();
}

#[test]
fn an_exchange_without_patience_still_ends_its_calls() {
    let mut config = ExchangeConfig::default();
    config.longest_attendance = secs(0);
    let mut shell = Shell::with_config(acme(), config);
    shell.store.health = Health::Mute;
    shell.call(Script::outside("+15550100"));
    shell.run();
    assert!(shell.now.since_start() < secs(60), "{:#?}", shell.story());
    shell.assert_tidy();
}

#[test]
fn the_end_of_what_was_stopped_is_not_taken_for_the_end_of_what_plays() {
    let mut shell = Shell::new(acme());
    shell.call(Script::outside("+15550100").presses(secs(1), "5"));
    shell.run_for(secs(3));
    let played: Vec<_> = shell
        .outputs
        .iter()
        .filter_map(|(_, output)| match output {
            Output::Play { leg, play, .. } => Some((*leg, *play)),
            _ => None,
        })
        .collect();
    let [(leg, menu), (_, announcement)] = played[..] else { panic!("{played:?}") };
    shell.feed(Input::PlaybackFinished { leg, play: menu });
    assert_eq!(shell.story().len(), 2, "the announcement goes on: {:#?}", shell.story());
    shell.feed(Input::PlaybackFinished { leg, play: announcement });
    shell.run_for(millis(1));
    assert!(shell.story().last().unwrap().ends_with("all was said → menu main"));
}

#[test]
fn the_longest_call_ends_and_both_sides_are_told() {
    let mut config = ExchangeConfig::default();
    config.longest_call = secs(3_600);
    let talks = secs(100_000);
    let phone = Phone::Answers { after: secs(3), talks };
    let mut shell = Shell::with_config(acme(), config).phone("101", phone);
    let mut script = Script::outside("+15550102");
    script.talks = talks;
    shell.call(script);
    shell.run_for(secs(3_600));
    assert!(shell.exchange.is_idle());
    assert_eq!(shell.count(|output| matches!(output, Output::HangUp { .. })), 2);
    assert!(shell.story().last().unwrap().ends_with("longer than a call may be"));
}

#[test]
fn one_call_more_than_there_may_be_is_refused_as_busy() {
    let mut config = ExchangeConfig::default();
    config.max_calls = 2;
    let mut shell = Shell::with_config(acme(), config);
    for _ in 0..3 {
        shell.call(Script::outside("+15550100"));
    }
    shell.run_for(secs(1));
    assert_eq!(shell.exchange.calls(), 2);
    let busy = |output: &Output| matches!(output, Output::Refuse { cause: Refusal::Busy, .. });
    assert_eq!(shell.count(busy), 1);
    shell.run();
    shell.assert_tidy();
}

#[test]
fn a_shutdown_lets_a_message_come_to_its_own_end() {
    let mut shell = speaking();
    shell.feed(Input::Drain);
    shell.run();
    assert_eq!(shell.store.messages("101")[0].length, secs(20), "whole");
    assert!(shell.story().last().unwrap().ends_with("the caller hung up"));
    shell.assert_tidy();
}

#[test]
fn a_shutdown_ends_what_does_not_end_by_itself_and_keeps_what_was_said() {
    let mut config = ExchangeConfig::default();
    config.drain = secs(3);
    let mut shell = Shell::with_config(acme(), config);
    let mut script = Script::outside("+15550102");
    script.speaks = secs(60);
    shell.call(script);
    shell.run_for(secs(12));
    let began = shell.when(|output| matches!(output, Output::Record { .. }));
    shell.feed(Input::Drain);
    shell.run();
    let [message] = &shell.store.messages("101")[..] else { panic!("no message") };
    assert_eq!(message.length, secs(15) - began);
    let last = &shell.events.last().unwrap().step;
    assert!(matches!(last, JourneyStep::Ended { ending: Ending::ShutDown, .. }), "{last:?}");
    shell.assert_tidy();
}

#[test]
fn a_running_call_keeps_the_plan_in_which_it_began() {
    let mut shell = Shell::new(acme()).phone("101", Phone::ANSWERS);
    shell.call(Script::outside("+15550100").presses(secs(1), "1"));
    shell.run_for(millis(500));
    let small = r#"
        [company]
        name = "Tiny"
        operator = "person 500"
        [[person]]
        name = "Eve"
        extension = "500"
        [[entry]]
        number = "+15550100"
        go = "person 500"
        [[trunk]]
        name = "telco"
        addresses = ["192.0.2.1"]
        numbers = ["+15550100"]
    "#;
    let small = Office::compile(small, "tiny.toml").map_err(|errors| errors.to_string()).unwrap();
    shell.exchange.use_office(small.into());
    shell.call(Script::outside("+15550100"));
    shell.run_for(secs(20));
    let story = shell.story();
    for line in [
        "journey 1: answered → talking with Sally Jones",
        "journey 2: +4822555010 calls +15550100 → ring person 500 for 20 s",
    ] {
        assert!(story.iter().any(|found| found == line), "{line} is not in {story:#?}");
    }
}

#[test]
fn who_is_unknown_to_the_plan_is_refused_without_a_hint() {
    let mut exchange = Exchange::new(ExchangeConfig::default(), acme());
    let now = Timestamp::ZERO;
    let strangers = [Origin::Trunk("other".to_owned()), Origin::Phone("mallory".to_owned())];
    for (number, from) in (1..).zip(strangers) {
        for called in ["+15550100", "101", "0", "+4890000000"] {
            let leg = LegId::incoming(number);
            let called = called.to_owned();
            let (caller, from) = (Caller::new("1"), from.clone());
            exchange.handle_input(Input::Incoming { leg, caller, from, called }, now);
            let refused = std::iter::from_fn(|| exchange.poll_output())
                .find(|output| !matches!(output, Output::Log(_)));
            assert_eq!(refused, Some(Output::Refuse { leg, cause: Refusal::Forbidden }));
            assert!(exchange.is_idle());
        }
    }
}
