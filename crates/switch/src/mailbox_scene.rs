//! The mailbox as a scene: taking a message at the right mailbox, with the right greeting.

use centrala_dialogue::{Dialogue, HeardBy, Phrase, SoundId, Step, StepOf};
use centrala_office::routing::{NotTaken, Outcome};
use centrala_voicemail::{
    self as voicemail, Answer, Envelope, Request, TakeMessage, TakeMessageAnswer, TakeMessageAsk,
    TakeMessageConfig, TakeMessageLabel, TakeMessageOutcome, TakeMessageSignal, Then,
};

use crate::conversation::{Scene, Verdict};

/// Stands for the plan's greeting, which may be a text, where a recorded greeting is expected.
const PLAN_GREETING: &str = "switch.plan-greeting";

/// Takes a message, greets with what the plan says, and knows the envelope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LeaveMessage {
    take: TakeMessage,
    greeting: Option<Phrase>,
    envelope: Envelope,
}

impl LeaveMessage {
    pub(crate) fn new(
        mut config: TakeMessageConfig,
        greeting: Option<Phrase>,
        envelope: Envelope,
    ) -> Self {
        if greeting.is_some() {
            config.greeting = Some(SoundId::new(PLAN_GREETING));
        }
        Self { take: TakeMessage::new(config), greeting, envelope }
    }

    fn with_greeting(&self, mut step: StepOf<TakeMessage>) -> StepOf<TakeMessage> {
        if let (Step::Turn(turn), Some(greeting)) = (&mut step, &self.greeting) {
            let stand_in = Phrase::Sound(SoundId::new(PLAN_GREETING));
            for phrase in turn.say.iter_mut().filter(|phrase| **phrase == stand_in) {
                phrase.clone_from(greeting);
            }
        }
        step
    }
}

impl Dialogue for LeaveMessage {
    type Label = TakeMessageLabel;
    type Outcome = TakeMessageOutcome;
    type Ask = TakeMessageAsk;
    type Answer = TakeMessageAnswer;
    type Signal = TakeMessageSignal;

    fn begin(&mut self) -> StepOf<Self> {
        let step = self.take.begin();
        self.with_greeting(step)
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        let step = self.take.hear(heard);
        self.with_greeting(step)
    }
}

impl Scene for LeaveMessage {
    fn request(&self, ask: TakeMessageAsk) -> Request {
        ask.to_request(&self.envelope)
    }

    fn answer(answer: &Answer) -> Option<TakeMessageAnswer> {
        TakeMessageAnswer::from_answer(answer)
    }

    fn verdict(outcome: TakeMessageOutcome) -> Verdict {
        Verdict::LeadOn(match outcome.then {
            Then::Goodbye => Outcome::MessageKept,
            Then::Dial(digits) => Outcome::Dialled(digits),
            Then::LeadOn(voicemail::NotTaken::MailboxFull) => Outcome::NotTaken(NotTaken::Full),
            Then::LeadOn(voicemail::NotTaken::NothingSaid) => Outcome::NothingSaid,
            Then::LeadOn(_) => Outcome::NotTaken(NotTaken::Failed),
            Then::Left => return Verdict::Left,
        })
    }
}
