//! The checker finds what is planted, and says how to get there.

use centrala_dialogue::{
    Ask, BargeIn, Dialogue, DraftId, Heard, HeardBy, KeyRule, Phrase, RecordEnd, RecordRule,
    Recording, Step, StepOf, Transport, TransportAction, Turn,
    laws::{self, Law, Limits, World},
};
use centrala_keys::{DigitMap, Key, Progress};

/// One turn, one ask, and at most one fault.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Faulty {
    plant: Plant,
    turns: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Plant {
    Nothing,
    SpeaksAfterHangUp,
    SpeaksAfterHangUpInRecording,
    SpeaksAfterTidyingUp,
    RepeatsOnSilence,
    RepeatsOnWrongKeys,
    RepeatsWhenSaid,
    AsksInCircles,
    InsistsOnFailure,
    RecordsAgainOnSilence,
    ShadowedRule,
    UnlistedZero,
    RuleWithZero,
    RuleWithAnyDigit,
    TransportKeyBeginsRule,
    ZeroMovesPlayer,
    DeafPrompt,
    CountsForEver,
}

const RECORDS: [Plant; 2] = [Plant::SpeaksAfterHangUpInRecording, Plant::RecordsAgainOnSilence];

impl Faulty {
    fn new(plant: Plant) -> Self {
        Self { plant, turns: 0 }
    }

    fn turn(&self) -> StepOf<Self> {
        let turn = Turn::say([Phrase::text("one or two")]);
        if RECORDS.contains(&self.plant) {
            return Step::Turn(turn.record(RecordRule::new(DraftId::new(1))));
        }
        if self.plant == Plant::RepeatsWhenSaid {
            return Step::Turn(turn);
        }
        let rules: &[(&str, u8)] = match self.plant {
            Plant::ShadowedRule => &[("1", 1), ("[12]x", 2), ("21", 3)],
            Plant::UnlistedZero | Plant::RuleWithZero => &[("1", 1), ("0", 2)],
            Plant::RuleWithAnyDigit => &[("1", 1), ("xxx", 2)],
            // The short form of the last rule belongs to the second; it is reached by longer ones.
            _ => &[("1", 1), ("2", 2), ("34", 3), ("2x.", 4)],
        };
        let map = DigitMap::new(rules.iter().copied()).unwrap();
        let mut turn = turn.listen(KeyRule::new(map));
        match self.plant {
            Plant::UnlistedZero => turn = turn.literal_zero("because"),
            Plant::TransportKeyBeginsRule => {
                turn = turn.transport(Transport::new([(Key::Three, TransportAction::Back)]));
            }
            Plant::ZeroMovesPlayer => {
                turn = turn.transport(Transport::new([(Key::Zero, TransportAction::Pause)]));
            }
            Plant::DeafPrompt => turn.barge_in = BargeIn::AfterPrompt,
            _ => {}
        }
        Step::Turn(turn)
    }
}

impl Dialogue for Faulty {
    type Label = u8;
    type Outcome = ();
    type Ask = ();
    type Answer = ();
    type Signal = ();

    fn begin(&mut self) -> StepOf<Self> {
        self.turn()
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        let again = match (&heard, self.plant) {
            (Heard::Left, Plant::SpeaksAfterHangUp)
            | (
                Heard::Recorded(Recording { end: RecordEnd::Left, .. }),
                Plant::SpeaksAfterHangUpInRecording,
            )
            | (Heard::NoInput, Plant::RepeatsOnSilence)
            | (Heard::WrongKeys(_), Plant::RepeatsOnWrongKeys)
            | (Heard::Finished, Plant::RepeatsWhenSaid)
            | (Heard::Answered(()), Plant::SpeaksAfterTidyingUp)
            | (
                Heard::Recorded(Recording { end: RecordEnd::Silence, .. }),
                Plant::RecordsAgainOnSilence,
            ) => true,
            (Heard::Matched { .. }, Plant::CountsForEver) => {
                self.turns += 1;
                true
            }
            _ => false,
        };
        match heard {
            _ if again => self.turn(),
            Heard::Matched { label: 1, .. } => Step::Ask(Ask::new(())),
            Heard::Left if self.plant == Plant::SpeaksAfterTidyingUp => Step::Ask(Ask::new(())),
            Heard::Answered(()) if self.plant == Plant::AsksInCircles => Step::Ask(Ask::new(())),
            Heard::Failed(_) if self.plant == Plant::InsistsOnFailure => Step::Ask(Ask::new(())),
            _ => Step::End(()),
        }
    }
}

struct Obliging;

impl World<Faulty> for Obliging {
    fn answers(&self, _: &()) -> Vec<()> {
        vec![()]
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.states = 1_000;
    limits
}

#[track_caller]
fn find(plant: Plant, law: &Law) {
    let violation = laws::check(Faulty::new(plant), &Obliging, &limits()).expect_err("it is there");
    println!("{plant:?}: {violation}");
    assert_eq!(&violation.law, law, "{plant:?}: {violation}");
}

#[test]
fn a_dialogue_without_a_fault_has_none() {
    let found = laws::check(Faulty::new(Plant::Nothing), &Obliging, &limits()).unwrap();
    assert_eq!((found.states, found.outcomes.len()), (4, 1));
    laws::check_with_operator(Faulty::new(Plant::Nothing), &Obliging, &limits()).unwrap();
}

#[test]
fn every_planted_fault_is_found() {
    let pattern = |text: &str| text.parse().unwrap();
    for (plant, law) in [
        (Plant::SpeaksAfterHangUp, Law::SpeaksAfterDeparture),
        (Plant::SpeaksAfterHangUpInRecording, Law::SpeaksAfterDeparture),
        (Plant::SpeaksAfterTidyingUp, Law::SpeaksAfterDeparture),
        (Plant::RepeatsOnSilence, Law::InvoluntaryCircle(1)),
        (Plant::RepeatsOnWrongKeys, Law::InvoluntaryCircle(1)),
        (Plant::RepeatsWhenSaid, Law::InvoluntaryCircle(1)),
        (Plant::AsksInCircles, Law::InvoluntaryCircle(1)),
        (Plant::InsistsOnFailure, Law::InvoluntaryCircle(1)),
        (Plant::RecordsAgainOnSilence, Law::InvoluntaryCircle(1)),
        (Plant::ShadowedRule, Law::ShadowedRule(pattern("21"))),
        (Plant::UnlistedZero, Law::LiteralZeroNotListed("because")),
        (Plant::RuleWithZero, Law::ZeroBeginsRule(pattern("0"))),
        (Plant::RuleWithAnyDigit, Law::ZeroBeginsRule(pattern("xxx"))),
        (Plant::TransportKeyBeginsRule, Law::TransportKeyBeginsRule(Key::Three)),
        (Plant::ZeroMovesPlayer, Law::ZeroMovesPlayer),
        (Plant::DeafPrompt, Law::OperatorMustWait),
        (Plant::CountsForEver, Law::TooManyStates(1_000)),
    ] {
        find(plant, &law);
    }
}

#[test]
fn wrong_keys_are_tried_as_nonsense_and_as_a_string_that_was_not_finished() {
    let map = DigitMap::new([("34", 1)]).unwrap();
    let step = Step::Turn(Turn::say([]).listen(KeyRule::new(map.clone())));
    let events = laws::everything_to_hear::<Faulty, _>(&step, &Obliging);
    let wrong = events.iter().filter_map(|event| match event {
        Heard::WrongKeys(digits) => Some(map.progress(digits)),
        _ => None,
    });
    assert_eq!(wrong.collect::<Vec<_>>(), [Progress::NoMatch, Progress::Partial]);
}

#[test]
fn a_listed_zero_is_no_fault() {
    let limits = limits().with_literal_zeros(["because"]);
    let found = laws::check(Faulty::new(Plant::UnlistedZero), &Obliging, &limits).unwrap();
    assert!(found.literal_zeros.contains("because"));
}

#[test]
fn a_rule_that_zero_completes_differently_is_found_with_the_operator_too() {
    let violation =
        laws::check_with_operator(Faulty::new(Plant::RuleWithAnyDigit), &Obliging, &limits());
    assert_eq!(violation.unwrap_err().law, Law::ZeroBeginsRule("xxx".parse().unwrap()));
}

/// A world that promises the operator to a dialogue that does not have one.
struct Promising;

impl World<Faulty> for Promising {
    fn answers(&self, _: &()) -> Vec<()> {
        vec![()]
    }

    fn operator(&self) -> Option<u8> {
        Some(9)
    }
}

#[test]
fn a_turn_without_its_zero_is_found() {
    let violation = laws::check(Faulty::new(Plant::Nothing), &Promising, &limits()).unwrap_err();
    assert_eq!(violation.law, Law::OperatorUnreachable);
}

#[test]
fn a_violation_says_how_to_get_there() {
    let plant = Faulty::new(Plant::SpeaksAfterTidyingUp);
    let violation = laws::check(plant, &Obliging, &limits()).unwrap_err();
    assert_eq!(
        violation.to_string(),
        "it speaks to a party that has left:\n   1 says \"one or two\" → the party leaves\n   \
         2 asks () → answer ()\n   3 says \"one or two\""
    );
    let circle = laws::check(Faulty::new(Plant::RepeatsOnSilence), &Obliging, &limits());
    assert_eq!(
        circle.unwrap_err().to_string(),
        "it goes round in a circle of 1 steps that nobody asked for:\n   1 and from here in \
         circles:\n   2 says \"one or two\" → silence"
    );
}
