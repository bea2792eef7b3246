//! A runner with a player, a recorder, timers and a store around it, small enough to visit every
//! state of all of them: whatever may cross, crosses here.

use std::{collections::BTreeSet, fmt::Debug, hash::Hash, time::Duration};

use centrala_dialogue::{
    AskError, Dialogue, Input, InputTo, Output, OutputOf, RecordOutcome, Runner, System, TimerKind,
    laws::World,
};
use centrala_keys::{DigitMap, Key};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stage<D: Dialogue> {
    runner: Runner<D>,
    player: Player,
    recorder: Recorder,
    timers: BTreeSet<TimerKind>,
    ask: Option<D::Ask>,
    party: Party,
    keys: BTreeSet<Key>,
    keys_left: u8,
    answers: Vec<(D::Ask, Vec<D::Answer>)>,
    signals: Vec<D::Signal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Player {
    Silent,
    Playing,
    Paused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Recorder {
    Off,
    Running,
    Stopping,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Party {
    Present,
    KeyIsGoingDown,
    Gone,
}

impl<D: Dialogue + Clone + Eq + Hash> Stage<D> {
    /// Sets the stage. The party presses at most `keys_left` keys, one of each class of `map`.
    pub(crate) fn new<L>(
        dialogue: D,
        map: &DigitMap<L>,
        more: &[Key],
        keys_left: u8,
        world: &impl World<D>,
        asks: &[D::Ask],
    ) -> Self {
        let classes = map.key_classes();
        let mut keys: BTreeSet<Key> =
            classes.iter().filter_map(|class| class.iter().next()).collect();
        keys.extend(more);
        let mut stage = Self {
            runner: Runner::new(dialogue),
            player: Player::Silent,
            recorder: Recorder::Off,
            timers: BTreeSet::new(),
            ask: None,
            party: Party::Present,
            keys,
            keys_left,
            answers: asks.iter().map(|ask| (ask.clone(), world.answers(ask))).collect(),
            signals: world.signals(),
        };
        stage.runner.begin();
        stage.drain().unwrap();
        stage
    }

    fn drain(&mut self) -> Result<(), String> {
        while let Some(output) = self.runner.poll_output() {
            let wrong = format!("{output:?} with {:?}, {:?}", self.player, self.recorder);
            self.carry_out(output).ok_or(wrong)?;
        }
        let waits = self.player == Player::Playing
            || self.recorder != Recorder::Off
            || !self.timers.is_empty();
        match (self.runner.is_over(), waits || self.player != Player::Silent) {
            (false, false) => Err("it waits for nothing".to_owned()),
            (true, true) => Err("it is over, and something still runs".to_owned()),
            (false, true) if !waits => Err("it is paused for ever".to_owned()),
            (false, true) | (true, false) => Ok(()),
        }
    }

    /// Carries out an order; `None` if it makes no sense.
    fn carry_out(&mut self, output: OutputOf<D>) -> Option<()> {
        let present = self.party != Party::Gone;
        let sensible = match output {
            Output::Play(_) => {
                self.player = Player::Playing;
                present && self.recorder == Recorder::Off
            }
            Output::StopPlaying => {
                std::mem::replace(&mut self.player, Player::Silent) != Player::Silent
            }
            Output::Pause => std::mem::replace(&mut self.player, Player::Paused) == Player::Playing,
            Output::Resume => {
                std::mem::replace(&mut self.player, Player::Playing) == Player::Paused
            }
            Output::Back(step) | Output::Forward(step) => {
                self.player != Player::Silent && !step.is_zero()
            }
            Output::Record(_) => {
                let off = std::mem::replace(&mut self.recorder, Recorder::Running);
                present && off == Recorder::Off && self.player == Player::Silent
            }
            Output::StopRecording => {
                std::mem::replace(&mut self.recorder, Recorder::Stopping) == Recorder::Running
            }
            // Only the time between two digits begins anew while it runs.
            Output::Start(kind, _) => self.timers.insert(kind) || kind == TimerKind::InterDigit,
            Output::Cancel(kind) => self.timers.remove(&kind),
            Output::Ask(request) => self.ask.replace(request).is_none(),
            Output::Withdraw => self.ask.take().is_some(),
            Output::End(_) => self.runner.is_over(),
        };
        sensible.then_some(())
    }
}

impl<D: Dialogue + Clone + Eq + Hash> System for Stage<D> {
    type Input = InputTo<D>;

    fn inputs(&self) -> Vec<InputTo<D>> {
        if self.runner.is_over() {
            return Vec::new();
        }
        let mut inputs: Vec<InputTo<D>> = self.timers.iter().copied().map(Input::Fired).collect();
        if self.player != Player::Silent {
            // Also while paused: the last sound and the order to pause may cross.
            inputs.push(Input::PlaybackFinished);
        }
        if self.recorder == Recorder::Running {
            inputs.push(Input::Silent);
        }
        if self.recorder != Recorder::Off {
            for outcome in [RecordOutcome::Stored, RecordOutcome::Failed] {
                inputs.push(Input::Recorded { length: Duration::from_secs(10), outcome });
            }
        }
        if let Some(ask) = &self.ask {
            let known = self.answers.iter().filter(|(request, _)| request == ask);
            inputs.extend(known.flat_map(|(_, answers)| answers).cloned().map(Input::Answered));
            inputs.push(Input::Failed(AskError::Unavailable));
        }
        inputs.extend(self.signals.iter().cloned().map(Input::Signal));
        match self.party {
            Party::Present if self.keys_left > 0 => inputs.push(Input::Onset),
            Party::KeyIsGoingDown => inputs.extend(self.keys.iter().copied().map(Input::Key)),
            Party::Present | Party::Gone => {}
        }
        if self.party != Party::Gone {
            inputs.push(Input::Left);
        }
        inputs
    }

    fn apply(&mut self, input: &InputTo<D>) -> Result<(), String> {
        match input {
            Input::Onset => self.party = Party::KeyIsGoingDown,
            Input::Key(_) => {
                self.party = Party::Present;
                self.keys_left -= 1;
            }
            Input::PlaybackFinished => self.player = Player::Silent,
            Input::Recorded { .. } => self.recorder = Recorder::Off,
            Input::Answered(_) | Input::Failed(_) => self.ask = None,
            Input::Fired(kind) => drop(self.timers.remove(kind)),
            Input::Signal(signal) => self.signals.retain(|other| other != signal),
            Input::Left => self.party = Party::Gone,
            Input::Silent => {}
        }
        self.runner.handle_input(input.clone());
        self.drain()
    }

    fn rest(&self) -> Result<(), String> {
        if self.runner.is_over() { Ok(()) } else { Err("it never ends".to_owned()) }
    }
}
