//! A running office: one control loop, a storage thread, a studio, and the media engine.

mod control;
mod lamps;
mod line;
mod locations;
mod music;
mod notice;
mod outputs;
mod sip;
mod sound;
mod storage;
mod studio;

use std::{
    net::SocketAddr, num::NonZeroUsize, path::PathBuf, sync::Arc, thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context as _, Result};
use centrala_media::Codec;
use centrala_office::Office;
use centrala_store_files::{FileStore, FileStoreConfig};
use centrala_switch::{Exchange, ExchangeConfig};
use centrala_ua::{
    Endpoint, EndpointConfig, Interface, LocationStore as _, Persistence, Trunk, TrunkAddress, User,
};
use centrala_voicemail::{
    Answer, MailboxName, MessageStore as _, MessageSummary, Request, RequestId, UnixMillis,
};

pub use music::HoldMusic;
pub use notice::Notice;
pub(crate) use studio::read_wav;

use crate::{
    clock::{self, Clock},
    engine::{Engine, EngineConfig},
    passwords::Passwords,
    reactor::{Mailbox, Reactor},
    transport::{Listen, StreamLimits},
};
use control::{Control, Message};

/// The codecs of a server that was told nothing else.
pub const CODECS: [Codec; 3] = [Codec::G722, Codec::Pcmu, Codec::Pcma];

/// The most media threads of a server that was told nothing else.
const MAX_MEDIA_THREADS: usize = 16;

/// Returns how many media threads a server has that was told nothing else: one for each processor but that of the control
/// loop.
#[must_use]
pub fn media_threads() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    processors.saturating_sub(1).clamp(1, MAX_MEDIA_THREADS)
}

/// What a caller is asked to wait before she tries again.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// What a server is started with.
#[expect(clippy::exhaustive_structs, reason = "whoever starts a server decides all of it")]
#[derive(Debug)]
pub struct ServerConfig {
    /// The compiled office.
    pub office: Office,
    /// The folder of the office's file, which the recordings in it are relative to.
    pub folder: PathBuf,
    /// Where to listen for SIP, one at least. Telephones that have a choice use the first.
    pub listen: Vec<Listen>,
    /// In which codecs sound is taken and sent: the first are preferred.
    pub codecs: Vec<Codec>,
    /// What a party hears that another one has put on hold.
    pub hold_music: HoldMusic,
    /// The ports for sound, first and last; without, any free ones.
    pub rtp_ports: Option<(u16, u16)>,
    /// How many threads carry sound.
    pub media_threads: usize,
    /// Where messages and greetings are kept.
    pub data: PathBuf,
    /// What telephones prove themselves with.
    pub passwords: Passwords,
    /// Trunks beside those of the office.
    pub trunks: Vec<(String, TrunkAddress)>,
    /// How long running calls may go on after the server was told to stop.
    pub drain: Duration,
    /// How many calls may come in in a second; `None` takes all that there is time for.
    pub calls_per_second: Option<u32>,
    /// How many calls may be there at once; without, as many as an exchange takes by default.
    pub calls: Option<usize>,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    mailbox: Mailbox<Message>,
    thread: JoinHandle<Result<()>>,
}

impl Server {
    /// Starts a server; `notify` is told what happens, from the server's own thread.
    ///
    /// # Errors
    ///
    /// If the port or the data are in use by somebody else, or the data cannot be read.
    pub fn start(
        config: ServerConfig,
        notify: impl FnMut(Notice) + Send + 'static,
    ) -> Result<Self> {
        let control = Self::open(config, notify)?;
        let (_, address) = *control.reactor.locals().first().context("no address to listen on")?;
        let mailbox = control.reactor.mailbox();
        let thread = std::thread::Builder::new()
            .name("control".into())
            .spawn(move || control.run())
            .context("cannot start the control loop")?;
        Ok(Self { address, mailbox, thread })
    }

    /// Runs a server on the thread that calls, until it has ended. `ready` is given a way to drain it. On the first
    /// thread of a process the memory of calls costs less than on another: the allocator of the C library extends it in
    /// larger pieces.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start), or if `ready` or the control loop failed.
    pub fn run(
        config: ServerConfig,
        notify: impl FnMut(Notice) + Send + 'static,
        ready: impl FnOnce(Box<dyn Fn() + Send>) -> Result<()>,
    ) -> Result<()> {
        let control = Self::open(config, notify)?;
        let mailbox = control.reactor.mailbox();
        ready(Box::new(move || mailbox.send(Message::Drain)))?;
        control.run()
    }

    fn open(config: ServerConfig, notify: impl FnMut(Notice) + Send + 'static) -> Result<Control> {
        let clock = Clock::start();
        let limits = StreamLimits::of_this_process();
        let reactor = Reactor::<Message>::bind(&config.listen, limits, clock)?;
        let addresses = reactor.locals();
        let (_, address) = *addresses.first().context("no address to listen on")?;
        let office = Arc::new(config.office);

        let (mut store, recovery) =
            FileStore::open(config.data.join("messages"), FileStoreConfig::default())
                .with_context(|| format!("cannot use the data in {}", config.data.display()))?;
        tracing::info!(?recovery, "the message store is open");
        let kept = add_mailboxes(&mut store, &office)?;
        let mailbox = reactor.mailbox();
        let report = mailbox.clone();
        let storage =
            storage::Storage::start(store, move |told| report.send(Message::Storage(told)))?;

        let report = mailbox.clone();
        let mut engine_config = EngineConfig::new(address.ip());
        engine_config.ports = config.rtp_ports;
        engine_config.workers = config.media_threads;
        let engine = Engine::start(engine_config, move |event| {
            report.send(Message::Engine(event));
        })
        .context("cannot start the media engine")?;

        let report = mailbox.clone();
        let codecs = config.codecs.clone();
        let studio =
            studio::StudioThread::start(&office, &config.folder, codecs, move |rendered| {
                report.send(Message::Studio(rendered));
            })?;

        let mut exchange_config = ExchangeConfig::default();
        exchange_config.drain = config.drain;
        exchange_config.max_calls = config.calls.unwrap_or(exchange_config.max_calls);
        exchange_config.epoch = UnixMillis::new(clock::unix_millis());
        let registrations = locations::open(&config.data.join("locations"));
        let interfaces = reactor.interfaces();
        engine.set_hold_music(music::encoded(&config.hold_music, &config.codecs)?);
        let sound = sound::Sound::new(&addresses, &interfaces, config.codecs);
        let mut sip = sip_config(address, interfaces, &office, &config.passwords, &config.trunks);
        sip.limits.calls_per_second = config.calls_per_second;
        // A call that is passed on is two to SIP.
        sip.limits.calls = sip.limits.calls.max(exchange_config.max_calls.saturating_mul(2));
        let today = Duration::from_millis(clock::unix_millis());
        let epoch = today.saturating_sub(clock.now().since_start());
        sip.registrar.persistence = Some(Persistence::new(epoch));
        let mut endpoint = Endpoint::new(sip, clock::seed()?, clock.now());
        if let Some(store) = &registrations {
            endpoint.restore(store.records(), clock.now());
        }
        let report = move |kept| mailbox.send(Message::Locations(kept));
        let locations = registrations.map(|store| locations::Locations::start(store, report));
        let locations =
            locations.transpose().context("cannot start the thread for registrations")?;
        Ok(Control {
            clock,
            reactor,
            endpoint,
            exchange: Exchange::new(exchange_config, Arc::clone(&office)),

            engine,
            sound,
            storage,
            locations,
            studio,
            heard: Default::default(),
            lines: Default::default(),
            lamps: lamps::Lamps::new(&office, kept),
            closing: Default::default(),
            ended: Default::default(),
            fetching: Default::default(),
            next_leg: 0,
            next_fetch: 0,
            draining: false,
            notify: Box::new(notify),
        })
    }

    /// Returns the first address that the server listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells the server to take no new calls and to end when those that run have ended, at the
    /// latest after the time that its configuration gives them.
    pub fn drain(&self) {
        self.mailbox.send(Message::Drain);
    }

    /// Waits until the server has ended.
    ///
    /// # Errors
    ///
    /// If the control loop failed.
    pub fn join(self) -> Result<()> {
        self.thread.join().map_err(|_| anyhow::anyhow!("the control loop has died"))?
    }
}

/// Sees to it that there is a mailbox for everybody before the first call. Returns what is in them.
fn add_mailboxes(store: &mut FileStore, office: &Office) -> Result<Vec<MessageSummary>> {
    let mut kept = Vec::new();
    for (number, mailbox) in (0_u64..).zip(office.mailboxes()) {
        let name: MailboxName = mailbox.name.parse().with_context(|| {
            format!("the mailbox {} has a name that no store takes", mailbox.name)
        })?;
        store.submit(RequestId::new(number), Request::AddMailbox { mailbox: name.clone() });
        store.submit(RequestId::new(number), Request::List { mailbox: name });
        while let Some((_, answer)) = store.poll_answer() {
            match answer {
                Answer::Failed(error) => {
                    return Err(error)
                        .with_context(|| format!("cannot make the mailbox {}", mailbox.name));
                }
                Answer::Messages(messages) => kept.extend(messages),
                _ => {}
            }
        }
    }
    Ok(kept)
}

/// Returns whom the SIP endpoint of an office knows.
fn sip_config(
    address: SocketAddr,
    interfaces: Vec<Interface>,
    office: &Office,
    passwords: &Passwords,
    trunks: &[(String, TrunkAddress)],
) -> EndpointConfig {
    let mut config = EndpointConfig::new(address);
    config.interfaces = interfaces;
    crate::passwords::REALM.clone_into(&mut config.realm);
    for (user, secrets) in passwords.iter() {
        if office.person_by_user(user).is_some() {
            config.users.insert(user.to_owned(), User::new(secrets.to_vec()));
        }
    }
    for trunk in office.trunks() {
        let networks = trunk.networks.iter().map(|network| TrunkAddress::Network {
            address: network.address(),
            prefix: network.prefix(),
        });
        config.trunks.push(Trunk::new(&*trunk.name, networks));
    }
    for (name, address) in trunks {
        config.trunks.push(Trunk::new(name.clone(), [*address]));
    }
    config
}
