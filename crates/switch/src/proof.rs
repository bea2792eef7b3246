//! What the conversations of an office come to: for whoever proves a plan.
//!
//! The conversations are those that an [`Exchange`](crate::Exchange) has with callers, every state
//! of them, in a world that is as small as it can be without hiding anything: of all extensions
//! that look alike one is dialled, and the store answers in every way in which it can.

use std::{collections::BTreeMap, convert::Infallible, hash::Hash, io, sync::Arc, time::Duration};

use centrala_dialogue::{
    Dialogue as _, DraftId, Escaped, Phrase, Step, WithOperator,
    laws::{Limits, OperatorWorld, Summary, SummaryEnding, Violation, World, summarize},
};
use centrala_ivr::MenuDialogue;
use centrala_keys::DigitMap;
use centrala_office::{
    AnnouncementId, MailboxId, MailboxOwner, MenuId, Office,
    routing::{self, Outcome, Place, Reason, Ring},
};
use centrala_voicemail::{
    Envelope, EnvelopeText, KeptMessage, MessageId, StoreError, TakeMessageAnswer, TakeMessageAsk,
    UnixMillis,
};

use crate::{
    conversation::{Scene, Verdict},
    mailbox_scene::LeaveMessage,
    phrases::NOBODY_AVAILABLE,
    plan::Plan,
    scene::Announcement,
};

/// The most states that a conversation may have.
const MAX_STATES: usize = 20_000;

/// The conversations of an office.
#[derive(Debug)]
pub struct Scenes {
    office: Arc<Office>,
    plan: Plan,
    /// What was found out about mailboxes that take messages alike.
    messages: BTreeMap<Alike, Summary<Outcome>>,
}

/// What makes a difference between mailboxes, but for the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    reason: Reason,
    owner: Owner,
    greeting: Greeting,
    /// How long a caller listens before the beep, in whole seconds.
    seconds: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Person,
    Company,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Greeting {
    Stock,
    Own,
}

impl Scenes {
    /// Returns the conversations of `office`.
    #[must_use]
    pub fn new(office: Arc<Office>) -> Self {
        let plan = Plan::small(Arc::clone(&office));
        Self { office, plan, messages: BTreeMap::new() }
    }

    /// Returns what can happen at `place`, and what each of it costs. `length` tells how long a
    /// phrase is. `None` where nothing happens any more.
    ///
    /// Dialling is there once for all extensions that look alike.
    ///
    /// # Errors
    ///
    /// If the conversation there breaks a law.
    pub fn summarize(
        &mut self,
        place: &Place,
        length: &dyn Fn(&Phrase) -> Duration,
    ) -> Result<Option<Summary<Outcome>>, Violation> {
        match *place {
            Place::Ring(ring) => Ok(Some(self.ringing(ring))),
            Place::Menu(menu) => self.menu(menu, length),
            Place::Announcement(id) => self.announcement(id, length).map(Some),
            Place::Mailbox { mailbox, reason } => self.mailbox(mailbox, reason, length),
            Place::Apology => {
                let say = vec![Phrase::said(NOBODY_AVAILABLE)];
                visit(Announcement::new(say, DigitMap::default()), length).map(Some)
            }
            Place::Talking(_) | Place::Over | Place::Refused(_) => Ok(None),
        }
    }

    /// Returns what a caller who is new in `menu` hears before the first option.
    #[must_use]
    pub fn introduction(&self, menu: MenuId) -> Vec<Phrase> {
        self.plan.menu(menu).map(|menu| menu.introduction()).unwrap_or_default()
    }

    /// Returns what can happen while telephones ring: all that routing expects there, in the time
    /// that they ring at most.
    fn ringing(&self, ring: Ring) -> Summary<Outcome> {
        let place = Place::Ring(ring);
        let endings = routing::outcomes(&self.office, &place);
        // That a call takes too long belongs to the call, not to the place; and who waits for the operator already has
        // nothing to press 0 for.
        let waits = routing::operator(&self.office) == place;
        let endings = endings.into_iter().filter(|outcome| {
            *outcome != Outcome::TooLong && !(waits && *outcome == Outcome::Operator)
        });
        let ending = |outcome: Outcome| {
            let pressed = u32::from(outcome == Outcome::Operator);
            SummaryEnding::new(outcome, pressed, ring.limit)
        };
        Summary::new(endings.map(ending).collect())
    }

    fn menu(
        &self,
        menu: MenuId,
        length: &dyn Fn(&Phrase) -> Duration,
    ) -> Result<Option<Summary<Outcome>>, Violation> {
        let Some(menu) = self.plan.menu(menu) else { return Ok(None) };
        visit(MenuDialogue::new(menu), length).map(Some)
    }

    fn announcement(
        &self,
        id: AnnouncementId,
        length: &dyn Fn(&Phrase) -> Duration,
    ) -> Result<Summary<Outcome>, Violation> {
        let say = self.office.announcement(id).map(|announcement| announcement.say.clone());
        visit(Announcement::new(say.into_iter().collect(), self.plan.extensions()), length)
    }

    fn mailbox(
        &mut self,
        id: MailboxId,
        reason: Reason,
        length: &dyn Fn(&Phrase) -> Duration,
    ) -> Result<Option<Summary<Outcome>>, Violation> {
        let Some(mailbox) = self.office.mailbox(id) else { return Ok(None) };
        let Some((config, greeting)) = self.plan.mailbox(id, reason) else { return Ok(None) };
        let owner = match mailbox.owner {
            MailboxOwner::Person(_) => Owner::Person,
            MailboxOwner::Company | _ => Owner::Company,
        };
        let envelope = Envelope::new(EnvelopeText::new(""), config.reason, UnixMillis::new(0));
        let own = if greeting.is_some() { Greeting::Own } else { Greeting::Stock };
        let scene = LeaveMessage::new(config, greeting, envelope);
        let alike = Alike { reason, owner, greeting: own, seconds: seconds_before(&scene, length) };
        if let Some(known) = self.messages.get(&alike) {
            return Ok(Some(known.clone()));
        }
        let found = visit(scene, length)?;
        self.messages.insert(alike, found.clone());
        Ok(Some(found))
    }
}

/// Returns how long a caller listens before she can be recorded, in whole seconds.
fn seconds_before(scene: &LeaveMessage, length: &dyn Fn(&Phrase) -> Duration) -> u64 {
    match scene.clone().begin() {
        Step::Turn(turn) => turn.say.iter().map(length).sum::<Duration>(),
        Step::Ask(_) | Step::End(_) => Duration::ZERO,
    }
    .as_millis()
    .div_ceil(1_000)
    .try_into()
    .unwrap_or(u64::MAX)
}

/// Sums up a scene, as routing sees it.
fn visit<D>(scene: D, length: &dyn Fn(&Phrase) -> Duration) -> Result<Summary<Outcome>, Violation>
where
    D: Scene + Clone + Eq + Hash,
    Small: World<D>,
{
    let mut limits = Limits::default();
    limits.states = MAX_STATES;
    let verdict = |outcome: Escaped<D::Outcome>| match outcome {
        Escaped::Operator { tidied: _ } => Some(Outcome::Operator),
        Escaped::Ended(outcome) => match D::verdict(outcome) {
            Verdict::LeadOn(outcome) => Some(outcome),
            Verdict::Left => None,
        },
    };
    summarize(WithOperator::new(scene), &OperatorWorld::new(&Small), &limits, length, verdict)
}

/// A world in which the store answers in every way.
struct Small;

impl World<MenuDialogue<Outcome>> for Small {
    fn answers(&self, ask: &Infallible) -> Vec<Infallible> {
        match *ask {}
    }
}

impl World<Announcement> for Small {
    fn answers(&self, ask: &Infallible) -> Vec<Infallible> {
        match *ask {}
    }
}

impl World<LeaveMessage> for Small {
    fn answers(&self, ask: &TakeMessageAsk) -> Vec<TakeMessageAnswer> {
        let refused = |error| TakeMessageAnswer::Refused(error);
        let failed = refused(StoreError::Medium(io::ErrorKind::Other));
        match ask {
            TakeMessageAsk::OpenDraft { .. } => vec![
                TakeMessageAnswer::Opened(DraftId::new(1)),
                refused(StoreError::MailboxFull),
                refused(StoreError::NoSpace),
                failed,
            ],
            TakeMessageAsk::Keep { .. } => {
                let whole = KeptMessage::new(MessageId::new(1), Duration::from_secs(10));
                let mut interrupted = whole;
                interrupted.interrupted = true;
                vec![
                    TakeMessageAnswer::Kept(whole),
                    TakeMessageAnswer::Kept(interrupted),
                    refused(StoreError::TooShort),
                    failed,
                ]
            }
            TakeMessageAsk::Discard { .. } => vec![TakeMessageAnswer::Discarded, failed],
        }
    }

    /// Nothing, what is too short, and enough: also of a recording that silence has ended.
    fn lengths(&self) -> Vec<Duration> {
        [0, 999, 1_000, 9_000].map(Duration::from_millis).to_vec()
    }
}
