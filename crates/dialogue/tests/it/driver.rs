//! An owner of a runner, in virtual time: what happened, as a transcript.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use centrala_dialogue::{
    Dialogue, Input, InputTo, Output, OutputOf, Phrase, RecordOutcome, Runner, TimerKind,
};
use centrala_keys::Key;

/// How long a key is down before it is sure which one it is.
const KEY: u64 = 50;
/// How long a word takes.
const WORD: u64 = 500;
/// How long a sound takes.
const SOUND: u64 = 10_000;

/// What each question is answered, and after how long.
pub(crate) type Answers<D> = fn(&<D as Dialogue>::Ask) -> (u64, <D as Dialogue>::Answer);

/// What the people in a test do.
#[derive(Clone, Debug)]
pub(crate) enum Deed<S> {
    Press(char),
    /// Something sounds like the beginning of a key.
    Click,
    Signal(S),
    FallSilent,
    HangUp,
}

/// Plays, records, keeps time and answers asks for a runner.
pub(crate) struct Driver<D: Dialogue> {
    runner: Runner<D>,
    now: u64,
    player: Player,
    recording_since: Option<u64>,
    timers: BTreeMap<TimerKind, u64>,
    /// What is still to happen, in the order in which it was planned for the same moment.
    agenda: Vec<(u64, InputTo<D>)>,
    answer: Answers<D>,
    transcript: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Player {
    Silent,
    Playing { until: u64, length: u64 },
    Paused { left: u64, length: u64 },
}

impl<D: Dialogue> Driver<D> {
    /// Performs a script: what happens at which millisecond.
    pub(crate) fn perform(
        dialogue: D,
        answer: Answers<D>,
        script: &[(u64, Deed<D::Signal>)],
    ) -> String {
        let mut agenda = Vec::new();
        for (at, deed) in script {
            match deed {
                Deed::Press(key) => {
                    agenda.push((*at, Input::Onset));
                    agenda.push((at + KEY, Input::Key(Key::from_char(*key).unwrap())));
                }
                Deed::Click => agenda.push((*at, Input::Onset)),
                Deed::Signal(signal) => agenda.push((*at, Input::Signal(signal.clone()))),
                Deed::FallSilent => agenda.push((*at, Input::Silent)),
                Deed::HangUp => agenda.push((*at, Input::Left)),
            }
        }
        let mut driver = Self {
            runner: Runner::new(dialogue),
            now: 0,
            player: Player::Silent,
            recording_since: None,
            timers: BTreeMap::new(),
            agenda,
            answer,
            transcript: String::new(),
        };
        driver.runner.begin();
        driver.drain();
        let mut inputs = 0;
        while let Some(input) = driver.next_input() {
            inputs += 1;
            assert!(inputs < 1_000, "it goes round in circles:\n{}", driver.transcript);
            driver.runner.handle_input(input);
            driver.drain();
        }
        assert!(driver.runner.is_over(), "stuck:\n{}", driver.transcript);
        driver.transcript
    }

    /// Goes on to the next thing that happens: people first, then sounds, then timers.
    fn next_input(&mut self) -> Option<InputTo<D>> {
        if self.runner.is_over() {
            return None;
        }
        let planned = self.agenda.iter().map(|(at, _)| *at).min();
        let played = match self.player {
            Player::Playing { until, .. } => Some(until),
            Player::Silent | Player::Paused { .. } => None,
        };
        let due = self.timers.iter().map(|(kind, at)| (*at, *kind)).min();
        let now = [planned, played, due.map(|(at, _)| at)].into_iter().flatten().min()?;
        self.now = now;
        if planned == Some(now) {
            let next = self.agenda.iter().position(|(at, _)| *at == now)?;
            let (_, input) = self.agenda.remove(next);
            match &input {
                Input::Key(key) => self.note(&format!("- key {key}")),
                Input::Left => self.note("- hangs up"),
                Input::Silent => self.note("- falls silent"),
                Input::Signal(signal) => self.note(&format!("- signal {signal:?}")),
                Input::Answered(answer) => self.note(&format!("- answer {answer:?}")),
                _ => {}
            }
            return Some(input);
        }
        if played == Some(now) {
            self.player = Player::Silent;
            return Some(Input::PlaybackFinished);
        }
        let (_, kind) = due?;
        self.timers.remove(&kind);
        self.note(&format!("- {kind:?} is over"));
        Some(Input::Fired(kind))
    }

    fn drain(&mut self) {
        while let Some(output) = self.runner.poll_output() {
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: OutputOf<D>) {
        match output {
            Output::Play(phrases) => {
                let words: Vec<String> = phrases.iter().map(|phrase| spoken(phrase).0).collect();
                let length = phrases.iter().map(|phrase| spoken(phrase).1).sum();
                self.player = Player::Playing { until: self.now + length, length };
                self.note(&format!("plays {}", words.join(", ")));
            }
            Output::StopPlaying => {
                self.player = Player::Silent;
                self.note("stops");
            }
            Output::Pause => {
                let Player::Playing { until, length } = self.player else {
                    panic!("nothing plays")
                };
                self.player = Player::Paused { left: until - self.now, length };
                self.note("pauses");
            }
            Output::Resume => {
                let Player::Paused { left, length } = self.player else { panic!("no pause") };
                self.player = Player::Playing { until: self.now + left, length };
                self.note("goes on");
            }
            Output::Back(step) => {
                self.skip(|left, length| (left + millis(step)).min(length));
                self.note("back");
            }
            Output::Forward(step) => {
                self.skip(|left, _| left.saturating_sub(millis(step)));
                self.note("forward");
            }
            Output::Record(_) => {
                self.recording_since = Some(self.now);
                self.note("records");
            }
            Output::StopRecording => {
                let since = self.recording_since.take().unwrap();
                let length = Duration::from_millis(self.now - since);
                let recorded = Input::Recorded { length, outcome: RecordOutcome::Stored };
                self.agenda.push((self.now + 20, recorded));
                self.note(&format!("has recorded {length:?}"));
            }
            Output::Start(kind, length) => {
                self.timers.insert(kind, self.now + millis(length));
            }
            Output::Cancel(kind) => {
                self.timers.remove(&kind).expect("it runs");
            }
            Output::Ask(request) => {
                self.note(&format!("asks {request:?}"));
                let (delay, answer) = (self.answer)(&request);
                self.agenda.push((self.now + delay, Input::Answered(answer)));
            }
            Output::Withdraw => {
                self.agenda.retain(|(_, input)| !matches!(input, Input::Answered(_)));
                self.note("asks no more");
            }
            Output::End(outcome) => self.note(&format!("ends: {outcome:?}")),
        }
    }

    fn skip(&mut self, change: impl Fn(u64, u64) -> u64) {
        match &mut self.player {
            Player::Silent => panic!("nothing plays"),
            Player::Playing { until, length } => {
                *until = self.now + change(*until - self.now, *length);
            }
            Player::Paused { left, length } => *left = change(*left, *length),
        }
    }

    fn note(&mut self, line: &str) {
        writeln!(self.transcript, "{:6} {line}", self.now).unwrap();
    }
}

fn spoken(phrase: &Phrase) -> (String, u64) {
    match phrase {
        Phrase::Text(text) => {
            (format!("{text:?}"), WORD * u64::try_from(text.split(' ').count()).unwrap())
        }
        Phrase::Sound(sound) => (sound.as_str().to_owned(), SOUND),
        Phrase::Silence(length) => ("silence".to_owned(), millis(*length)),
        other => (format!("{other:?}"), WORD),
    }
}

fn millis(length: Duration) -> u64 {
    length.as_millis().try_into().unwrap()
}
