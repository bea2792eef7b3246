//! Keys reach the attendant by every way that telephones have.

use crate::centrala::{Folder, PASSWORD, Running, serve};

#[test]
fn a_key_is_heard_as_an_event_as_a_tone_and_as_info() {
    let folder = Folder::new("keys");
    let nobody = ([127, 0, 0, 1], 1).into();
    let mut served = serve(&folder, nobody);
    let server = served.address.to_string();
    for (way, more) in [("press", None), ("inband", Some("--without-events")), ("info", None)] {
        let script = format!("until answered; wait 700ms; {way} 1; wait 3s; hangup");
        let mut arguments =
            vec!["phone", "100", "--user", "102", "--server", &server, "--json", "--do", &script];
        arguments.extend(more);
        let mut phone = Running::start(&arguments, Some(PASSWORD));
        phone.wait_for_event("answered");
        // Alice has no telephone here: the key leads to her mailbox.
        served.running.wait_for_step("chosen from the menu");
        served.running.wait_for_step("mailbox 101");
        phone.wait_for_event("ended");
        assert_eq!(phone.exit_code(), Some(0), "{way}");
    }
}
