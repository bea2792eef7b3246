//! A softphone: a telephone for the command line, for the demo and for tests.

mod event;
mod phone;
mod queue;
pub mod script;

use std::{
    io::BufRead as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use centrala_media::Codec;
use centrala_ua::Carrier;

pub use event::PhoneEvent;
pub use phone::{Events, PhoneConfig, Softphone, tone};
use script::Step;

/// The options of `centrala phone`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Whom to call at once: `sip:100@192.0.2.1`, or `100` with --server.
    target: Option<String>,
    /// Where to send calls, and where to register.
    #[arg(long)]
    server: Option<SocketAddr>,
    /// The user name.
    #[arg(long, default_value = "phone")]
    user: String,
    /// The name that others are shown.
    #[arg(long)]
    name: Option<String>,
    /// A file whose first line is the password. `CENTRALA_PASSWORD` is the other way.
    #[arg(long)]
    password_file: Option<PathBuf>,
    /// Register at the server.
    #[arg(long)]
    register: bool,
    /// How requests go to the server, and to targets without `;transport=`.
    #[arg(long, value_enum, default_value_t)]
    transport: Transport,
    /// Do not use telephone events: keys are tones in the voice (`inband`), or SIP INFO (`info`).
    #[arg(long)]
    without_events: bool,
    /// The codecs for sound, the preferred ones first: `g722`, `pcmu`, `pcma`, `l16`.
    #[arg(long, value_delimiter = ',', default_value = "pcmu,pcma", value_parser = crate::serve::parse_codec)]
    codecs: Vec<Codec>,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// What to do: steps, separated by `;`. Without, they are read from the input.
    #[arg(long = "do", value_parser = parse_script)]
    script: Option<Script>,
    /// What to do when somebody calls.
    #[arg(long, value_parser = parse_script)]
    on_call: Option<Script>,
    /// Write what was heard in the last call to this WAV file.
    #[arg(long)]
    record: Option<PathBuf>,
    /// Leave after so many calls.
    #[arg(long)]
    calls: Option<u32>,
    /// Leave after this time at the latest.
    #[arg(long = "for", value_parser = parse_time)]
    limit: Option<Duration>,
    /// Tell what happens as JSON, one object a line.
    #[arg(long)]
    json: bool,
}

/// A transport, as a word of the command line.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Transport {
    /// Datagrams.
    #[default]
    Udp,
    /// A stream.
    Tcp,
}

/// Steps, as one value of the command line.
#[derive(Clone, Debug)]
struct Script(Vec<Step>);

/// Runs `centrala phone`. The exit code is 0 if a call was answered, or none was to be placed.
///
/// # Errors
///
/// If the telephone cannot start, or the recording cannot be written.
pub fn run(options: &Options) -> Result<ExitCode> {
    let mut config = PhoneConfig::new(options.user.clone());
    config.listen = options.listen;
    config.transport = match options.transport {
        Transport::Udp => Carrier::Udp,
        Transport::Tcp => Carrier::Tcp,
    };
    config.name.clone_from(&options.name);
    config.server = options.server;
    config.register = options.register;
    config.codecs.clone_from(&options.codecs);
    if options.without_events {
        config.events = Events::Unknown;
    }
    config.password = read_password(options.password_file.as_deref())?;

    let (events, told) = channel();
    let on_call = options.on_call.clone();
    let phone = Softphone::start(config, move |event: &PhoneEvent| {
        drop(events.send(event.clone()));
        match (event, &on_call) {
            (PhoneEvent::Incoming { .. }, Some(Script(steps))) => steps.clone(),
            _ => Vec::new(),
        }
    })?;
    let mut steps = Vec::new();
    if options.register {
        steps.push(Step::Until(script::Awaited::Registered));
    }
    steps.extend(options.target.iter().cloned().map(Step::Dial));
    steps.extend(options.script.iter().flat_map(|script| script.0.clone()));
    phone.act(steps);
    let (lines, typed) = channel();
    if options.script.is_none() && options.on_call.is_none() {
        read_lines(lines);
    }

    let expected = options.calls.or_else(|| options.target.as_ref().map(|_| 1));
    let end = options.limit.map(|limit| Instant::now() + limit);
    let (mut ended, mut any_answered) = (0, false);
    let mut heard = Vec::new();
    loop {
        while let Ok(steps) = typed.try_recv() {
            phone.act(steps);
        }
        if end.is_some_and(|end| end <= Instant::now()) {
            break;
        }
        let event = match told.recv_timeout(Duration::from_millis(100)) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        tell(&event, options.json);
        if let PhoneEvent::Ended { answered, heard: sound, .. } = event {
            ended += 1;
            any_answered |= answered;
            heard = sound;
            if expected.is_some_and(|expected| ended >= expected) {
                break;
            }
        }
    }
    let ended_well = phone.quit();
    for event in told.try_iter() {
        tell(&event, options.json);
        if let PhoneEvent::Ended { answered, heard: sound, .. } = event {
            any_answered |= answered;
            heard = sound;
        }
    }
    if let Some(path) = &options.record {
        write_wav(path, &heard)?;
    }
    ended_well?;
    let reached = any_answered || options.target.is_none();
    Ok(if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes samples of 8,000 Hz as a WAV file.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_wav(path: &Path, samples: &[i16]) -> Result<()> {
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let context = || format!("cannot write {}", path.display());
    let mut file = hound::WavWriter::create(path, format).with_context(context)?;
    for sample in samples {
        file.write_sample(*sample).with_context(context)?;
    }
    file.finalize().with_context(context)
}

fn read_password(file: Option<&Path>) -> Result<Option<String>> {
    let Some(path) = file else { return Ok(std::env::var("CENTRALA_PASSWORD").ok()) };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the password in {}", path.display()))?;
    let line = text.lines().next().unwrap_or_default();
    Ok(Some(line.to_owned()))
}

/// Reads steps from the input, line by line; the end of the input is `quit`.
fn read_lines(steps: Sender<Vec<Step>>) {
    // The thread ends with the input or the process; nobody waits for it.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            match script::parse(&line) {
                Ok(parsed) => drop(steps.send(parsed)),
                Err(error) => complain(&error.to_string()),
            }
        }
        drop(steps.send(vec![Step::Quit]));
    });
}

#[expect(clippy::print_stderr, reason = "a word that is not understood is told to who typed it")]
fn complain(text: &str) {
    eprintln!("{text}");
}

#[expect(clippy::print_stdout, reason = "what happens is told on the standard output")]
fn tell(event: &PhoneEvent, json: bool) {
    if json {
        println!("{}", event.to_json());
    } else {
        println!("{event}");
    }
}

fn parse_script(text: &str) -> Result<Script, script::ParseStepError> {
    script::parse(text).map(Script)
}

fn parse_time(text: &str) -> Result<Duration> {
    script::parse_duration(text).context("a time is written as 500ms, 30s or 2m, up to an hour")
}
