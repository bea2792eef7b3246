//! What idle registrations cost in memory: octets that are allocated and not freed, for each of 10,000 telephones that have
//! registered and refreshed twice; and octets of the journal on disk.

#![expect(clippy::print_stdout, clippy::expect_used, clippy::panic, reason = "it prints a table")]

use std::alloc::System;

use bytes::Bytes;
use centrala_sip::{Message, Request};
use centrala_store_locations::FileLocations;
use centrala_time::Timestamp;
use centrala_ua::{
    LocationRecord, LocationStore as _, Persistence, RegisterRequest, Registrar, RegistrarConfig,
    RegistrarOutput,
};
use core::time::Duration;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const TELEPHONES: usize = 10_000;
const ROUNDS: u32 = 3;

fn main() {
    println!("telephones\tregistrar\tstore\tjournal");
    measure("straight", "");
    measure("by a proxy", "Path: <sip:token%40@edge.example:5060;lr;ob>\r\n");
}

fn measure(what: &str, paths: &str) {
    let mut config = RegistrarConfig::default();
    config.persistence = Some(Persistence::new(Duration::from_secs(1_795_550_000)));
    let mut registrar = Registrar::new(config);
    let before = Region::new(ALLOCATOR);
    let mut records = Vec::new();
    for round in 1..=ROUNDS {
        for number in 0..TELEPHONES {
            let port = 1_024 + number;
            let flow = format!("UDP 198.51.100.{}:{port}", number % 250).parse();
            let flow = flow.expect("it is a flow");
            let request = RegisterRequest::read(&register(number, round, paths), flow);
            let request = request.expect("the request is well-formed");
            let now = Timestamp::from_millis(u64::from(round) * 1_000);
            let done = registrar.handle_register(&number.to_string(), request, now);
            done.expect("the request is in order");
            records.extend(core::iter::from_fn(|| registrar.poll_output()).filter_map(kept));
        }
    }
    // Records share their texts with the bindings: a store on another thread keeps lines of its own.
    let dir = std::env::temp_dir().join(format!("centrala-registrations-{}", std::process::id()));
    let (mut store, _) = FileLocations::open(&dir).expect("a new directory can be used");
    let unkept = Region::new(ALLOCATOR);
    for record in &records {
        store.put(record.clone());
    }
    store.flush().expect("the disk works");
    let stored = live(&unkept);
    let journal = store.journal_length().unwrap_or_default();
    drop(records);
    let registered = live(&before).saturating_sub(stored);
    println!("{what}\t{}\t{}\t{}", each(registered), each(stored), journal / 10_000);
    drop(store);
    std::fs::remove_dir_all(dir).expect("the directory is ours");
}

fn kept(output: RegistrarOutput) -> Option<LocationRecord> {
    if let RegistrarOutput::Keep(record) = output { Some(record) } else { None }
}

fn live(region: &Region<'_, System>) -> usize {
    let change = region.change();
    change.bytes_allocated.saturating_sub(change.bytes_deallocated)
}

const fn each(sum: usize) -> usize {
    sum / TELEPHONES
}

fn register(number: usize, round: u32, more: &str) -> Request {
    let host = format!("10.0.{}.{}:5060", number / 250, number % 250);
    let text = format!(
        "REGISTER sip:pbx.example SIP/2.0\r\n\
         Via: SIP/2.0/UDP {host};branch=z9hG4bK{number}-{round};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:{number}@pbx.example>;tag=1\r\nTo: <sip:{number}@pbx.example>\r\n\
         Call-ID: 313030303030{number:08}@10.0.0.1\r\nCSeq: {round} REGISTER\r\n\
         Supported: path, outbound\r\n{more}Contact: <sip:{number}@{host};transport=udp>;reg-id=1;\
         +sip.instance=\"<urn:uuid:00000000-0000-1000-8000-{number:012}>\"\r\nExpires: 3600\r\n\
         User-Agent: a telephone of some length 1.2.3\r\nContent-Length: 0\r\n\r\n",
    );
    match Message::parse(Bytes::from(text)) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}
