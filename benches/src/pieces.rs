//! Pieces of our own work, for instruction counts.

use std::hint::black_box;

use bytes::Bytes;
use centrala_sip::{HeaderName, Headers, Message};

use crate::{
    Centrala, Job, Parser, Reading,
    floor::split_lines,
    ours::{headers, note_address, note_contact, note_via},
    task,
};

/// The names of all pieces.
pub const PIECES: [&str; 17] = [
    "floor",
    "floor of requests",
    "split",
    "copy+split",
    "split+typed",
    "print",
    "copy and print edited",
    "copy of requests",
    "check",
    "from",
    "to",
    "via",
    "cseq",
    "contact",
    "call-id",
    "max-forwards",
    "absent header",
];

/// Does a piece of work with every message, so many times; `None` if there is no such piece. What it needs
/// beforehand costs the same for any number of passes, but for edits: each needs a copy of its own, and that is a
/// piece as well.
#[must_use]
pub fn piece(name: &str, datagrams: &[Bytes], passes: usize) -> Option<usize> {
    let job = match name {
        "copy and print edited" => Some(Job::PrintEdited),
        _ => Job::ALL.into_iter().find(|job| job.name() == name && *job != Job::PrintEdited),
    };
    if let Some(job) = job {
        let mut work = task::<Centrala>(job, datagrams);
        work.prepare(passes);
        return Some(work.run());
    }
    let messages: Vec<Message> = datagrams.iter().filter_map(Centrala::split).collect();
    let requests: Vec<Message> =
        messages.iter().filter(|it| matches!(it, Message::Request(_))).cloned().collect();
    Some(match name {
        "floor" => each(datagrams, passes, |octets| split_lines(octets)),
        "floor of requests" => {
            let octets: Vec<_> = requests.iter().map(Message::to_bytes).collect();
            each(&octets, passes, |octets| split_lines(octets))
        }
        "copy of requests" => {
            each(&requests, passes, |request| headers(&black_box(request.clone())).len())
        }
        "check" => each(&messages, passes, |message| {
            usize::from(match message {
                Message::Request(request) => request.check().is_ok(),
                Message::Response(response) => response.check().is_ok(),
            })
        }),
        _ => {
            let read = header(name)?;
            each(&messages, passes, |message| {
                let mut reading = Reading::default();
                read(headers(message), &mut reading);
                black_box(reading).sum
            })
        }
    })
}

fn each<T>(items: &[T], passes: usize, work: impl Fn(&T) -> usize) -> usize {
    let mut sum = 0;
    for _ in 0..passes {
        for item in items {
            sum += work(black_box(item));
        }
    }
    sum
}

fn header(name: &str) -> Option<fn(&Headers, &mut Reading)> {
    Some(match name {
        "from" => |headers, reading| {
            if let Ok(from) = headers.from() {
                note_address(reading, &from);
            }
        },
        "to" => |headers, reading| {
            if let Ok(to) = headers.to() {
                note_address(reading, &to);
            }
        },
        "via" => |headers, reading| {
            for via in headers.vias().flatten() {
                note_via(reading, &via);
            }
        },
        "cseq" => |headers, reading| {
            if let Ok(cseq) = headers.cseq() {
                reading.cseq(cseq.number(), cseq.method());
            }
        },
        "contact" => |headers, reading| {
            for contact in headers.contacts().flatten() {
                note_contact(reading, &contact);
            }
        },
        "call-id" => |headers, reading| {
            if let Ok(call_id) = headers.call_id() {
                reading.call_id(call_id.as_str());
            }
        },
        "max-forwards" => |headers, reading| {
            reading.sum += usize::try_from(headers.max_forwards().unwrap_or(0)).unwrap_or(0);
        },
        "absent header" => |headers, reading| {
            reading.sum += usize::from(headers.has(&HeaderName::SUBSCRIPTION_STATE));
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus;

    #[test]
    fn every_piece_does_something() {
        for name in PIECES {
            let once = piece(name, &corpus::datagrams(), 1).expect(name);
            assert!(once > 0, "{name}");
            assert_eq!(piece(name, &corpus::datagrams(), 3), Some(once * 3), "{name}");
        }
        assert_eq!(piece("no such piece", &[], 1), None);
    }
}
