//! The laws of the seam, in every state of taking a message.

use std::{collections::BTreeSet, io, time::Duration};

use centrala_dialogue::{
    Argument, Dialogue, DraftId, Escaped, Heard, Language, Phrase, SoundId, Step,
    laws::{Exploration, Limits, World, check, check_with_operator, everything_to_hear},
};
use centrala_keys::DigitMap;
use centrala_voicemail::{
    Helper, KeptMessage, MessageId, NotTaken, PHRASES, Reason, StoreError, TakeMessage,
    TakeMessageAnswer, TakeMessageAsk, TakeMessageConfig, TakeMessageOutcome, TakeMessageSignal,
    Then,
};
use proptest::prelude::*;

const LENGTH: Duration = Duration::from_secs(4);

/// A store that may do anything, and a system that may shut down.
struct Outside;

impl World<TakeMessage> for Outside {
    fn answers(&self, request: &TakeMessageAsk) -> Vec<TakeMessageAnswer> {
        let failed = TakeMessageAnswer::Refused(StoreError::Medium(io::ErrorKind::Other));
        match request {
            TakeMessageAsk::OpenDraft { .. } => vec![
                TakeMessageAnswer::Opened(DraftId::new(1)),
                TakeMessageAnswer::Refused(StoreError::MailboxFull),
                TakeMessageAnswer::Refused(StoreError::NoSpace),
                failed,
                // No store answers like this. It must not take the caller anywhere worse.
                TakeMessageAnswer::Discarded,
            ],
            TakeMessageAsk::Keep { .. } => vec![
                TakeMessageAnswer::Kept(whole()),
                TakeMessageAnswer::Kept(interrupted()),
                TakeMessageAnswer::Refused(StoreError::TooShort),
                failed,
                TakeMessageAnswer::Opened(DraftId::new(2)),
            ],
            TakeMessageAsk::Discard { .. } => vec![TakeMessageAnswer::Discarded, failed],
        }
    }

    fn signals(&self) -> Vec<TakeMessageSignal> {
        vec![TakeMessageSignal::WindUp]
    }

    fn lengths(&self) -> Vec<Duration> {
        [0, 999, 1_000, 8_999, 9_000].map(Duration::from_millis).to_vec()
    }
}

fn whole() -> KeptMessage {
    KeptMessage::new(MessageId::new(1), LENGTH)
}

fn interrupted() -> KeptMessage {
    let mut message = whole();
    message.interrupted = true;
    message
}

fn config(reason: Reason) -> TakeMessageConfig {
    let mailbox = "101".parse().unwrap();
    let mut config = TakeMessageConfig::new(mailbox, Argument::Text("Sally Jones".into()), reason);
    config.extensions = DigitMap::new([("1xx", ()), ("2xx", ())]).unwrap();
    config.helper = Some(Helper::new(Argument::Text("Bob".into()), "317".parse().unwrap()));
    config
}

fn explore(config: TakeMessageConfig) -> Exploration<TakeMessageOutcome> {
    check(TakeMessage::new(config), &Outside, &Limits::default()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn every_state_keeps_the_laws_and_leads_the_caller_on() {
    let found = explore(config(Reason::NoAnswer));
    let ways: BTreeSet<_> = found
        .outcomes
        .iter()
        .map(|reached| {
            let kept = match &reached.outcome.kept {
                None => "nothing kept",
                Some(message) if message.interrupted => "part kept",
                Some(_) => "kept",
            };
            (
                kept,
                match &reached.outcome.then {
                    Then::Goodbye => "goodbye".to_owned(),
                    Then::Dial(to) => format!("dial {to}"),
                    Then::LeadOn(why) => format!("lead on: {why:?}"),
                    Then::Left => "left".to_owned(),
                },
            )
        })
        .collect();
    let expected = [
        ("kept", "dial 100"),
        ("kept", "dial 200"),
        ("kept", "dial 317"),
        ("kept", "goodbye"),
        // The recorder had failed, although the store has it all.
        ("kept", "lead on: StoreFailed"),
        ("kept", "left"),
        ("nothing kept", "dial 100"),
        ("nothing kept", "dial 200"),
        ("nothing kept", "dial 317"),
        ("nothing kept", "lead on: MailboxFull"),
        ("nothing kept", "lead on: NothingSaid"),
        ("nothing kept", "lead on: StoreFailed"),
        ("nothing kept", "lead on: WindingUp"),
        ("nothing kept", "left"),
        ("part kept", "dial 100"),
        ("part kept", "dial 200"),
        ("part kept", "dial 317"),
        ("part kept", "lead on: StoreFailed"),
        ("part kept", "left"),
    ];
    let ways: Vec<_> = ways.iter().map(|(kept, then)| (*kept, then.as_str())).collect();
    assert_eq!(ways, expected);
    assert!(found.literal_zeros.is_empty());
}

#[test]
fn zero_reaches_the_operator_from_every_turn_and_what_was_said_is_kept() {
    let dialogue = TakeMessage::new(config(Reason::Busy));
    let found = check_with_operator(dialogue, &Outside, &Limits::default())
        .unwrap_or_else(|violation| panic!("{violation}"));
    for kept in [None, Some(whole()), Some(interrupted())] {
        let reached = found.outcomes.iter().any(|reached| match &reached.outcome {
            Escaped::Operator { tidied: Some(outcome) } => {
                outcome.kept == kept && outcome.then == Then::Left
            }
            Escaped::Operator { tidied: None } | Escaped::Ended(_) => false,
        });
        assert!(reached, "{kept:?} is not among {:?}", found.outcomes);
    }
    let cut_short =
        found.outcomes.iter().any(|it| it.outcome == Escaped::Operator { tidied: None });
    assert!(!cut_short, "it always tidies up");
}

#[test]
fn everything_it_says_has_wording_and_all_wording_is_said() {
    let mut said = BTreeSet::new();
    for reason in Reason::ALL {
        for greeting in [None, Some(SoundId::new("own"))] {
            for helper in [None, config(reason).helper] {
                let mut config = config(reason);
                config.greeting = greeting.clone();
                config.helper = helper;
                said.extend(explore(config).phrases);
            }
        }
    }
    let mut ids = BTreeSet::new();
    for phrase in said {
        if let Phrase::Said { id, arguments } = phrase {
            let definition = PHRASES.iter().find(|definition| definition.id == id);
            let definition = definition.unwrap_or_else(|| panic!("{id} is not in PHRASES"));
            definition.render(Language::ENGLISH, &arguments).unwrap();
            ids.insert(id);
        }
    }
    let defined: BTreeSet<_> = PHRASES.iter().map(|definition| definition.id).collect();
    assert_eq!(ids, defined);
    assert_eq!(defined.len(), PHRASES.len(), "an id is defined once");
}

/// Walks through a conversation, hearing what the numbers choose. Checks that each draft that is
/// opened is to be kept or discarded before another is opened, and before the end.
fn walk(choices: &[u8]) -> (Vec<TakeMessageAsk>, Option<TakeMessageOutcome>) {
    let mut dialogue = TakeMessage::new(config(Reason::NoAnswer));
    let mut step = dialogue.begin();
    let mut asked = Vec::new();
    let mut open = false;
    for choice in choices {
        match &step {
            Step::Ask(ask) => {
                let opens = matches!(ask.request, TakeMessageAsk::OpenDraft { .. });
                assert!(!(opens && open), "a draft is forgotten: {asked:?}");
                open = false;
                asked.push(ask.request.clone());
            }
            Step::Turn(turn) => {
                assert_eq!(turn.record.is_some(), open, "it records when a draft is open");
            }
            Step::End(outcome) => {
                assert!(!open, "a draft is left behind: {asked:?}");
                return (asked, Some(outcome.clone()));
            }
        }
        let all = everything_to_hear(&step, &Outside);
        let Some(heard) = all.get(usize::from(*choice) % all.len().max(1)) else { break };
        let opening = matches!(asked.last(), Some(TakeMessageAsk::OpenDraft { .. }));
        open |= opening && matches!(heard, Heard::Answered(TakeMessageAnswer::Opened(_)));
        step = dialogue.hear(heard.clone());
    }
    (asked, None)
}

proptest! {
    #[test]
    fn every_draft_that_is_opened_is_kept_or_discarded(
        choices in prop::collection::vec(any::<u8>(), 40),
    ) {
        let (asked, outcome) = walk(&choices);
        let outcome = outcome.expect("forty steps are enough for any conversation");
        let count = |wanted: fn(&TakeMessageAsk) -> bool| {
            asked.iter().filter(|ask| wanted(ask)).count()
        };
        let opened = count(|ask| matches!(ask, TakeMessageAsk::OpenDraft { .. }));
        prop_assert!(opened <= 2, "two attempts");
        prop_assert!(asked.len() <= 5 * opened, "bounded retries");
        if outcome.kept.is_some() {
            prop_assert_ne!(count(|ask| matches!(ask, TakeMessageAsk::Keep { .. })), 0);
        }
        if outcome.then == Then::LeadOn(NotTaken::MailboxFull) {
            prop_assert_eq!(outcome.kept, None);
        }
    }
}
