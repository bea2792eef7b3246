//! A call to a mailbox: what the caller does, and what happens, as a transcript.

use std::{collections::VecDeque, time::Duration};

use centrala_dialogue::{
    Argument, Dialogue, DraftId, Escaped, Input, Language, Output, Phrase, Piece, RecordOutcome,
    Runner, TimerKind, Tone, WithOperator,
};
use centrala_keys::{DigitMap, Key};
use centrala_voicemail::{
    Answer, Envelope, EnvelopeText, MemoryStore, MessageStore, MessageSummary, PHRASES, Reason,
    Request, RequestId, StoreError, TakeMessage, TakeMessageAnswer, TakeMessageConfig,
    TakeMessageOutcome, TakeMessageSignal, UnixMillis,
};

/// What a caller does next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Hears everything to its end.
    Listen,
    /// Presses keys.
    Press(&'static str),
    /// Speaks for so many milliseconds.
    Speak(u64),
    /// Is silent until something happens.
    BeSilent,
    HangUp,
}

/// What is wrong with the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    None,
    /// The store does not answer requests of this name, the first so many times.
    NoAnswer(&'static str, u8),
    /// The store fails when it is to keep.
    CannotKeep,
    /// The store takes only the first second of a recording.
    DiskFull,
    /// The system shuts down when the recording has begun.
    ShutDown,
}

type Caller = WithOperator<TakeMessage>;

pub(crate) struct Call {
    runner: Runner<Caller>,
    pub(crate) store: MemoryStore,
    trouble: Trouble,
    transcript: Vec<String>,
    playing: bool,
    timers: Vec<TimerKind>,
    recording: Option<(DraftId, u64)>,
    outcome: Option<Escaped<TakeMessageOutcome>>,
}

pub(crate) fn config() -> TakeMessageConfig {
    let name = Argument::Text("Sally Jones".into());
    let mut config = TakeMessageConfig::new("101".parse().unwrap(), name, Reason::NoAnswer);
    config.extensions = DigitMap::new([("1xx", ())]).unwrap();
    config
}

/// Has a call, and returns its transcript.
#[track_caller]
pub(crate) fn call(
    config: TakeMessageConfig,
    store: MemoryStore,
    trouble: Trouble,
    acts: &[Act],
) -> (Vec<String>, Call) {
    let runner = Runner::new(WithOperator::new(TakeMessage::new(config)));
    let mut call = Call {
        runner,
        store,
        trouble,
        transcript: Vec::new(),
        playing: false,
        timers: Vec::new(),
        recording: None,
        outcome: None,
    };
    call.runner.begin();
    call.drain();
    for act in acts {
        assert!(!call.runner.is_over(), "{act:?} comes too late: {:#?}", call.transcript);
        call.act(*act);
    }
    assert!(call.runner.is_over(), "the call goes on: {:#?}", call.transcript);
    (std::mem::take(&mut call.transcript), call)
}

impl Call {
    pub(crate) fn ask(&mut self, request: Request) -> Answer {
        self.store.submit(RequestId::new(1), request);
        self.store.poll_answer().unwrap().1
    }

    pub(crate) fn messages(&mut self) -> Vec<MessageSummary> {
        let answer = self.ask(Request::List { mailbox: "101".parse().unwrap() });
        let Answer::Messages(messages) = answer else { panic!("{answer:?}") };
        messages
    }

    pub(crate) fn outcome(&self) -> &Escaped<TakeMessageOutcome> {
        self.outcome.as_ref().unwrap()
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Listen => {
                assert!(self.playing, "nothing plays: {:#?}", self.transcript);
                self.playing = false;
                self.feed(Input::PlaybackFinished);
            }
            Act::Press(keys) => {
                self.transcript.push(format!("caller presses {keys}"));
                for key in keys.chars() {
                    self.feed(Input::Key(Key::from_char(key).unwrap()));
                }
            }
            Act::Speak(millis) => {
                self.transcript.push(format!("caller speaks for {millis} ms"));
                self.speak(millis, 0x2a);
            }
            Act::BeSilent => {
                self.transcript.push("caller is silent".to_owned());
                if self.recording.is_some() {
                    self.speak(8_000, 0xff);
                    self.feed(Input::Silent);
                } else {
                    let timer = self.timers.pop().expect("something is waited for");
                    self.feed(Input::Fired(timer));
                }
            }
            Act::HangUp => {
                self.transcript.push("caller hangs up".to_owned());
                self.feed(Input::Left);
            }
        }
    }

    fn speak(&mut self, millis: u64, sample: u8) {
        let Some((draft, spoken)) = &mut self.recording else { panic!("nobody records") };
        let draft = *draft;
        let mut millis = millis;
        if self.trouble == Trouble::DiskFull {
            millis = millis.min(1_000_u64.saturating_sub(*spoken));
        }
        *spoken += millis;
        for _ in 0..millis / 20 {
            let append = Request::Append { draft, audio: vec![sample; 160] };
            assert_eq!(self.ask(append), Answer::Appended);
        }
        if self.trouble == Trouble::DiskFull {
            self.close_recording(RecordOutcome::Failed);
        }
    }

    fn feed(&mut self, input: Input<TakeMessageAnswer, TakeMessageSignal>) {
        self.runner.handle_input(input);
        self.drain();
    }

    fn drain(&mut self) {
        let mut waiting: VecDeque<_> = VecDeque::new();
        while let Some(output) = self.runner.poll_output() {
            waiting.push_back(output);
        }
        for output in waiting {
            match output {
                Output::Play(say) => {
                    self.playing = true;
                    self.transcript.extend(say.iter().map(wording));
                }
                Output::StopPlaying => {
                    self.playing = false;
                    self.transcript.push("  (stops)".to_owned());
                }
                Output::Record(rule) => {
                    self.recording = Some((rule.into, 0));
                    if self.trouble == Trouble::ShutDown {
                        self.transcript.push("the system shuts down".to_owned());
                        self.feed(Input::Signal(TakeMessageSignal::WindUp));
                    }
                }
                Output::StopRecording => self.close_recording(RecordOutcome::Stored),
                Output::Start(timer, _) => self.timers.push(timer),
                Output::Cancel(timer) => self.timers.retain(|running| *running != timer),
                Output::Ask(request) => self.answer(&request),
                Output::End(outcome) => self.outcome = Some(outcome),
                Output::Withdraw => self.transcript.push("store does not answer".to_owned()),
                Output::Pause | Output::Resume | Output::Back(_) | Output::Forward(_) => {
                    panic!("nothing here is moved")
                }
            }
        }
    }

    fn close_recording(&mut self, outcome: RecordOutcome) {
        if let Some((_, spoken)) = self.recording.take() {
            let length = Duration::from_millis(spoken);
            self.feed(Input::Recorded { length, outcome });
        }
    }

    fn answer(&mut self, request: &<Caller as Dialogue>::Ask) {
        let called = EnvelopeText::new("+15550100");
        let envelope = Envelope::new(called, Reason::NoAnswer, UnixMillis::new(1));
        let request = request.to_request(&envelope);
        let asked = format!("{request:?}");
        let name = asked.split('(').next().unwrap().to_owned();
        if let Trouble::NoAnswer(request, times @ 1..) = self.trouble
            && request == name
        {
            self.trouble = Trouble::NoAnswer(request, times - 1);
            self.timers.retain(|running| *running != TimerKind::Ask);
            return self.feed(Input::Fired(TimerKind::Ask));
        }
        let answer = if self.trouble == Trouble::CannotKeep && name == "Commit" {
            Answer::Failed(StoreError::NoSpace)
        } else {
            self.ask(request)
        };
        let told = format!("{answer:?}");
        let told = told.split_once("MessageSummary").map_or(told.as_str(), |_| "Kept");
        self.transcript.push(format!("store: {asked} → {told}"));
        let answer = TakeMessageAnswer::from_answer(&answer).unwrap();
        self.feed(Input::Answered(answer));
    }
}

/// Returns what a caller hears.
fn wording(phrase: &Phrase) -> String {
    let words = if let Phrase::Said { id, arguments } = phrase {
        let definition = PHRASES.iter().find(|definition| definition.id == *id).unwrap();
        let pieces = definition.render(Language::ENGLISH, arguments).unwrap();
        pieces.iter().map(spoken).collect()
    } else if let Phrase::Sound(sound) = phrase {
        format!("<{}>", sound.as_str())
    } else {
        assert_eq!(*phrase, Phrase::Tone(Tone::Beep));
        "<beep>".to_owned()
    };
    format!("voice: {words}")
}

fn spoken(piece: &Piece<'_>) -> String {
    match piece {
        Piece::Words(words) => (*words).to_owned(),
        Piece::Argument(Argument::Text(text)) => text.to_string(),
        Piece::Argument(Argument::Digits(digits)) => digits.to_string(),
        Piece::Argument(other) => panic!("{other:?} is not said here"),
    }
}
