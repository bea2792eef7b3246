//! Journeys: one caller's way through the company.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use centrala_dialogue::{Phrase, Tone};
use centrala_ivr::{MenuDialogue, WhyGaveUp};
use centrala_keys::{DigitMap, Key};
use centrala_office::{
    AnnouncementId, MailboxId, MenuId, PersonId,
    routing::{self, Context, Outcome, Place, Reason, Ring},
};
use centrala_time::Timestamp;
use centrala_voicemail::{Answer, Envelope, EnvelopeText, RequestId, UnixMillis};

use crate::{
    Caller, Cause, Ending, ExchangeConfig, JourneyId, JourneyStep, LegId, Output, Refusal,
    conversation::{Conversation, Converse, Told, Verdict},
    event::JourneyEvent,
    hunt::{Hunt, Progress},
    mailbox_scene::LeaveMessage,
    phrases::NOBODY_AVAILABLE,
    plan::Plan,
    scene::Announcement,
    stage::{Ringing, Stage, Talk},
    switchboard::Switchboard,
};

/// The least time that a caller may look for somebody, whatever the configuration says.
const SHORTEST_ATTENDANCE: Duration = Duration::from_secs(1);

/// One caller's way through the company: the bearer of the promise that nobody is lost.
#[derive(Debug)]
pub(crate) struct Journey {
    id: JourneyId,
    plan: Arc<Plan>,
    caller: Party,
    place: Place,
    context: Context,
    stage: Stage,
    /// Menus that have greeted the caller before.
    greeted: BTreeSet<MenuId>,
    limits: Limits,
}

/// The one who called.
#[derive(Debug)]
pub(crate) struct Party {
    pub(crate) leg: LegId,
    pub(crate) caller: Caller,
    pub(crate) called: String,
    state: PartyState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PartyState {
    Unanswered,
    Answered,
    /// Nothing more reaches her.
    Gone(Ending),
}

impl Party {
    pub(crate) const fn new(leg: LegId, caller: Caller, called: String) -> Self {
        Self { leg, caller, called, state: PartyState::Unanswered }
    }
}

/// What a journey may take.
#[derive(Debug)]
struct Limits {
    /// Until when the caller may look for somebody.
    attendance: Timestamp,
    /// How long she may look for somebody again, once a mailbox was tried.
    longest_attendance: Duration,
    /// Until when the call may last. Spent once.
    call: Option<Timestamp>,
    /// What the calendar said at the start of the timestamps.
    epoch: UnixMillis,
}

/// What a leg tells a journey.
#[derive(Clone, Copy)]
pub(crate) enum LegEvent {
    Answered,
    Failed(Cause),
    HungUp,
    Told(Told),
}

impl Journey {
    pub(crate) fn new(
        id: JourneyId,
        plan: Arc<Plan>,
        caller: Party,
        place: Place,
        config: &ExchangeConfig,
        now: Timestamp,
    ) -> Self {
        // Without any time at all there would be no end of mailboxes.
        let longest_attendance = config.longest_attendance.max(SHORTEST_ATTENDANCE);
        let limits = Limits {
            attendance: now + longest_attendance,
            longest_attendance,
            call: Some(now + config.longest_call),
            epoch: config.epoch,
        };
        let context = Context::new(&plan.office, &place);
        let stage = Stage::Ended;
        Self { id, plan, caller, place, context, stage, greeted: BTreeSet::new(), limits }
    }

    pub(crate) fn begin(&mut self, now: Timestamp, board: &mut Switchboard) {
        let (leg, place) = (self.caller.leg, self.place);
        let (caller, called) = (self.caller.caller.clone(), self.caller.called.clone());
        self.log(JourneyStep::Began { leg, caller, called, place }, board);
        if let Some(outcome) = self.enter(now, board) {
            self.lead_on(outcome, now, board);
        }
    }

    pub(crate) fn handle_leg(
        &mut self,
        leg: LegId,
        event: LegEvent,
        now: Timestamp,
        board: &mut Switchboard,
    ) {
        if leg == self.caller.leg {
            match event {
                LegEvent::Failed(_) | LegEvent::HungUp => {
                    board.vacate(leg);
                    self.part(Ending::CallerHungUp, now, board);
                }
                LegEvent::Told(told) => self.tell(told, now, board),
                LegEvent::Answered => {}
            }
            return;
        }
        match (&mut self.stage, event) {
            (Stage::Ringing(ringing), LegEvent::Answered) => {
                let progress = ringing.hunt.answered(leg, board);
                self.hunted(progress, now, board);
            }
            (Stage::Ringing(ringing), LegEvent::Failed(cause)) => {
                let progress = ringing.hunt.failed(leg, cause, now, board);
                self.hunted(progress, now, board);
            }
            (Stage::Ringing(ringing), LegEvent::HungUp) => {
                let progress = ringing.hunt.failed(leg, Cause::Gone, now, board);
                self.hunted(progress, now, board);
            }
            (Stage::Talking(talk), LegEvent::Failed(_) | LegEvent::HungUp) if talk.with == leg => {
                board.vacate(leg);
                self.part(Ending::CalledHungUp, now, board);
            }
            (
                Stage::Attending(_)
                | Stage::Informing(_)
                | Stage::Ringing(_)
                | Stage::Talking(_)
                | Stage::LeavingMessage(_)
                | Stage::Ended,
                LegEvent::Answered | LegEvent::Failed(_) | LegEvent::HungUp | LegEvent::Told(_),
            ) => {}
        }
    }

    pub(crate) fn answered(
        &mut self,
        request: RequestId,
        answer: &Answer,
        now: Timestamp,
        board: &mut Switchboard,
    ) {
        let conversation = self.stage.conversation();
        let verdict =
            conversation.and_then(|speaking| speaking.answered(request, answer, now, board));
        self.settle(verdict, now, board);
    }

    pub(crate) fn handle_timeout(&mut self, now: Timestamp, board: &mut Switchboard) {
        if self.limits.call.take_if(|end| *end <= now).is_some() {
            self.part(Ending::TooLong, now, board);
        }
        if let Stage::Ringing(ringing) = &mut self.stage {
            let progress = ringing.hunt.handle_timeout(now, board);
            self.hunted(progress, now, board);
        } else {
            let conversation = self.stage.conversation();
            let verdict = conversation.and_then(|speaking| speaking.handle_timeout(now, board));
            self.settle(verdict, now, board);
        }
        if self.limits.attendance <= now && !self.is_gone() {
            self.limits.attendance = now + self.limits.longest_attendance;
            // Who talks, or leaves a message, has arrived, and may look for somebody after that.
            if self.stage.is_attendance() {
                self.lead_on(Outcome::TooLong, now, board);
            }
        }
    }

    /// Lets the caller go, whatever she is doing; what she said is kept.
    pub(crate) fn part(&mut self, ending: Ending, now: Timestamp, board: &mut Switchboard) {
        if self.is_gone() {
            return;
        }
        if let (PartyState::Unanswered, Ending::ShutDown) = (self.caller.state, ending) {
            self.refuse(Refusal::ShuttingDown, board);
        }
        self.caller.state = PartyState::Gone(ending);
        // A recording must still be brought home: the leg stays until the stage is over.
        match &mut self.stage {
            Stage::Talking(talk) => {
                let (a, b) = (self.caller.leg, talk.with);
                board.push(Output::Unbridge { a, b });
                board.hang_up(b);
                board.hang_up_and_tidy(a);
                self.end(ending, board);
            }
            Stage::Ringing(_) => {
                self.stop_ringing(board);
                board.hang_up_and_tidy(self.caller.leg);
                self.end(ending, board);
            }
            Stage::Attending(_) | Stage::Informing(_) | Stage::LeavingMessage(_) | Stage::Ended => {
                board.hang_up_and_tidy(self.caller.leg);
                let conversation = self.stage.conversation();
                let verdict =
                    conversation.and_then(|speaking| speaking.tell(Told::Left, now, board));
                self.settle(verdict, now, board);
            }
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        let attendance = Some(self.limits.attendance).filter(|_| !self.is_gone());
        [self.stage.poll_timeout(), attendance, self.limits.call].into_iter().flatten().min()
    }

    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ended)
    }

    fn tell(&mut self, told: Told, now: Timestamp, board: &mut Switchboard) {
        if let (Stage::Ringing(Ringing { ringback: Some(_), .. }), Told::Key(Key::Zero)) =
            (&self.stage, told)
        {
            // Impatient while it rings: 0 leads to the operator from here too.
            if routing::operator(&self.plan.office) != self.place {
                self.lead_on(Outcome::Operator, now, board);
            }
            return;
        }
        let conversation = self.stage.conversation();
        let verdict = conversation.and_then(|speaking| speaking.tell(told, now, board));
        self.settle(verdict, now, board);
    }

    fn settle(&mut self, verdict: Option<Verdict>, now: Timestamp, board: &mut Switchboard) {
        match (verdict, self.caller.state) {
            (None, _) => {}
            (Some(_), PartyState::Gone(ending)) => self.end(ending, board),
            (Some(Verdict::LeadOn(outcome)), PartyState::Unanswered | PartyState::Answered) => {
                self.lead_on(outcome, now, board);
            }
            // A conversation that takes a present caller for gone: the operator shall see.
            (Some(Verdict::Left), PartyState::Unanswered | PartyState::Answered) => {
                self.lead_on(Outcome::Finished, now, board);
            }
        }
    }

    fn hunted(&mut self, progress: Progress, now: Timestamp, board: &mut Switchboard) {
        match progress {
            Progress::Ringing => {}
            Progress::Lost(outcome) => self.lead_on(outcome, now, board),
            Progress::Won { leg, person } => self.connect(leg, person, board),
        }
    }

    /// Somebody has answered.
    fn connect(&mut self, with: LegId, person: PersonId, board: &mut Switchboard) {
        self.stop_ringing(board);
        self.move_on(&Outcome::Answered(person), board);
        self.answer(board);
        board.push(Output::Bridge { a: self.caller.leg, b: with });
        self.stage = Stage::Talking(Talk { with });
    }

    /// Goes from place to place until one takes its time.
    ///
    /// Every outcome that comes at once is one that nobody asked for, and [`Context`] counts those.
    fn lead_on(&mut self, outcome: Outcome, now: Timestamp, board: &mut Switchboard) {
        self.stop_ringing(board);
        if let Some(speaking) = self.stage.conversation() {
            speaking.abandon(board);
        }
        let mut outcome = Some(outcome);
        while let Some(happened) = outcome.take() {
            self.move_on(&happened, board);
            outcome = self.enter(now, board);
        }
    }

    fn move_on(&mut self, outcome: &Outcome, board: &mut Switchboard) {
        let place = routing::next(&self.plan.office, &self.place, outcome, &self.context);
        self.context = self.context.after(outcome, &place);
        self.place = place;
        self.log(JourneyStep::Moved { outcome: outcome.clone(), place }, board);
    }

    /// Enters the place where the journey stands; returns what happened there at once.
    fn enter(&mut self, now: Timestamp, board: &mut Switchboard) -> Option<Outcome> {
        match self.place {
            Place::Ring(ring) => self.ring(ring, now, board),
            Place::Menu(menu) => self.attend(menu, now, board),
            Place::Announcement(announcement) => self.inform(announcement, now, board),
            Place::Mailbox { mailbox, reason } => self.take_message(mailbox, reason, now, board),
            Place::Apology => {
                let scene =
                    Announcement::new(vec![Phrase::said(NOBODY_AVAILABLE)], DigitMap::default());
                self.say(scene, now, board)
            }
            Place::Refused(refusal) => {
                let cause = match refusal {
                    routing::Refusal::NotFound => Refusal::NotFound,
                    routing::Refusal::Forbidden => Refusal::Forbidden,
                };
                self.refuse(cause, board);
                self.end(Ending::Refused, board);
                None
            }
            // Nobody talks without having answered: `connect` is the only way there.
            Place::Talking(_) | Place::Over => {
                self.end(Ending::Done, board);
                None
            }
        }
    }

    fn ring(&mut self, ring: Ring, now: Timestamp, board: &mut Switchboard) -> Option<Outcome> {
        let (telephones, order) = self.plan.telephones(ring.who);
        let shown = self.caller.caller.clone();
        let mut hunt = Hunt::new(self.id, telephones, order, now + ring.limit, shown);
        if let Progress::Lost(outcome) = hunt.begin(now, board) {
            return Some(outcome);
        }
        let leg = self.caller.leg;
        let ringback = match self.caller.state {
            PartyState::Answered => Some(board.play(leg, vec![Phrase::Tone(Tone::Ringback)])),
            PartyState::Unanswered | PartyState::Gone(_) => {
                board.order(leg, Output::Ring { leg });
                None
            }
        };
        self.stage = Stage::Ringing(Ringing { hunt, ringback });
        None
    }

    fn attend(&mut self, menu: MenuId, now: Timestamp, board: &mut Switchboard) -> Option<Outcome> {
        let Some(offered) = self.plan.menu(menu) else {
            return Some(Outcome::GaveUp(WhyGaveUp::NoInput));
        };
        let scene = if self.greeted.insert(menu) {
            MenuDialogue::new(offered)
        } else {
            MenuDialogue::again(offered)
        };
        self.answer(board);
        let mut speaking = Conversation::new(self.id, self.caller.leg, scene);
        let verdict = speaking.begin(now, board);
        self.stage = Stage::Attending(speaking);
        at_once(verdict)
    }

    fn inform(
        &mut self,
        id: AnnouncementId,
        now: Timestamp,
        board: &mut Switchboard,
    ) -> Option<Outcome> {
        let say = self.plan.office.announcement(id).map(|announcement| announcement.say.clone());
        let scene = Announcement::new(say.into_iter().collect(), self.plan.extensions());
        self.say(scene, now, board)
    }

    fn say(
        &mut self,
        scene: Announcement,
        now: Timestamp,
        board: &mut Switchboard,
    ) -> Option<Outcome> {
        self.answer(board);
        let mut speaking = Conversation::new(self.id, self.caller.leg, scene);
        let verdict = speaking.begin(now, board);
        self.stage = Stage::Informing(speaking);
        at_once(verdict)
    }

    fn take_message(
        &mut self,
        mailbox: MailboxId,
        reason: Reason,
        now: Timestamp,
        board: &mut Switchboard,
    ) -> Option<Outcome> {
        let Some((config, greeting)) = self.plan.mailbox(mailbox, reason) else {
            return Some(Outcome::NotTaken(routing::NotTaken::Failed));
        };
        self.answer(board);
        let wanted = self.context.called.and_then(|who| self.plan.name(who));
        let called = EnvelopeText::new(wanted.unwrap_or(&self.caller.called));
        let Caller { number, name } = &self.caller.caller;
        let text = |text: &Option<String>| text.as_deref().map(EnvelopeText::new);
        let envelope = Envelope::new(called, config.reason, self.limits.calendar(now))
            .from_caller(text(number), text(name));
        let scene = LeaveMessage::new(config, greeting, envelope);
        let mut speaking = Conversation::new(self.id, self.caller.leg, scene);
        let verdict = speaking.begin(now, board);
        self.stage = Stage::LeavingMessage(speaking);
        at_once(verdict)
    }

    /// Answers the call, if nobody has before.
    fn answer(&mut self, board: &mut Switchboard) {
        if self.caller.state == PartyState::Unanswered {
            self.caller.state = PartyState::Answered;
            board.order(self.caller.leg, Output::Answer { leg: self.caller.leg });
        }
    }

    fn refuse(&self, cause: Refusal, board: &mut Switchboard) {
        let leg = self.caller.leg;
        if self.caller.state == PartyState::Unanswered {
            board.order(leg, Output::Refuse { leg, cause });
            board.vacate(leg);
        }
    }

    fn stop_ringing(&mut self, board: &mut Switchboard) {
        if let Stage::Ringing(ringing) = &mut self.stage {
            ringing.hunt.give_up(board);
            if ringing.ringback.take().is_some() {
                let leg = self.caller.leg;
                board.order(leg, Output::StopPlaying { leg });
            }
        }
    }

    fn end(&mut self, ending: Ending, board: &mut Switchboard) {
        board.hang_up(self.caller.leg);
        self.stage = Stage::Ended;
        self.log(JourneyStep::Ended { place: self.place, ending }, board);
    }

    fn log(&self, step: JourneyStep, board: &mut Switchboard) {
        let office = Arc::clone(&self.plan.office);
        board.push(Output::Log(JourneyEvent { journey: self.id, office, step }));
    }

    const fn is_gone(&self) -> bool {
        matches!(self.caller.state, PartyState::Gone(_))
    }
}

impl Limits {
    fn calendar(&self, now: Timestamp) -> UnixMillis {
        let since = u64::try_from(now.since_start().as_millis()).unwrap_or(u64::MAX);
        UnixMillis::new(self.epoch.get().saturating_add(since))
    }
}

/// Returns what a conversation that ended as it began has come to.
fn at_once(verdict: Option<Verdict>) -> Option<Outcome> {
    match verdict? {
        Verdict::LeadOn(outcome) => Some(outcome),
        Verdict::Left => Some(Outcome::Finished),
    }
}
