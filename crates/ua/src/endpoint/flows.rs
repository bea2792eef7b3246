//! Which ways are needed.

use super::Endpoint;
use crate::Flow;

impl Endpoint {
    /// Returns the ways that calls, registrations and subscriptions need, in no order, some more than once: a
    /// connection that is none of them may be closed when nothing comes on it. It costs a look at each of them.
    pub fn flows(&self) -> impl Iterator<Item = Flow> + '_ {
        self.calls
            .flows()
            .chain(self.registrar.flows())
            .chain(self.registrations.flows())
            .chain(self.notifications.flows())
            .chain(self.subscriptions.flows())
    }
}

#[cfg(test)]
mod tests {
    use centrala_sip::{NameAddr, Uri};
    use centrala_time::Timestamp;

    use crate::{Carrier, Endpoint, EndpointConfig, Flow, OutgoingCall, RegistrationConfig};

    #[test]
    fn the_ways_of_calls_and_registrations_are_needed_as_long_as_they_last() {
        let now = Timestamp::ZERO;
        let config = EndpointConfig::new("192.0.2.9:5060".parse().unwrap());
        let mut endpoint = Endpoint::new(config, [7; 32], now);
        assert_eq!(endpoint.flows().count(), 0);
        let way = |host: u8| Flow::to(Carrier::Udp, ([192, 0, 2, host], 5_060).into());
        let uri: Uri = "sip:101@192.0.2.1".parse().unwrap();
        let registrar = RegistrationConfig::new(uri.clone(), way(1), uri.clone(), None);
        let registration = endpoint.register(registrar, now).unwrap();
        let from = NameAddr::new(&uri);
        let call = OutgoingCall::new(uri, way(2), from, Default::default());
        let call = endpoint.invite(call, now).unwrap();
        let needed = |endpoint: &Endpoint| {
            let mut remotes: Vec<_> = endpoint.flows().map(|flow| flow.remote()).collect();
            remotes.sort();
            remotes
        };
        assert_eq!(needed(&endpoint), [way(1).remote(), way(2).remote()]);
        // Nobody answers: both are given up in their time.
        endpoint.hang_up(call, now);
        endpoint.unregister(registration, now);
        for _ in 0..1_000 {
            while endpoint.poll_output().is_some() {}
            let Some(next) = endpoint.poll_timeout() else { break };
            endpoint.handle_timeout(next);
        }
        assert_eq!(needed(&endpoint), []);
    }
}
