//! What a caller hears and presses, moment by moment.

use std::fmt::Write as _;

use centrala_dialogue::{
    Argument, Dialogue, Input, Language, Output, Phrase, Piece, Runner, TimerKind, WithOperator,
};
use centrala_ivr::{MenuDialogue, PHRASES};
use centrala_keys::Key;

use crate::menu;

/// Performs `script` and returns the transcript. In the script stand keys, and
/// `-` all was said, `t` no first key came, `i` no further key came, `h` the caller hangs up.
pub(crate) fn perform<D: Dialogue>(dialogue: D, script: &str) -> String {
    let mut runner = Runner::new(dialogue);
    let mut transcript = String::new();
    runner.begin();
    note(&mut runner, &mut transcript);
    for c in script.chars() {
        assert!(!runner.is_over(), "over before {c}:\n{transcript}");
        match c {
            '-' => runner.handle_input(Input::PlaybackFinished),
            't' => runner.handle_input(Input::Fired(TimerKind::FirstKey)),
            'i' => runner.handle_input(Input::Fired(TimerKind::InterDigit)),
            'h' => runner.handle_input(Input::Left),
            key => {
                runner.handle_input(Input::Onset);
                runner.handle_input(Input::Key(Key::from_char(key).unwrap()));
            }
        }
        writeln!(transcript, "{c}").unwrap();
        note(&mut runner, &mut transcript);
    }
    transcript
}

fn note<D: Dialogue>(runner: &mut Runner<D>, transcript: &mut String) {
    while let Some(output) = runner.poll_output() {
        match output {
            Output::Play(phrases) => {
                let words: Vec<String> = phrases.iter().map(spoken).collect();
                writeln!(transcript, "    {}", words.join(" ")).unwrap();
            }
            Output::StopPlaying => transcript.push_str("    (falls silent)\n"),
            Output::End(outcome) => writeln!(transcript, "    {outcome:?}").unwrap(),
            Output::Start(_, _) | Output::Cancel(_) => {}
            Output::Ask(_)
            | Output::Withdraw
            | Output::Pause
            | Output::Resume
            | Output::Back(_)
            | Output::Forward(_)
            | Output::Record(_)
            | Output::StopRecording => panic!("a menu does not do that"),
        }
    }
}

fn spoken(phrase: &Phrase) -> String {
    let Phrase::Said { id, arguments } = phrase else {
        let Phrase::Text(text) = phrase else { panic!("{phrase:?}") };
        return text.to_string();
    };
    let definition = PHRASES.iter().find(|definition| definition.id == *id).unwrap();
    let pieces = definition.render(Language::ENGLISH, arguments).unwrap();
    let words = pieces.into_iter().map(|piece| match piece {
        Piece::Words(words) => words.to_owned(),
        Piece::Argument(Argument::Digits(digits)) => digits.to_string(),
        Piece::Argument(Argument::Text(text)) => text.to_string(),
        Piece::Argument(other) => panic!("{other:?}"),
    });
    words.collect()
}

#[track_caller]
fn check<D: Dialogue>(name: &str, dialogue: D, script: &str, expected: &str) {
    let transcript = perform(dialogue, script);
    assert_eq!(transcript.trim_end(), expected.trim_matches('\n').trim_end(), "{name}");
}

const OFFER: &str = "If you know an extension, you may dial it at any time. For sales, press 1. \
                     For support, press 2. To speak to the operator, press zero.";

#[test]
fn what_a_caller_hears_who_chooses() {
    for (name, script, expected) in [
        (
            "an option that begins no extension is chosen at once",
            "2",
            format!("    Welcome. {OFFER}\n2\n    (falls silent)\n    Ended(Chosen(\"support\"))"),
        ),
        (
            "an option that begins extensions waits for another key",
            "1i",
            format!("    Welcome. {OFFER}\n1\n    (falls silent)\ni\n    Ended(Chosen(\"sales\"))"),
        ),
        (
            "the square says that there is no other key",
            "1#",
            format!("    Welcome. {OFFER}\n1\n    (falls silent)\n#\n    Ended(Chosen(\"sales\"))"),
        ),
        (
            "an extension is dialled in the middle of the greeting",
            "102",
            format!(
                "    Welcome. {OFFER}\n1\n    (falls silent)\n0\n2\n    Ended(Chosen(\"Bob\"))"
            ),
        ),
        (
            "0 reaches the operator in the middle of the greeting",
            "0",
            format!(
                "    Welcome. {OFFER}\n0\n    (falls silent)\n    Operator {{ tidied: Some(Left) }}"
            ),
        ),
    ] {
        check(name, WithOperator::new(MenuDialogue::new(menu())), script, &expected);
    }
}

#[test]
fn what_a_caller_hears_who_does_not_choose() {
    for (name, script, expected) in [
        (
            "silence gets help, and then somebody else",
            "-t-t-t-",
            format!(
                "    Welcome. {OFFER}\n-\nt\n    Please choose with the keys of your telephone. \
                 {OFFER}\n-\nt\n    Please choose with the keys of your telephone. \
                 {OFFER}\n-\nt\n    One moment, please.\n-\n    Ended(GaveUp(NoInput))"
            ),
        ),
        (
            "wrong keys and silence count together",
            "7-t199-",
            format!(
                "    Welcome. {OFFER}\n7\n    (falls silent)\n    Sorry, that is not an option. \
                 {OFFER}\n-\nt\n    Please choose with the keys of your telephone. \
                 {OFFER}\n1\n    (falls silent)\n9\n9\n    One moment, please.\n-\n    \
                 Ended(GaveUp(WrongKeys))"
            ),
        ),
        (
            "a wrong extension is heard to its end",
            "199102",
            format!(
                "    Welcome. {OFFER}\n1\n    (falls silent)\n9\n9\n    Sorry, nobody has that \
                 extension. {OFFER}\n1\n    (falls silent)\n0\n2\n    Ended(Chosen(\"Bob\"))"
            ),
        ),
        (
            "an extension that is broken off is wrong",
            "10i2",
            format!(
                "    Welcome. {OFFER}\n1\n    (falls silent)\n0\ni\n    Sorry, nobody has that \
                 extension. {OFFER}\n2\n    (falls silent)\n    Ended(Chosen(\"support\"))"
            ),
        ),
        (
            "0 reaches the operator while the menu gives up",
            "-t-t-t0",
            format!(
                "    Welcome. {OFFER}\n-\nt\n    Please choose with the keys of your telephone. \
                 {OFFER}\n-\nt\n    Please choose with the keys of your telephone. \
                 {OFFER}\n-\nt\n    One moment, please.\n0\n    (falls silent)\n    \
                 Operator {{ tidied: Some(Left) }}"
            ),
        ),
        (
            "a caller hangs up",
            "1h",
            format!("    Welcome. {OFFER}\n1\n    (falls silent)\nh\n    Ended(Left)"),
        ),
    ] {
        check(name, WithOperator::new(MenuDialogue::new(menu())), script, &expected);
    }
}

#[test]
fn who_comes_back_is_not_greeted_again() {
    let expected = format!("    {OFFER}\n2\n    (falls silent)\n    Chosen(\"support\")");
    check("again", MenuDialogue::again(menu()), "2", &expected);
}

#[test]
fn a_menu_without_extensions_does_not_speak_of_them() {
    let mut menu = centrala_ivr::Menu::new([Phrase::text("Welcome.")]);
    menu.offer(Key::Star, Phrase::text("To go back"), ()).unwrap();
    let expected = "    Welcome. To go back, press *. To speak to the operator, press zero.\n*\n    \
                    (falls silent)\n    Chosen(())";
    check("no extensions", MenuDialogue::new(menu), "*", expected);
}
