//! Can a stranger tell by our work who exists? Counts instructions for a REGISTER of a user that exists and of one that
//! does not, without credentials and with a wrong password, and fails if they are more than 2 % apart.
//!
//! `enumeration` measures (it needs valgrind); `enumeration bare|wrong there|missing TIMES` is what it measures.

#![expect(clippy::print_stdout, reason = "it answers on a terminal")]

use std::{env, net::Ipv4Addr, process::ExitCode};

use centrala_benches::callgrind::per_repetition;
use centrala_time::Timestamp;
use centrala_ua::{Algorithm, Endpoint, EndpointConfig, Flow, Ha1, Output, User};

/// How many users the office has.
const USERS: u32 = 500;

/// Runs of which the difference is taken.
const RUNS: (u64, u64) = (200, 1_200);

/// The largest difference that is borne, in thousandths.
const BORNE: u64 = 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => measure(),
        [credentials @ ("bare" | "wrong"), who @ ("there" | "missing"), times] => {
            let Ok(times) = times.parse::<u32>() else { return usage() };
            let mut office = Office::new();
            let octets: usize = (0..times).map(|one| office.ask(one, credentials, who)).sum();
            println!("{octets} octets");
            ExitCode::SUCCESS
        }
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    println!("usage: enumeration [bare|wrong there|missing TIMES]");
    ExitCode::from(2)
}

fn measure() -> ExitCode {
    let Ok(program) = env::current_exe() else { return ExitCode::FAILURE };
    let mut code = ExitCode::SUCCESS;
    println!("| REGISTER | user exists | user is missing | apart |\n| --- | ---: | ---: | ---: |");
    for credentials in ["bare", "wrong"] {
        let mut counts = [0; 2];
        for (count, who) in counts.iter_mut().zip(["there", "missing"]) {
            match per_repetition(&program, &[credentials, who], RUNS) {
                Ok(instructions) => *count = instructions,
                Err(error) => {
                    println!("{error}");
                    return ExitCode::FAILURE;
                }
            }
        }
        let [there, missing] = counts;
        let apart = there.abs_diff(missing) * 1_000 / there.max(1);
        println!("| {credentials} | {there} | {missing} | {}.{} % |", apart / 10, apart % 10);
        if apart > BORNE {
            println!("more than {} % apart", BORNE / 10);
            code = ExitCode::FAILURE;
        }
    }
    code
}

struct Office {
    endpoint: Endpoint,
    now: Timestamp,
}

impl Office {
    fn new() -> Self {
        let mut config = EndpointConfig::new(([192, 0, 2, 10], 5060).into());
        for user in 0..USERS {
            let name = format!("u{user:04}");
            let secret = Ha1::new(Algorithm::Md5, &name, &config.realm, "secret");
            config.users.insert(name, User::new(vec![secret]));
        }
        let now = Timestamp::ZERO;
        Self { endpoint: Endpoint::new(config, [7; 32], now), now }
    }

    /// Asks from a place of its own, so that no failure of another is remembered.
    fn ask(&mut self, one: u32, credentials: &str, who: &str) -> usize {
        let octets = (0x0a00_0000 + one * 256 + 1).to_be_bytes();
        let place = (Ipv4Addr::from(octets), 5060).into();
        // Every user has her turn, and so has every name that is missing.
        let number = one % USERS;
        let user = match who {
            "there" => format!("u{number:04}"),
            // Beside them in every order, and as long.
            _ => format!("u{number:03}x"),
        };
        let first = self.register(place, &user, one, 1, "");
        if credentials == "bare" {
            return first.len();
        }
        let nonce = first.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next());
        let authorization = format!(
            "Authorization: Digest username=\"{user}\", realm=\"centrala\", nonce=\"{}\", \
             uri=\"sip:192.0.2.10\", response=\"0123456789abcdef0123456789abcdef\", qop=auth, \
             nc=00000001, cnonce=\"c\", algorithm=MD5\r\n",
            nonce.unwrap_or_default()
        );
        first.len() + self.register(place, &user, one, 2, &authorization).len()
    }

    fn register(
        &mut self,
        place: std::net::SocketAddr,
        user: &str,
        one: u32,
        sequence: u32,
        authorization: &str,
    ) -> String {
        let request = format!(
            "REGISTER sip:192.0.2.10 SIP/2.0\r\n\
             Via: SIP/2.0/UDP {place};branch=z9hG4bK{one:06}{sequence}\r\nMax-Forwards: 70\r\n\
             From: <sip:{user}@192.0.2.10>;tag=a\r\nTo: <sip:{user}@192.0.2.10>\r\n\
             Call-ID: {one:06}\r\nCSeq: {sequence} REGISTER\r\nContact: <sip:{user}@{place}>\r\n\
             {authorization}Content-Length: 0\r\n\r\n"
        );
        self.endpoint.handle_datagram(Flow::from(place), request.into(), self.now);
        let mut response = String::new();
        while let Some(output) = self.endpoint.poll_output() {
            if let Output::Send { datagram, .. } = output {
                response.push_str(&String::from_utf8_lossy(&datagram));
            }
        }
        response
    }
}
