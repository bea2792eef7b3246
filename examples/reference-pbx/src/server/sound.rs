//! At which of our addresses sound is received.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use centrala_ua::{Carrier, Flow, Interface};

use crate::engine::{Engine, SessionId};

/// For each of our sockets of SIP the address at which sound is received, and what others are told of it.
#[derive(Debug)]
pub(super) struct SoundAddresses(Vec<(IpAddr, IpAddr)>);

impl SoundAddresses {
    pub(super) fn new(locals: &[(Carrier, SocketAddr)], interfaces: &[Interface]) -> Self {
        let pairs = locals.iter().zip(interfaces);
        Self(pairs.map(|((_, local), told)| (local.ip(), told.advertised.ip())).collect())
    }

    /// Opens a session for a party on a flow. Returns it and where the party is to send sound.
    pub(super) fn open(&self, engine: &Engine, flow: Flow) -> io::Result<(SessionId, SocketAddr)> {
        let place = flow.interface().and_then(|id| self.0.get(id.index()));
        let Some((ip, told)) = place.or_else(|| self.0.first()) else { return engine.open(0) };
        let (session, local) = engine.open_at(*ip, 0)?;
        Ok((session, SocketAddr::new(*told, local.port())))
    }
}

#[cfg(test)]
mod tests {
    use centrala_ua::InterfaceId;

    use super::*;
    use crate::engine::EngineConfig;

    #[test]
    fn a_party_is_told_the_address_of_the_socket_that_it_came_to() {
        let engine = Engine::start(EngineConfig::new([127, 0, 0, 1].into()), |_| {}).unwrap();
        let any: SocketAddr = "0.0.0.0:5060".parse().unwrap();
        let own: SocketAddr = "[::1]:5060".parse().unwrap();
        let told: SocketAddr = "203.0.113.7:5060".parse().unwrap();
        let sound = SoundAddresses::new(
            &[(Carrier::Udp, any), (Carrier::Tcp, own)],
            &[Interface::new(Carrier::Udp, told), Interface::new(Carrier::Tcp, own)],
        );
        let party = "192.0.2.1:5060".parse().unwrap();
        for (place, expected) in [(0, told.ip()), (1, own.ip()), (7, told.ip())] {
            let flow = Flow::datagram(InterfaceId::new(place), party);
            let (_, address) = sound.open(&engine, flow).unwrap();
            assert_eq!(address.ip(), expected, "interface {place}");
            assert_ne!(address.port(), 0);
        }
        let anywhere = sound.open(&engine, Flow::to(Carrier::Udp, party)).unwrap().1;
        assert_eq!(anywhere.ip(), told.ip());
    }
}
