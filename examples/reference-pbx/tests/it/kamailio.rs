//! Kamailio, a proxy that we did not write, in front of the office.

use std::{net::SocketAddr, time::Duration};

use crate::{
    baresip::{Baresip, tone_file},
    centrala::{Folder, PASSWORD, Served, serve},
    peer_process::{Kamailio, Sipp, SippOptions, register, spaced_port},
    scenario::{Check, Scenario},
};

/// An office behind its proxy, which is its telephone company too.
struct Proxied {
    folder: Folder,
    served: Served,
    proxy: Kamailio,
}

impl Proxied {
    fn start(name: &str, telephones: &[SocketAddr]) -> Self {
        let folder = Folder::new(name);
        // The office must know its proxy before the proxy knows the office.
        let address = ([127, 0, 0, 1], spaced_port()).into();
        let served = serve(&folder, address);
        let proxy = Kamailio::start(&folder, address, served.address, telephones);
        Self { folder, served, proxy }
    }

    /// Starts a caller who dials `number` at the proxy.
    fn caller(&self, number: &str, scenario: Scenario) -> Sipp {
        let options = SippOptions {
            name: "caller",
            remote: self.proxy.address,
            port: spaced_port(),
            arguments: &["-s", number, "-m", "1"],
        };
        Sipp::start(&self.folder, &options, scenario)
    }

    /// Starts a telephone.
    fn telephone(&self, name: &str, at: SocketAddr, scenario: Scenario) -> Sipp {
        let options = SippOptions {
            name,
            remote: self.proxy.address,
            port: at.port(),
            arguments: &["-m", "1"],
        };
        Sipp::start(&self.folder, &options, scenario)
    }

    /// Everything went over the proxy by its routes, and no call is left in the office.
    #[track_caller]
    fn has_seen(mut self, passed: &[&str]) {
        let log = self.proxy.log();
        for request in passed {
            assert!(log.contains(&format!("PASSED {request}")), "no {request} has passed: {log}");
        }
        assert!(!log.contains("UNROUTED"), "a request inside of a dialog had no Route: {log}");
        self.served.running.terminate();
        let draining = self.served.running.wait_for_event("draining");
        assert_eq!(draining["calls"], 0, "calls are left");
        self.served.running.wait_for_event("stopped");
    }
}

/// A message that came over the proxy has its Via on top of another.
fn over(proxy: SocketAddr) -> String {
    format!("Via: SIP/2.0/UDP {proxy}.*Via: SIP/2.0/UDP")
}

fn new_address() -> SocketAddr {
    ([127, 0, 0, 1], spaced_port()).into()
}

#[test]
#[ignore = "needs kamailio, sipp"]
fn a_call_from_a_proxy_is_acknowledged_and_ended_over_it() {
    let proxied = Proxied::start("kamailio-in", &[]);
    let scenario = Scenario::caller("+15550199").call().pause(500).hang_up(2);
    proxied.caller("100", scenario).succeed();
    proxied.has_seen(&["ACK", "BYE"]);
}

#[test]
#[ignore = "needs kamailio, sipp"]
fn the_office_ends_a_call_over_the_proxy_that_it_came_over() {
    // The telephone that is behind the same proxy hangs up; so the office does towards the caller.
    let at = new_address();
    let proxied = Proxied::start("kamailio-out", &[]);
    register(&proxied.folder, "102", at, proxied.proxy.address);
    let over = over(proxied.proxy.address);
    let acknowledged = Check { name: "ack", found: &over };
    let called = Scenario::called("102")
        .wait_for_call(2, &[Check { name: "invite", found: &over }])
        .answer("180 Ringing", "")
        .pause(200)
        .accept("retrans=\"500\"")
        .request_with("ACK", "", &[acknowledged])
        .pause(500)
        .hang_up(5);
    let telephone = proxied.telephone("called", at, called);
    let calling = Scenario::caller("+15550199")
        .call()
        .request_with("BYE", "", &[Check { name: "bye", found: &over }])
        .answer_inside("200 OK");
    proxied.caller("200", calling).succeed();
    telephone.succeed();
    assert!(proxied.proxy.log().contains("PATH INVITE"), "the office follows the Path");
    proxied.has_seen(&["ACK", "BYE"]);
}

#[test]
#[ignore = "needs kamailio, sipp"]
fn the_office_acknowledges_and_ends_a_call_to_a_telephone_behind_a_proxy() {
    let at = new_address();
    let proxied = Proxied::start("kamailio-telephone", &[]);
    register(&proxied.folder, "102", at, proxied.proxy.address);
    let over = over(proxied.proxy.address);
    let called = Scenario::called("102")
        .wait_for_call(2, &[])
        .answer("180 Ringing", "")
        .pause(200)
        .accept("retrans=\"500\"")
        .request_with("ACK", "", &[Check { name: "ack", found: &over }])
        .request_with("BYE", "", &[Check { name: "bye", found: &over }])
        .answer_inside("200 OK");
    let telephone = proxied.telephone("called", at, called);
    let calling = Scenario::caller("+15550199").call().pause(700).hang_up(2);
    proxied.caller("200", calling).succeed();
    telephone.succeed();
    proxied.has_seen(&["ACK", "BYE"]);
}

/// A telephone that rings and is not answered: the proxy cancels it.
fn rings_in_vain() -> Scenario {
    Scenario::called("102")
        .wait_for_call(2, &[])
        .answer("180 Ringing", "")
        .request("CANCEL", "")
        .answer_inside("200 OK")
        .answer("487 Request Terminated", "retrans=\"500\"")
        .request("ACK", "")
}

#[test]
#[ignore = "needs kamailio, sipp"]
fn a_proxy_forks_both_telephones_ring_and_one_answers() {
    let (one, two) = (new_address(), new_address());
    let proxied = Proxied::start("kamailio-fork", &[one, two]);
    register(&proxied.folder, "102", one, proxied.proxy.address);
    let answers = Scenario::called("102")
        .wait_for_call(2, &[])
        .answer("180 Ringing", "")
        .pause(500)
        .accept("retrans=\"500\"")
        .request("ACK", "")
        .wait_for_bye();
    let one = proxied.telephone("one", one, rings_in_vain());
    let two = proxied.telephone("two", two, answers);
    let calling = Scenario::caller("+15550199").call().pause(1_500).hang_up(2);
    proxied.caller("200", calling).succeed();
    one.succeed();
    two.succeed();
    proxied.has_seen(&["ACK", "BYE"]);
}

#[test]
#[ignore = "needs kamailio, sipp"]
fn both_telephones_of_a_fork_answer_and_the_surplus_one_is_acknowledged_and_ended() {
    // The proxy cancels a telephone that answers too late: then they did not both answer, and try again.
    let both = (1..=8).any(|attempt| both_answer(&format!("kamailio-both-{attempt}")));
    assert!(both, "one telephone was cancelled each time");
}

/// Calls two telephones that answer at once. Returns whether both have answered before one was cancelled.
fn both_answer(name: &str) -> bool {
    let (one, two) = (new_address(), new_address());
    let proxied = Proxied::start(name, &[one, two]);
    register(&proxied.folder, "102", one, proxied.proxy.address);
    // Neither rings before: a proxy cancels no branch of which it has heard nothing yet.
    let answers = || {
        Scenario::called("102")
            .wait_for_call(2, &[])
            .accept("retrans=\"500\"")
            .request("ACK", "")
            .wait_for_bye()
    };
    let mut one = proxied.telephone("one", one, answers());
    let mut two = proxied.telephone("two", two, answers());
    let calling = Scenario::caller("+15550199").call().pause(3_000).hang_up(2);
    let mut caller = proxied.caller("200", calling);
    // While the caller talks, one telephone is left alone and has got ACK and BYE already.
    let mut ended = 0;
    while !caller.is_over() {
        ended = ended.max(u32::from(one.is_over()) + u32::from(two.is_over()));
        if ended == 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    if [&one, &two].iter().any(|telephone| telephone.messages().contains("\nCANCEL ")) {
        return false;
    }
    assert!(!caller.is_over() && ended == 1, "{ended} telephones were hung up at first");
    caller.succeed();
    one.succeed();
    two.succeed();
    proxied.has_seen(&["ACK", "BYE"]);
    true
}

#[test]
#[ignore = "needs kamailio, baresip, sipp"]
fn baresip_registers_over_the_proxy_is_called_over_it_and_hangs_up_over_it() {
    let mut proxied = Proxied::start("kamailio-baresip", &[]);
    let account = format!(
        "<sip:102@{}>;outbound=\"sip:{};transport=udp\";auth_user=102;auth_pass={PASSWORD};\
         regint=60;sipnat=outbound;audio_codecs=PCMU;answermode=auto",
        proxied.served.address, proxied.proxy.address
    );
    let source = tone_file(&proxied.folder, 1_040.0);
    let baresip = Baresip::start(&proxied.folder, "bob", &account, &source);
    let registered = proxied.served.running.wait_for_event("registered");
    assert_eq!(registered["user"], "102");
    let over = over(proxied.proxy.address);
    let calling = Scenario::caller("+15550199")
        .call()
        .request_with("BYE", "", &[Check { name: "bye", found: &over }])
        .answer_inside("200 OK");
    let caller = proxied.caller("200", calling);
    proxied.served.running.wait_for_step("talking with Bob");
    std::thread::sleep(Duration::from_millis(500));
    baresip.command("hangup", "");
    caller.succeed();
    // And a call that the caller ends.
    let calling = Scenario::caller("+15550198").call().pause(700).hang_up(2);
    proxied.caller("200", calling).succeed();
    drop(baresip);
    assert!(proxied.proxy.log().contains("PATH INVITE"), "the office follows the Path");
    proxied.has_seen(&["ACK", "BYE"]);
}
