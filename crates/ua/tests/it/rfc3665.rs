//! The flows of RFC 3665, each with its figure: registrations (section 2) and calls (section 3).
//!
//! The telephones and the registrar are ours, the proxies are test equipment. Numbers are those of the RFC wherever
//! the messages are the same; a 100 Trying of a telephone, which the RFC's have not, is in brackets without a number.

use centrala_sip::{Message, Method};

use crate::world::{World, message};

mod registration;
mod session;

/// Draws what was sent, and holds it against the figure that is kept.
macro_rules! assert_figure {
    ($name:literal, $world:expr) => {
        insta::with_settings!({ snapshot_path => "../snapshots/rfc3665", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!($name, $world.take_figure());
        });
    };
}
use assert_figure;

/// The routes that the requests of a method had when one has sent them, in order.
fn routes(world: &World, method: &Method, from: &str) -> Vec<Vec<String>> {
    let from = from.parse().unwrap();
    let sent = world.sent().iter().filter(|sent| sent.from == from).map(message);
    sent.filter_map(|message| match message {
        Message::Request(request) if request.method() == method => {
            Some(request.routes().map(|route| route.unwrap().uri().to_string()).collect())
        }
        Message::Request(_) | Message::Response(_) => None,
    })
    .collect()
}
