//! Runs the binary as a user does, and reads what it tells.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long anything may take.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

pub(crate) const PASSWORD: &str = "correct-horse";

/// A small office; the trunk's address is given on the command line.
pub(crate) const OFFICE: &str = r#"
[company]
name = "Test"
language = "en"
operator = "group desk"

[[entry]]
number = "100"
go = "menu main"

[[entry]]
number = "200"
go = "person 102"

[[person]]
name = "Alice"
extension = "101"
seconds = 10

[[person]]
name = "Bob"
extension = "102"
seconds = 2
greeting = "This is Bob."

[group.desk]
members = ["101"]
ring = "at-once"
seconds = 10
otherwise = "mailbox desk"

[mailbox.desk]

[menu.main]
greeting = "Welcome to the test office."
options.1 = { say = "For Alice", go = "person 101" }

[[trunk]]
name = "telco"
addresses = ["192.0.2.1"]
numbers = ["100", "200"]
"#;

/// A folder of a test's own, removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("centrala-{}-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A running `centrala`, and what it tells as JSON.
pub(crate) struct Running {
    pub(crate) child: Child,
    told: Receiver<Value>,
    /// Everything that was told so far.
    pub(crate) seen: Vec<Value>,
}

impl Running {
    pub(crate) fn start(arguments: &[&str], password: Option<&str>) -> Self {
        Self::start_by(env!("CARGO_BIN_EXE_centrala"), arguments, password)
    }

    /// Starts `centrala` by a program that becomes it.
    pub(crate) fn start_by(program: &str, arguments: &[&str], password: Option<&str>) -> Self {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        if let Some(password) = password {
            command.env("CENTRALA_PASSWORD", password);
        }
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                drop(tell.send(serde_json::from_str(&line).unwrap_or(Value::String(line))));
            }
        });
        Self { child, told, seen: Vec::new() }
    }

    /// Waits for an event for which `wanted` holds.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + LONGEST;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(value) = self.told.recv_timeout(left) else {
                panic!("waited in vain for {what}; seen: {:#?}", self.seen);
            };
            self.seen.push(value.clone());
            if wanted(&value) {
                return value;
            }
        }
    }

    #[track_caller]
    pub(crate) fn wait_for_event(&mut self, event: &str) -> Value {
        self.wait_for(event, |value| value["event"] == event)
    }

    /// Waits for a step of somebody's journey that has these words.
    #[track_caller]
    pub(crate) fn wait_for_step(&mut self, words: &str) -> Value {
        self.wait_for(words, |value| {
            value["step"].as_str().is_some_and(|step| step.contains(words))
        })
    }

    /// Waits for the end of the process; returns its exit code.
    #[track_caller]
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        let end = Instant::now() + LONGEST;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the process does not end; seen: {:#?}", self.seen);
    }

    pub(crate) fn terminate(&self) {
        let status = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sets the password of a telephone with `centrala passwd`.
pub(crate) fn set_password(data: &Path, user: &str) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_centrala"))
        .args(["passwd", user, "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// An office that runs, and where.
pub(crate) struct Served {
    pub(crate) running: Running,
    pub(crate) address: SocketAddr,
    pub(crate) data: PathBuf,
}

/// Serves [`OFFICE`] with passwords for 101 and 102; calls from `trunk` are the telephone company's.
pub(crate) fn serve(folder: &Folder, trunk: SocketAddr) -> Served {
    serve_office(folder, OFFICE, trunk)
}

/// Serves another office in the same way.
pub(crate) fn serve_office(folder: &Folder, text: &str, trunk: SocketAddr) -> Served {
    let (office, data) = (folder.file("office.toml"), folder.file("data"));
    std::fs::write(&office, text).unwrap();
    for user in ["101", "102"] {
        set_password(&data, user);
    }
    let trunk = format!("telco={trunk}");
    let mut running = Running::start(
        &[
            "serve",
            office.to_str().unwrap(),
            "--listen",
            "127.0.0.1:0",
            "--data",
            data.to_str().unwrap(),
            "--trunk",
            &trunk,
            "--drain",
            "5s",
            "--json",
            // Several even where there are few processors, so that sessions move.
            "--media-threads",
            "3",
        ],
        None,
    );
    let listening = running.wait_for_event("listening");
    let address = listening["address"].as_str().unwrap().parse().unwrap();
    Served { running, address, data }
}

/// Returns a port that is free now.
pub(crate) fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Returns the strength of a tone in a WAV file: the level of its loudest tenth of a second in
/// which there is nothing else, in dBm0.
pub(crate) fn tone_in(path: &Path, hertz: f64) -> f64 {
    use centrala_media::{level, wav::WavFile};
    let file = std::fs::read(path).unwrap();
    let wav = WavFile::parse(&file).unwrap();
    let samples = wav.to_mono();
    let rate = wav.sample_rate;
    samples
        .chunks_exact(usize::try_from(rate / 10).unwrap())
        .filter(|part| level::rms_dbm0(part) - level::tone_dbm0(part, rate, hertz) < 1.0)
        .map(|part| level::tone_dbm0(part, rate, hertz))
        .fold(f64::NEG_INFINITY, f64::max)
}
