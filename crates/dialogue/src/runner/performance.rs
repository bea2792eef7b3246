//! One turn while it runs.

mod transport;

use std::{collections::VecDeque, time::Duration};

use centrala_keys::{Digits, Key};

pub use self::transport::PAUSE_LIMIT;
use super::{
    Output, RecordOutcome, TimerKind,
    collector::{self, Patience, Verdict},
    keep,
};
use crate::{BargeIn, Heard, KeyRule, RecordEnd, Recording, Turn, Typeahead, WrongKeys};

/// A turn and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Performance<L, S> {
    turn: Turn<L>,
    phase: Phase<L, S>,
}

/// Each phase says which timers run in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Phase<L, S> {
    /// Looking at keys that were pressed before; nothing was played yet.
    Opening,
    /// The prompt plays.
    Saying,
    /// The party has paused. Timer: `Pause`.
    Paused(Player),
    /// The prompt is over, or was cut; no key yet. Timer: `FirstKey`.
    Waiting,
    /// These keys have begun something; the prompt is cut. Timer: `InterDigit`.
    Collecting(Digits),
    /// The recorder runs. Timers: `RecordLimit`, and `InterDigit` if there are keys.
    Recording(Digits),
    /// The recorder was told to stop for this reason, and has not reported yet.
    Closing(RecordEnd<L, S>),
}

/// Where the player stands during a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Player {
    Midway,
    AtTheEnd,
}

type Outputs<A, O> = VecDeque<Output<A, O>>;

impl<L: Clone, S: Clone> Performance<L, S> {
    pub(super) const fn new(turn: Turn<L>) -> Self {
        Self { turn, phase: Phase::Opening }
    }

    /// Begins the turn: with the keys that were pressed before, if they count, else by speaking.
    pub(super) fn open<A, O, R>(
        &mut self,
        typeahead: &mut Digits,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        match (self.turn.typeahead, self.turn.barge_in) {
            (Typeahead::Flush, _) => typeahead.clear(),
            (Typeahead::Keep, BargeIn::Allowed) => {
                let heard = self.take_typeahead(typeahead, out);
                if heard.is_some() {
                    return heard;
                }
            }
            (Typeahead::Keep, BargeIn::AfterPrompt) => {}
        }
        if matches!(self.phase, Phase::Opening) {
            self.say(out);
        }
        None
    }

    /// A key is going down. The prompt makes way, if any key would cut it.
    pub(super) fn onset<A, O>(&mut self, out: &mut Outputs<A, O>) {
        let Some(rule) = &self.turn.keys else { return };
        let any_key_cuts = self.turn.barge_in == BargeIn::Allowed
            && self.turn.transport.is_none()
            && self.patience(rule) == Patience::Strict;
        if any_key_cuts && matches!(self.phase, Phase::Saying) {
            // If it was no key after all, the party is asked again in time.
            let patience = rule.timing.first.max(rule.timing.inter_digit);
            self.leave_phase(out);
            out.push_back(Output::Start(TimerKind::FirstKey, patience));
            self.phase = Phase::Waiting;
        }
    }

    pub(super) fn key<A, O, R>(
        &mut self,
        key: Key,
        typeahead: &mut Digits,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        if let Some(&action) = self.turn.transport.as_ref().and_then(|t| t.keys.get(&key)) {
            return self.move_player(action, typeahead, out);
        }
        let Some(rule) = &self.turn.keys else {
            if self.turn.record.is_none() {
                keep(typeahead, key);
            }
            return None;
        };
        let nothing = Digits::new();
        let keyed = match &self.phase {
            Phase::Collecting(keyed) | Phase::Recording(keyed) => keyed,
            Phase::Saying if self.turn.barge_in == BargeIn::AfterPrompt => {
                keep(typeahead, key);
                return None;
            }
            Phase::Closing(_) => {
                keep(typeahead, key);
                return None;
            }
            Phase::Opening | Phase::Saying | Phase::Paused(_) | Phase::Waiting => &nothing,
        };
        let verdict = collector::press(rule, self.patience(rule), keyed, key);
        let keeps = rule.wrong == WrongKeys::Keep && self.turn.record.is_none();
        if keeps && matches!(verdict, Verdict::Ignored) {
            keep(typeahead, key);
        }
        self.act(verdict, out)
    }

    pub(super) fn playback_finished<A, O, R>(
        &mut self,
        typeahead: &mut Digits,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        match self.phase {
            Phase::Saying => self.all_said(typeahead, out),
            // The end and the key crossed. The party still has its pause.
            Phase::Paused(Player::Midway) => {
                self.phase = Phase::Paused(Player::AtTheEnd);
                None
            }
            Phase::Opening
            | Phase::Paused(Player::AtTheEnd)
            | Phase::Waiting
            | Phase::Collecting(_)
            | Phase::Recording(_)
            | Phase::Closing(_) => None,
        }
    }

    /// The recorder heard nothing for a while.
    pub(super) fn silent<A, O, R>(&mut self, out: &mut Outputs<A, O>) -> Option<Heard<L, R, S>> {
        let Phase::Recording(keyed) = &self.phase else { return None };
        let end = self.end_unless_keyed(keyed, RecordEnd::Silence);
        self.end(end, out)
    }

    /// The recorder has closed the draft.
    pub(super) fn recorded<A, O, R>(
        &self,
        length: Duration,
        outcome: RecordOutcome,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        let end = match &self.phase {
            Phase::Closing(end) => end.clone(),
            // It has stopped of its own accord.
            Phase::Recording(keyed) => {
                out.push_back(Output::Cancel(TimerKind::RecordLimit));
                cancel_inter_digit(keyed, out);
                RecordEnd::Limit
            }
            Phase::Opening
            | Phase::Saying
            | Phase::Paused(_)
            | Phase::Waiting
            | Phase::Collecting(_) => return None,
        };
        let end = match (end, outcome) {
            // What the party or the world wanted is not forgotten over a full disk.
            (RecordEnd::Silence | RecordEnd::Limit, RecordOutcome::Failed) => RecordEnd::Failed,
            (end, RecordOutcome::Stored | RecordOutcome::Failed) => end,
        };
        let draft = self.turn.record.as_ref()?.into;
        Some(Heard::Recorded(Recording::new(draft, length, end)))
    }

    pub(super) fn fired<A, O, R>(
        &mut self,
        kind: TimerKind,
        typeahead: &mut Digits,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        match (kind, &mut self.phase) {
            (TimerKind::FirstKey, Phase::Waiting) => Some(Heard::NoInput),
            (TimerKind::InterDigit, Phase::Collecting(keyed) | Phase::Recording(keyed))
                if !keyed.is_empty() =>
            {
                let keyed = std::mem::take(keyed);
                let rule = self.turn.keys.as_ref()?;
                let verdict = collector::close(rule, self.patience(rule), keyed);
                self.act(verdict, out)
            }
            (TimerKind::Pause, Phase::Paused(_)) => self.go_on_playing(typeahead, out),
            (TimerKind::RecordLimit, Phase::Recording(keyed)) => {
                let keyed = std::mem::take(keyed);
                cancel_inter_digit(&keyed, out);
                out.push_back(Output::StopRecording);
                self.phase = Phase::Closing(self.end_unless_keyed(&keyed, RecordEnd::Limit));
                None
            }
            // Late, or not of this turn.
            (
                TimerKind::FirstKey
                | TimerKind::InterDigit
                | TimerKind::Pause
                | TimerKind::RecordLimit
                | TimerKind::Ask,
                _,
            ) => None,
        }
    }

    pub(super) fn signal<A, O, R>(
        &mut self,
        signal: S,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        self.end(RecordEnd::Signal(signal), out)
    }

    pub(super) fn left<A, O, R>(&mut self, out: &mut Outputs<A, O>) -> Option<Heard<L, R, S>> {
        self.end(RecordEnd::Left, out)
    }

    pub(super) const fn is_recording(&self) -> bool {
        matches!(self.phase, Phase::Recording(_) | Phase::Closing(_))
    }

    pub(super) const fn is_closing(&self) -> bool {
        matches!(self.phase, Phase::Closing(_))
    }

    /// Presses the keys that were pressed before, until they are used up or the turn is over.
    fn take_typeahead<A, O, R>(
        &mut self,
        typeahead: &mut Digits,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        self.turn.keys.as_ref()?;
        let mut heard = None;
        let mut not_for_us = Digits::new();
        while heard.is_none() && not_for_us.is_empty() {
            let Some(&key) = typeahead.split_front(1).first() else { break };
            let moves = self.turn.transport.as_ref().is_some_and(|t| t.keys.contains_key(&key));
            if moves && matches!(self.phase, Phase::Opening) {
                self.say(out); // else there is nothing that the key could move
            }
            heard = self.key(key, &mut not_for_us, out);
        }
        *typeahead = not_for_us.iter().chain(typeahead.iter()).copied().collect();
        heard
    }

    fn say<A, O>(&mut self, out: &mut Outputs<A, O>) {
        out.push_back(Output::Play(self.turn.say.clone()));
        self.phase = Phase::Saying;
    }

    fn all_said<A, O, R>(
        &mut self,
        typeahead: &mut Digits,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        self.phase = Phase::Opening;
        if self.turn.barge_in == BargeIn::AfterPrompt {
            let heard = self.take_typeahead(typeahead, out);
            if heard.is_some() || !matches!(self.phase, Phase::Opening) {
                return heard;
            }
        }
        if let Some(record) = &self.turn.record {
            out.push_back(Output::Start(TimerKind::RecordLimit, record.longest));
            out.push_back(Output::Record(record.clone()));
            self.phase = Phase::Recording(Digits::new());
            return None;
        }
        match &self.turn.keys {
            Some(rule) => self.wait(rule.timing.first, out),
            None => Some(Heard::Finished),
        }
    }

    fn wait<A, O, R>(
        &mut self,
        first: Duration,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        if first.is_zero() {
            return Some(Heard::NoInput);
        }
        out.push_back(Output::Start(TimerKind::FirstKey, first));
        self.phase = Phase::Waiting;
        None
    }

    fn act<A, O, R>(
        &mut self,
        verdict: Verdict<L>,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        match verdict {
            Verdict::Matched { label, digits } => {
                return self.end(RecordEnd::Matched { label, digits }, out);
            }
            Verdict::Wrong(digits) => {
                self.leave_phase(out);
                return Some(Heard::WrongKeys(digits));
            }
            Verdict::Growing(keyed) => {
                let recording = matches!(self.phase, Phase::Recording(_));
                if !recording && !matches!(self.phase, Phase::Collecting(_)) {
                    self.leave_phase(out);
                }
                let inter_digit = self.turn.keys.as_ref()?.timing.inter_digit;
                out.push_back(Output::Start(TimerKind::InterDigit, inter_digit));
                self.phase =
                    if recording { Phase::Recording(keyed) } else { Phase::Collecting(keyed) };
            }
            Verdict::Ignored => return self.forget_keys(out),
        }
        None
    }

    /// What was keyed so far means nothing, and the turn does not mind.
    fn forget_keys<A, O, R>(&mut self, out: &mut Outputs<A, O>) -> Option<Heard<L, R, S>> {
        match &mut self.phase {
            Phase::Recording(keyed) => {
                cancel_inter_digit(keyed, out);
                keyed.clear();
                None
            }
            Phase::Collecting(_) => {
                self.leave_phase(out);
                match (&self.turn.record, &self.turn.keys) {
                    (None, Some(rule)) => self.wait(rule.timing.first, out),
                    // Nobody may be recorded who has not heard all that was to be said.
                    (Some(_), _) | (None, None) => {
                        self.say(out);
                        None
                    }
                }
            }
            Phase::Opening
            | Phase::Saying
            | Phase::Paused(_)
            | Phase::Waiting
            | Phase::Closing(_) => None,
        }
    }

    /// Ends the turn for this reason, at once or when the recorder has reported.
    fn end<A, O, R>(
        &mut self,
        end: RecordEnd<L, S>,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        if self.is_recording() {
            self.leave_phase(out);
            self.phase = Phase::Closing(end);
            return None;
        }
        self.leave_phase(out);
        if let Some(record) = &self.turn.record {
            return Some(Heard::Recorded(Recording::new(record.into, Duration::ZERO, end)));
        }
        match end {
            RecordEnd::Matched { label, digits } => Some(Heard::Matched { label, digits }),
            RecordEnd::Signal(signal) => Some(Heard::Signal(signal)),
            RecordEnd::Left => Some(Heard::Left),
            RecordEnd::Silence | RecordEnd::Limit | RecordEnd::Failed => None,
        }
    }

    /// Stops whatever runs in this phase.
    fn leave_phase<A, O>(&self, out: &mut Outputs<A, O>) {
        match &self.phase {
            Phase::Opening | Phase::Closing(_) => {}
            Phase::Saying => out.push_back(Output::StopPlaying),
            Phase::Paused(player) => {
                out.push_back(Output::Cancel(TimerKind::Pause));
                if *player == Player::Midway {
                    out.push_back(Output::StopPlaying);
                }
            }
            Phase::Waiting => out.push_back(Output::Cancel(TimerKind::FirstKey)),
            Phase::Collecting(keyed) => cancel_inter_digit(keyed, out),
            Phase::Recording(keyed) => {
                cancel_inter_digit(keyed, out);
                out.push_back(Output::Cancel(TimerKind::RecordLimit));
                out.push_back(Output::StopRecording);
            }
        }
    }

    fn patience(&self, rule: &KeyRule<L>) -> Patience {
        match rule.wrong {
            WrongKeys::End if self.turn.record.is_none() => Patience::Strict,
            WrongKeys::End | WrongKeys::Ignore | WrongKeys::Keep => Patience::Forgiving,
        }
    }

    /// A complete string that only waited for more keys counts before a limit does.
    fn end_unless_keyed(&self, keyed: &Digits, end: RecordEnd<L, S>) -> RecordEnd<L, S> {
        let Some(rule) = &self.turn.keys else { return end };
        match collector::close(rule, Patience::Forgiving, keyed.clone()) {
            Verdict::Matched { label, digits } => RecordEnd::Matched { label, digits },
            Verdict::Growing(_) | Verdict::Wrong(_) | Verdict::Ignored => end,
        }
    }
}

fn cancel_inter_digit<A, O>(keyed: &Digits, out: &mut Outputs<A, O>) {
    if !keyed.is_empty() {
        out.push_back(Output::Cancel(TimerKind::InterDigit));
    }
}
