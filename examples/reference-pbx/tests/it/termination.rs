//! The end of a process, and a second one beside it.

use std::{net::UdpSocket, process::Command, time::Duration};

use crate::centrala::{Folder, OFFICE, PASSWORD, Running, free_port, serve, tone_in};

#[test]
fn a_terminated_office_ends_by_itself_with_code_zero() {
    let folder = Folder::new("termination");
    let mut served = serve(&folder, ([127, 0, 0, 1], free_port()).into());
    served.running.terminate();
    served.running.wait_for_event("draining");
    served.running.wait_for_event("stopped");
    assert_eq!(served.running.exit_code(), Some(0));
}

#[test]
fn a_recording_that_runs_is_kept_when_the_office_is_terminated() {
    let folder = Folder::new("kept");
    let trunk = UdpSocket::bind("127.0.0.1:0").unwrap();
    trunk.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut served = serve(&folder, trunk.local_addr().unwrap());
    let server = served.address.to_string();
    // Nobody has registered as 102: his mailbox takes the call.
    let script = "until answered; tone 700 30s; until ended";
    let mut caller = Running::start(
        &["phone", "102", "--user", "101", "--server", &server, "--json", "--do", script],
        Some(PASSWORD),
    );
    caller.wait_for_event("answered");
    served.running.wait_for_step("mailbox 102");
    std::thread::sleep(Duration::from_secs(7));
    served.running.terminate();
    served.running.wait_for_event("draining");

    // A new call is refused, with the time after which another attempt makes sense.
    let local = trunk.local_addr().unwrap();
    let invite = format!(
        "INVITE sip:100@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKlate\r\n\
         Max-Forwards: 70\r\nFrom: <sip:x@{local}>;tag=late\r\nTo: <sip:100@{server}>\r\n\
         Call-ID: late\r\nCSeq: 1 INVITE\r\nContact: <sip:x@{local}>\r\nContent-Length: 0\r\n\r\n"
    );
    trunk.send_to(invite.as_bytes(), served.address).unwrap();
    let mut buffer = [0; 4_096];
    let refusal = loop {
        let length = trunk.recv(&mut buffer).unwrap();
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if !text.starts_with("SIP/2.0 100") {
            break text;
        }
    };
    assert!(refusal.starts_with("SIP/2.0 503 ") && refusal.contains("Retry-After:"), "{refusal}");

    let message = served.running.wait_for_event("message");
    assert_eq!((&message["mailbox"], &message["interrupted"]), (&"102".into(), &false.into()));
    served.running.wait_for_event("stopped");
    assert_eq!(served.running.exit_code(), Some(0));
    let name = format!("{}.wav", message["id"].as_str().unwrap());
    let level = tone_in(&served.data.join("messages/mailboxes/102/new").join(name), 700.0);
    assert!(level > -15.0, "the message has the caller's tone at {level:.1} dBm0");
}

#[test]
fn a_second_instance_on_the_same_port_or_data_says_so() {
    let folder = Folder::new("second");
    let served = serve(&folder, ([127, 0, 0, 1], free_port()).into());
    let office = folder.file("office.toml");
    let start = |listen: &str, data: &std::path::Path| {
        let output = Command::new(env!("CARGO_BIN_EXE_centrala"))
            .arg("serve")
            .arg(&office)
            .args(["--listen", listen, "--data"])
            .arg(data)
            .output()
            .unwrap();
        assert_ne!(output.status.code(), Some(0));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let same_port = start(&served.address.to_string(), &folder.file("other"));
    assert!(same_port.contains("is another instance running"), "{same_port}");
    let same_data = start("127.0.0.1:0", &served.data);
    assert!(same_data.contains(&served.running.child.id().to_string()), "{same_data}");
}

#[test]
fn a_faulty_office_is_refused_with_its_place() {
    let folder = Folder::new("faulty");
    let office = folder.file("office.toml");
    std::fs::write(&office, OFFICE.replace("go = \"person 101\"", "go = \"person 111\"")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_centrala"))
        .arg("serve")
        .arg(&office)
        .arg("--data")
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let place = OFFICE.lines().position(|line| line.contains("options.1")).unwrap() + 1;
    assert!(text.contains(&format!("office.toml:{place}:")) && text.contains("111"), "{text}");
}

#[test]
fn a_softphone_without_an_answer_ends_with_code_one() {
    let nobody = format!("127.0.0.1:{}", free_port());
    let mut phone =
        Running::start(&["phone", "100", "--server", &nobody, "--json", "--for", "1s"], None);
    assert_eq!(phone.exit_code(), Some(1));
}
