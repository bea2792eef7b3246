//! What a peer can fill is bounded, and what makes no sense does nothing.

use std::time::Duration;

use centrala_dialogue::{
    Ask, Dialogue, DraftId, HELD_SIGNALS_LIMIT, Heard, HeardBy, Input, InputTo, Output, OutputOf,
    Phrase, RecordEnd, RecordOutcome, Recording, Runner, Step, StepOf, TYPEAHEAD_LIMIT, TimerKind,
    Turn, WithOperator,
};
use centrala_keys::{Digits, Key};

use crate::dialogues::one_turn::OneTurn;

/// Feeds a runner, and returns what it ends with.
fn end_of(runner: &mut Runner<OneTurn>, inputs: &[InputTo<OneTurn>]) -> Option<HeardBy<OneTurn>> {
    for input in inputs {
        runner.handle_input(input.clone());
    }
    std::iter::from_fn(|| runner.poll_output()).find_map(|output| match output {
        Output::End(heard) => Some(heard),
        _ => None,
    })
}

fn begun(dialogue: OneTurn) -> Runner<OneTurn> {
    let mut runner = Runner::new(dialogue);
    runner.begin();
    runner
}

#[test]
fn a_string_of_keys_that_could_go_on_for_ever_ends_at_its_limit() {
    let mut runner = begun(OneTurn::new(&[("9x.", "outside")]));
    let nines = vec![Input::Key(Key::Nine); 63];
    assert_eq!(end_of(&mut runner, &nines), None);
    let heard = end_of(&mut runner, &[Input::Key(Key::Nine)]);
    let Some(Heard::Matched { label: "outside", digits }) = heard else { panic!("{heard:?}") };
    assert_eq!(digits.len(), 64);
}

#[test]
fn keys_that_are_kept_for_later_are_bounded() {
    let mut runner = Runner::new(OneTurn::new(&[("9x.#", "outside")]));
    for _ in 0..TYPEAHEAD_LIMIT + 5 {
        runner.handle_input(Input::Key(Key::Nine));
    }
    runner.begin();
    let heard = end_of(&mut runner, &[Input::Key(Key::Pound)]);
    let expected: Digits = (0..TYPEAHEAD_LIMIT).map(|_| Key::Nine).chain([Key::Pound]).collect();
    assert_eq!(heard, Some(Heard::Matched { label: "outside", digits: expected }));
}

/// Asks first, then counts the signals that end its turns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Counting(Vec<u8>);

impl Dialogue for Counting {
    type Label = ();
    type Outcome = Vec<u8>;
    type Ask = ();
    type Answer = ();
    type Signal = u8;

    fn begin(&mut self) -> StepOf<Self> {
        Step::Ask(Ask::new(()))
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        match heard {
            Heard::Signal(signal) => self.0.push(signal),
            Heard::Answered(()) => {}
            _ => return Step::End(self.0.clone()),
        }
        Step::Turn(Turn::say([Phrase::text("so far")]))
    }
}

#[test]
fn signals_that_wait_for_an_ask_come_in_order_and_are_bounded() {
    let mut runner = Runner::new(Counting(Vec::new()));
    runner.begin();
    let most = u8::try_from(HELD_SIGNALS_LIMIT).unwrap();
    for signal in 0..most + 5 {
        runner.handle_input(Input::Signal(signal));
    }
    runner.handle_input(Input::Answered(()));
    runner.handle_input(Input::PlaybackFinished);
    let mut outputs: Vec<_> = std::iter::from_fn(|| runner.poll_output()).collect();
    assert_eq!(outputs.pop(), Some(Output::End((0..most).collect())));
    let played = outputs.iter().filter(|output| matches!(output, Output::Play(_))).count();
    assert_eq!(played, 1, "nothing is said before all signals are heard: {outputs:?}");
}

#[test]
fn what_the_party_did_outlives_a_recorder_that_fails() {
    let failed = |seconds| InputTo::<OneTurn>::Recorded {
        length: Duration::from_secs(seconds),
        outcome: RecordOutcome::Failed,
    };
    let stored = Input::Recorded { length: Duration::from_secs(3), outcome: RecordOutcome::Stored };
    let digits: Digits = "1".parse().unwrap();
    let matched = RecordEnd::Matched { label: "one", digits };
    let cases = [
        (
            "a key that could have grown, then the limit",
            vec![Input::Key(Key::Two), Input::Fired(TimerKind::RecordLimit), stored.clone()],
            3,
            RecordEnd::Matched { label: "two", digits: "2".parse().unwrap() },
        ),
        ("disk full", vec![failed(2)], 2, RecordEnd::Failed),
        ("recorder stops by itself", vec![stored.clone()], 3, RecordEnd::Limit),
        ("silence, then failure", vec![Input::Silent, failed(2)], 2, RecordEnd::Failed),
        (
            "limit, then failure",
            vec![Input::Fired(TimerKind::RecordLimit), failed(0)],
            0,
            RecordEnd::Failed,
        ),
        ("key, then failure", vec![Input::Key(Key::One), failed(2)], 2, matched),
        ("signal, then failure", vec![Input::Signal(5), failed(2)], 2, RecordEnd::Signal(5)),
        ("departure, then failure", vec![Input::Left, failed(2)], 2, RecordEnd::Left),
        (
            "silence, departure, then all is well",
            vec![Input::Silent, Input::Left, stored],
            3,
            RecordEnd::Left,
        ),
    ];
    for (name, inputs, seconds, end) in cases {
        let rules = [("1", "one"), ("2", "two"), ("2x", "more")];
        let mut runner = begun(OneTurn::new(&rules).record());
        runner.handle_input(Input::PlaybackFinished);
        assert!(runner.is_recording(), "{name}");
        let heard = end_of(&mut runner, &inputs);
        let recording = Recording::new(DraftId::new(1), Duration::from_secs(seconds), end);
        assert_eq!(heard, Some(Heard::Recorded(recording)), "{name}");
        assert!(runner.is_over() && !runner.is_recording(), "{name}");
    }
}

/// Wishes to say something while it tidies up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Polite;

impl Dialogue for Polite {
    type Label = ();
    type Outcome = ();
    type Ask = ();
    type Answer = ();
    type Signal = ();

    fn begin(&mut self) -> StepOf<Self> {
        Step::Turn(Turn::say([]))
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        match heard {
            Heard::Left => Step::Ask(Ask::new(()).saying([Phrase::text("goodbye")])),
            _ => Step::End(()),
        }
    }
}

#[test]
fn nothing_is_said_to_a_party_that_has_left_not_even_meanwhile() {
    fn orders<D: Dialogue>(dialogue: D, last: InputTo<D>) -> Vec<OutputOf<D>> {
        let mut runner = Runner::new(dialogue);
        runner.begin();
        runner.handle_input(last);
        std::iter::from_fn(|| runner.poll_output()).collect()
    }
    let limit = Duration::from_secs(5);
    let hung_up = orders(Polite, Input::Left);
    let expected = [
        Output::Play(Vec::new()),
        Output::StopPlaying,
        Output::Start(TimerKind::Ask, limit),
        Output::Ask(()),
    ];
    assert_eq!(hung_up, expected);
    let to_the_operator = orders(WithOperator::new(Polite), Input::Key(Key::Zero));
    let expected = [
        Output::Play(Vec::new()),
        Output::StopPlaying,
        Output::Start(TimerKind::Ask, limit),
        Output::Ask(()),
    ];
    assert_eq!(to_the_operator, expected);
}

#[test]
fn inputs_that_make_no_sense_do_nothing() {
    let stray = |kind| Input::Fired(kind);
    let nonsense: Vec<InputTo<OneTurn>> = TimerKind::ALL
        .map(stray)
        .into_iter()
        .chain([
            Input::Silent,
            Input::Answered(()),
            Input::Failed(centrala_dialogue::AskError::TimedOut),
            Input::Recorded { length: Duration::ZERO, outcome: RecordOutcome::Stored },
        ])
        .collect();
    let mut runner = begun(OneTurn::new(&[("1", "one")]));
    let before = runner.clone();
    for input in nonsense {
        runner.handle_input(input.clone());
        assert_eq!(runner, before, "{input:?}");
    }
    runner.handle_input(Input::PlaybackFinished);
    let before = runner.clone();
    runner.handle_input(Input::PlaybackFinished);
    assert_eq!(runner, before, "the end of what was stopped long ago");
    runner.begin();
    assert_eq!(runner, before, "it has begun already");
}
