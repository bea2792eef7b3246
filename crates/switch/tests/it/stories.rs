//! The demo's stories, each from the first ring to the last hang-up.

use centrala_dialogue::{Phrase, Tone};
use centrala_keys::Key;
use centrala_switch::{Cause, Ending, JourneyStep, Output};
use centrala_testkit::company::{AfterMessage, Phone, Script, Shell, millis, secs};
use centrala_voicemail::Reason;

use crate::office::acme;

/// Returns what callers met, without the number of the journey.
#[track_caller]
fn check(shell: &Shell, expected: &[&str]) {
    let story = shell.story();
    let lines: Vec<&str> = story.iter().map(|line| line.split_once(": ").unwrap().1).collect();
    assert_eq!(lines, expected);
    shell.assert_tidy();
}

fn answers(output: &Output) -> bool {
    matches!(output, Output::Answer { .. })
}

fn bridges(output: &Output) -> bool {
    matches!(output, Output::Bridge { .. })
}

pub(crate) fn sales() -> Shell {
    let mut shell = Shell::new(acme()).phone("101", Phone::ANSWERS);
    shell.call(Script::outside("+15550100").presses(secs(1), "1"));
    shell
}

#[test]
fn one_in_the_greeting_rings_sales_and_two_people_talk() {
    let mut shell = sales();
    shell.run();
    check(
        &shell,
        &[
            "+4822555010 calls +15550100 → menu main",
            "chosen from the menu → ring group sales for 20 s",
            "answered → talking with Sally Jones",
            "the caller hung up",
        ],
    );
    // `1` could become `101`: it waits for the inter-digit timer, then her telephone takes 3 s.
    assert_eq!(shell.when(answers), millis(0));
    assert_eq!(shell.when(bridges), millis(1_050) + secs(3) + secs(3));
    assert_eq!(shell.count(|output| matches!(output, Output::Unbridge { .. })), 1);
    let ringback = |output: &Output| matches!(output, Output::Play { phrases, .. } if *phrases == [Phrase::Tone(Tone::Ringback)]);
    assert_eq!(shell.count(ringback), 1, "an answered caller hears it ring");
    assert_eq!(shell.count(|output| matches!(output, Output::Ring { .. })), 0);
}

#[test]
fn the_greeting_stops_at_the_onset_of_a_key() {
    let mut shell = sales();
    shell.run();
    assert_eq!(shell.when(|output| matches!(output, Output::StopPlaying { .. })), secs(1));
}

#[test]
fn when_the_called_person_hangs_up_the_caller_is_told() {
    let phone = Phone::Answers { after: secs(3), talks: secs(5) };
    let mut shell = Shell::new(acme()).phone("101", phone);
    shell.call(Script::outside("+15550102"));
    shell.run();
    check(
        &shell,
        &[
            "+4822555010 calls +15550102 → ring person 101 for 15 s",
            "answered → talking with Sally Jones",
            "the called person hung up",
        ],
    );
    assert_eq!(
        shell.count(|output| matches!(output, Output::HangUp { leg } if leg.is_incoming())),
        1
    );
}

pub(crate) fn operator() -> Shell {
    let mut shell = Shell::new(acme()).phone("110", Phone::Ignores).phone("103", Phone::ANSWERS);
    shell.call(Script::outside("+15550100").presses(millis(800), "0"));
    shell
}

#[test]
fn zero_before_the_greeting_ends_reaches_the_operator() {
    let mut shell = operator();
    shell.run();
    check(
        &shell,
        &[
            "+4822555010 calls +15550100 → menu main",
            "pressed 0 → ring group reception for 12 s",
            "answered → talking with Carol White",
            "the caller hung up",
        ],
    );
    assert_eq!(shell.when(bridges), millis(850) + secs(3));
    let stopped = |output: &Output| matches!(output, Output::HangUp { leg } if !leg.is_incoming());
    assert_eq!(shell.when(stopped), millis(850) + secs(3), "the other telephone stops at once");
}

pub(crate) fn message() -> Shell {
    let mut shell = Shell::new(acme()).phone("101", Phone::Ignores);
    shell.call(Script::outside("+15550100").presses(secs(1), "101"));
    shell
}

#[test]
fn an_extension_that_nobody_answers_takes_a_message() {
    let mut shell = message();
    shell.run();
    check(
        &shell,
        &[
            "+4822555010 calls +15550100 → menu main",
            "dialled an extension → ring person 101 for 15 s",
            "no answer → mailbox 101 (no answer)",
            "the caller hung up",
        ],
    );
    let messages = shell.store.messages("101");
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(message.length, secs(5));
    assert_eq!(message.envelope.called.as_str(), "Sally Jones");
    assert_eq!(message.envelope.reason, Reason::NoAnswer);
    assert_eq!(message.envelope.caller_number.as_ref().unwrap().as_str(), "+4822555010");
    assert_eq!(shell.store.sound(message.id), 40_000, "five seconds of µ-law");
    let beeps = |output: &Output| matches!(output, Output::Play { phrases, .. } if *phrases == [Phrase::Tone(Tone::Beep)]);
    let records = |output: &Output| matches!(output, Output::Record { .. });
    assert_eq!(shell.when(records), shell.when(beeps) + millis(300), "after the beep");
}

#[test]
fn a_message_that_is_ended_by_a_key_or_by_silence_is_kept_and_the_caller_thanked() {
    for then in [AfterMessage::Presses(Key::Pound), AfterMessage::Waits] {
        let mut shell = message();
        let mut script = Script::outside("+15550102");
        script.then = then;
        shell.call(script);
        shell.run();
        let story = shell.story();
        assert!(story.iter().any(|line| line == "journey 2: message kept → over"), "{story:#?}");
        assert_eq!(shell.store.messages("101").len(), 2);
        shell.assert_tidy();
    }
}

#[test]
fn the_plans_greeting_is_said_instead_of_the_stock_wording() {
    let mut shell = Shell::new(acme());
    shell.call(Script::outside("+15550100").presses(secs(1), "0"));
    shell.run();
    let greeting = Phrase::text("Nobody is at the reception. Please speak after the tone.");
    let said = |output: &Output| matches!(output, Output::Play { phrases, .. } if phrases.contains(&greeting));
    assert_eq!(shell.count(said), 1);
    assert_eq!(shell.store.messages("reception").len(), 1);
    shell.assert_tidy();
}

#[test]
fn an_extension_dialled_into_a_message_keeps_it_and_rings() {
    let mut shell = Shell::new(acme()).phone("102", Phone::ANSWERS);
    let mut script = Script::outside("+15550102").presses(secs(14), "102");
    script.speaks = secs(60);
    shell.call(script);
    shell.run();
    check(
        &shell,
        &[
            "+4822555010 calls +15550102 → ring person 101 for 15 s",
            "not reachable → mailbox 101 (not reachable)",
            "dialled an extension → ring person 102 for 20 s",
            "answered → talking with Bob Smith",
            "the caller hung up",
        ],
    );
    assert_eq!(shell.store.messages("101").len(), 1);
}

#[test]
fn zero_while_a_message_is_recorded_keeps_it_and_reaches_the_operator() {
    let mut shell = Shell::new(acme()).phone("110", Phone::ANSWERS);
    let mut script = Script::outside("+15550102").presses(secs(14), "0");
    script.speaks = secs(60);
    shell.call(script);
    shell.run();
    check(
        &shell,
        &[
            "+4822555010 calls +15550102 → ring person 101 for 15 s",
            "not reachable → mailbox 101 (not reachable)",
            "pressed 0 → ring group reception for 12 s",
            "answered → talking with Rita Green",
            "the caller hung up",
        ],
    );
    assert_eq!(shell.store.messages("101").len(), 1);
}

pub(crate) fn lost_caller() -> Shell {
    let mut shell = Shell::new(acme()).phone("103", Phone::ANSWERS);
    // Nothing at first; then keys that mean nothing, in each prompt that follows.
    shell.call(Script::outside("+15550100").presses(secs(25), "9").presses(secs(30), "8"));
    shell
}

#[test]
fn silence_and_wrong_keys_lead_to_help_and_then_to_the_operator() {
    let mut shell = lost_caller();
    shell.run();
    check(
        &shell,
        &[
            "+4822555010 calls +15550100 → menu main",
            "pressed wrong keys → ring group reception for 12 s",
            "answered → talking with Carol White",
            "the caller hung up",
        ],
    );
    let helped = |id: &'static str| {
        shell.count(|output| {
            matches!(output, Output::Play { phrases, .. } if phrases.iter().any(
                |phrase| matches!(phrase, Phrase::Said { id: said, .. } if said.as_str() == id)
            ))
        })
    };
    assert_eq!((helped("ivr.no-input"), helped("ivr.no-option")), (1, 1));
}

pub(crate) fn reception_first() -> Shell {
    let mut shell = Shell::new(acme()).phone("110", Phone::Ignores).phone("103", Phone::BUSY);
    let mut script = Script::outside("+15550101").presses(secs(2), "5");
    script.patience = Some(secs(40));
    shell.call(script);
    shell
}

#[test]
fn reception_rings_for_ten_seconds_and_then_the_menu_answers() {
    let mut shell = reception_first();
    shell.run();
    check(
        &shell,
        &[
            "+4822555010 calls +15550101 → ring group reception for 10 s",
            "no answer → menu main",
            "chosen from the menu → announcement widgets",
            "all was said → menu main",
            "the caller hung up",
        ],
    );
    assert_eq!(shell.when(|output| matches!(output, Output::Ring { .. })), secs(0));
    assert_eq!(shell.when(answers), secs(10), "unanswered until then");
}

#[test]
fn a_live_answer_is_the_answer_of_the_call() {
    let mut shell = reception_first();
    shell.phones.insert("103".to_owned(), Phone::ANSWERS);
    shell.run();
    assert_eq!(shell.when(answers), secs(3));
    assert_eq!(shell.when(bridges), secs(3));
    shell.assert_tidy();
}

#[test]
fn a_group_in_turn_rings_one_after_the_other() {
    let mut shell = sales();
    shell.phones.insert("101".to_owned(), Phone::Ignores);
    shell.phones.insert("102".to_owned(), Phone::ANSWERS);
    shell.run();
    let called = shell.outputs.iter().filter_map(|(at, output)| match output {
        Output::Call { user, .. } => Some((at.since_start(), user.to_string())),
        _ => None,
    });
    let began = millis(4_050);
    assert_eq!(
        called.collect::<Vec<_>>(),
        [(began, "101".to_owned()), (began + secs(10), "102".to_owned()),]
    );
    shell.assert_tidy();
}

#[test]
fn a_menu_greets_once_and_goes_straight_to_the_options_after_that() {
    let mut shell = Shell::new(acme());
    let mut script = Script::outside("+15550100").presses(secs(1), "2*");
    script.patience = Some(secs(20));
    shell.call(script);
    shell.run();
    let greeting = Phrase::text("Thank you for calling Acme Widgets.");
    let greets = |output: &Output| matches!(output, Output::Play { phrases, .. } if phrases.contains(&greeting));
    assert_eq!(shell.count(greets), 1);
    assert!(shell.story().iter().filter(|line| line.ends_with("menu main")).count() == 2);
    shell.assert_tidy();
}

#[test]
fn an_impatient_caller_presses_zero_while_it_rings() {
    let mut shell = sales();
    shell.phones.insert("101".to_owned(), Phone::Ignores);
    shell.phones.insert("110".to_owned(), Phone::ANSWERS);
    shell.call(Script::outside("+15550100").presses(secs(1), "1").presses(secs(6), "0"));
    shell.run();
    let story = shell.story();
    let pressed = "journey 2: pressed 0 → ring group reception for 12 s";
    assert!(story.iter().any(|line| line == pressed), "{story:#?}");
    shell.assert_tidy();
}

#[test]
fn colleagues_call_each_other_and_wrong_extensions_are_refused() {
    let mut shell = Shell::new(acme()).phone("102", Phone::ANSWERS).phone("101", Phone::BUSY);
    shell.call(Script::inside("101", "102"));
    shell.run();
    shell.call(Script::inside("101", "199"));
    shell.run();
    shell.call(Script::inside("nobody", "101"));
    shell.run();
    // Her own telephone is busy, for she is calling; so she leaves herself a message.
    shell.call(Script::inside("101", "101"));
    shell.run();
    check(
        &shell,
        &[
            "+4822555010 calls 102 → ring person 102 for 20 s",
            "answered → talking with Bob Smith",
            "the caller hung up",
            "+4822555010 calls 199 → refused: no such number",
            "refused",
            "+4822555010 calls 101 → refused: not allowed",
            "refused",
            "+4822555010 calls 101 → ring person 101 for 15 s",
            "busy → mailbox 101 (busy)",
            "the caller hung up",
        ],
    );
}

#[test]
fn two_callers_at_once_both_reach_the_same_person() {
    let mut shell = Shell::new(acme()).phone("101", Phone::ANSWERS);
    shell.call(Script::outside("+15550102"));
    shell.call(Script::outside("+15550102"));
    shell.run();
    assert_eq!(shell.count(bridges), 2);
    let endings = shell.events.iter().filter(|event| {
        matches!(event.step, JourneyStep::Ended { ending: Ending::CallerHungUp, .. })
    });
    assert_eq!(endings.count(), 2);
    shell.assert_tidy();
}

#[test]
fn a_busy_operator_leads_to_the_receptions_mailbox() {
    let declined = Phone::Fails { after: secs(1), cause: Cause::Declined };
    let mut shell = Shell::new(acme()).phone("110", Phone::BUSY).phone("103", declined);
    shell.call(Script::outside("+15550100").presses(secs(1), "0"));
    shell.run();
    check(
        &shell,
        &[
            "+4822555010 calls +15550100 → menu main",
            "pressed 0 → ring group reception for 12 s",
            "busy → mailbox reception (busy)",
            "the caller hung up",
        ],
    );
    assert_eq!(shell.store.messages("reception").len(), 1);
}
