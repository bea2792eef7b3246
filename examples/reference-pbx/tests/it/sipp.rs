//! `sipp` calls the attendant.

use std::process::Command;

use centrala_keys::Key;

use crate::{
    centrala::{Folder, PASSWORD, Running, free_port, serve, tone_in},
    pcap::Capture,
};

/// Returns a `sipp` that calls the attendant from this port, plays a capture, stays for so many milliseconds and hangs up.
pub(crate) fn caller(
    folder: &Folder,
    server: &str,
    port: u16,
    capture: &Capture,
    stay: u32,
) -> Command {
    let played = folder.file("call.pcap");
    capture.write(&played);
    let scenario = folder.file("caller.xml");
    let text = include_str!("../data/sipp/caller.xml")
        .replace("@CAPTURE@", played.to_str().unwrap())
        .replace("@STAY@", &stay.to_string());
    std::fs::write(&scenario, text).unwrap();
    let mut command = Command::new("sipp");
    command
        .arg(server)
        .arg("-sf")
        .arg(&scenario)
        .args(["-s", "100", "-i", "127.0.0.1", "-mi", "127.0.0.1", "-m", "1", "-nostdin"])
        .args(["-p", &port.to_string(), "-mp", &free_port().to_string()])
        .args(["-timeout", "40s", "-timeout_error"])
        .env("TERM", "xterm")
        .current_dir(folder.path());
    command
}

#[test]
#[ignore = "needs sipp"]
fn sipp_presses_one_and_its_tone_is_heard_at_the_telephone_that_rings() {
    let folder = Folder::new("sipp");
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
    let output = caller(&folder, &server, port, &capture, 8_000)
        .output()
        .expect("SIPp is not installed (Debian: sip-tester)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));

    served.running.wait_for_step("chosen from the menu");
    let incoming = alice.wait_for_event("incoming");
    assert_eq!(incoming["number"], "+15550199");
    alice.wait_for_event("answered");
    alice.wait_for_event("ended");
    assert_eq!(alice.exit_code(), Some(0));
    let level = tone_in(&heard, 620.0);
    assert!(level > -15.0, "the telephone heard SIPp's tone at {level:.1} dBm0");
}
