//! What every SIP library is asked to do.

use std::hint::black_box;

use bytes::Bytes;

/// The Via that is put on top of an edited message.
pub const NEW_VIA: &str = "SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bKb3c0.51f7a0e2;rport";

/// A SIP library under measurement, used the way its documentation shows.
pub trait Parser {
    /// Its name and version.
    const NAME: &'static str;

    /// A message after its normal top-level parse.
    type Parsed: Clone;

    /// Reads start line and headers and frames the body.
    fn split(datagram: &Bytes) -> Option<Self::Parsed>;

    /// Reads From, To, all Vias, `CSeq`, all Contacts and Call-ID as typed values.
    fn typed(parsed: &Self::Parsed) -> Option<Reading>;

    /// Puts [`NEW_VIA`], which is there as a typed value beforehand, on top and takes one from Max-Forwards; false
    /// if it cannot.
    fn edit(parsed: &mut Self::Parsed) -> bool;

    /// Writes the message.
    fn print(parsed: &Self::Parsed) -> impl AsRef<[u8]>;
}

/// What was read of the typed headers: two libraries that did the same work have the same reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a sum for comparisons")]
pub struct Reading {
    /// Vias.
    pub vias: usize,
    /// Contacts.
    pub contacts: usize,
    /// Lengths of users, tags, branches and Call-ID, and the values of ports and sequence numbers.
    pub sum: usize,
}

impl Reading {
    /// Notes the address of From or To.
    pub fn address<H>(
        &mut self,
        user: Option<&str>,
        host: H,
        port: Option<u16>,
        tag: Option<&str>,
    ) {
        black_box(host);
        let (user, tag) = (black_box(user), black_box(tag));
        self.sum += user.map_or(0, str::len) + tag.map_or(0, str::len);
        self.sum += usize::from(black_box(port).unwrap_or(0));
    }

    /// Notes a contact.
    pub fn contact<H>(&mut self, user: Option<&str>, host: H, port: Option<u16>) {
        self.contacts += 1;
        self.address(user, host, port, None);
    }

    /// Notes a Via.
    pub fn via<H>(&mut self, host: H, port: Option<u16>, branch: Option<&str>) {
        black_box(host);
        self.vias += 1;
        self.sum += black_box(branch).map_or(0, str::len);
        self.sum += usize::from(black_box(port).unwrap_or(0));
    }

    /// Notes the sequence number and its method.
    pub fn cseq<M>(&mut self, number: u32, method: M) {
        black_box(method);
        self.sum += usize::try_from(black_box(number)).unwrap_or(0);
    }

    /// Notes the Call-ID.
    pub fn call_id(&mut self, call_id: &str) {
        self.sum += black_box(call_id).len();
    }
}
