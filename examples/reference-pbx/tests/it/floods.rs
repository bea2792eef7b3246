//! Floods: one source sends as fast as it can, and the others notice nothing.

use std::{
    net::{SocketAddr, UdpSocket},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use crate::centrala::{Folder, free_port, serve};

/// How often a customer asks again for one answer, as SIP does for a datagram that was lost.
const ATTEMPTS: u32 = 7;

fn options(local: SocketAddr, number: u64) -> String {
    format!(
        "OPTIONS sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{number}\r\n\
         From: <sip:x@{local}>;tag={number}\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: {number}@{local}\r\n\
         CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

/// Sends without a pause until `done`; returns how many datagrams that were.
fn flood(server: SocketAddr, done: &AtomicBool) -> u64 {
    let socket = UdpSocket::bind("127.0.0.9:0").unwrap();
    let local = socket.local_addr().unwrap();
    let mut sent = 0;
    while !done.load(Ordering::Relaxed) {
        // A datagram that the kernel has no room for is lost, as on a network.
        sent += u64::from(socket.send_to(options(local, sent).as_bytes(), server).is_ok());
    }
    sent
}

/// Asks until there is an answer; returns its status.
fn ask(socket: &UdpSocket, server: SocketAddr, number: u64) -> Option<u16> {
    let request = options(socket.local_addr().unwrap(), number);
    let mut buffer = [0; 2_048];
    for _ in 0..ATTEMPTS {
        socket.send_to(request.as_bytes(), server).unwrap();
        while let Ok(length) = socket.recv(&mut buffer) {
            let text = std::str::from_utf8(&buffer[..length]).unwrap();
            if text.contains(&format!("branch=z9hG4bK{number}")) {
                return text.get("SIP/2.0 ".len()..)?.get(..3)?.parse().ok();
            }
        }
    }
    None
}

#[test]
fn a_source_that_floods_starves_nobody() {
    let folder = Folder::new("flood");
    let served = serve(&folder, SocketAddr::from(([127, 0, 0, 2], free_port())));
    let customer = UdpSocket::bind("127.0.0.8:0").unwrap();
    customer.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let (done, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    let answers: Vec<_> = thread::scope(|scope| {
        scope.spawn(|| sent.store(flood(served.address, &done), Ordering::Relaxed));
        let answers = (0..100)
            .map(|number| {
                thread::sleep(Duration::from_millis(10));
                ask(&customer, served.address, number)
            })
            .collect();
        done.store(true, Ordering::Relaxed);
        answers
    });
    let sent = sent.into_inner();
    assert!(sent > 10_000, "no flood: {sent}");
    assert_eq!(answers, [Some(200); 100], "beside {sent} datagrams of another");
}
