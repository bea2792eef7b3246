//! `centrala serve`: an office for real.

use std::{
    io::Write as _,
    iter,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        mpsc::{SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use centrala_media::Codec;
use centrala_office::Office;
use centrala_ua::TrunkAddress;

use crate::{
    passwords::Passwords,
    server::{self, HoldMusic, Notice, Server, ServerConfig},
    softphone::script::parse_duration,
    transport::{Advertised, Listen},
};

/// Where data are kept if nothing else is said.
pub const DEFAULT_DATA: &str = "centrala-data";

/// The options of `centrala serve`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The office's file.
    office: PathBuf,
    /// Where to listen for SIP: `192.0.2.1:5060` by UDP and TCP, `udp:…` or `tcp:…` by one of them. May be given several
    /// times. Port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:5060")]
    listen: Vec<Listen>,
    /// What telephones are told in place of the address of `--listen`, as `203.0.113.7` or `203.0.113.7:5060`: behind a
    /// NAT, and for 0.0.0.0. The first belongs to the first `--listen`, and so on.
    #[arg(long)]
    advertise: Vec<Advertised>,
    /// The codecs for sound, the preferred ones first: `g722`, `pcmu`, `pcma`, `l16`.
    #[arg(long, value_delimiter = ',', default_value = "g722,pcmu,pcma", value_parser = parse_codec)]
    codecs: Vec<Codec>,
    /// What is heard on hold: a WAV file, `built-in` or `silence`.
    #[arg(long, default_value = "built-in")]
    hold_music: HoldMusic,
    /// The ports for sound, as `10000-20000`. Without, any free ones.
    #[arg(long, value_parser = parse_ports)]
    rtp_ports: Option<(u16, u16)>,
    /// How many threads carry sound, up to 256. Without, one less than there are processors, 16 at most.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    media_threads: Option<u16>,
    /// Where messages, greetings and passwords are kept.
    #[arg(long, default_value = DEFAULT_DATA)]
    data: PathBuf,
    /// A trunk beside those of the file, as `name=203.0.113.7` or `name=127.0.0.1:5062`.
    #[arg(long, value_parser = parse_trunk)]
    trunk: Vec<(String, TrunkAddress)>,
    /// How long running calls may go on after SIGTERM.
    #[arg(long, default_value = "30s", value_parser = parse_time)]
    drain: Duration,
    /// How many calls may come in in a second; others are asked to come back (503). Without, all that there is time for.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    calls_per_second: Option<u32>,
    /// How many calls may be there at once; others are busy. Without, 2,000.
    #[arg(long)]
    calls: Option<usize>,
    /// Tell what happens as JSON, one object a line.
    #[arg(long)]
    json: bool,
}

/// Runs `centrala serve` until SIGTERM or SIGINT.
///
/// # Errors
///
/// If the office cannot be read, or the server cannot start.
pub fn run(options: &Options) -> Result<ExitCode> {
    // A file that may not grow (`ulimit -f`) is a disk that is full, and no reason to die: only a signal that is caught
    // lets the write fail with an error. The flag is nobody's concern.
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default())
        .context("cannot catch signals")?;
    raise_file_limit();
    let source = std::fs::read_to_string(&options.office)
        .with_context(|| format!("cannot read {}", options.office.display()))?;
    let office = match Office::compile(&source, &options.office.display().to_string()) {
        Ok(office) => office,
        Err(errors) => {
            print_error(&errors.to_string());
            return Ok(ExitCode::FAILURE);
        }
    };
    let passwords = Passwords::load(&passwords_file(&options.data))?;
    for person in office.people().iter().filter(|person| !passwords.contains(&person.user)) {
        tracing::warn!(
            "{} ({}) has no password: set one with `centrala passwd {}`",
            person.name,
            person.extension,
            person.user
        );
    }
    let folder = options.office.parent().unwrap_or_else(|| Path::new("")).to_owned();
    let (notices, told) = teller(options.json);
    Server::run(
        ServerConfig {
            office,
            folder,
            listen: advertised(&options.listen, &options.advertise)?,
            codecs: options.codecs.clone(),
            hold_music: options.hold_music.clone(),
            rtp_ports: options.rtp_ports,
            media_threads: options.media_threads.map_or_else(server::media_threads, usize::from),
            data: options.data.clone(),
            passwords,
            trunks: options.trunk.clone(),
            drain: options.drain,
            calls_per_second: options.calls_per_second,
            calls: options.calls,
        },
        move |notice| drop(notices.try_send(notice)),
        on_termination,
    )?;
    // Everything was told when the last notice was.
    drop(told.join());
    Ok(ExitCode::SUCCESS)
}

/// Lets this process open as many files as it may: a call takes up to four, and most systems begin with 1,024.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where this is refused, calls for which there is no file are, too, one by one.
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::debug!(%error, "the number of open files stays as it is");
    }
}

/// Joins where to listen with what others are told of it.
fn advertised(listen: &[Listen], advertise: &[Advertised]) -> Result<Vec<Listen>> {
    anyhow::ensure!(advertise.len() <= listen.len(), "there are more --advertise than --listen");
    let told = advertise.iter().copied().map(Some).chain(iter::repeat(None));
    let mut all = listen.to_vec();
    for (one, told) in all.iter_mut().zip(told) {
        one.advertised = told;
    }
    Ok(all)
}

/// Returns where the hashed passwords of an office are kept.
#[must_use]
pub fn passwords_file(data: &Path) -> PathBuf {
    data.join("passwords")
}

/// Calls `then` at the first SIGTERM or SIGINT; the second one ends the process at once.
///
/// # Errors
///
/// If the signals cannot be caught.
pub fn on_termination(then: impl FnOnce() + Send + 'static) -> Result<()> {
    use signal_hook::{
        consts::{SIGINT, SIGTERM},
        iterator::Signals,
    };
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot catch signals")?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let mut caught = signals.forever();
            if caught.next().is_some() {
                then();
            }
            if caught.next().is_some() {
                std::process::exit(130);
            }
        })
        .context("cannot start the thread that waits for signals")?;
    Ok(())
}

/// How many notices may wait for a reader that is slow; those beyond are not told.
const MAX_WAITING: usize = 4_096;

/// How long notices gather before they are told together.
const PAUSE: Duration = Duration::from_millis(20);

/// Tells notices on the standard output, on a thread of its own: a reader that stalls must not
/// stall a call, and one that has gone must not end the office.
fn teller(json: bool) -> (SyncSender<Notice>, JoinHandle<()>) {
    let (notices, queue) = sync_channel::<Notice>(MAX_WAITING);
    let thread = std::thread::spawn(move || {
        let mut text = String::new();
        while let Ok(first) = queue.recv() {
            // All that waits is told at once: a line each would cost a call of the system each.
            for notice in iter::once(first).chain(queue.try_iter()).take(MAX_WAITING) {
                let line = if json { notice.to_json().to_string() } else { notice.to_string() };
                text.push_str(&line);
                text.push('\n');
            }
            drop(std::io::stdout().lock().write_all(text.as_bytes()));
            text.clear();
            // Who is asleep on the queue has to be woken, which costs the control loop more than to tell a notice.
            std::thread::sleep(PAUSE);
        }
    });
    (notices, thread)
}

#[expect(clippy::print_stderr, reason = "a faulty office is explained to its author")]
fn print_error(text: &str) {
    eprintln!("{text}");
}

/// Reads a codec of the command line.
pub(crate) fn parse_codec(text: &str) -> Result<Codec> {
    Codec::from_encoding_name(text).context("a codec is g722, pcmu, pcma or l16")
}

fn parse_ports(text: &str) -> Result<(u16, u16)> {
    let ports = text.split_once('-').and_then(|(first, last)| {
        Some((first.trim().parse::<u16>().ok()?, last.trim().parse::<u16>().ok()?))
    });
    match ports {
        Some((first, last)) if first >= 1_024 && last > first => Ok((first, last)),
        _ => bail!("ports are written as 10000-20000, from 1024 up"),
    }
}

fn parse_trunk(text: &str) -> Result<(String, TrunkAddress)> {
    let (name, address) = text.split_once('=').context("a trunk is written as name=address")?;
    Ok((name.to_owned(), address.parse().context("a trunk's address is IP or IP:port")?))
}

fn parse_time(text: &str) -> Result<Duration> {
    parse_duration(text).context("a time is written as 500ms, 30s or 2m, up to an hour")
}
