//! Every state of every conversation is visited; the numbers are on record.

use std::{collections::BTreeSet, fmt::Debug, hash::Hash};

use centrala_dialogue::{
    Dialogue, DraftId, Heard, Phrase, Recording, Step, StepOf, System, WithOperator, explore,
    laws::{self, Exploration, Limits, OperatorWorld, World},
};
use centrala_keys::Key;

use crate::{
    dialogues::{
        announcement::{self, Announcement, Heeded},
        leave_message::{self, Drafts, LeaveMessage, SHORTEST, Taken},
        menu::{self, Chosen, Menu},
        pin::{self, Entry, Pin, Verifier, Verify},
        playback::{self, Done, Messages, Playback},
        screen::{Claim, Screen, Screened, Switch},
    },
    stage::Stage,
};

const MOST: usize = 400_000;

/// Checks the laws of a dialogue, alone and with its 0; returns what was found without.
#[track_caller]
fn check<D>(
    name: &str,
    dialogue: D,
    world: &impl World<D>,
    limits: &Limits,
    states: (usize, usize),
) -> Exploration<D::Outcome>
where
    D: Dialogue + Clone + Eq + Hash,
{
    let with_zero = laws::check_with_operator(dialogue.clone(), world, limits);
    let with_zero = with_zero.unwrap_or_else(|violation| panic!("{name}: {violation}"));
    let found = laws::check(dialogue, world, limits);
    let found = found.unwrap_or_else(|violation| panic!("{name}: {violation}"));
    println!(
        "{name}: {} states, {} edges, {} outcomes; with 0: {} states; nobody asks for more than {} \
         steps",
        found.states,
        found.edges,
        found.outcomes.len(),
        with_zero.states,
        found.longest_involuntary.lines().len(),
    );
    assert_eq!((found.states, with_zero.states), states, "{name}");
    found
}

fn outcomes<O: Clone>(found: &Exploration<O>) -> Vec<O> {
    found.outcomes.iter().map(|reached| reached.outcome.clone()).collect()
}

#[test]
fn an_announcement_is_heard_to_its_end_or_not() {
    let found =
        check("announcement", Announcement, &announcement::Quiet, &Limits::default(), (3, 4));
    assert_eq!(outcomes(&found), [Heeded::ToTheEnd, Heeded::NotToTheEnd]);
    assert_eq!(found.phrases, BTreeSet::from([Phrase::text("we are open")]));
}

#[test]
fn a_menu_leads_to_each_of_its_options_and_gives_up_in_the_end() {
    let found = check("menu", Menu::new(), &menu::Quiet, &Limits::default(), (42, 51));
    assert!(found.reaches(&Chosen::Extension("100".parse().unwrap())));
    for outcome in [Chosen::Bottom, Chosen::Directory, Chosen::GaveUp, Chosen::Left] {
        assert!(found.reaches(&outcome), "{outcome:?}");
    }
    assert_eq!(found.longest_involuntary.lines().len(), usize::from(menu::TRIES));
}

#[test]
fn a_pin_takes_a_literal_zero_for_a_listed_reason() {
    let limits = Limits::default().with_literal_zeros([pin::REASON]);
    let found = check("PIN", Pin::new(), &Verifier, &limits, (15, 15));
    assert_eq!(found.literal_zeros, BTreeSet::from([pin::REASON]));
    for outcome in [Entry::Admitted, Entry::Refused, Entry::Left] {
        assert!(found.reaches(&outcome), "{outcome:?}");
    }
}

#[test]
fn playing_messages_comes_to_an_end() {
    let world = Messages(vec![0, 1, 2]);
    let found = check("playback", Playback::new(), &world, &Limits::default(), (32, 44));
    assert_eq!(outcomes(&found).len(), 3);
    assert!(found.reaches(&Done::HeardAll));
}

#[test]
fn leaving_a_message_can_be_left_in_every_state() {
    let found = check("message", LeaveMessage::new(), &Drafts, &Limits::default(), (17, 22));
    let dialled = Taken::Dialled("100".parse().unwrap());
    for outcome in [Taken::Message, dialled, Taken::Nothing, Taken::Left] {
        assert!(found.reaches(&outcome), "{outcome:?}");
    }
}

#[test]
fn screening_one_party_always_comes_to_a_decision() {
    let found = check("screening", Screen::new(), &Switch, &Limits::default(), (20, 26));
    for outcome in [Screened::Accepted, Screened::Declined, Screened::Told, Screened::Left] {
        assert!(found.reaches(&outcome), "{outcome:?}");
    }
}

/// A dialogue that records, and what became of each sound.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kept<D: Dialogue> {
    dialogue: D,
    step: StepOf<D>,
    unsaved: Option<DraftId>,
}

/// What a `LeaveMessage` must have asked before it may end.
trait Keeps: Dialogue + Sized {
    fn kept(ask: &Self::Ask) -> Option<DraftId>;
    fn world() -> impl World<Self>;
}

impl Keeps for WithOperator<LeaveMessage> {
    fn kept(ask: &leave_message::Want) -> Option<DraftId> {
        match ask {
            leave_message::Want::Keep(draft) => Some(*draft),
            leave_message::Want::OpenDraft | leave_message::Want::Discard(_) => None,
        }
    }

    fn world() -> impl World<Self> {
        OperatorWorld::new(&Drafts)
    }
}

impl<D: Keeps + Clone + Eq + Hash> System for Kept<D> {
    type Input = Heard<D::Label, D::Answer, D::Signal>;

    fn inputs(&self) -> Vec<Self::Input> {
        laws::everything_to_hear(&self.step, &D::world())
    }

    fn apply(&mut self, input: &Self::Input) -> Result<(), String> {
        if let Heard::Recorded(Recording { draft, length, .. }) = input
            && *length >= SHORTEST
        {
            self.unsaved = Some(*draft);
        }
        self.step = self.dialogue.hear(input.clone());
        match &self.step {
            Step::Ask(ask) if self.unsaved.is_some() && D::kept(&ask.request) == self.unsaved => {
                self.unsaved = None;
                Ok(())
            }
            _ if self.unsaved.is_some() => Err("what was recorded is lost".to_owned()),
            _ => Ok(()),
        }
    }
}

#[test]
fn nothing_that_was_recorded_is_lost_whatever_ends_the_recording() {
    let mut dialogue = WithOperator::new(LeaveMessage::new());
    let step = dialogue.begin();
    let explored = explore(Kept { dialogue, step, unsaved: None }, MOST).unwrap();
    println!("message, with what is kept: {} states", explored.states);
    assert_eq!(explored.states, 21);
}

/// Visits every state of a runner of `dialogue` and of what surrounds it.
#[track_caller]
fn perform<D: Dialogue + Clone + Eq + Hash>(name: &str, stage: Stage<D>, states: usize) {
    let explored = explore(stage, MOST).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    println!("runner of {name}: {} states, {} edges", explored.states, explored.edges);
    assert_eq!(explored.states, states, "{name}");
}

#[test]
fn a_runner_of_a_menu_keeps_its_orders_straight() {
    let world = menu::Quiet;
    let stage = Stage::new(Menu::new(), &Menu::map(), &[Key::Pound], 6, &world, &[]);
    perform("menu", stage, 468);
    let dialogue = WithOperator::new(Menu::new());
    let world = OperatorWorld::new(&world);
    perform("menu with 0", Stage::new(dialogue, &Menu::map(), &[Key::Zero], 5, &world, &[]), 377);
}

#[test]
fn a_runner_of_a_pin_keeps_its_orders_straight() {
    let asks = [Verify("0000".parse().unwrap())];
    let stage = Stage::new(Pin::new(), &Pin::map(), &[Key::Pound], 9, &Verifier, &asks);
    perform("PIN", stage, 5_992);
}

#[test]
fn a_runner_of_messages_keeps_its_orders_straight() {
    let asks = [playback::Want::Count, playback::Want::Delete(0), playback::Want::Delete(1)];
    let more: Vec<Key> = Playback::transport().keys.into_keys().chain([Key::One]).collect();
    let world = Messages(vec![1]);
    let stage = Stage::new(Playback::new(), &Playback::map(), &more, 4, &world, &asks);
    perform("messages", stage, 22_769);
}

#[test]
fn a_runner_of_a_recording_keeps_its_orders_straight() {
    let draft = DraftId::new(7);
    let asks = [
        leave_message::Want::OpenDraft,
        leave_message::Want::Keep(draft),
        leave_message::Want::Discard(draft),
    ];
    let dialogue = WithOperator::new(LeaveMessage::new());
    let world = OperatorWorld::new(&Drafts);
    let more = [Key::Zero, Key::Pound];
    perform("message", Stage::new(dialogue, &LeaveMessage::map(), &more, 5, &world, &asks), 20_608);
}

#[test]
fn a_runner_of_a_screening_keeps_its_orders_straight() {
    let more = [Key::One, Key::Two];
    let stage = Stage::new(Screen::new(), &Screen::map(), &more, 3, &Switch, &[Claim]);
    perform("screening", stage, 1_307);
}
