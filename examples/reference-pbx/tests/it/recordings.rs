//! A recording takes the place of a text.

use std::{process::Command, time::Duration};

use reference_pbx::softphone::{tone, write_wav};

use crate::centrala::{Folder, OFFICE, PASSWORD, Running, serve_office, tone_in};

fn office() -> String {
    let spoken = r#"greeting = "Welcome to the test office.""#;
    assert!(OFFICE.contains(spoken));
    OFFICE.replace(spoken, r#"greeting = { file = "hello.wav" }"#)
}

#[test]
fn a_caller_hears_the_recording_that_took_the_place_of_a_text() {
    let folder = Folder::new("recordings");
    write_wav(&folder.file("hello.wav"), &tone(900.0, Duration::from_secs(2))).unwrap();
    let served = serve_office(&folder, &office(), ([127, 0, 0, 1], 1).into());
    let heard = folder.file("heard.wav");
    let server = served.address.to_string();
    let mut phone = Running::start(
        &[
            "phone",
            "100",
            "--user",
            "102",
            "--server",
            &server,
            "--json",
            "--record",
            heard.to_str().unwrap(),
            "--do",
            "until answered; wait 3s; hangup",
        ],
        Some(PASSWORD),
    );
    assert_eq!(phone.exit_code(), Some(0));
    let level = tone_in(&heard, 900.0);
    assert!(level > -15.0, "the greeting's tone was heard at {level:.1} dBm0");
}

#[test]
fn a_recording_that_cannot_be_played_keeps_the_office_from_starting() {
    let folder = Folder::new("unplayable");
    let file = folder.file("office.toml");
    std::fs::write(&file, office()).unwrap();
    for content in [None, Some("this is no sound")] {
        if let Some(content) = content {
            std::fs::write(folder.file("hello.wav"), content).unwrap();
        }
        let output = Command::new(env!("CARGO_BIN_EXE_centrala"))
            .arg("serve")
            .arg(&file)
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(folder.file("data"))
            .output()
            .unwrap();
        assert_ne!(output.status.code(), Some(0));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains("hello.wav"), "{text}");
    }
}
