//! The telephone itself: one call at a time, driven by steps.

mod happening;

use std::{net::SocketAddr, thread::JoinHandle, time::Duration};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use centrala_dtmf::{KeyToneConfig, KeyTones};
use centrala_keys::Digits;
use centrala_media::{Codec, EncodedPrompt};
use centrala_sip::{NameAddr, StatusCode, Uri};
use centrala_ua::{
    CallId, Carrier, Credentials, Endpoint, EndpointConfig, Flow, OutgoingCall, Output,
    RegistrationConfig, RegistrationId, Rejection, Strangers,
};

use super::{
    event::PhoneEvent,
    queue::StepQueue,
    script::{Awaited, KeyPath, Step},
};
use crate::{
    clock::{self, Clock},
    engine::{AtEnd, Command, Engine, EngineConfig, EngineEvent, SessionId},
    negotiation::Negotiation,
    reactor::{Input, Mailbox, Reactor},
    server::read_wav,
    transport::{Listen, StreamLimits},
};

/// The most sound that is kept of one call: an hour.
const MAX_HEARD: usize = 8_000 * 3_600;

/// How long a key is pressed.
const KEY_LENGTH: Duration = Duration::from_millis(100);

/// The level of a tone's peak: about −10 dBm0.
const TONE_PEAK: f32 = 8_000.0;

/// What a softphone is started with.
#[non_exhaustive]
#[derive(Clone)]
pub struct PhoneConfig {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The name that others are shown.
    pub name: Option<String>,
    /// The user name: what others are shown as a number.
    pub user: String,
    /// Where to send requests whose target names no address, and where to register.
    pub server: Option<SocketAddr>,
    /// How requests go to the server, and to targets that do not say it themselves. A large request goes over TCP
    /// anyway, if that is to be had.
    pub transport: Carrier,
    /// The password of `user`.
    pub password: Option<String>,
    /// Whether to register at `server`.
    pub register: bool,
    /// How keys can travel.
    pub events: Events,
    /// The codecs for sound, the preferred ones first.
    pub codecs: Vec<Codec>,
}

/// Whether a telephone knows telephone events (RFC 4733).
#[expect(clippy::exhaustive_enums, reason = "it knows them or not")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Events {
    /// It offers and takes them.
    Known,
    /// It does not: its keys are tones in the voice, or SIP INFO.
    Unknown,
}

impl PhoneConfig {
    /// Returns the settings of a telephone on the loopback interface that registers nowhere.
    #[must_use]
    pub fn new(user: impl Into<String>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            name: None,
            user: user.into(),
            server: None,
            transport: Carrier::Udp,
            password: None,
            register: false,
            events: Events::Known,
            codecs: vec![Codec::Pcmu, Codec::Pcma],
        }
    }
}

/// The password stays hidden.
impl std::fmt::Debug for PhoneConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PhoneConfig")
            .field("listen", &self.listen)
            .field("user", &self.user)
            .field("server", &self.server)
            .field("transport", &self.transport)
            .field("register", &self.register)
            .finish_non_exhaustive()
    }
}

/// A running softphone.
#[derive(Debug)]
pub struct Softphone {
    address: SocketAddr,
    mailbox: Mailbox<Message>,
    thread: JoinHandle<Result<()>>,
}

enum Message {
    Engine(EngineEvent),
    Heard(SessionId, Bytes),
    Steps(Vec<Step>),
    Quit,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Engine(_) => "Engine",
            Self::Heard(..) => "Heard",
            Self::Steps(_) => "Steps",
            Self::Quit => "Quit",
        })
    }
}

impl Softphone {
    /// Starts a telephone. `notify` is told what happens, from the telephone's own thread; what it
    /// returns is done next.
    ///
    /// # Errors
    ///
    /// If the port is in use, or the operating system refuses a thread.
    pub fn start(
        config: PhoneConfig,
        notify: impl FnMut(&PhoneEvent) -> Vec<Step> + Send + 'static,
    ) -> Result<Self> {
        let clock = Clock::start();
        let listen = [Listen::new(config.listen)];
        let reactor = Reactor::<Message>::bind(&listen, StreamLimits::default(), clock)?;
        let interfaces = reactor.interfaces();
        let address = interfaces.first().context("no address to listen on")?.advertised;
        let mailbox = reactor.mailbox();
        let report = mailbox.clone();
        let engine = Engine::start(EngineConfig::new(address.ip()), move |event| {
            report.send(Message::Engine(event));
        })?;
        let mut settings = EndpointConfig::new(address);
        settings.interfaces = interfaces;
        settings.strangers = Strangers::Admit;
        let endpoint = Endpoint::new(settings, clock::seed()?, clock.now());
        let phone = Phone {
            address,
            heard_here: mailbox.clone(),
            config,
            clock,
            reactor,
            endpoint,
            engine,
            call: None,
            steps: StepQueue::default(),
            registration: None,
            registered: false,
            quitting: false,
            notify: Box::new(notify),
        };
        let thread = std::thread::Builder::new()
            .name("phone".into())
            .spawn(move || phone.run())
            .context("cannot start the telephone")?;
        Ok(Self { address, mailbox, thread })
    }

    /// Returns where the telephone listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes these steps after those that are still to be taken.
    pub fn act(&self, steps: Vec<Step>) {
        self.mailbox.send(Message::Steps(steps));
    }

    /// Ends the call and the registration, and the telephone with them.
    ///
    /// # Errors
    ///
    /// If the telephone's thread had failed.
    pub fn quit(self) -> Result<()> {
        self.mailbox.send(Message::Quit);
        self.join()
    }

    /// Waits until the telephone has been told to quit, by a step.
    ///
    /// # Errors
    ///
    /// If the telephone's thread has failed.
    pub fn join(self) -> Result<()> {
        self.thread.join().map_err(|_| anyhow::anyhow!("the telephone has died"))?
    }
}

struct Phone {
    address: SocketAddr,
    config: PhoneConfig,
    clock: Clock,
    reactor: Reactor<Message>,
    heard_here: Mailbox<Message>,
    endpoint: Endpoint,
    engine: Engine,
    call: Option<Call>,
    steps: StepQueue,
    registration: Option<RegistrationId>,
    registered: bool,
    quitting: bool,
    notify: Notify,
}

/// Is told what happens, and says what to do next.
type Notify = Box<dyn FnMut(&PhoneEvent) -> Vec<Step> + Send>;

/// The call of a telephone.
struct Call {
    id: CallId,
    session: SessionId,
    negotiation: Negotiation,
    state: State,
    playing: Option<u64>,
    plays: u64,
    heard: Vec<i16>,
    /// How the call ended, while the rest of its sound is awaited.
    ended: Option<(String, Option<u16>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// We call; nobody has answered.
    Calling,
    /// We call, and it rings.
    RingingThere,
    /// They call.
    RingingHere,
    /// Both talk.
    Answered,
}

impl Phone {
    fn run(mut self) -> Result<()> {
        self.tell(&PhoneEvent::Listening { address: self.address });
        self.begin_registration()?;
        let mut inputs = Vec::new();
        loop {
            self.drain();
            self.take_steps();
            self.drain();
            if self.quitting && self.call.is_none() && self.registration.is_none() {
                self.reactor.flush();
                return Ok(());
            }
            let next = [self.endpoint.poll_timeout(), self.steps.poll_timeout()];
            let timeout = next.into_iter().flatten().min().map(|at| self.clock.until(at));
            self.reactor.wait(timeout, &mut inputs)?;
            for input in inputs.drain(..) {
                let now = self.clock.now();
                match input {
                    Input::Arrival(arrival) => {
                        if let Some(idle) = arrival.tell(&mut self.endpoint, now) {
                            self.reactor.close_unused(&idle, self.endpoint.flows());
                        }
                    }
                    Input::Message(Message::Engine(event)) => self.handle_engine(event),
                    Input::Message(Message::Heard(session, sound)) => self.hear(session, &sound),
                    Input::Message(Message::Steps(steps)) => self.steps.push(steps),
                    Input::Message(Message::Quit) => self.quit(),
                }
                self.drain();
            }
            self.endpoint.handle_timeout(self.clock.now());
        }
    }

    fn tell(&mut self, event: &PhoneEvent) {
        let steps = (self.notify)(event);
        self.steps.push(steps);
    }

    fn fail(&mut self, why: impl Into<String>) {
        self.tell(&PhoneEvent::Failed { why: why.into() });
    }

    fn begin_registration(&mut self) -> Result<()> {
        if !self.config.register {
            return Ok(());
        }
        let server = self.config.server.context("registering needs a server")?;
        let flow = Flow::to(self.config.transport, server);
        let aor: Uri = format!("sip:{}@{server}", self.config.user).parse()?;
        let registrar: Uri = format!("sip:{server}").parse()?;
        let registration = RegistrationConfig::new(registrar, flow, aor, self.credentials());
        self.registration = self.endpoint.register(registration, self.clock.now());
        Ok(())
    }

    fn negotiation(&self, local: SocketAddr) -> Negotiation {
        let negotiation = Negotiation::new(local, &self.config.codecs);
        match self.config.events {
            Events::Known => negotiation,
            Events::Unknown => negotiation.without_events(),
        }
    }

    fn credentials(&self) -> Option<Credentials> {
        let password = self.config.password.clone()?;
        Some(Credentials::new(self.config.user.clone(), password))
    }

    fn quit(&mut self) {
        let now = self.clock.now();
        self.quitting = true;
        self.steps.clear();
        if let Some(call) = &self.call {
            self.endpoint.hang_up(call.id, now);
        }
        if let Some(registration) = self.registration {
            self.endpoint.unregister(registration, now);
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Send { destination, datagram, ticket, .. } => {
                    self.reactor.send(destination, &datagram, ticket);
                }
                Output::Event(event) => self.handle_sip(event),
                _ => {}
            }
        }
    }

    fn take_steps(&mut self) {
        loop {
            let call = self.call.as_ref().filter(|call| call.ended.is_none());
            let state = call.map(|call| call.state);
            let playing = call.is_some_and(|call| call.playing.is_some());
            let (registered, over) = (self.registered, self.call.is_none());
            let happened = |awaited| match awaited {
                Awaited::Registered => registered,
                Awaited::Ringing => {
                    matches!(state, Some(State::RingingHere | State::RingingThere))
                }
                Awaited::Answered => state == Some(State::Answered),
                Awaited::Played => !playing,
                Awaited::Ended => over,
            };
            let Some(step) = self.steps.next(self.clock.now(), happened) else { return };
            self.take(step);
            self.drain();
        }
    }

    fn take(&mut self, step: Step) {
        let now = self.clock.now();
        match step {
            Step::Dial(target) => {
                if let Err(error) = self.dial(&target) {
                    self.fail(format!("{error:#}"));
                    self.tell(&PhoneEvent::Ended {
                        cause: "not placed".into(),
                        status: None,
                        answered: false,
                        heard: Vec::new(),
                    });
                }
            }
            Step::Answer => self.answer(),
            Step::Reject => {
                if let Some(call) = self.call.as_ref().filter(|it| it.state == State::RingingHere) {
                    self.endpoint.reject(call.id, &Rejection::new(StatusCode::BUSY_HERE), now);
                }
            }
            Step::HangUp => {
                if let Some(call) = &self.call {
                    self.endpoint.hang_up(call.id, now);
                }
            }
            Step::Press(digits, path) => self.press(&digits, path),
            Step::Play(path) => match read_wav(&path) {
                Ok(samples) => self.play(&samples),
                Err(error) => self.fail(format!("{error:#}")),
            },
            Step::Tone(hertz, length) => self.play(&tone(hertz, length)),
            Step::Quit => self.quit(),
            // The queue does these by itself.
            Step::Wait(_) | Step::Until(_) => {}
        }
    }

    fn dial(&mut self, target: &str) -> Result<()> {
        anyhow::ensure!(self.call.is_none(), "there is a call already");
        let now = self.clock.now();
        let (uri, destination) = self.resolve(target)?;
        let (session, local) = self.engine.open()?;
        let mut negotiation = self.negotiation(local);
        let host = self.config.server.unwrap_or(self.address);
        let own: Uri = format!("sip:{}@{host}", self.config.user).parse()?;
        let mut from = NameAddr::new(&own);
        if let Some(name) = &self.config.name {
            from = from.with_display_name(name);
        }
        let mut outgoing = OutgoingCall::new(uri, destination, from, negotiation.offer());
        outgoing.credentials = self.credentials().into_iter().collect();
        let id = match self.endpoint.invite(outgoing, now) {
            Ok(id) => id,
            Err(error) => {
                self.engine.send(Command::Close { session });
                return Err(error.into());
            }
        };
        self.call = Some(Call::new(id, session, negotiation, State::Calling));
        Ok(())
    }

    /// Returns the Request-URI of what was dialled, and where to send it.
    fn resolve(&self, target: &str) -> Result<(Uri, Flow)> {
        let text = match (target.contains(':'), target.contains('@'), self.config.server) {
            (true, ..) => target.to_owned(),
            (false, true, _) => format!("sip:{target}"),
            (false, false, Some(server)) => format!("sip:{target}@{server}"),
            (false, false, None) => anyhow::bail!("{target:?} needs a host, or --server"),
        };
        let uri: Uri = text.parse().with_context(|| format!("{target:?} is not a SIP URI"))?;
        let host =
            uri.host().and_then(|host| host.to_string().trim_matches(['[', ']']).parse().ok());
        let named = host.map(|ip| SocketAddr::new(ip, uri.port().unwrap_or(5_060)));
        let destination = self.config.server.or(named);
        let destination = destination.with_context(|| {
            format!("{target:?} names no IP address; say where to send the call with --server")
        })?;
        let carrier = match uri.params().value("transport") {
            None => self.config.transport,
            Some(name) => Carrier::from_uri_param(name)
                .with_context(|| format!("{target:?} wants a transport that we do not speak"))?,
        };
        Ok((uri, Flow::to(carrier, destination)))
    }

    fn answer(&mut self) {
        let now = self.clock.now();
        let Some(call) = self.call.as_mut().filter(|call| call.state == State::RingingHere) else {
            return self.fail("there is no call to answer");
        };
        call.state = State::Answered;
        let id = call.id;
        let body = match call.negotiation.take_answer() {
            Some((body, connection)) => {
                let session = call.session;
                self.engine.send(Command::Connect { session, connection });
                body
            }
            None => call.negotiation.offer(),
        };
        self.endpoint.answer(id, body, now);
        self.answered();
    }

    /// Both sides can speak: everything that is heard is kept.
    fn answered(&mut self) {
        if let Some(call) = &self.call {
            let (session, here) = (call.session, self.heard_here.clone());
            let sink = Box::new(move |sound| here.send(Message::Heard(session, sound)));
            self.engine.send(Command::Record { session, sink, silence: None });
        }
        self.tell(&PhoneEvent::Answered);
    }

    fn press(&mut self, digits: &Digits, path: KeyPath) {
        let now = self.clock.now();
        let Some((id, session)) = self.call.as_ref().map(|call| (call.id, call.session)) else {
            return self.fail("there is no call to press keys in");
        };
        match path {
            KeyPath::Info => {
                for key in digits.iter() {
                    self.endpoint.send_key(id, *key, KEY_LENGTH, now);
                }
            }
            KeyPath::Events => {
                for key in digits.iter() {
                    let key = *key;
                    self.engine.send(Command::SendKey { session, key, duration: KEY_LENGTH });
                }
            }
            KeyPath::Inband => {
                let samples = key_tones(digits);
                self.play(&samples);
            }
        }
    }

    fn play(&mut self, samples: &[i16]) {
        let Some(call) = self.call.as_mut().filter(|call| call.state == State::Answered) else {
            return self.fail("there is no answered call to play to");
        };
        call.plays += 1;
        call.playing = Some(call.plays);
        let prompts = vec![EncodedPrompt::from_samples(call.negotiation.codec(), samples)];
        let (session, play) = (call.session, call.plays);
        self.engine.send(Command::Play { session, play, prompts, at_end: AtEnd::Finish });
    }
}

impl Call {
    fn new(id: CallId, session: SessionId, negotiation: Negotiation, state: State) -> Self {
        let (playing, plays, heard, ended) = (None, 0, Vec::new(), None);
        Self { id, session, negotiation, state, playing, plays, heard, ended }
    }
}

/// Returns a tone at about −10 dBm0, with soft edges.
#[must_use]
pub fn tone(hertz: f32, length: Duration) -> Vec<i16> {
    let count = usize::try_from(length.as_millis() * 8).unwrap_or(0).min(MAX_HEARD);
    let edge = 40.0_f32;
    let mut samples = Vec::with_capacity(count);
    for at in 0..count {
        #[expect(clippy::cast_precision_loss, reason = "an hour of samples fits into the exponent")]
        let (at, left) = (at as f64, (count - at) as f32);
        let phase = at * f64::from(hertz) / 8_000.0 * std::f64::consts::TAU;
        #[expect(clippy::cast_possible_truncation, reason = "a sine is between -1 and 1")]
        let (sine, from_start) = (phase.sin() as f32, at as f32);
        let gain = (from_start / edge).min(left / edge).min(1.0);
        #[expect(clippy::cast_possible_truncation, reason = "the peak is below 32,767")]
        samples.push((sine * gain * TONE_PEAK) as i16);
    }
    samples
}

/// Returns keys as tones in the voice.
fn key_tones(digits: &Digits) -> Vec<i16> {
    KeyTones::new(digits.iter().copied(), KeyToneConfig::default()).collect()
}
