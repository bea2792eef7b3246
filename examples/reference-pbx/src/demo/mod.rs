//! `centrala demo`: the whole story on the loopback interface.
//!
//! Starts the Acme office, registers its telephones as real SIP user agents, and places five real
//! calls over UDP and RTP at the same time. Who heard whom is measured by tones; the message is
//! read back from disk and compared with what was sent.
#![expect(clippy::print_stdout, reason = "the demo shows what happens")]

mod story;
mod tune;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use centrala_office::Office;
use centrala_switch::JourneyStep;
use centrala_ua::TrunkAddress;

use crate::{
    passwords::Passwords,
    serve::{on_termination, passwords_file},
    server::{CODECS, HoldMusic, Notice, Server, ServerConfig, media_threads},
    softphone::{
        PhoneConfig, PhoneEvent, Softphone,
        script::{self, Step},
    },
    transport::Listen,
};
use story::{Heard, STORIES, Story};

/// The office of the demo.
pub const ACME: &str = include_str!("../../acme.toml");

/// How long the stories may take in all.
const LONGEST: Duration = Duration::from_secs(120);

/// The options of `centrala demo`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Leave when the stories are told, instead of staying up for a softphone.
    #[arg(long)]
    once: bool,
    /// Print the office's file and leave.
    #[arg(long)]
    print_office: bool,
    /// Where data are kept.
    #[arg(long, default_value = "centrala-data/demo")]
    data: PathBuf,
}

/// What the demo is told by all that runs.
enum Told {
    Office(Notice),
    Caller(usize, PhoneEvent),
    Telephone(&'static str, PhoneEvent),
    Stop,
}

/// The telephones of the office: who they are, and what they do when somebody calls.
const TELEPHONES: [(&str, &str); 4] =
    [("101", "Sally Jones"), ("102", "Bob Smith"), ("103", "Carol White"), ("110", "Rita Green")];

/// Runs `centrala demo`. The exit code is 1 if one of the stories went wrong.
///
/// # Errors
///
/// If the office cannot start.
pub fn run(options: &Options) -> Result<ExitCode> {
    if options.print_office {
        print!("{ACME}");
        return Ok(ExitCode::SUCCESS);
    }
    let (tell, told) = channel();
    let stage = Stage::set(options, &tell)?;
    println!(
        "The office of Acme Widgets answers on {} (SIP over UDP and TCP).\n",
        stage.server.address()
    );
    wait_for_telephones(&told)?;
    let mut heard = Heard::default();
    stage.begin();
    watch(&told, &mut heard);
    let right = report(&heard, &options.data);
    if !options.once {
        stage.invite_softphones();
        let stop = tell;
        on_termination(move || drop(stop.send(Told::Stop)))?;
        stay(&told);
    }
    stage.strike()?;
    Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Everything that runs.
struct Stage {
    server: Server,
    telephones: Vec<Softphone>,
    callers: Vec<Softphone>,
    password: String,
    tune: PathBuf,
}

impl Stage {
    /// Starts the office, its telephones and the callers, and waits until all are registered.
    fn set(options: &Options, tell: &Sender<Told>) -> Result<Self> {
        std::fs::create_dir_all(&options.data)
            .with_context(|| format!("cannot make the folder {}", options.data.display()))?;
        let tune = options.data.join("tune.wav");
        crate::softphone::write_wav(&tune, &tune::tune())?;

        let mut callers = Vec::new();
        let mut trunks = Vec::new();
        for (number, story) in STORIES.iter().enumerate() {
            let mut config = PhoneConfig::new(story.number);
            config.name = Some(story.name.to_owned());
            let tell = tell.clone();
            let caller = Softphone::start(config, move |event| {
                drop(tell.send(Told::Caller(number, event.clone())));
                Vec::new()
            })?;
            trunks.push(("telco".to_owned(), TrunkAddress::Exact(caller.address())));
            callers.push(caller);
        }

        let password = password()?;
        let mut passwords = Passwords::default();
        for (user, _) in TELEPHONES {
            passwords.set(user, &password)?;
        }
        passwords.save(&passwords_file(&options.data)).context("cannot keep the passwords")?;
        let office =
            Office::compile(ACME, "acme.toml").map_err(|errors| anyhow::anyhow!("{errors}"))?;
        let notices = tell.clone();
        let server = Server::start(
            ServerConfig {
                office,
                folder: PathBuf::new(),
                listen: vec![Listen::new(([127, 0, 0, 1], 0).into())],
                codecs: CODECS.to_vec(),
                hold_music: HoldMusic::default(),
                rtp_ports: None,
                media_threads: media_threads(),
                data: options.data.clone(),
                passwords,
                trunks,
                drain: Duration::from_secs(5),
                calls_per_second: None,
                calls: None,
            },
            move |notice| drop(notices.send(Told::Office(notice))),
        )?;

        let mut telephones = Vec::new();
        for (user, name) in TELEPHONES {
            let mut config = PhoneConfig::new(user);
            config.name = Some(name.to_owned());
            config.server = Some(server.address());
            config.password = Some(password.clone());
            config.register = true;
            let tell = tell.clone();
            telephones.push(Softphone::start(config, move |event| {
                drop(tell.send(Told::Telephone(user, event.clone())));
                story::answer(user, event)
            })?);
        }
        Ok(Self { server, telephones, callers, password, tune })
    }

    /// Has every caller dial.
    fn begin(&self) {
        for (caller, story) in self.callers.iter().zip(&STORIES) {
            caller.act(story.steps(self.server.address(), &self.tune));
        }
    }

    fn invite_softphones(&self) {
        println!("\nThe office stays up. Try it with a softphone, on this machine:");
        println!("  server    {}", self.server.address());
        println!("  user      101, 102, 103 or 110");
        println!("  password  {}", self.password);
        println!("and dial 101, 102, 0 for the operator, or +15550100 for the attendant.");
        println!(
            "  CENTRALA_PASSWORD={} centrala phone +15550100 --user 110 --server {}",
            self.password,
            self.server.address()
        );
        println!("Ctrl-C ends it.\n");
    }

    /// Ends everything, the office last.
    fn strike(self) -> Result<()> {
        for phone in self.callers.into_iter().chain(self.telephones) {
            phone.quit()?;
        }
        self.server.drain();
        self.server.join()
    }
}

/// Waits until all telephones have registered with digest.
fn wait_for_telephones(told: &Receiver<Told>) -> Result<()> {
    let start = Instant::now();
    let mut registered = 0;
    while registered < TELEPHONES.len() {
        anyhow::ensure!(start.elapsed() < LONGEST, "the telephones did not register");
        if let Ok(Told::Telephone(user, PhoneEvent::Registered { .. })) =
            told.recv_timeout(Duration::from_millis(200))
        {
            registered += 1;
            println!("telephone {user} has registered");
        }
    }
    println!();
    Ok(())
}

/// Shows what happens until every caller's call has ended.
fn watch(told: &Receiver<Told>, heard: &mut Heard) {
    let start = Instant::now();
    let mut journeys = BTreeMap::new();
    while !heard.is_complete() && start.elapsed() < LONGEST {
        let told = match told.recv_timeout(Duration::from_millis(200)) {
            Ok(told) => told,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let at = start.elapsed();
        let line = match &told {
            Told::Office(Notice::Journey(event)) => {
                if let JourneyStep::Began { caller, .. } = &event.step {
                    let number = caller.number.as_deref();
                    let story = STORIES.iter().find(|story| Some(story.number) == number);
                    journeys.insert(event.journey, story.map_or("?", |story| story.name));
                }
                let who = journeys.get(&event.journey).copied().unwrap_or("?");
                let text = event.to_string();
                let step = text.split_once(": ").map_or(text.as_str(), |(_, step)| step);
                Some(format!("{who:<6} {step}"))
            }
            Told::Office(notice) => Some(format!("office {notice}")),
            Told::Caller(number, event) => STORIES
                .get(*number)
                .filter(|_| !matches!(event, PhoneEvent::Listening { .. }))
                .map(|story| format!("{:<6} hears: {event}", story.name)),
            Told::Telephone(user, event @ (PhoneEvent::Incoming { .. } | PhoneEvent::Answered)) => {
                Some(format!("tel {user}: {event}"))
            }
            Told::Telephone(..) | Told::Stop => None,
        };
        if let Some(line) = line {
            println!("[{:5.1} s] {line}", at.as_secs_f64());
        }
        match told {
            Told::Caller(number, event) => heard.caller(number, at, event),
            Told::Telephone(user, event) => heard.telephone(user, event),
            Told::Office(notice) => heard.office(notice),
            Told::Stop => return,
        }
    }
}

/// Prints the table; says whether everything was as it should be.
fn report(heard: &Heard, data: &Path) -> bool {
    println!("\n{:<66} result", "what should have happened");
    println!("{}", "-".repeat(78));
    let mut right = true;
    for (number, story) in STORIES.iter().enumerate() {
        println!("{}", story.title);
        for (what, result) in story::checks(number, heard, data) {
            right &= result.is_ok();
            match result {
                Ok(()) => println!("  {what:<64} ok"),
                Err(why) => println!("  {what:<64} FAILED\n    {why}"),
            }
        }
    }
    let verdict = if right { "No caller was lost." } else { "Something went wrong." };
    println!("\n{verdict}");
    right
}

/// Shows what happens until it is told to stop.
fn stay(told: &Receiver<Told>) {
    while let Ok(told) = told.recv() {
        match told {
            Told::Office(notice) => println!("{notice}"),
            Told::Stop => return,
            Told::Caller(..) | Told::Telephone(..) => {}
        }
    }
}

/// Returns a password for this run.
fn password() -> Result<String> {
    let seed = crate::clock::seed()?;
    Ok(seed.iter().take(6).map(|octet| format!("{octet:02x}")).collect())
}

impl Story {
    /// Returns what its caller does.
    fn steps(&self, server: SocketAddr, tune: &Path) -> Vec<Step> {
        let script = format!("dial sip:{}@{server}; {}", self.dials, self.script);
        let script = script.replace("@TUNE@", &tune.display().to_string());
        // A script of ours that is not understood is found by the test below.
        script::parse(&script).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_are_understood_and_the_office_compiles() {
        let server = ([127, 0, 0, 1], 5_060).into();
        for story in &STORIES {
            assert!(story.steps(server, Path::new("tune.wav")).len() > 2, "{}", story.name);
        }
        let office = Office::compile(ACME, "acme.toml").unwrap();
        for (user, _) in TELEPHONES {
            assert!(office.person_by_user(user).is_some(), "{user}");
        }
    }
}
