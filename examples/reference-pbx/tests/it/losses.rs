//! `sipp` as caller and as telephone: messages that are lost, repeated, late, or cross.

use crate::{
    centrala::{Folder, Served, free_port, serve},
    peer_process::{Sipp, SippOptions, register},
    scenario::{Check, Direction, Scenario},
};

/// How many calls a lossy test has; at 30 % loss each kind of loss is met in almost every run.
const CALLS: &str = "40";

/// Starts a caller whose port is the telephone company's.
fn caller(
    folder: &Folder,
    served: &Served,
    port: u16,
    number: &str,
    calls: &str,
    rate: &str,
    scenario: Scenario,
) -> Sipp {
    let arguments = ["-s", number, "-m", calls, "-r", rate, "-l", "100"];
    let options =
        SippOptions { name: "caller", remote: served.address, port, arguments: &arguments };
    Sipp::start(folder, &options, scenario)
}

/// The office ends at once with code zero, and had no call left.
#[track_caller]
fn nothing_is_left(mut served: Served) {
    served.running.terminate();
    let draining = served.running.wait_for_event("draining");
    assert_eq!(draining["calls"], 0, "calls are left");
    served.running.wait_for_event("stopped");
    assert_eq!(served.running.exit_code(), Some(0));
}

/// Calls the menu with a scenario, many times at once.
#[track_caller]
fn check_calls(name: &str, calls: &str, scenario: Scenario) {
    let folder = Folder::new(name);
    let port = free_port();
    let served = serve(&folder, ([127, 0, 0, 1], port).into());
    caller(&folder, &served, port, "100", calls, "20", scenario).succeed();
    nothing_is_left(served);
}

#[test]
#[ignore = "needs sipp"]
fn a_lost_200_is_sent_again_until_it_is_acknowledged() {
    let scenario = Scenario::caller("+15550199")
        .invite("retrans=\"500\"", Direction::Both)
        .maybe(100)
        .maybe(180)
        .response(200, "rrs=\"true\" lost=\"40\"")
        .acknowledge("")
        .pause(200)
        .hang_up(2);
    check_calls("lost-200", CALLS, scenario);
}

#[test]
#[ignore = "needs sipp"]
fn a_lost_ack_is_asked_for_with_another_200() {
    let scenario = Scenario::caller("+15550199")
        .invite("retrans=\"500\"", Direction::Both)
        .maybe(100)
        .maybe(180)
        .response(200, "rrs=\"true\"")
        .acknowledge("lost=\"40\"")
        .pause(1_200)
        .hang_up(2);
    check_calls("lost-ack", CALLS, scenario);
}

#[test]
#[ignore = "needs sipp"]
fn every_message_may_be_lost_and_every_call_is_made_and_ends() {
    let scenario = Scenario::caller("+15550199")
        .invite("retrans=\"500\" lost=\"30\"", Direction::Both)
        .response(100, "optional=\"true\" lost=\"30\"")
        .response(180, "optional=\"true\" lost=\"30\"")
        .response(200, "rrs=\"true\" lost=\"30\"")
        .acknowledge("lost=\"30\"")
        .pause(500)
        .inside("BYE", 2, "retrans=\"500\" lost=\"30\"", None)
        .response(200, "lost=\"30\"");
    check_calls("lost-any", CALLS, scenario);
}

#[test]
#[ignore = "needs sipp"]
fn a_repeated_invite_makes_no_second_call() {
    let folder = Folder::new("repeated");
    let port = free_port();
    let mut served = serve(&folder, ([127, 0, 0, 1], port).into());
    let scenario = Scenario::caller("+15550199")
        .invite("", Direction::Both)
        .invite("", Direction::Both)
        .invite("", Direction::Both)
        .maybe(100)
        .maybe(180)
        .response(200, "rrs=\"true\"")
        .acknowledge("")
        .pause(300)
        .hang_up(2);
    caller(&folder, &served, port, "100", "10", "20", scenario).succeed();
    served.running.terminate();
    let draining = served.running.wait_for_event("draining");
    assert_eq!(draining["calls"], 0, "calls are left");
    let begun: std::collections::BTreeSet<u64> =
        served.running.seen.iter().filter_map(|told| told["journey"].as_u64()).collect();
    assert_eq!(begun.len(), 10, "each call is one journey: {begun:?}");
}

#[test]
#[ignore = "needs sipp"]
fn a_bye_after_the_end_is_told_that_there_is_no_call() {
    let scenario =
        Scenario::caller("+15550199").call().pause(100).hang_up(2).pause(100).inside(
            "BYE",
            3,
            "retrans=\"500\"",
            None,
        );
    check_calls("late-bye", "5", scenario.response(481, ""));
}

#[test]
#[ignore = "needs sipp"]
fn a_caller_holds_and_comes_back() {
    let scenario = Scenario::caller("+15550199")
        .call()
        .pause(200)
        .inside("INVITE", 2, "retrans=\"500\"", Some((2, Direction::Hold)))
        .maybe(100)
        .response_with(200, "rrs=\"true\"", &[Check { name: "held", found: "a=recvonly" }])
        .inside("ACK", 2, "", None)
        .pause(200)
        .inside("INVITE", 3, "retrans=\"500\"", Some((3, Direction::Nothing)))
        .maybe(100)
        .response_with(200, "rrs=\"true\"", &[Check { name: "still", found: "a=inactive" }])
        .inside("ACK", 3, "", None)
        .pause(200)
        .inside("INVITE", 4, "retrans=\"500\"", Some((4, Direction::Both)))
        .maybe(100)
        .response_with(
            200,
            "rrs=\"true\"",
            &[Check { name: "back", found: "m=audio [1-9][0-9]* RTP/AVP 0" }],
        )
        .inside("ACK", 4, "", None)
        .pause(200)
        .hang_up(5);
    check_calls("hold", "5", scenario);
}

/// Lets a caller reach a telephone: 102, who is registered with `telephone` as her contact.
#[track_caller]
fn check_pair(name: &str, calls: &str, calling: Scenario, called: Scenario) {
    let folder = Folder::new(name);
    let port = free_port();
    let served = serve(&folder, ([127, 0, 0, 1], port).into());
    let options = SippOptions {
        name: "called",
        remote: served.address,
        port: free_port(),
        arguments: &["-m", calls, "-l", "200"],
    };
    let telephone = Sipp::start(&folder, &options, called);
    register(&folder, "102", telephone.address, served.address);
    caller(&folder, &served, port, "200", calls, "20", calling).succeed();
    telephone.succeed();
    nothing_is_left(served);
}

#[test]
#[ignore = "needs sipp"]
fn a_telephone_may_lose_every_message_and_is_reached_all_the_same() {
    let called = Scenario::called("102")
        .wait_for_call(1, &[])
        .answer("180 Ringing", "lost=\"30\"")
        .pause(100)
        .accept("retrans=\"500\" lost=\"30\"")
        .request("ACK", "lost=\"30\"")
        .is_hung_up();
    let calling = Scenario::caller("+15550199").call().pause(2_500).hang_up(2);
    check_pair("lossy-telephone", "20", calling, called);
}

#[test]
#[ignore = "needs sipp"]
fn a_telephone_hangs_up_and_its_bye_is_lost_before_it_arrives() {
    let called = Scenario::called("102")
        .wait_for_call(1, &[])
        .answer("180 Ringing", "")
        .pause(100)
        .accept("retrans=\"500\"")
        .request("ACK", "")
        .pause(300)
        .inside("BYE", 7, "retrans=\"500\" lost=\"40\"", None)
        .response(200, "lost=\"40\"");
    let calling = Scenario::caller("+15550199").call().is_hung_up();
    check_pair("telephone-hangs-up", "20", calling, called);
}

#[test]
#[ignore = "needs sipp"]
fn a_caller_who_cancels_stops_the_ringing() {
    let called = Scenario::called("102")
        .wait_for_call(1, &[])
        .answer("180 Ringing", "")
        .request("CANCEL", "")
        .answer_inside("200 OK")
        .answer("487 Request Terminated", "retrans=\"500\"")
        .request("ACK", "");
    let calling = Scenario::caller("+15550199")
        .invite("retrans=\"500\"", Direction::Both)
        .maybe(100)
        .response(180, "")
        .pause(200)
        .cancel("retrans=\"500\"")
        .response(200, "")
        .response(487, "")
        .acknowledge_refusal("");
    check_pair("cancel", "10", calling, called);
}

#[test]
#[ignore = "needs sipp"]
fn a_cancel_that_crosses_the_answer_leaves_no_call_behind() {
    // The telephone answers within the same milliseconds in which the caller gives up. Whoever is
    // first: the telephone sees a CANCEL, or an ACK and a BYE.
    let called = Scenario::called("102")
        .wait_for_call(1, &[])
        .answer("180 Ringing", "")
        .step(
            "<recv request=\"CANCEL\" optional=\"true\" timeout=\"300\" ontimeout=\"answers\" \
             next=\"cancelled\"/>\n<recv request=\"MESSAGE\" timeout=\"300\" ontimeout=\"answers\"/>",
        )
        .label("answers")
        .accept("retrans=\"500\"")
        .step("<recv request=\"CANCEL\" optional=\"true\" next=\"too-late\"/>")
        .request("ACK", "next=\"talks\"")
        .label("too-late")
        .answer_inside("200 OK")
        .request("ACK", "")
        .label("talks")
        .step("<recv request=\"BYE\" next=\"ended\"/>")
        .label("cancelled")
        .answer_inside("200 OK")
        .answer("487 Request Terminated", "retrans=\"500\"")
        .request("ACK", "next=\"end\"")
        .label("ended")
        .answer_inside("200 OK")
        .label("end");
    let calling = Scenario::caller("+15550199")
        .invite("retrans=\"500\" start_txn=\"invite\"", Direction::Both)
        .response(100, "optional=\"true\" response_txn=\"invite\"")
        .response(180, "response_txn=\"invite\"")
        .pause_between(270, 330)
        .cancel("retrans=\"500\" start_txn=\"cancel\"")
        .response(200, "response_txn=\"cancel\" optional=\"true\" next=\"given-up\"")
        .response(487, "response_txn=\"invite\" optional=\"true\" next=\"refused\"")
        .response(200, "response_txn=\"invite\" rrs=\"true\" next=\"answered\"")
        .label("given-up")
        .response(487, "response_txn=\"invite\" optional=\"true\" next=\"refused\"")
        .response(200, "response_txn=\"invite\" rrs=\"true\" next=\"answered\"")
        .label("answered")
        .acknowledge("ack_txn=\"invite\"")
        .inside("BYE", 2, "retrans=\"500\" start_txn=\"bye\"", None)
        .response(200, "response_txn=\"cancel\" optional=\"true\"")
        .response(200, "response_txn=\"bye\" next=\"end\"")
        .label("refused")
        .acknowledge_refusal("ack_txn=\"invite\"")
        .label("end");
    check_pair("crossing", "60", calling, called);
}
