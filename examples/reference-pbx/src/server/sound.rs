//! Sessions of sound: at which of our addresses, and in which codecs.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use centrala_media::Codec;
use centrala_ua::{Carrier, Flow, Interface};

use crate::{
    engine::{Engine, SessionId},
    negotiation::Negotiation,
};

/// What new sessions are opened with.
#[derive(Debug)]
pub(super) struct Sound {
    /// For each of our sockets of SIP the address at which sound is received, and what others are told of it.
    addresses: Vec<(IpAddr, IpAddr)>,
    codecs: Vec<Codec>,
}

impl Sound {
    pub(super) fn new(
        locals: &[(Carrier, SocketAddr)],
        interfaces: &[Interface],
        codecs: Vec<Codec>,
    ) -> Self {
        let pairs = locals.iter().zip(interfaces);
        let addresses =
            pairs.map(|((_, local), told)| (local.ip(), told.advertised.ip())).collect();
        Self { addresses, codecs }
    }

    /// Opens a session for a party on a flow. Returns it and the beginning of what is agreed upon with the party.
    pub(super) fn open(&self, engine: &Engine, flow: Flow) -> io::Result<(SessionId, Negotiation)> {
        let (session, address) = self.open_at(engine, flow)?;
        Ok((session, Negotiation::new(address, &self.codecs)))
    }

    /// Opens a session; returns it and where the party is to send sound.
    fn open_at(&self, engine: &Engine, flow: Flow) -> io::Result<(SessionId, SocketAddr)> {
        let place = flow.interface().and_then(|id| self.addresses.get(id.index()));
        let Some((ip, told)) = place.or_else(|| self.addresses.first()) else {
            return engine.open();
        };
        let (session, local) = engine.open_at(*ip)?;
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
        let sound = Sound::new(
            &[(Carrier::Udp, any), (Carrier::Tcp, own)],
            &[Interface::new(Carrier::Udp, told), Interface::new(Carrier::Tcp, own)],
            Vec::new(),
        );
        let party = "192.0.2.1:5060".parse().unwrap();
        for (place, expected) in [(0, told.ip()), (1, own.ip()), (7, told.ip())] {
            let flow = Flow::datagram(InterfaceId::new(place), party);
            let (_, address) = sound.open_at(&engine, flow).unwrap();
            assert_eq!(address.ip(), expected, "interface {place}");
            assert_ne!(address.port(), 0);
        }
        let anywhere = sound.open_at(&engine, Flow::to(Carrier::Udp, party)).unwrap().1;
        assert_eq!(anywhere.ip(), told.ip());
    }
}
