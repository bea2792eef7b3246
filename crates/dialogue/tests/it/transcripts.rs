//! What callers meet, by the millisecond. A key goes down at the time in the script, and is certain
//! 50 ms later; a word takes half a second, a message ten seconds.

use std::time::Duration;

use crate::{
    dialogues::{
        announcement::Announcement,
        leave_message::{self, LeaveMessage},
        menu::Menu,
        one_turn::OneTurn,
        pin::{Pin, Verdict, Verify},
        playback::{self, Playback},
        screen::{Claim, Claimed, Screen, Told},
    },
    driver::{
        Answers,
        Deed::{self, Click, FallSilent, HangUp, Press, Signal},
        Driver,
    },
};
use centrala_dialogue::{
    BargeIn, Dialogue, DraftId, Heard, HeardBy, KeyRule, Phrase, Step, StepOf, Turn, WithOperator,
};

fn nothing<A, R>(_: &A) -> (u64, R) {
    panic!("it has nothing to ask")
}

/// Performs a script and compares what happened, line by line.
#[track_caller]
fn check<D: Dialogue>(
    dialogue: D,
    answer: Answers<D>,
    script: &[(u64, Deed<D::Signal>)],
    expected: &[&str],
) {
    let transcript = Driver::perform(dialogue, answer, script);
    let lines: Vec<&str> = transcript.lines().map(str::trim_start).collect();
    assert_eq!(lines, expected, "\n{transcript}");
}

/// Says welcome, listening to nothing, before the menus.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Welcome(Menu);

impl Dialogue for Welcome {
    type Label = <Menu as Dialogue>::Label;
    type Outcome = <Menu as Dialogue>::Outcome;
    type Ask = ();
    type Answer = ();
    type Signal = ();

    fn begin(&mut self) -> StepOf<Self> {
        Step::Turn(Turn::say([Phrase::text("welcome to all of us")]))
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        match heard {
            Heard::Finished => self.0.begin(),
            heard => self.0.hear(heard),
        }
    }
}

#[test]
fn a_prompt_stops_at_the_onset_of_a_key() {
    check(
        Menu::new(),
        nothing,
        &[(300, Press('9'))],
        &["0 plays \"menu 1\"", "300 stops", "350 - key 9", "350 ends: Directory"],
    );
}

#[test]
fn a_click_that_was_no_key_does_not_lose_the_caller() {
    check(
        OneTurn::new(&[("1", "one")]),
        nothing,
        &[(300, Click)],
        &["0 plays \"two words\"", "300 stops", "5300 - FirstKey is over", "5300 ends: NoInput"],
    );
}

#[test]
fn silence_and_wrong_keys_are_counted_and_lead_on() {
    check(
        Menu::new(),
        nothing,
        &[(8_000, Press('5')), (10_000, Press('1')), (11_000, Press('*'))],
        &[
            "0 plays \"menu 1\"",
            "6000 - FirstKey is over",
            "6000 plays \"menu 1\"",
            "8050 - key 5",
            "8050 plays \"menu 1\"",
            "10050 - key 1",
            "11050 - key *",
            "11050 ends: GaveUp",
        ],
    );
}

#[test]
fn keys_that_were_pressed_before_lead_through_three_menus() {
    let keys = ['1', '#', '1', '#', '9'];
    let script: Vec<_> = (1..).map(|at| at * 300).zip(keys.map(Press)).collect();
    let expected = [
        "0 plays \"welcome to all of us\"",
        "350 - key 1",
        "650 - key #",
        "950 - key 1",
        "1250 - key #",
        "1550 - key 9",
    ];
    check(
        Welcome(Menu::new()),
        nothing,
        &script,
        &[&expected[..], &["2500 ends: Directory"]].concat(),
    );
    check(
        WithOperator::new(Welcome(Menu::new())),
        nothing,
        &script,
        &[&expected[..], &["2500 ends: Ended(Directory)"]].concat(),
    );
}

#[test]
fn an_extension_that_was_begun_before_a_menu_is_finished_in_it() {
    check(
        WithOperator::new(Welcome(Menu::new())),
        nothing,
        &[(1_000, Press('1')), (2_000, Press('2')), (3_000, Press('3'))],
        &[
            "0 plays \"welcome to all of us\"",
            "1050 - key 1",
            "2050 - key 2",
            "3050 - key 3",
            "3050 ends: Ended(Extension(Digits(3 keys)))",
        ],
    );
}

#[test]
fn a_digit_that_could_grow_waits_for_the_timer_and_one_that_could_not_does_not() {
    check(
        Menu::new(),
        nothing,
        &[(200, Press('1')), (5_000, Press('1')), (6_000, Press('0')), (7_000, Press('1'))],
        &[
            "0 plays \"menu 1\"",
            "200 stops",
            "250 - key 1",
            "3250 - InterDigit is over",
            "3250 plays \"menu 2\"",
            "5050 - key 1",
            "6050 - key 0",
            "7050 - key 1",
            "7050 ends: Extension(Digits(3 keys))",
        ],
    );
}

#[test]
fn the_terminator_saves_the_wait_and_is_swallowed() {
    check(
        OneTurn::new(&[("1", "one"), ("1xx", "extension")]),
        nothing,
        &[(200, Press('1')), (400, Press('#'))],
        &[
            "0 plays \"two words\"",
            "200 stops",
            "250 - key 1",
            "450 - key #",
            "450 ends: Matched { label: \"one\", digits: Digits(1 keys) }",
        ],
    );
    // In the middle of an extension it says that this was all, and that is wrong.
    check(
        OneTurn::new(&[("1", "one"), ("1xx", "extension")]),
        nothing,
        &[(200, Press('1')), (400, Press('2')), (600, Press('#'))],
        &[
            "0 plays \"two words\"",
            "200 stops",
            "250 - key 1",
            "450 - key 2",
            "650 - key #",
            "650 ends: WrongKeys(Digits(2 keys))",
        ],
    );
}

#[test]
fn a_key_that_crosses_the_end_of_the_prompt_counts_once() {
    check(
        Menu::new(),
        nothing,
        &[(999, Press('9'))],
        &["0 plays \"menu 1\"", "999 stops", "1049 - key 9", "1049 ends: Directory"],
    );
    // Just after it: nothing is there to be stopped.
    check(
        Menu::new(),
        nothing,
        &[(1_001, Press('9'))],
        &["0 plays \"menu 1\"", "1051 - key 9", "1051 ends: Directory"],
    );
    // Going down before the end, certain after it, where a key decides and not its onset.
    let mut turn = OneTurn::new(&[("1", "one")]);
    turn.0.keys = turn.0.keys.map(KeyRule::ignore_wrong_keys);
    check(
        turn,
        nothing,
        &[(980, Press('1'))],
        &[
            "0 plays \"two words\"",
            "1030 - key 1",
            "1030 ends: Matched { label: \"one\", digits: Digits(1 keys) }",
        ],
    );
}

#[test]
fn a_prompt_that_ignores_wrong_keys_goes_on_playing() {
    let mut turn = OneTurn::new(&[("12", "twelve")]);
    turn.0.keys = turn.0.keys.map(KeyRule::ignore_wrong_keys);
    check(
        turn,
        nothing,
        &[(200, Press('5')), (400, Press('1')), (600, Press('1')), (800, Press('2'))],
        &[
            "0 plays \"two words\"",
            "250 - key 5",
            "450 - key 1",
            "450 stops",
            "650 - key 1",
            "850 - key 2",
            "850 ends: Matched { label: \"twelve\", digits: Digits(2 keys) }",
        ],
    );
}

#[test]
fn a_prompt_that_must_be_heard_keeps_the_keys_until_its_end() {
    let mut turn = OneTurn::new(&[("1", "one"), ("12", "twelve")]);
    turn.0.barge_in = BargeIn::AfterPrompt;
    check(
        turn,
        nothing,
        &[(200, Press('1')), (1_500, Press('2'))],
        &[
            "0 plays \"two words\"",
            "250 - key 1",
            "1550 - key 2",
            "1550 ends: Matched { label: \"twelve\", digits: Digits(2 keys) }",
        ],
    );
}

fn messages(want: &playback::Want) -> (u64, playback::Told) {
    match want {
        playback::Want::Count => (100, playback::Told::Count(1)),
        playback::Want::Delete(_) => (100, playback::Told::Deleted),
    }
}

#[test]
fn a_pause_stops_the_timing_of_silence() {
    check(
        Playback::new(),
        messages,
        &[(2_000, Press('5')), (60_000, Press('5'))],
        &[
            "0 asks Count",
            "100 - answer Count(1)",
            "100 plays message 0",
            "2050 - key 5",
            "2050 pauses",
            "60050 - key 5",
            "60050 goes on",
            "73100 - FirstKey is over",
            "73100 plays message 0",
            "88100 - FirstKey is over",
            "88100 plays \"that was all\"",
            "89600 ends: HeardAll",
        ],
    );
}

#[test]
fn a_pause_after_the_end_stops_it_too_and_a_forgotten_pause_ends() {
    check(
        Playback::new(),
        messages,
        &[(11_000, Press('5'))],
        &[
            "0 asks Count",
            "100 - answer Count(1)",
            "100 plays message 0",
            "11050 - key 5",
            "131050 - Pause is over",
            "136050 - FirstKey is over",
            "136050 plays message 0",
            "151050 - FirstKey is over",
            "151050 plays \"that was all\"",
            "152550 ends: HeardAll",
        ],
    );
}

#[test]
fn a_message_can_be_wound_back_and_forth_and_heard_again() {
    check(
        Playback::new(),
        messages,
        &[
            (5_000, Press('*')),
            (6_000, Press('#')),
            (7_000, Press('5')),
            (8_000, Press('*')),
            (17_000, Press('2')),
            (18_000, Press('6')),
        ],
        &[
            "0 asks Count",
            "100 - answer Count(1)",
            "100 plays message 0",
            "5050 - key *",
            "5050 back",
            "6050 - key #",
            "6050 forward",
            "7050 - key 5",
            "7050 pauses",
            "8050 - key *",
            "8050 back",
            "8050 goes on",
            "17050 - key 2",
            "17050 plays message 0",
            "18050 - key 6",
            "18050 stops",
            "18050 plays \"that was all\"",
            "19550 ends: HeardAll",
        ],
    );
}

#[test]
fn a_message_can_be_heard_again_before_its_end() {
    check(
        Playback::new(),
        messages,
        &[(5_000, Press('2')), (14_900, Press('6'))],
        &[
            "0 asks Count",
            "100 - answer Count(1)",
            "100 plays message 0",
            "5050 - key 2",
            "5050 plays message 0",
            "14950 - key 6",
            "14950 stops",
            "14950 plays \"that was all\"",
            "16450 ends: HeardAll",
        ],
    );
}

#[test]
fn a_pause_that_was_pressed_before_the_message_holds_it() {
    check(
        Playback::new(),
        messages,
        &[(20, Press('5')), (5_000, Press('6'))],
        &[
            "0 asks Count",
            "70 - key 5",
            "100 - answer Count(1)",
            "100 plays message 0",
            "100 pauses",
            "5050 - key 6",
            "5050 stops",
            "5050 plays \"that was all\"",
            "6550 ends: HeardAll",
        ],
    );
}

#[test]
fn deleting_forgets_keys_that_were_pressed_before_the_question() {
    check(
        Playback::new(),
        |want| (if *want == playback::Want::Count { 2_000 } else { 100 }, messages(want).1),
        &[(100, Press('7')), (300, Press('1')), (4_500, Press('1'))],
        &[
            "0 asks Count",
            "150 - key 7",
            "350 - key 1",
            "2000 - answer Count(1)",
            "2000 plays \"press one to delete\"",
            "4550 - key 1",
            "4550 asks Delete(0)",
            "4650 - answer Deleted",
            "4650 plays \"that was all\"",
            "6150 ends: HeardAll",
        ],
    );
}

#[test]
fn a_pin_is_typed_over_its_prompts_and_an_answer_that_is_late_is_a_failure() {
    let answer = |Verify(digits): &Verify| match &*digits.to_string() {
        "0000" => (500, Verdict::Wrong),
        "1234" => (500, Verdict::Right),
        _ => (3_000, Verdict::Right),
    };
    let keys = |text: &str, from: u64| -> Vec<_> {
        (0..).map(|key| from + key * 100).zip(text.chars().map(Press)).collect()
    };
    check(
        Pin::new(),
        answer,
        &keys("00001234", 100),
        &[
            "0 plays \"your PIN\"",
            "100 stops",
            "150 - key 0",
            "250 - key 0",
            "350 - key 0",
            "450 - key 0",
            "450 plays \"one moment\"",
            "450 asks Verify(Digits(4 keys))",
            "550 - key 1",
            "650 - key 2",
            "750 - key 3",
            "850 - key 4",
            "950 - answer Wrong",
            "950 stops",
            "950 plays \"one moment\"",
            "950 asks Verify(Digits(4 keys))",
            "1450 - answer Right",
            "1450 stops",
            "1450 ends: Admitted",
        ],
    );
    check(
        Pin::new(),
        answer,
        &keys("9999", 100),
        &[
            "0 plays \"your PIN\"",
            "100 stops",
            "150 - key 9",
            "250 - key 9",
            "350 - key 9",
            "450 - key 9",
            "450 plays \"one moment\"",
            "450 asks Verify(Digits(4 keys))",
            "2450 - Ask is over",
            "2450 asks no more",
            "2450 ends: Refused",
        ],
    );
}

#[test]
fn zero_reaches_the_operator_at_once_and_from_everywhere() {
    check(
        WithOperator::new(Menu::new()),
        nothing,
        &[(300, Press('0'))],
        &[
            "0 plays \"menu 1\"",
            "300 stops",
            "350 - key 0",
            "350 ends: Operator { tidied: Some(Left) }",
        ],
    );
    // A turn without keys: other keys do not disturb it.
    check(
        WithOperator::new(Announcement),
        nothing,
        &[(300, Press('7')), (600, Press('0'))],
        &[
            "0 plays \"we are open\"",
            "350 - key 7",
            "650 - key 0",
            "650 stops",
            "650 ends: Operator { tidied: Some(NotToTheEnd) }",
        ],
    );
    check(
        WithOperator::new(Announcement),
        nothing,
        &[],
        &["0 plays \"we are open\"", "1500 ends: Ended(ToTheEnd)"],
    );
    // Pressed while something is looked up.
    check(
        WithOperator::new(Playback::new()),
        messages,
        &[(20, Press('0'))],
        &[
            "0 asks Count",
            "70 - key 0",
            "100 - answer Count(1)",
            "100 ends: Operator { tidied: Some(Left) }",
        ],
    );
}

fn drafts(want: &leave_message::Want) -> (u64, leave_message::Told) {
    match want {
        leave_message::Want::OpenDraft => (100, leave_message::Told::Draft(DraftId::new(7))),
        leave_message::Want::Keep(_) | leave_message::Want::Discard(_) => {
            (100, leave_message::Told::Done)
        }
    }
}

/// Leaves a message that is ended by `deeds`; checks what follows the beginning of the recording.
#[track_caller]
fn leave(deeds: &[(u64, Deed<()>)], expected: &[&str]) {
    let beginning = [
        "0 asks OpenDraft",
        "100 - answer Draft(DraftId(7))",
        "100 plays \"please leave a message\"",
        "2101 - FirstKey is over",
        "2101 plays Tone(Beep)",
        "2601 records",
    ];
    let dialogue = WithOperator::new(LeaveMessage::new());
    check(dialogue, drafts, deeds, &[&beginning[..], expected].concat());
}

#[test]
fn a_message_is_kept_whatever_ends_it() {
    leave(
        &[(6_000, Press('0'))],
        &[
            "6050 - key 0",
            "6050 has recorded 3.449s",
            "6070 asks Keep(DraftId(7))",
            "6170 - answer Done",
            "6170 ends: Operator { tidied: Some(Left) }",
        ],
    );
    leave(
        &[(6_000, Press('1')), (6_300, Press('0')), (6_600, Press('1'))],
        &[
            "6050 - key 1",
            "6350 - key 0",
            "6650 - key 1",
            "6650 has recorded 4.049s",
            "6670 asks Keep(DraftId(7))",
            "6770 - answer Done",
            "6770 ends: Ended(Dialled(Digits(3 keys)))",
        ],
    );
    leave(
        &[(6_000, HangUp)],
        &[
            "6000 - hangs up",
            "6000 has recorded 3.399s",
            "6020 asks Keep(DraftId(7))",
            "6120 - answer Done",
            "6120 ends: Ended(Left)",
        ],
    );
    leave(
        &[(6_000, Press('#'))],
        &[
            "6050 - key #",
            "6050 has recorded 3.449s",
            "6070 asks Keep(DraftId(7))",
            "6170 - answer Done",
            "6170 plays \"thank you\"",
            "7170 ends: Ended(Message)",
        ],
    );
    leave(
        &[(9_000, FallSilent)],
        &[
            "9000 - falls silent",
            "9000 has recorded 6.399s",
            "9020 asks Keep(DraftId(7))",
            "9120 - answer Done",
            "9120 plays \"thank you\"",
            "10120 ends: Ended(Message)",
        ],
    );
    leave(
        &[],
        &[
            "302601 - RecordLimit is over",
            "302601 has recorded 300s",
            "302621 asks Keep(DraftId(7))",
            "302721 - answer Done",
            "302721 plays \"thank you\"",
            "303721 ends: Ended(Message)",
        ],
    );
}

#[test]
fn a_cheek_on_the_keys_does_not_end_a_recording() {
    leave(
        &[(5_000, Press('5')), (5_100, Press('1')), (5_300, Press('8')), (9_000, Press('#'))],
        &[
            "5050 - key 5",
            "5150 - key 1",
            "5350 - key 8",
            "8350 - InterDigit is over",
            "9050 - key #",
            "9050 has recorded 6.449s",
            "9070 asks Keep(DraftId(7))",
            "9170 - answer Done",
            "9170 plays \"thank you\"",
            "10170 ends: Ended(Message)",
        ],
    );
}

#[test]
fn too_short_a_message_is_thrown_away() {
    leave(
        &[(3_000, HangUp)],
        &[
            "3000 - hangs up",
            "3000 has recorded 399ms",
            "3020 asks Discard(DraftId(7))",
            "3120 - answer Done",
            "3120 ends: Ended(Left)",
        ],
    );
}

#[test]
fn hanging_up_while_the_recorder_stops_beats_what_stopped_it() {
    leave(
        &[(6_000, Press('#')), (6_060, HangUp)],
        &[
            "6050 - key #",
            "6050 has recorded 3.449s",
            "6060 - hangs up",
            "6070 asks Keep(DraftId(7))",
            "6170 - answer Done",
            "6170 ends: Ended(Left)",
        ],
    );
}

#[test]
fn nobody_is_recorded_who_has_not_heard_the_beep() {
    check(
        OneTurn::new(&[("1xx", "extension")]).record(),
        nothing,
        &[(500, Press('1')), (6_000, HangUp)],
        &[
            "0 plays \"two words\"",
            "550 - key 1",
            "550 stops",
            "3550 - InterDigit is over",
            "3550 plays \"two words\"",
            "4550 records",
            "6000 - hangs up",
            "6000 has recorded 1.45s",
            "6020 ends: Recorded(Recording { draft: DraftId(1), length: 1.45s, end: Left })",
        ],
    );
}

#[test]
fn a_key_that_already_meant_something_counts_when_silence_ends_the_recording() {
    check(
        OneTurn::new(&[("1", "one"), ("12", "twelve")]).record(),
        nothing,
        &[(2_000, Press('1')), (3_000, FallSilent)],
        &[
            "0 plays \"two words\"",
            "1000 records",
            "2050 - key 1",
            "3000 - falls silent",
            "3000 has recorded 2s",
            "3020 ends: Recorded(Recording { draft: DraftId(1), length: 2s, \
             end: Matched { label: \"one\", digits: Digits(1 keys) } })",
        ],
    );
}

#[test]
fn a_departure_during_an_ask_is_heard_before_anything_is_said() {
    check(
        LeaveMessage::new(),
        drafts,
        &[(50, HangUp)],
        &[
            "0 asks OpenDraft",
            "50 - hangs up",
            "100 - answer Draft(DraftId(7))",
            "100 asks Discard(DraftId(7))",
            "200 - answer Done",
            "200 ends: Left",
        ],
    );
}

#[test]
fn a_signal_during_an_ask_ends_the_next_turn() {
    check(
        Screen::new(),
        |Claim| (300, Claimed::Not(Told::Taken)),
        &[(500, Press('1')), (600, Signal(Told::CallerGone))],
        &[
            "0 plays \"a call for you\"",
            "500 stops",
            "550 - key 1",
            "550 asks Claim",
            "600 - signal CallerGone",
            "850 - answer Not(Taken)",
            "850 plays \"somebody else has taken the call\"",
            "3850 ends: Told",
        ],
    );
}

#[test]
fn a_signal_cuts_the_prompt() {
    check(
        Screen::new(),
        nothing,
        &[(700, Signal(Told::CallerGone))],
        &[
            "0 plays \"a call for you\"",
            "700 - signal CallerGone",
            "700 stops",
            "700 plays \"the caller has hung up\"",
            "3200 ends: Told",
        ],
    );
}

#[test]
fn keys_before_a_beep_are_not_taken_for_an_answer_after_the_message() {
    let mut turn = OneTurn::new(&[]).record();
    turn.0.keys = None;
    check(
        Then(turn, OneTurn::new(&[("7", "seven")])),
        nothing,
        &[(500, Press('7')), (2_000, Press('7')), (3_000, FallSilent), (8_000, HangUp)],
        &[
            "0 plays \"two words\"",
            "550 - key 7",
            "1000 records",
            "2050 - key 7",
            "3000 - falls silent",
            "3000 has recorded 2s",
            "3020 plays \"two words\"",
            "8000 - hangs up",
            "8000 ends: Left",
        ],
    );
}

/// One turn, then another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Then(OneTurn, OneTurn);

impl Dialogue for Then {
    type Label = &'static str;
    type Outcome = HeardBy<OneTurn>;
    type Ask = ();
    type Answer = ();
    type Signal = u8;

    fn begin(&mut self) -> StepOf<Self> {
        self.0.begin()
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        match heard {
            Heard::Recorded(_) => self.1.begin(),
            heard => Step::End(heard),
        }
    }
}

#[test]
fn silence_in_a_menu_stays_silence_after_a_turn_that_only_spoke() {
    check(
        WithOperator::new(Welcome(Menu::new())),
        nothing,
        &[],
        &[
            "0 plays \"welcome to all of us\"",
            "2500 plays \"menu 1\"",
            "8500 - FirstKey is over",
            "8500 plays \"menu 1\"",
            "14500 - FirstKey is over",
            "14500 plays \"menu 1\"",
            "20500 - FirstKey is over",
            "20500 ends: Ended(GaveUp)",
        ],
    );
}

#[test]
fn a_click_in_a_turn_without_time_for_a_first_key_leaves_time_for_the_key() {
    let mut turn = OneTurn::new(&[("1", "one")]);
    turn.0.keys.as_mut().unwrap().timing.first = Duration::ZERO;
    check(
        turn,
        nothing,
        &[(500, Press('1'))],
        &[
            "0 plays \"two words\"",
            "500 stops",
            "550 - key 1",
            "550 ends: Matched { label: \"one\", digits: Digits(1 keys) }",
        ],
    );
}

#[test]
fn a_turn_without_time_for_a_first_key_is_over_with_its_words() {
    let mut turn = OneTurn::new(&[("1", "one")]);
    turn.0.keys.as_mut().unwrap().timing.first = Duration::ZERO;
    check(turn, nothing, &[], &["0 plays \"two words\"", "1000 ends: NoInput"]);
}
