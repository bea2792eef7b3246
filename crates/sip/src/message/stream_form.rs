//! A message as a stream needs it.

use alloc::{string::ToString as _, vec::Vec};

use bytes::Bytes;
use memchr::memchr_iter;

use super::{Content, Message};
use crate::HeaderName;

impl Message {
    /// Returns the message as octets for a stream (TCP, TLS): as [`Message::to_bytes`], but what only a datagram may
    /// do without is there. Line ends are CRLF, and Content-Length is told (RFC 3261 section 18.3).
    #[must_use]
    pub fn to_stream_bytes(&self) -> Bytes {
        match self {
            Self::Request(request) => request.content.to_stream_bytes(),
            Self::Response(response) => response.content.to_stream_bytes(),
        }
    }
}

impl Content {
    fn to_stream_bytes(&self) -> Bytes {
        let datagram = self.headers.datagram();
        let start_line = self.start_line.in_(datagram);
        let blank = self.blank.in_(datagram);
        let has_length = self.headers.has(&HeaderName::CONTENT_LENGTH);
        let mut lines = self.headers.iter().map(|header| header.line());
        if has_length && is_fit(start_line) && is_fit(blank) && lines.all(is_fit) {
            return self.to_bytes();
        }
        let body = self.body();
        let mut text = Vec::new();
        push_fit(&mut text, start_line);
        for header in &self.headers {
            push_fit(&mut text, header.line());
        }
        if !has_length {
            text.extend_from_slice(b"Content-Length: ");
            text.extend_from_slice(body.len().to_string().as_bytes());
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"\r\n");
        text.extend_from_slice(body);
        Bytes::from(text)
    }
}

/// Tells whether every LF has its CR.
fn is_fit(line: &[u8]) -> bool {
    memchr_iter(b'\n', line).all(|lf| has_cr(line, lf))
}

fn has_cr(line: &[u8], lf: usize) -> bool {
    lf.checked_sub(1).and_then(|before| line.get(before)) == Some(&b'\r')
}

/// Appends a line with its folds, each with a CRLF.
fn push_fit(text: &mut Vec<u8>, line: &[u8]) {
    for piece in line.split_inclusive(|&byte| byte == b'\n') {
        match piece.strip_suffix(b"\n") {
            Some(bare) if !has_cr(piece, bare.len()) => {
                text.extend_from_slice(bare);
                text.extend_from_slice(b"\r\n");
            }
            Some(_) | None => text.extend_from_slice(piece),
        }
    }
}
