//! The messages that everybody parses.

use bytes::Bytes;

macro_rules! corpus {
    ($($name:literal),* $(,)?) => {
        /// Twenty-two messages as phones, trunks and proxies send them: name and octets.
        pub const MESSAGES: [(&str, &[u8]); COUNT] =
            [$(($name, include_bytes!(concat!("../corpus/", $name, ".sip")))),*];
    };
}

/// Messages in the corpus.
pub const COUNT: usize = 22;

corpus![
    "01_invite_offer",
    "02_invite_proxy_authorization",
    "03_register_authorization",
    "04_ok_through_four_proxies",
    "05_unauthorized_two_challenges",
    "06_options_probe",
    "07_notify_message_summary",
    "08_refer_with_replaces",
    "09_subscribe_message_summary",
    "10_bye_with_routes",
    "11_cancel_answered_elsewhere",
    "12_invite_compact_forms",
    "13_invite_folded",
    "14_ringing",
    "15_trying",
    "16_ack",
    "17_ok_register_three_contacts",
    "18_info_keys",
    "19_message_over_ipv6",
    "20_busy_with_reasons",
    "21_notify_dialog_info",
    "22_prack",
];

/// Returns the corpus as datagrams on the heap which are already shared, as a server has them after its first clone.
#[must_use]
pub fn datagrams() -> Vec<Bytes> {
    let copy = |&(_, octets): &(&str, &[u8])| {
        let datagram = Bytes::copy_from_slice(octets);
        // The first clone of a `Bytes` made of a vector allocates the counter that later clones share.
        drop(datagram.clone());
        datagram
    };
    MESSAGES.iter().map(copy).collect()
}

/// Returns the octets of the whole corpus.
#[must_use]
pub fn octets() -> usize {
    MESSAGES.iter().map(|(_, octets)| octets.len()).sum()
}

/// Returns how many of the messages are requests.
#[must_use]
pub fn requests() -> usize {
    MESSAGES.iter().filter(|(_, octets)| !octets.starts_with(b"SIP/2.0 ")).count()
}

#[cfg(test)]
mod tests {
    use centrala_sip::Message;

    use super::*;
    use crate::{Centrala, Parser};

    #[test]
    fn the_corpus_has_twenty_two_messages_of_seven_hundred_octets() {
        assert_eq!(MESSAGES.len(), COUNT);
        assert!((650..=750).contains(&(octets() / COUNT)), "{}", octets() / COUNT);
    }

    #[test]
    fn every_line_end_is_cr_lf() {
        for (name, octets) in MESSAGES {
            let text = String::from_utf8_lossy(octets);
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{name}");
        }
    }

    #[test]
    fn every_message_is_accepted_whole() {
        for (name, octets) in MESSAGES {
            let message = Message::parse(Bytes::from_static(octets)).expect(name);
            let (checked, headers, body) = match &message {
                Message::Request(request) => (request.check(), request.headers(), request.body()),
                Message::Response(response) => {
                    (response.check(), response.headers(), response.body())
                }
            };
            assert_eq!(checked, Ok(()), "{name}");
            assert_eq!(
                headers.number(&centrala_sip::HeaderName::CONTENT_LENGTH).ok(),
                u32::try_from(body.len()).ok(),
                "{name}",
            );
            assert_eq!(message.to_bytes(), octets, "{name}");
        }
    }

    #[test]
    fn every_typed_header_is_read() {
        let mut contacts = 0;
        for (name, octets) in MESSAGES {
            let message = Centrala::split(&Bytes::from_static(octets)).expect(name);
            let reading = Centrala::typed(&message).expect(name);
            let vias = String::from_utf8_lossy(octets).matches("SIP/2.0/").count();
            assert_eq!(reading.vias, vias, "{name}");
            contacts += reading.contacts;
        }
        // A refusal has none, and a registrar answers with three.
        assert_eq!(contacts, COUNT - 1 + 2);
    }

    #[test]
    fn an_edited_message_differs_in_its_two_lines() {
        let (_, octets) = MESSAGES.first().expect("the corpus is not empty");
        let mut message = Centrala::split(&Bytes::from_static(octets)).expect("accepted");
        assert!(Centrala::edit(&mut message));
        let text = String::from_utf8_lossy(octets)
            .replacen("Via: ", &format!("Via: {}\r\nVia: ", crate::NEW_VIA), 1)
            .replace("Max-Forwards: 70", "Max-Forwards: 69");
        assert_eq!(String::from_utf8_lossy(Centrala::print(&message).as_ref()), text);
    }
}
