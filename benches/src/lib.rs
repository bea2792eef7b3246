//! Shared inputs and measures of the benchmarks.
//!
//! A [`Parser`] is one SIP library under measurement, ours ([`Centrala`]) or a peer; [`Job`] says what it has to do
//! and [`task`] makes something to time of both. The floor of every ratio is [`floor::split_lines`].

pub mod callgrind;
pub mod corpus;
pub mod exchange;
pub mod floor;
pub mod hostile;
mod ours;
mod parser;
mod pieces;
pub mod rounds;
mod tasks;

pub use ours::Centrala;
pub use parser::{NEW_VIA, Parser, Reading};
pub use pieces::{PIECES, piece};
pub use tasks::{Job, Task, floor_task, handled, task};

/// An INVITE as a desk phone sends it through one proxy.
pub const INVITE: &[u8] = b"INVITE sip:101@pbx.example.com SIP/2.0\r\n\
Via: SIP/2.0/UDP 198.51.100.2:5060;branch=z9hG4bK8f2a;received=198.51.100.2\r\n\
Via: SIP/2.0/UDP 192.0.2.44:5062;rport=40112;branch=z9hG4bK776asdhds\r\n\
Record-Route: <sip:198.51.100.2;lr>\r\n\
Max-Forwards: 69\r\n\
From: \"Front Desk\" <sip:110@pbx.example.com>;tag=1928301774\r\n\
To: <sip:101@pbx.example.com>\r\n\
Call-ID: a84b4c76e66710@192.0.2.44\r\n\
CSeq: 314159 INVITE\r\n\
Contact: <sip:110@192.0.2.44:5062>\r\n\
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE\r\n\
Supported: replaces, timer\r\n\
User-Agent: Desk/1.2\r\n\
Content-Type: application/sdp\r\n\
Content-Length: 129\r\n\
\r\n\
v=0\r\no=- 20518 0 IN IP4 192.0.2.44\r\ns=-\r\nc=IN IP4 192.0.2.44\r\nt=0 0\r\n\
m=audio 54344 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
