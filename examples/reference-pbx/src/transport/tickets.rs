//! Tickets for tests: they come from an endpoint only.

use centrala_sip::{NameAddr, Uri};
use centrala_time::Timestamp;
use centrala_ua::{Endpoint, EndpointConfig, OutgoingCall, Output, Ticket};

/// Returns a ticket of its own for each number.
pub(super) fn ticket(number: usize) -> Ticket {
    let uri: Uri = "sip:a@192.0.2.1".parse().unwrap();
    let from = NameAddr::new(&uri);
    let config = EndpointConfig::new("192.0.2.9:5060".parse().unwrap());
    let mut endpoint = Endpoint::new(config, [0; 32], Timestamp::ZERO);
    let mut tickets = Vec::new();
    for _ in 0..=number {
        let flow = "192.0.2.1:5060".parse().unwrap();
        let call = OutgoingCall::new(uri.clone(), flow, from.clone(), Default::default());
        endpoint.invite(call, Timestamp::ZERO).unwrap();
        let outputs = std::iter::from_fn(|| endpoint.poll_output());
        tickets.extend(outputs.filter_map(|output| match output {
            Output::Send { ticket, .. } => ticket,
            _ => None,
        }));
    }
    tickets[number]
}
