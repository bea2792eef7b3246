//! Whatever happens, in whatever order: no panic, few orders, one end.

use std::{fmt::Debug, time::Duration};

use centrala_dialogue::{
    AskError, Dialogue, DraftId, Escaped, HELD_SIGNALS_LIMIT, Heard, HeardBy, Input, InputTo,
    Output, RecordOutcome, Runner, Step, StepOf, TYPEAHEAD_LIMIT, TimerKind, Turn, WithOperator,
};
use centrala_keys::Key;
use proptest::{collection::vec, prelude::*, sample::select};

use crate::dialogues::{
    leave_message::{LeaveMessage, Told as Draft},
    menu::Menu,
    pin::{Pin, Verdict},
    playback::{Playback, Told},
    screen::{Claimed, Screen, Told as News},
};

/// A turn that ends at once gives a few orders, and so do the steps that kept keys, held signals
/// and departures can lead through before one has to wait.
const MOST_ORDERS: usize = 6 * (TYPEAHEAD_LIMIT + HELD_SIGNALS_LIMIT + 8);

fn anything<R, S>(answers: Vec<R>, signals: Vec<S>) -> impl Strategy<Value = Vec<Input<R, S>>>
where
    R: Clone + Debug + 'static,
    S: Clone + Debug + 'static,
{
    let outcome = select(&[RecordOutcome::Stored, RecordOutcome::Failed][..]);
    let recorded = (0..400_u64, outcome).prop_map(|(seconds, outcome)| Input::Recorded {
        length: Duration::from_secs(seconds),
        outcome,
    });
    let answered = (0..answers.len().max(1)).prop_map(move |at| match answers.get(at) {
        Some(answer) => Input::Answered(answer.clone()),
        None => Input::Failed(AskError::TimedOut),
    });
    let signal = (0..signals.len().max(1)).prop_map(move |at| match signals.get(at) {
        Some(signal) => Input::Signal(signal.clone()),
        None => Input::Onset,
    });
    vec(
        prop_oneof![
            20 => select(Key::ALL.to_vec()).prop_map(Input::Key),
            8 => Just(Input::PlaybackFinished),
            6 => select(TimerKind::ALL.to_vec()).prop_map(Input::Fired),
            6 => recorded,
            6 => answered,
            3 => Just(Input::Onset),
            3 => signal,
            2 => Just(Input::Silent),
            2 => Just(Input::Failed(AskError::Unavailable)),
            1 => Just(Input::Left),
        ],
        0..120,
    )
}

/// Feeds everything, honest or not; then lets the party leave and finishes what is open.
fn survive<D: Dialogue>(dialogue: D, inputs: Vec<InputTo<D>>) -> Result<(), TestCaseError> {
    let mut runner = Runner::new(dialogue);
    runner.begin();
    let closing = [
        Input::Left,
        Input::Recorded { length: Duration::ZERO, outcome: RecordOutcome::Stored },
        Input::Failed(AskError::TimedOut),
        Input::Failed(AskError::TimedOut),
        Input::Failed(AskError::TimedOut),
    ];
    let mut ends = 0;
    for input in inputs.into_iter().chain(closing) {
        runner.handle_input(input);
        let mut orders = 0;
        while let Some(output) = runner.poll_output() {
            prop_assert_eq!(ends, 0, "an order after the end");
            if let Output::End(_) = output {
                ends += 1;
            }
            orders += 1;
        }
        prop_assert!(orders <= MOST_ORDERS, "{} orders at once", orders);
    }
    prop_assert!(runner.is_over());
    prop_assert_eq!(ends, 1);
    Ok(())
}

proptest! {
    #[test]
    fn a_menu_survives_anything(inputs in anything::<(), ()>(vec![], vec![()])) {
        survive(WithOperator::new(Menu::new()), inputs.clone())?;
        survive(Menu::new(), inputs)?;
    }

    #[test]
    fn a_pin_survives_anything(
        inputs in anything::<Verdict, ()>(vec![Verdict::Right, Verdict::Wrong], vec![()]),
    ) {
        survive(Pin::new(), inputs)?;
    }

    #[test]
    fn playback_survives_anything(
        inputs in anything::<Told, ()>(vec![Told::Count(3), Told::Deleted], vec![()]),
    ) {
        survive(WithOperator::new(Playback::new()), inputs)?;
    }

    #[test]
    fn a_recording_survives_anything(
        inputs in anything::<Draft, ()>(vec![Draft::Draft(DraftId::new(1)), Draft::Full, Draft::Done], vec![()]),
    ) {
        survive(WithOperator::new(LeaveMessage::new()), inputs)?;
    }

    #[test]
    fn a_screening_survives_anything(
        inputs in anything::<Claimed, News>(
            vec![Claimed::Yours, Claimed::Not(News::Taken)],
            vec![News::Taken, News::CallerGone],
        ),
    ) {
        survive(Screen::new(), inputs)?;
    }
}

/// A dialogue that goes on speaking whatever it hears.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Chatterbox;

impl Dialogue for Chatterbox {
    type Label = ();
    type Outcome = ();
    type Ask = ();
    type Answer = ();
    type Signal = ();

    fn begin(&mut self) -> StepOf<Self> {
        Step::Turn(Turn::say([]))
    }

    fn hear(&mut self, _: HeardBy<Self>) -> StepOf<Self> {
        self.begin()
    }
}

#[test]
fn an_empty_turn_waits_for_the_player_instead_of_going_round() {
    let mut runner = Runner::new(Chatterbox);
    runner.begin();
    for _ in 0..3 {
        assert_eq!(runner.poll_output(), Some(Output::Play(Vec::new())));
        assert_eq!(runner.poll_output(), None);
        runner.handle_input(Input::PlaybackFinished);
    }
}

#[test]
fn a_dialogue_that_speaks_to_nobody_is_dropped() {
    let mut runner = Runner::new(Chatterbox);
    runner.begin();
    runner.handle_input(Input::Left);
    assert!(runner.is_over());
    let orders: Vec<_> = std::iter::from_fn(|| runner.poll_output()).collect();
    assert_eq!(orders, [Output::Play(Vec::new()), Output::StopPlaying]);

    let mut dialogue = WithOperator::new(Chatterbox);
    let _ = dialogue.begin();
    let zero = Heard::Matched {
        label: centrala_dialogue::OperatorOr::Operator,
        digits: "0".parse().unwrap(),
    };
    assert_eq!(dialogue.hear(zero), Step::End(Escaped::Operator { tidied: None }));
}

#[test]
fn keys_never_appear_in_debug_output() {
    let mut runner = Runner::new(Pin::new());
    runner.begin();
    for key in [Key::Star, Key::D] {
        let input: InputTo<Pin> = Input::Key(key);
        assert_eq!(format!("{input:?}"), "Key(..)");
    }
    runner.handle_input(Input::Key(Key::Eight));
    runner.handle_input(Input::Key(Key::Seven));
    let shown = format!("{runner:?}");
    assert!(shown.contains("Collecting(Digits(2 keys))"), "{shown}");
    assert!(!shown.contains("Eight") && !shown.contains("87"), "{shown}");
}
