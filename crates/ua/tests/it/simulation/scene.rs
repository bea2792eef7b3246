//! Where a simulated call takes place: who is there, and what stands between them.

use centrala_testkit::{Dice, NetworkConfig};
use centrala_ua::{Algorithm, Carrier, Credentials, EndpointConfig, Flow, Interface, OutgoingCall};

use crate::{
    proxy::ProxyConfig,
    world::{ALICE, BOB, OFFICE, World, body, office, password, phone},
};

const PROXY: &str = "192.0.2.20:5060";
const SECOND_PROXY: &str = "192.0.2.21:5060";
const CAROL: &str = "192.0.2.3:5060";
const DAVE: &str = "192.0.2.4:5060";

/// Where a call takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scene {
    /// From telephone to telephone.
    Direct,
    /// The same over TCP, whose connection may break.
    Stream,
    /// To a PBX that asks for a password.
    Office,
    /// By one proxy, or by two.
    Proxied,
    /// By a proxy that keeps the offer back for the ACK.
    Delayed,
    /// By a proxy that rings two or three telephones at once.
    Forked,
}

/// A scene with its people.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) scene: Scene,
    /// Where the INVITE goes.
    first_hop: &'static str,
    /// The names and addresses of those who are called.
    pub(super) callees: Vec<&'static str>,
    /// Everybody on the way, for who wants to cut it.
    pub(super) hops: Vec<&'static str>,
}

/// A telephone with a UDP and a TCP socket at the same address.
fn telephone(address: &str) -> EndpointConfig {
    let mut config = phone(address);
    config.interfaces.push(Interface::new(Carrier::Tcp, address.parse().unwrap()));
    config
}

impl Setting {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let scene = match dice.below(20) {
            0..4 => Scene::Direct,
            4..6 => Scene::Stream,
            6..9 => Scene::Office,
            9..12 => Scene::Proxied,
            12..14 => Scene::Delayed,
            _ => Scene::Forked,
        };
        let (first_hop, callees) = match scene {
            Scene::Direct | Scene::Stream => (BOB, vec![BOB]),
            Scene::Office => (OFFICE, vec![OFFICE]),
            Scene::Proxied | Scene::Delayed => (PROXY, vec![BOB]),
            Scene::Forked if dice.chance(50) => (PROXY, vec![BOB, CAROL]),
            Scene::Forked => (PROXY, vec![BOB, CAROL, DAVE]),
        };
        Self { scene, first_hop, callees, hops: vec![ALICE, first_hop] }
    }

    pub(super) fn world(&mut self, dice: &mut Dice, network: NetworkConfig, seed: u64) -> World {
        let mut world = World::new(network, seed);
        world.add("alice", ALICE, telephone(ALICE));
        if self.first_hop == PROXY {
            let mut proxy = ProxyConfig::new(PROXY);
            proxy.realm = dice.chance(30).then_some("example.com");
            proxy.delays_offers = self.scene == Scene::Delayed;
            proxy.records_route = dice.chance(80);
            if self.scene == Scene::Proxied && dice.chance(50) {
                proxy.next_hop = SECOND_PROXY.parse().ok();
                let mut second = ProxyConfig::new(SECOND_PROXY).place("bob", &self.callees);
                second.realm = dice.chance(20).then_some("example.net");
                world.add_proxy("proxy2", second);
                self.hops.push(SECOND_PROXY);
            } else {
                proxy = proxy.place("bob", &self.callees);
            }
            world.add_proxy("proxy", proxy);
            self.hops.extend(&self.callees);
        }
        for (address, name) in self.callees.iter().zip(["bob", "carol", "dave"]) {
            match self.scene {
                Scene::Office => world.add("office", OFFICE, office(&["alice"], Algorithm::Md5)),
                Scene::Direct | Scene::Stream | Scene::Proxied | Scene::Delayed | Scene::Forked => {
                    world.add(name, address, telephone(address));
                }
            }
        }
        world
    }

    /// The call to make in this scene.
    pub(super) fn call(&self, offer: &str) -> OutgoingCall {
        let from = "<sip:alice@example.com>".parse().unwrap();
        let host = if self.first_hop == PROXY { "example.org" } else { self.first_hop };
        let uri = format!("sip:bob@{host}").parse().unwrap();
        let carrier = if self.scene == Scene::Stream { Carrier::Tcp } else { Carrier::Udp };
        let flow = Flow::to(carrier, self.first_hop.parse().unwrap());
        let mut call = OutgoingCall::new(uri, flow, from, body(offer.as_bytes()));
        call.credentials = vec![
            Credentials::new("alice", password("alice")),
            Credentials::for_realm("alice", "example.com", password("alice")),
            Credentials::for_realm("alice", "example.net", password("alice")),
        ];
        call
    }
}
