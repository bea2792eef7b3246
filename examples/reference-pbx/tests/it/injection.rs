//! A stranger sends sound and keys to the ports of running calls of real telephones.

use std::{
    collections::BTreeSet,
    net::UdpSocket,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use centrala_keys::Key;
use centrala_media::{
    Codec, EncodedPrompt, EventSender, FRAME_SAMPLES, PayloadType, RtpSender, Ssrc,
};

use crate::{
    baresip::{Baresip, tone_file},
    centrala::{Folder, PASSWORD, Running, free_port, serve, tone_in},
    pcap::Capture,
    sipp::caller,
};

/// What the stranger would have others hear.
const INJECTED: f32 = 2_300.0;

/// Sends sound and keys to every port of a process, from a socket of its own.
struct Stranger {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<u64>>,
}

impl Stranger {
    fn start(victim: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stop);
        let thread = std::thread::spawn(move || inject(victim, &until));
        Self { stop, thread: Some(thread) }
    }

    /// Returns how many packets were sent.
    fn end(mut self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn inject(victim: u32, until: &AtomicBool) -> u64 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let tone = reference_pbx::softphone::tone(INJECTED, Duration::from_secs(10));
    let tone = EncodedPrompt::from_samples(Codec::Pcmu, &tone);
    let mut stream = RtpSender::new(Ssrc::new(0x0bad), 1, 1);
    let mut sent = 0;
    for number in 0..1_500 {
        if until.load(Ordering::Relaxed) {
            break;
        }
        let mut packet = [0; 12 + FRAME_SAMPLES];
        let frame = tone.frame(number % tone.frames()).unwrap();
        let length = stream.write(PayloadType::PCMU, frame, 160, &mut packet).unwrap();
        let mut datagrams = vec![packet[..length].to_vec()];
        // A zero would bring the caller to the operator.
        if number % 25 == 0 {
            let mut press = EventSender::new(Key::Zero, 320, stream.timestamp());
            while let Some(event) = press.next_packet() {
                let events = PayloadType::TELEPHONE_EVENT;
                let length = stream.write_event(events, &event, 160, &mut packet).unwrap();
                datagrams.push(packet[..length].to_vec());
            }
        }
        for port in ports_of(victim) {
            for datagram in &datagrams {
                sent += u64::from(socket.send_to(datagram, ("127.0.0.1", port)).is_ok());
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    sent
}

/// Returns the UDP ports of a process.
fn ports_of(process: u32) -> BTreeSet<u16> {
    let sockets: BTreeSet<String> = std::fs::read_dir(format!("/proc/{process}/fd"))
        .into_iter()
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|link| {
            let name = link.to_string_lossy().into_owned();
            Some(name.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect();
    let table = std::fs::read_to_string(format!("/proc/{process}/net/udp")).unwrap_or_default();
    let ports = table.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, socket) = (fields.get(1)?, fields.get(9)?);
        let port = u16::from_str_radix(local.split_once(':')?.1, 16).ok()?;
        sockets.contains(*socket).then_some(port)
    });
    ports.collect()
}

#[test]
#[ignore = "needs sipp"]
fn a_stranger_is_not_heard_in_a_call_of_sipp_and_presses_no_keys() {
    let folder = Folder::new("injection-sipp");
    let port = free_port();
    let mut served = serve(&folder, ([127, 0, 0, 1], port).into());
    let heard = folder.file("alice.wav");
    let server = served.address.to_string();
    let mut alice = Running::start(
        &[
            "phone",
            "--register",
            "--user",
            "101",
            "--server",
            &server,
            "--json",
            "--on-call",
            "wait 500ms; answer; tone 1000 10s",
            "--calls",
            "1",
            "--for",
            "50s",
            "--record",
            heard.to_str().unwrap(),
        ],
        Some(PASSWORD),
    );
    alice.wait_for_event("registered");
    let mut capture = Capture::default();
    capture.silence(1_500);
    capture.key(Key::One);
    capture.tone(620.0, 6_000);
    let mut sipp = caller(&folder, &server, port, &capture, 8_000)
        .stdout(Stdio::null())
        .spawn()
        .expect("SIPp is not installed (Debian: sip-tester)");

    served.running.wait_for_step("chosen from the menu");
    let stranger = Stranger::start(served.running.child.id());
    served.running.wait_for_step("talking with Alice");
    alice.wait_for_event("ended");
    assert!(sipp.wait().unwrap().success());
    assert!(stranger.end() > 200, "the stranger has sent next to nothing");
    assert_eq!(alice.exit_code(), Some(0));

    let dropped = (0..2).map(|_| served.running.wait_for_event("sound"));
    let dropped: u64 = dropped.map(|sound| sound["strangers"].as_u64().unwrap()).sum();
    assert!(dropped > 200, "only {dropped} packets of the stranger have reached a call");
    let said = tone_in(&heard, 620.0);
    assert!(said > -15.0, "the telephone heard SIPp's tone at {said:.1} dBm0");
    let injected = tone_in(&heard, INJECTED.into());
    assert!(injected < -60.0, "the telephone heard the stranger at {injected:.1} dBm0");
}

#[test]
#[ignore = "needs baresip"]
fn a_stranger_is_not_in_the_message_that_baresip_leaves() {
    let folder = Folder::new("injection-baresip");
    let mut served = serve(&folder, ([127, 0, 0, 1], free_port()).into());
    let source = tone_file(&folder, 660.0);
    let account = format!(
        "<sip:101@{}>;auth_user=101;auth_pass={PASSWORD};regint=60;audio_codecs=PCMU",
        served.address
    );
    let alice = Baresip::start(&folder, "alice", &account, &source);
    served.running.wait_for_event("registered");
    alice.command("dial", &format!("sip:102@{}", served.address));
    served.running.wait_for_step("mailbox 102");
    std::thread::sleep(Duration::from_secs(1));
    let stranger = Stranger::start(served.running.child.id());
    std::thread::sleep(Duration::from_secs(8));
    alice.command("hangup", "");
    let message = served.running.wait_for_event("message");
    assert!(stranger.end() > 200, "the stranger has sent next to nothing");
    let name = format!("{}.wav", message["id"].as_str().unwrap());
    let kept = served.data.join("messages/mailboxes/102/new").join(name);
    let said = tone_in(&kept, 660.0);
    assert!(said > -15.0, "the message has baresip's tone at {said:.1} dBm0");
    let injected = tone_in(&kept, INJECTED.into());
    assert!(injected < -60.0, "the message has the stranger at {injected:.1} dBm0");
}

#[test]
fn the_ports_of_a_process_are_found() {
    let own = UdpSocket::bind("127.0.0.1:0").unwrap();
    assert!(ports_of(std::process::id()).contains(&own.local_addr().unwrap().port()));
}
