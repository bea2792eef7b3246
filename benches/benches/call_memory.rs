//! How much memory a call costs an endpoint, and in how many pieces, as lines of tab-separated values: when, octets
//! and pieces per leg. Both legs of each call are counted; what their users keep is not.

#![expect(clippy::print_stdout, reason = "it prints a table")]

use std::{alloc::System, net::SocketAddr};

use bytes::Bytes;
use centrala_time::Timestamp;
use centrala_ua::{Endpoint, EndpointConfig, Event, OutgoingCall, Output, Strangers};
use core::time::Duration;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CALLS: usize = 10_000;

const DESCRIPTION: &[u8] =
    b"v=0\r\no=- 3747 3747 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
    m=audio 49170 RTP/AVP 9 0 8 101\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n";

/// A caller and a callee.
struct Pair {
    endpoints: [Endpoint; 2],
    addresses: [SocketAddr; 2],
    now: Timestamp,
}

fn main() {
    let mut pair = Pair::new();
    let region = Region::new(ALLOCATOR);
    for number in 0..CALLS {
        pair.call(number);
    }
    print("answered", &region);
    // The transactions of the INVITEs absorb retransmissions for a while.
    for _ in 0..80 {
        pair.wait(Duration::from_millis(500));
    }
    let counts = pair.endpoints.each_ref().map(|one| (one.call_count(), one.transaction_count()));
    assert_eq!(counts, [(CALLS, 0); 2], "every call stands, and nothing else is left");
    print("established", &region);
}

impl Pair {
    fn new() -> Self {
        let addresses = [1, 2].map(|host| SocketAddr::from(([192, 0, 2, host], 5060)));
        let endpoints = addresses.map(|address| {
            let mut config = EndpointConfig::new(address);
            config.strangers = Strangers::Admit;
            config.limits.calls = CALLS;
            config.limits.transactions = 4 * CALLS;
            Endpoint::new(config, [1; 32], Timestamp::ZERO)
        });
        Self { endpoints, addresses, now: Timestamp::ZERO }
    }

    fn call(&mut self, number: usize) {
        let from = format!("\"Alice {number}\" <sip:alice{number}@example.com>");
        let uri = format!("sip:bob{number}@192.0.2.2");
        let (Ok(from), Ok(uri)) = (from.parse(), uri.parse()) else { return };
        let [caller, _] = &mut self.endpoints;
        let [_, callee] = self.addresses;
        let offer = Bytes::from_static(DESCRIPTION);
        let call = caller.invite(OutgoingCall::new(uri, callee.into(), from, offer), self.now);
        assert!(call.is_ok(), "{call:?}");
        self.exchange();
    }

    fn wait(&mut self, duration: Duration) {
        self.now += duration;
        for endpoint in &mut self.endpoints {
            endpoint.handle_timeout(self.now);
        }
        self.exchange();
    }

    /// Hands datagrams over until there are none.
    fn exchange(&mut self) {
        let [caller, callee] = &mut self.endpoints;
        let [caller_at, callee_at] = self.addresses;
        while pass(caller, callee, caller_at, self.now) | pass(callee, caller, callee_at, self.now)
        {
        }
    }
}

/// Takes what one endpoint wants done. Returns whether that was anything.
fn pass(from: &mut Endpoint, to: &mut Endpoint, source: SocketAddr, now: Timestamp) -> bool {
    let mut any = false;
    while let Some(output) = from.poll_output() {
        any = true;
        match output {
            // A socket reads into memory of its own.
            Output::Send { datagram, .. } => {
                to.handle_datagram(source.into(), Bytes::copy_from_slice(&datagram), now);
            }
            Output::Event(Event::Incoming(incoming)) => {
                from.ring(incoming.call, None, now);
                from.answer(incoming.call, Bytes::from_static(DESCRIPTION), now);
            }
            Output::Event(_) | Output::Keep(_) | _ => {}
        }
    }
    any
}

fn print(when: &str, region: &Region<'_, System>) {
    let change = region.change();
    let legs = 2 * CALLS;
    let octets = change.bytes_allocated.saturating_sub(change.bytes_deallocated) / legs;
    let tenths = change.allocations.saturating_sub(change.deallocations) * 10 / legs;
    println!("{when}\t{octets}\t{}.{}", tenths / 10, tenths % 10);
}
