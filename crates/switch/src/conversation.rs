//! Conversations: a dialogue, its runner, and the leg that it speaks with.

use std::{collections::BTreeMap, time::Duration};

use centrala_dialogue::{
    AskError, Dialogue, DraftId, Escaped, Input, InputTo, Output, OutputOf, RecordOutcome, Runner,
    TimerKind, WithOperator,
};
use centrala_keys::Key;
use centrala_office::routing::Outcome;
use centrala_time::Timestamp;
use centrala_voicemail::{Answer, Request, RequestId};

use crate::{JourneyId, LegId, Movement, PlayId, Stored, output, switchboard::Switchboard};

/// How long a recorder may take to close a draft. After that the call goes on without its report.
const RECORDER_LIMIT: Duration = Duration::from_secs(5);

/// A dialogue with a caller, as routing and the store see it.
pub(crate) trait Scene: Dialogue {
    /// Returns what the store is asked.
    fn request(&self, ask: Self::Ask) -> Request;

    /// Returns what the store's answer says, if it answers anything that is asked here.
    fn answer(answer: &Answer) -> Option<Self::Answer>;

    /// Returns what the conversation came to.
    fn verdict(outcome: Self::Outcome) -> Verdict;
}

/// What a conversation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The caller goes on.
    LeadOn(Outcome),
    /// The caller has left, and everything is tidy.
    Left,
}

/// What a leg tells a conversation.
#[derive(Clone, Copy)]
pub(crate) enum Told {
    Onset,
    Key(Key),
    PlaybackFinished(PlayId),
    Silent(DraftId),
    Recorded { draft: DraftId, length: Duration, stored: Stored },
    Left,
}

/// A conversation of any kind, while it runs. Each call returns the verdict once it is reached.
pub(crate) trait Converse {
    fn begin(&mut self, now: Timestamp, board: &mut Switchboard) -> Option<Verdict>;
    fn tell(&mut self, told: Told, now: Timestamp, board: &mut Switchboard) -> Option<Verdict>;
    fn answered(
        &mut self,
        request: RequestId,
        answer: &Answer,
        now: Timestamp,
        board: &mut Switchboard,
    ) -> Option<Verdict>;
    fn handle_timeout(&mut self, now: Timestamp, board: &mut Switchboard) -> Option<Verdict>;
    fn poll_timeout(&self) -> Option<Timestamp>;
    /// Falls silent at once. Whatever the dialogue has not tidied up stays so.
    fn abandon(&mut self, board: &mut Switchboard);
}

/// A [`Scene`] that is being played to a leg. 0 leads to the operator from all of it.
#[derive(Debug)]
pub(crate) struct Conversation<D: Scene> {
    journey: JourneyId,
    leg: LegId,
    runner: Runner<WithOperator<D>>,
    playing: Option<PlayId>,
    recording: Option<Recording>,
    asked: Option<RequestId>,
    timers: BTreeMap<TimerKind, Timestamp>,
}

#[derive(Debug)]
struct Recording {
    draft: DraftId,
    began: Timestamp,
    /// When the recorder was told to stop.
    stopped: Option<Timestamp>,
}

impl Recording {
    fn overdue(&self) -> Option<Timestamp> {
        self.stopped.map(|stopped| stopped + RECORDER_LIMIT)
    }
}

impl<D: Scene> Conversation<D> {
    pub(crate) const fn new(journey: JourneyId, leg: LegId, scene: D) -> Self {
        Self {
            journey,
            leg,
            runner: Runner::new(WithOperator::new(scene)),
            playing: None,
            recording: None,
            asked: None,
            timers: BTreeMap::new(),
        }
    }

    fn feed(
        &mut self,
        input: InputTo<WithOperator<D>>,
        now: Timestamp,
        board: &mut Switchboard,
    ) -> Option<Verdict> {
        self.runner.handle_input(input);
        self.drain(now, board)
    }

    /// Carries out what the runner wants.
    fn drain(&mut self, now: Timestamp, board: &mut Switchboard) -> Option<Verdict> {
        while let Some(output) = self.runner.poll_output() {
            if let Output::End(outcome) = output {
                self.abandon(board);
                return Some(match outcome {
                    Escaped::Operator { tidied: _ } => Verdict::LeadOn(Outcome::Operator),
                    Escaped::Ended(outcome) => D::verdict(outcome),
                });
            }
            self.carry_out(output, now, board);
        }
        self.runner.is_over().then(|| {
            self.abandon(board);
            Verdict::Left
        })
    }

    fn carry_out(
        &mut self,
        output: OutputOf<WithOperator<D>>,
        now: Timestamp,
        board: &mut Switchboard,
    ) {
        let leg = self.leg;
        match output {
            Output::Play(phrases) => self.playing = Some(board.play(leg, phrases)),
            Output::StopPlaying => self.fall_silent(board),
            Output::Pause => board.transport(leg, Movement::Pause),
            Output::Resume => board.transport(leg, Movement::Resume),
            Output::Back(step) => board.transport(leg, Movement::Back(step)),
            Output::Forward(step) => board.transport(leg, Movement::Forward(step)),
            Output::Record(rule) => {
                let (draft, silence) = (rule.into, rule.silence);
                self.recording = Some(Recording { draft, began: now, stopped: None });
                board.order(leg, output::Output::Record { leg, draft, silence });
            }
            Output::StopRecording => {
                if let Some(recording) = &mut self.recording {
                    recording.stopped = Some(now);
                    board.stop_recording(leg, recording.draft);
                }
            }
            Output::Start(kind, duration) => drop(self.timers.insert(kind, now + duration)),
            Output::Cancel(kind) => drop(self.timers.remove(&kind)),
            Output::Ask(ask) => {
                let request = self.runner.dialogue().inner().request(ask);
                self.asked = Some(board.ask(self.journey, request));
            }
            Output::Withdraw => {
                if let Some(request) = self.asked.take() {
                    board.withdraw(request);
                }
            }
            // Taken by `drain`.
            Output::End(_) => {}
        }
    }

    fn fall_silent(&mut self, board: &mut Switchboard) {
        if self.playing.take().is_some() {
            board.order(self.leg, output::Output::StopPlaying { leg: self.leg });
        }
    }

    fn is_recording_into(&self, draft: DraftId) -> bool {
        self.recording.as_ref().is_some_and(|recording| recording.draft == draft)
    }

    /// Gives up on a recorder that does not report. What it has stored is in the draft.
    fn recorder_overdue(&mut self, now: Timestamp) -> Option<Duration> {
        let due = self.recording.as_ref()?.overdue()? <= now;
        let recording = self.recording.take_if(|_| due)?;
        Some(recording.stopped.unwrap_or(now) - recording.began)
    }
}

impl<D: Scene> Converse for Conversation<D> {
    fn begin(&mut self, now: Timestamp, board: &mut Switchboard) -> Option<Verdict> {
        self.runner.begin();
        self.drain(now, board)
    }

    fn tell(&mut self, told: Told, now: Timestamp, board: &mut Switchboard) -> Option<Verdict> {
        let input = match told {
            Told::Onset => Input::Onset,
            Told::Key(key) => Input::Key(key),
            Told::Left => Input::Left,
            Told::PlaybackFinished(play) => {
                self.playing.take_if(|playing| *playing == play)?;
                Input::PlaybackFinished
            }
            Told::Silent(draft) if self.is_recording_into(draft) => Input::Silent,
            Told::Recorded { draft, length, stored } if self.is_recording_into(draft) => {
                self.recording = None;
                let outcome = match stored {
                    Stored::Whole => RecordOutcome::Stored,
                    Stored::Damaged => RecordOutcome::Failed,
                };
                Input::Recorded { length, outcome }
            }
            Told::Silent(_) | Told::Recorded { .. } => return None,
        };
        self.feed(input, now, board)
    }

    fn answered(
        &mut self,
        request: RequestId,
        answer: &Answer,
        now: Timestamp,
        board: &mut Switchboard,
    ) -> Option<Verdict> {
        self.asked.take_if(|asked| *asked == request)?;
        let input = match D::answer(answer) {
            Some(answer) => Input::Answered(answer),
            None => Input::Failed(AskError::Unavailable),
        };
        self.feed(input, now, board)
    }

    fn handle_timeout(&mut self, now: Timestamp, board: &mut Switchboard) -> Option<Verdict> {
        if let Some(length) = self.recorder_overdue(now) {
            let outcome = RecordOutcome::Failed;
            let verdict = self.feed(Input::Recorded { length, outcome }, now, board);
            if verdict.is_some() {
                return verdict;
            }
        }
        let due: Vec<TimerKind> =
            self.timers.iter().filter(|(_, at)| **at <= now).map(|(kind, _)| *kind).collect();
        for kind in due {
            // One that fired before may have cancelled it, or started it again.
            if self.timers.get(&kind).is_none_or(|at| *at > now) {
                continue;
            }
            self.timers.remove(&kind);
            let verdict = self.feed(Input::Fired(kind), now, board);
            if verdict.is_some() {
                return verdict;
            }
        }
        None
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        let overdue = self.recording.as_ref().and_then(Recording::overdue);
        self.timers.values().copied().chain(overdue).min()
    }

    fn abandon(&mut self, board: &mut Switchboard) {
        self.fall_silent(board);
        self.timers.clear();
        if let Some(request) = self.asked.take() {
            board.withdraw(request);
        }
        if let Some(recording) = self.recording.take() {
            board.stop_recording(self.leg, recording.draft);
        }
    }
}
