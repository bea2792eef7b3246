//! A shell in virtual time: telephones, callers, players and recorders, all by script.
//!
//! It checks the exchange's part of the contract with every order it carries out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use centrala_dialogue::{DraftId, Phrase, Tone};
use centrala_office::Office;
use centrala_switch::{
    Caller, Exchange, ExchangeConfig, Input, JourneyEvent, LegId, Output, PlayId, Stored,
};
use centrala_time::Timestamp;
use centrala_voicemail::{Request, RequestId};

use super::{
    script::{AfterMessage, Phone, Script, millis, secs},
    store::{Fate, Store},
};

#[derive(Clone, Debug)]
enum Event {
    /// From a leg that is still there.
    Of(LegId, Input),
    /// Whatever became of the leg.
    Always(Input),
    Played(LegId, PlayId),
    Silent(LegId, DraftId),
    Spoken(LegId, DraftId),
    Call(Box<Script>),
}

#[derive(Debug)]
struct Party {
    script: Option<Script>,
    answered: bool,
    playing: Option<PlayId>,
    recording: Option<Recording>,
    bridged: Option<LegId>,
    phone: Option<Phone>,
}

#[derive(Clone, Copy, Debug)]
struct Recording {
    draft: DraftId,
    began: Timestamp,
    speaks: Duration,
}

/// The shell, its telephones and its callers.
#[derive(Debug)]
pub struct Shell {
    /// The exchange itself.
    pub exchange: Exchange,
    /// Its store.
    pub store: Store,
    /// What time it is.
    pub now: Timestamp,
    /// What telephones do, by user. Others are not registered.
    pub phones: BTreeMap<String, Phone>,
    /// What callers met.
    pub events: Vec<JourneyEvent>,
    /// What the exchange ordered.
    pub outputs: Vec<(Timestamp, Output)>,
    /// How many things have happened.
    pub happened: usize,
    agenda: BTreeMap<(Timestamp, u64), Event>,
    parties: BTreeMap<LegId, Party>,
    /// Legs that are over.
    gone: BTreeSet<LegId>,
    last_event: u64,
    last_leg: u64,
}

impl Shell {
    /// Returns a shell around an exchange for `office`, with nothing under way.
    pub fn new(office: Arc<Office>) -> Self {
        Self::with_config(office, ExchangeConfig::default())
    }

    /// Returns a shell around an exchange that is configured so.
    pub fn with_config(office: Arc<Office>, config: ExchangeConfig) -> Self {
        Self {
            store: Store::new(&office),
            exchange: Exchange::new(config, office),
            now: Timestamp::ZERO,
            phones: BTreeMap::new(),
            events: Vec::new(),
            outputs: Vec::new(),
            happened: 0,
            agenda: BTreeMap::new(),
            parties: BTreeMap::new(),
            gone: BTreeSet::new(),
            last_event: 0,
            last_leg: 0,
        }
    }

    /// Sets what a person's telephones do; without that they are not registered.
    #[must_use]
    pub fn phone(mut self, user: &str, phone: Phone) -> Self {
        self.phones.insert(user.to_owned(), phone);
        self
    }

    /// Lets a caller call at that time.
    pub fn call_at(&mut self, at: Timestamp, script: Script) {
        self.schedule(at, Event::Call(Box::new(script)));
    }

    /// Lets a caller call now.
    pub fn call(&mut self, script: Script) {
        self.call_at(self.now, script);
    }

    /// Lets the next thing happen. Returns whether there was one.
    pub fn step(&mut self) -> bool {
        let planned = self.agenda.first_key_value().map(|((at, _), _)| *at);
        let due = self.exchange.poll_timeout();
        let Some(at) = planned.into_iter().chain(due).min() else { return false };
        self.now = self.now.max(at);
        if due.is_some_and(|due| due <= at) {
            self.exchange.handle_timeout(self.now);
        } else if let Some((_, event)) = self.agenda.pop_first() {
            self.happen(event);
        }
        self.happened += 1;
        assert!(self.happened < 5_000_000, "no end of it");
        self.carry_out_all();
        true
    }

    /// Runs until nothing happens any more.
    pub fn run(&mut self) {
        while self.step() {}
    }

    /// Runs until so much time has passed.
    pub fn run_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        let next = |shell: &Self| {
            let planned = shell.agenda.first_key_value().map(|((at, _), _)| *at);
            planned.into_iter().chain(shell.exchange.poll_timeout()).min()
        };
        while next(self).is_some_and(|at| at <= end) {
            self.step();
        }
        self.now = end;
    }

    /// Feeds an input now, as it is.
    pub fn feed(&mut self, input: Input) {
        self.exchange.handle_input(input, self.now);
        self.carry_out_all();
    }

    /// Lets a party hang up now, if it is there.
    pub fn hang_up(&mut self, leg: LegId) {
        if self.leave(leg) {
            self.feed(Input::HungUp { leg });
        }
    }

    /// Takes a leg away without telling the exchange. Returns whether it was there.
    pub fn forget(&mut self, leg: LegId) -> bool {
        self.leave(leg)
    }

    /// Takes the recorder away, and with it every report that it would have given.
    pub fn take_recorder(&mut self, leg: LegId) {
        self.party(leg).recording = None;
    }

    /// Lets a telephone be answered now.
    pub fn pick_up(&mut self, leg: LegId) {
        self.party(leg).answered = true;
        self.feed(Input::Answered { leg });
    }

    /// Returns whether a party has been answered, or has answered.
    pub fn is_answered(&self, leg: LegId) -> bool {
        self.parties.get(&leg).is_some_and(|party| party.answered)
    }

    /// Returns the parties that are there.
    pub fn legs(&self) -> Vec<LegId> {
        self.parties.keys().copied().collect()
    }

    /// Returns the parties that have called.
    pub fn callers(&self) -> Vec<LegId> {
        self.legs().into_iter().filter(|leg| leg.is_incoming()).collect()
    }

    /// Returns what callers met, a line for each step.
    pub fn story(&self) -> Vec<String> {
        self.events.iter().map(ToString::to_string).collect()
    }

    /// Returns when the first order like this was given.
    #[track_caller]
    pub fn when(&self, like: impl Fn(&Output) -> bool) -> Duration {
        let found = self.outputs.iter().find(|(_, output)| like(output));
        found.expect("no such order").0.since_start()
    }

    /// Returns how many orders like this were given.
    pub fn count(&self, like: impl Fn(&Output) -> bool) -> usize {
        self.outputs.iter().filter(|(_, output)| like(output)).count()
    }

    /// Nothing is left: no call, no leg, no timer, no draft, and nothing that was said is lost.
    #[track_caller]
    pub fn assert_tidy(&self) {
        let story = || self.story().join("\n");
        assert!(self.exchange.is_idle(), "not idle: {:#?}\n{}", self.exchange, story());
        assert_eq!(self.exchange.poll_timeout(), None);
        assert!(self.parties.is_empty(), "legs are left: {:?}\n{}", self.legs(), story());
        for (draft, known) in &self.store.drafts {
            assert_ne!(known.fate, Fate::Open, "draft {draft:?} is left\n{}", story());
        }
        self.assert_nothing_lost();
    }

    /// Nothing that was said and stored has been thrown away.
    #[track_caller]
    pub fn assert_nothing_lost(&self) {
        for (draft, known) in &self.store.drafts {
            let lost = known.fate == Fate::Discarded && known.said >= secs(1);
            assert!(!lost, "{draft:?} is lost: {known:?}\n{}", self.story().join("\n"));
        }
    }

    fn schedule(&mut self, at: Timestamp, event: Event) {
        self.last_event += 1;
        self.agenda.insert((at, self.last_event), event);
    }

    fn later(&mut self, after: Duration, event: Event) {
        self.schedule(self.now + after, event);
    }

    fn happen(&mut self, event: Event) {
        let input = match event {
            Event::Call(script) => return self.place_call(*script),
            Event::Always(input) => input,
            Event::Of(leg, input) => {
                if !self.parties.contains_key(&leg) {
                    return;
                }
                if let Input::Answered { leg } = input {
                    self.party(leg).answered = true;
                }
                if let Input::HungUp { leg } | Input::Failed { leg, .. } = input {
                    self.leave(leg);
                }
                input
            }
            Event::Played(leg, play) => {
                let Some(party) = self.parties.get_mut(&leg) else { return };
                if party.playing.take_if(|playing| *playing == play).is_none() {
                    return;
                }
                Input::PlaybackFinished { leg, play }
            }
            Event::Silent(leg, draft) if self.records(leg, draft) => Input::Silent { leg, draft },
            Event::Spoken(leg, draft) if self.records(leg, draft) => return self.spoken(leg),
            Event::Silent(..) | Event::Spoken(..) => return,
        };
        self.exchange.handle_input(input, self.now);
    }

    fn place_call(&mut self, script: Script) {
        self.last_leg += 1;
        let leg = LegId::incoming(self.last_leg);
        let (from, called) = (script.from.clone(), script.called.clone());
        let caller = Caller::new(script.number);
        if let Some(patience) = script.patience {
            self.later(patience, Event::Of(leg, Input::HungUp { leg }));
        }
        self.parties.insert(leg, Party::new(Some(script), None));
        self.exchange.handle_input(Input::Incoming { leg, caller, from, called }, self.now);
    }

    /// The caller has said what she had to say after the beep.
    fn spoken(&mut self, leg: LegId) {
        let input = match self.party(leg).script.as_ref().unwrap().then {
            AfterMessage::HangsUp => Input::HungUp { leg },
            AfterMessage::Presses(key) => Input::Key { leg, key },
            AfterMessage::Waits => return,
        };
        self.happen(Event::Of(leg, input));
    }

    fn records(&self, leg: LegId, draft: DraftId) -> bool {
        let recording = self.parties.get(&leg).and_then(|party| party.recording);
        recording.is_some_and(|recording| recording.draft == draft)
    }

    /// Takes a leg away. Returns whether it was there.
    fn leave(&mut self, leg: LegId) -> bool {
        self.stop_recording(leg);
        let Some(party) = self.parties.remove(&leg) else { return false };
        if let Some(other) = party.bridged.and_then(|other| self.parties.get_mut(&other)) {
            other.bridged = None;
        }
        self.gone.insert(leg)
    }

    /// Brings the sound home, and reports.
    fn stop_recording(&mut self, leg: LegId) {
        let recording = self.parties.get_mut(&leg).and_then(|party| party.recording.take());
        let Some(Recording { draft, began, speaks }) = recording else { return };
        let length = self.now - began;
        let stored = match self.store.append(draft, length, length.min(speaks)) {
            true => Stored::Whole,
            false => Stored::Damaged,
        };
        self.later(millis(20), Event::Always(Input::Recorded { leg, draft, length, stored }));
    }

    #[track_caller]
    fn party(&mut self, leg: LegId) -> &mut Party {
        let gone = self.gone.contains(&leg);
        self.parties.get_mut(&leg).unwrap_or_else(|| panic!("an order for {leg}, gone: {gone}"))
    }

    fn carry_out_all(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            self.outputs.push((self.now, output.clone()));
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Ring { leg } => assert!(!self.party(leg).answered, "{leg} rings after answer"),
            Output::Answer { leg } => self.answer(leg),
            Output::Refuse { leg, cause: _ } => {
                assert!(!self.party(leg).answered, "{leg} is refused after it was answered");
                self.leave(leg);
            }
            Output::HangUp { leg } => self.told_to_hang_up(leg),
            Output::Call { leg, person: _, user, caller } => {
                assert!(caller.number.is_some(), "a caller is shown");
                self.ring_phone(leg, &user);
            }
            Output::Play { leg, play, phrases } => self.play(leg, play, &phrases),
            Output::StopPlaying { leg } => {
                self.party(leg).playing = None;
            }
            Output::Record { leg, draft, silence } => self.record(leg, draft, silence),
            Output::StopRecording { leg, draft } => {
                if self.records(leg, draft) {
                    self.stop_recording(leg);
                }
            }
            Output::Bridge { a, b } => self.bridge(a, b),
            Output::Unbridge { a, b } => {
                for leg in [a, b] {
                    if let Some(party) = self.parties.get_mut(&leg) {
                        party.bridged = None;
                    }
                }
            }
            Output::Store(id, request) => self.ask_store(id, &request),
            Output::Log(event) => self.events.push(event),
            other => panic!("an order that this shell does not know: {other:?}"),
        }
    }

    fn ask_store(&mut self, id: RequestId, request: &Request) {
        if let Some(answer) = self.store.ask(request) {
            self.later(millis(4), Event::Always(Input::Stored(id, answer)));
        }
    }

    fn answer(&mut self, leg: LegId) {
        let party = self.party(leg);
        assert!(!party.answered, "{leg} is answered twice");
        party.answered = true;
        for (after, key) in party.script.as_ref().unwrap().keys.clone() {
            self.later(after, Event::Of(leg, Input::Onset { leg }));
            self.later(after + millis(50), Event::Of(leg, Input::Key { leg, key }));
        }
    }

    fn told_to_hang_up(&mut self, leg: LegId) {
        let crosses = self
            .parties
            .get(&leg)
            .is_some_and(|party| party.phone == Some(Phone::Crosses) && !party.answered);
        if crosses {
            // The 200 is on its way already, and arrives after the CANCEL was sent.
            self.later(millis(40), Event::Always(Input::Answered { leg }));
        }
        let told_before = self.gone.contains(&leg);
        assert!(self.leave(leg) || told_before, "{leg} was never there");
    }

    fn ring_phone(&mut self, leg: LegId, user: &str) {
        let phone = self.phones.get(user).copied().unwrap_or(Phone::UNREGISTERED);
        self.parties.insert(leg, Party::new(None, Some(phone)));
        match phone {
            Phone::Fails { after, cause } => {
                self.later(after, Event::Of(leg, Input::Failed { leg, cause }));
            }
            Phone::Answers { after, talks: _ } => {
                self.later(millis(60), Event::Of(leg, Input::Ringing { leg }));
                self.later(after, Event::Of(leg, Input::Answered { leg }));
            }
            Phone::Ignores | Phone::Crosses => {
                self.later(millis(60), Event::Of(leg, Input::Ringing { leg }));
            }
        }
    }

    fn play(&mut self, leg: LegId, play: PlayId, phrases: &[Phrase]) {
        let party = self.party(leg);
        assert!(party.answered, "{leg} is played to before it is answered");
        assert!(party.bridged.is_none(), "{leg} is played to while it talks");
        party.playing = Some(play);
        let length: Option<Duration> = phrases.iter().map(length).sum();
        if let Some(length) = length {
            self.later(length, Event::Played(leg, play));
        }
    }

    fn record(&mut self, leg: LegId, draft: DraftId, silence: Duration) {
        let began = self.now;
        let fate = self.store.drafts.get(&draft).map(|draft| draft.fate);
        assert_eq!(fate, Some(Fate::Open), "recording into nothing");
        let party = self.party(leg);
        assert!(party.recording.is_none(), "{leg} is recorded twice");
        let speaks = party.script.as_ref().unwrap().speaks;
        party.recording = Some(Recording { draft, began, speaks });
        self.later(speaks, Event::Spoken(leg, draft));
        self.later(speaks + silence, Event::Silent(leg, draft));
    }

    fn bridge(&mut self, a: LegId, b: LegId) {
        for (leg, other) in [(a, b), (b, a)] {
            let party = self.party(leg);
            assert!(party.answered, "{leg} talks before it is answered");
            assert!(party.playing.is_none(), "{leg} still hears something");
            assert_eq!(party.bridged.replace(other), None, "{leg} talks already");
            let talks = match (&party.script, party.phone) {
                (Some(script), _) => script.talks,
                (None, Some(Phone::Answers { talks, .. })) => talks,
                (None, _) => secs(60),
            };
            self.later(talks, Event::Of(leg, Input::HungUp { leg }));
        }
    }
}

impl Party {
    fn new(script: Option<Script>, phone: Option<Phone>) -> Self {
        Self { script, answered: false, playing: None, recording: None, bridged: None, phone }
    }
}

/// Returns how long a phrase takes in this company; `None` if it has no end.
#[must_use]
pub fn length(phrase: &Phrase) -> Option<Duration> {
    match phrase {
        Phrase::Text(text) => Some(millis(60) * u32::try_from(text.len()).unwrap()),
        Phrase::Tone(Tone::Ringback) => None,
        Phrase::Tone(_) => Some(millis(300)),
        Phrase::Silence(silence) => Some(*silence),
        _ => Some(millis(1_500)),
    }
}
