//! baresip, a telephone that we did not write.

use std::{
    io::Write as _,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::centrala::{Folder, LONGEST, PASSWORD, Running, free_port, serve, tone_in};

/// A running baresip that is told what to do over TCP.
pub(crate) struct Baresip {
    child: Child,
    control: SocketAddr,
    recordings: PathBuf,
    log: PathBuf,
}

impl Baresip {
    pub(crate) fn start(folder: &Folder, name: &str, account: &str, source: &Path) -> Self {
        Self::start_with(folder, name, account, source, "")
    }

    /// Starts it with one more line of its configuration.
    fn start_with(folder: &Folder, name: &str, account: &str, source: &Path, more: &str) -> Self {
        let home = folder.file(name);
        let recordings = home.join("rec");
        std::fs::create_dir_all(&recordings).unwrap();
        let control: SocketAddr = ([127, 0, 0, 1], free_tcp_port()).into();
        let config = format!(
            "poll_method epoll\nsip_listen 127.0.0.1:{sip}\naudio_source aufile,{source}\n\
             audio_alert aufile,{source}\nausrc_srate 8000\nauplay_srate 8000\n\
             ausrc_channels 1\nauplay_channels 1\njitter_buffer_delay 5-10\n\
             module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\n\
             module g722.so\n\
             module uuid.so\nmodule account.so\nmodule contact.so\nmodule menu.so\n\
             module ctrl_tcp.so\nmodule sndfile.so\n{more}\nctrl_tcp_listen {control}\n\
             net_interface 127.0.0.1\nsnd_path {recordings}\n",
            sip = free_port(),
            source = source.display(),
            recordings = recordings.display(),
        );
        std::fs::write(home.join("config"), config).unwrap();
        std::fs::write(home.join("accounts"), format!("{account}\n")).unwrap();
        std::fs::write(home.join("contacts"), "").unwrap();
        let log = home.join("log");
        let output = std::fs::File::create(&log).unwrap();
        let child = Command::new("baresip")
            .arg("-f")
            .arg(&home)
            .args(["-t", "55"])
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .expect("baresip is not installed (Debian: baresip-core)");
        Self { child, control, recordings, log }
    }

    /// Gives a command, as a netstring of JSON.
    pub(crate) fn command(&self, command: &str, parameters: &str) {
        let end = Instant::now() + LONGEST;
        let mut stream = loop {
            match TcpStream::connect(self.control) {
                Ok(stream) => break stream,
                Err(error) => assert!(Instant::now() < end, "baresip does not listen: {error}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        let json = serde_json::json!({ "command": command, "params": parameters }).to_string();
        stream.write_all(format!("{}:{json},", json.len()).as_bytes()).unwrap();
        // It answers when it is done with it; closing before would lose the command.
        std::thread::sleep(Duration::from_millis(500));
    }

    /// Waits until baresip has written this.
    #[track_caller]
    fn wait_for(&self, words: &str) {
        let end = Instant::now() + LONGEST;
        loop {
            let told = std::fs::read_to_string(&self.log).unwrap();
            if told.contains(words) {
                return;
            }
            assert!(Instant::now() < end, "waited in vain for {words}; told: {told}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends baresip, and returns the file with what it heard.
    pub(crate) fn heard(mut self) -> PathBuf {
        self.command("quit", "");
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end && self.child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(50));
        }
        let files = std::fs::read_dir(&self.recordings).unwrap().map(|entry| entry.unwrap().path());
        let decoded = |path: &PathBuf| path.to_string_lossy().ends_with("-dec.wav");
        files.into_iter().find(decoded).expect("baresip has recorded nothing")
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn free_tcp_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Writes a tone of 30 s for baresip to send.
pub(crate) fn tone_file(folder: &Folder, hertz: f32) -> PathBuf {
    let path = folder.file(&format!("tone-{hertz}.wav"));
    let samples = reference_pbx::softphone::tone(hertz, Duration::from_secs(30));
    reference_pbx::softphone::write_wav(&path, &samples).unwrap();
    path
}

#[test]
#[ignore = "needs baresip"]
fn baresip_registers_is_rung_from_the_menu_and_hears_the_callers_tone() {
    rung_from_the_menu("baresip-rung", "PCMU");
}

/// The caller speaks G.711: all that is said is translated.
#[test]
#[ignore = "needs baresip"]
fn baresip_speaks_g722_with_a_caller_who_does_not() {
    rung_from_the_menu("baresip-g722", "G722");
}

fn rung_from_the_menu(name: &str, codec: &str) {
    let folder = Folder::new(name);
    let port = free_port();
    let mut served = serve(&folder, ([127, 0, 0, 1], port).into());
    let source = tone_file(&folder, 1_040.0);
    let account = format!(
        "<sip:101@{}>;auth_user=101;auth_pass={PASSWORD};regint=60;audio_codecs={codec};answermode=auto",
        served.address
    );
    let alice = Baresip::start(&folder, "alice", &account, &source);
    let registered = served.running.wait_for_event("registered");
    assert_eq!(registered["user"], "101");

    let heard = folder.file("caller.wav");
    let server = served.address.to_string();
    let mut caller = Running::start(
        &[
            "phone",
            "100",
            "--server",
            &server,
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--user",
            "+15550142",
            "--json",
            "--record",
            heard.to_str().unwrap(),
            "--do",
            "until answered; wait 1s; press 1; tone 640 20s; wait 6s; hangup",
        ],
        None,
    );
    served.running.wait_for_step("chosen from the menu");
    served.running.wait_for_step("talking with Alice");
    caller.wait_for_event("ended");
    assert_eq!(caller.exit_code(), Some(0));
    // Reports go both ways: baresip tells what it has received.
    let sound = served.running.wait_for("what baresip reports", |notice| {
        notice["event"] == "sound" && !notice["remote_mos"].is_null()
    });
    assert!(sound["mos"].as_f64().unwrap() > 4.0, "{sound}");
    assert!(sound["remote_mos"].as_f64().unwrap() > 4.0, "{sound}");
    let at_baresip = tone_in(&alice.heard(), 640.0);
    assert!(at_baresip > -15.0, "baresip heard the caller's tone at {at_baresip:.1} dBm0");
    let at_caller = tone_in(&heard, 1_040.0);
    assert!(at_caller > -15.0, "the caller heard baresip's tone at {at_caller:.1} dBm0");
}

#[test]
#[ignore = "needs baresip"]
fn baresip_hears_the_greeting_and_leaves_a_message_that_is_its_tone() {
    let folder = Folder::new("baresip-message");
    let mut served = serve(&folder, ([127, 0, 0, 1], free_port()).into());
    let source = tone_file(&folder, 660.0);
    let account = format!(
        "<sip:101@{}>;auth_user=101;auth_pass={PASSWORD};regint=60;audio_codecs=PCMU",
        served.address
    );
    let alice = Baresip::start(&folder, "alice", &account, &source);
    served.running.wait_for_event("registered");
    // Nobody has registered as 102: his mailbox greets at once.
    alice.command("dial", &format!("sip:102@{}", served.address));
    served.running.wait_for_step("mailbox 102");
    std::thread::sleep(Duration::from_secs(9));
    alice.command("hangup", "");
    let message = served.running.wait_for_event("message");
    assert_eq!(message["mailbox"], "102");
    assert!(message["seconds"].as_f64().unwrap() > 2.0, "{message}");

    let name = format!("{}.wav", message["id"].as_str().unwrap());
    let kept = served.data.join("messages/mailboxes/102/new").join(name);
    let level = tone_in(&kept, 660.0);
    assert!(level > -15.0, "the message has baresip's tone at {level:.1} dBm0");
    // What it heard: the greeting first, the beep after it.
    let heard = alice.heard();
    let beep = tone_in(&heard, 1_000.0);
    assert!(beep > -25.0, "baresip heard the beep at {beep:.1} dBm0");
    let file = std::fs::read(&heard).unwrap();
    let samples = centrala_media::wav::WavFile::parse(&file).unwrap().to_mono();
    let greeting = samples.get(..8_000).map(centrala_media::level::rms_dbm0).unwrap_or(-96.0);
    assert!(greeting > -35.0, "baresip heard the greeting at {greeting:.1} dBm0");
}

#[test]
#[ignore = "needs baresip"]
fn baresip_subscribes_to_its_mailbox_and_is_told_of_a_message() {
    let folder = Folder::new("baresip-lamp");
    let port = free_port();
    let mut served = serve(&folder, ([127, 0, 0, 1], port).into());
    let source = tone_file(&folder, 660.0);
    // Whoever is registered before version 1.0.0 has looked for lamps, some ten milliseconds after its start, makes it
    // subscribe without end and do nothing else. So Bob comes later.
    let nobody = "<sip:nobody@127.0.0.1>;regint=0";
    let bob = Baresip::start_with(&folder, "bob", nobody, &source, "module mwi.so");
    bob.wait_for("baresip is ready.");
    std::thread::sleep(Duration::from_millis(500));
    let account = format!(
        "<sip:102@{}>;auth_user=102;auth_pass={PASSWORD};regint=60;audio_codecs=PCMU;mwi=yes;\
         answermode=manual",
        served.address
    );
    bob.command("uanew", &account);
    bob.wait_for("Messages-Waiting: no");
    crate::lamps::leave_message(served.address, port);
    served.running.wait_for_event("message");
    bob.wait_for("Messages-Waiting: yes");
    bob.wait_for("Voice-Message: 1/0");
}
