//! The end of a process, and a second one beside it.

use std::process::Command;

use crate::centrala::{Folder, OFFICE, Running, free_port, serve};

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
