//! Runs `sipp` and `kamailio`.

use std::{
    net::{SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use crate::{
    centrala::{Folder, LONGEST, PASSWORD},
    scenario::Scenario,
};

/// Returns a port that is free, like those behind it: `sipp` takes more of them for sound. They are
/// not those that the system gives to others who ask for any.
pub(crate) fn spaced_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = 10_000 + std::process::id() % 1_000 * 20;
    loop {
        let step = NEXT.fetch_add(10, Ordering::Relaxed);
        let port = u16::try_from(10_000 + (first + step - 10_000) % 20_000).unwrap();
        let free = |offset| UdpSocket::bind(("127.0.0.1", port + offset)).is_ok();
        if (0..10).all(free) {
            return port;
        }
    }
}

/// A running `sipp`.
pub(crate) struct Sipp {
    child: Child,
    name: String,
    folder: PathBuf,
    /// Where it sends from and listens.
    pub(crate) address: SocketAddr,
}

/// How a `sipp` is started.
pub(crate) struct SippOptions<'a> {
    /// Its files are named after this.
    pub(crate) name: &'a str,
    /// Where it sends to.
    pub(crate) remote: SocketAddr,
    /// Its port.
    pub(crate) port: u16,
    /// More arguments.
    pub(crate) arguments: &'a [&'a str],
}

impl Sipp {
    pub(crate) fn start(folder: &Folder, options: &SippOptions<'_>, scenario: Scenario) -> Self {
        Self::start_xml(folder, options, &scenario.into_xml())
    }

    pub(crate) fn start_xml(folder: &Folder, options: &SippOptions<'_>, xml: &str) -> Self {
        let SippOptions { name, remote, port, arguments } = options;
        let file = folder.file(&format!("{name}.xml"));
        std::fs::write(&file, xml).unwrap();
        let output = std::fs::File::create(folder.file(&format!("{name}.out"))).unwrap();
        let child = Command::new("sipp")
            .arg(remote.to_string())
            .arg("-sf")
            .arg(&file)
            .args(["-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin"])
            .args(["-p", &port.to_string(), "-mp", &spaced_port().to_string()])
            .args(["-timeout", "50s", "-timeout_error", "-trace_err", "-trace_msg"])
            .args(["-error_file", &format!("{name}.err")])
            .args(["-message_file", &format!("{name}.msg")])
            .args(*arguments)
            .env("TERM", "xterm")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .expect("SIPp is not installed (Debian: sip-tester)");
        let address = ([127, 0, 0, 1], *port).into();
        let sipp = Self { child, name: (*name).to_owned(), folder: folder.path().into(), address };
        sipp.wait_until_bound();
        sipp
    }

    /// It listens as soon as its port cannot be bound by others.
    fn wait_until_bound(&self) {
        let end = Instant::now() + LONGEST;
        while UdpSocket::bind(self.address).is_ok() {
            assert!(Instant::now() < end, "{} does not listen", self.name);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns whether it has ended.
    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end: every call must have gone as the scenario says.
    #[track_caller]
    pub(crate) fn succeed(mut self) {
        let end = Instant::now() + LONGEST;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "{} does not end: {}", self.name, self.protocol());
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "{}: {status}: {}", self.name, self.protocol());
    }

    /// Returns the messages that it has sent and received so far.
    pub(crate) fn messages(&self) -> String {
        std::fs::read_to_string(self.folder.join(format!("{}.msg", self.name))).unwrap_or_default()
    }

    /// Returns what explains a failure: the errors, and the end of the messages.
    fn protocol(&self) -> String {
        let errors = std::fs::read_to_string(self.folder.join(format!("{}.err", self.name)));
        let messages = self.messages();
        let lines: Vec<&str> = messages.lines().collect();
        let last = lines.get(lines.len().saturating_sub(120)..).unwrap_or_default().join("\n");
        format!("{}\n{last}", errors.unwrap_or_default())
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Registers the telephone at `contact` as `user`, with a request that is sent from there to `to`:
/// the office calls a telephone where its registration came from.
#[track_caller]
pub(crate) fn register(folder: &Folder, user: &str, contact: SocketAddr, to: SocketAddr) {
    let step = |sequence: u32, credentials: &str| {
        format!(
            "<send retrans=\"500\"><![CDATA[\nREGISTER sip:[remote_ip]:[remote_port] SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\nMax-Forwards: 70\n\
             From: <sip:{user}@[remote_ip]:[remote_port]>;tag=[pid]r\n\
             To: <sip:{user}@[remote_ip]:[remote_port]>\nCall-ID: [call_id]\n\
             CSeq: {sequence} REGISTER\nContact: <sip:{user}@{contact}>\nExpires: 600\nSupported: path\n\
             {credentials}Content-Length: 0\n\n]]></send>\n"
        )
    };
    let credentials = format!("[authentication username={user} password={PASSWORD}]\n");
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"register\">\n\
         {}<recv response=\"401\" auth=\"true\"/>\n{}<recv response=\"200\"/>\n</scenario>\n",
        step(1, ""),
        step(2, &credentials),
    );
    let name = format!("register-{user}");
    let options =
        SippOptions { name: &name, remote: to, port: contact.port(), arguments: &["-m", "1"] };
    Sipp::start_xml(folder, &options, &xml).succeed();
}

/// Takes the NOTIFY that tells a registered telephone whether messages wait, and refuses it for good: a scenario that
/// waits for calls would take it for a bad one.
pub(crate) fn refuse_lamp(telephone: SocketAddr) {
    let socket = UdpSocket::bind(telephone).unwrap();
    socket.set_read_timeout(Some(LONGEST)).unwrap();
    let mut buffer = [0; 4_096];
    loop {
        let (length, source) = socket.recv_from(&mut buffer).expect("a NOTIFY comes");
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if text.starts_with("NOTIFY ") {
            let names = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
            let is_repeated = |line: &&str| names.iter().any(|name| line.starts_with(name));
            let lines: Vec<_> = text.lines().filter(is_repeated).collect();
            let refusal = format!(
                "SIP/2.0 489 Bad Event\r\n{}\r\nContent-Length: 0\r\n\r\n",
                lines.join("\r\n")
            );
            socket.send_to(refusal.as_bytes(), source).unwrap();
            return;
        }
    }
}

/// A running `kamailio`.
pub(crate) struct Kamailio {
    child: Child,
    log: PathBuf,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Kamailio {
    /// Starts a proxy at `address` in front of `office` that sends what the office calls to all of
    /// `telephones`; if there are none, to the one that is called.
    pub(crate) fn start(
        folder: &Folder,
        address: SocketAddr,
        office: SocketAddr,
        telephones: &[SocketAddr],
    ) -> Self {
        let mut fork = String::new();
        for (number, telephone) in telephones.iter().enumerate() {
            let uri = format!("sip:102@{telephone}");
            fork.push_str(&match number {
                0 => format!("$ru = \"{uri}\";"),
                _ => format!(" append_branch(\"{uri}\");"),
            });
        }
        let config = include_str!("../data/kamailio/proxy.cfg")
            .replace("@LISTEN@", &address.to_string())
            .replace("@OFFICE@", &office.to_string())
            .replace("@FORK@", &fork);
        let file = folder.file("kamailio.cfg");
        std::fs::write(&file, config).unwrap();
        let log = folder.file("kamailio.log");
        let output = std::fs::File::create(&log).unwrap();
        let run = folder.file("kamailio-run");
        std::fs::create_dir_all(&run).unwrap();
        let child = Command::new("kamailio")
            .args(["-DD", "-E", "-f"])
            .arg(&file)
            .arg("-P")
            .arg(run.join("pid"))
            .arg("-Y")
            .arg(&run)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .expect("Kamailio is not installed (Debian: kamailio)");
        let kamailio = Self { child, log, address };
        kamailio.wait_until_it_answers(folder);
        kamailio
    }

    fn wait_until_it_answers(&self, folder: &Folder) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let (local, mut buffer) = (socket.local_addr().unwrap(), [0; 2_048]);
        let end = Instant::now() + LONGEST;
        for attempt in 0.. {
            let options = format!(
                "OPTIONS sip:{proxy} SIP/2.0\r\n\
                 Via: SIP/2.0/UDP {local};branch=z9hG4bKready{attempt}\r\nMax-Forwards: 1\r\n\
                 From: <sip:test@{local}>;tag=1\r\nTo: <sip:{proxy}>\r\nCall-ID: ready{attempt}\r\n\
                 CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
                proxy = self.address
            );
            drop(socket.send_to(options.as_bytes(), self.address));
            if socket.recv(&mut buffer).is_ok() {
                return;
            }
            assert!(Instant::now() < end, "{}: {}", folder.path().display(), self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Returns what it has written.
    pub(crate) fn log(&self) -> String {
        read(&self.log)
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // It ends its own children when it is asked to end.
        let id = self.child.id().to_string();
        drop(Command::new("kill").args(["-TERM", &id]).status());
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(50));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
