//! Test equipment for machines without I/O: a clock that only moves when told, and a network that
//! loses, delays, reorders and duplicates by a seed.
//!
//! [`World`] puts any number of machines ([`Node`]) on such a network, with datagrams and with streams that may break;
//! [`Ladder`] draws what they have sent; [`FaultyDisk`] forgets what was not synced, and runs a session with a fault at each
//! of its operations.
//! With the feature `company` there is a whole company in virtual time as well.
//!
//! Everything is deterministic: the same seed and the same inputs give the same run, so a failure
//! is replayed by its seed. Nothing here opens a socket or sleeps, and only [`Scratch`] touches a real disk.
//!
//! # Example
//!
//! A datagram crosses a perfect network in its one-way delay:
//!
//! ```
//! use core::time::Duration;
//! use centrala_testkit::{Network, NetworkConfig, VirtualClock};
//!
//! let mut clock = VirtualClock::new();
//! let mut network = Network::new(NetworkConfig::default(), 7);
//! let (alice, bob) = ("192.0.2.1:5060".parse()?, "192.0.2.2:5060".parse()?);
//!
//! network.handle_send(alice, bob, "OPTIONS", clock.now());
//! assert!(network.poll_output(clock.now()).is_none(), "still on its way");
//!
//! clock.advance_to(network.poll_timeout().expect("one datagram is under way"));
//! let delivery = network.poll_output(clock.now()).expect("it has arrived");
//! assert_eq!((delivery.source, delivery.destination, delivery.datagram), (alice, bob, "OPTIONS"));
//! assert_eq!(clock.now().since_start(), Duration::from_millis(5));
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

mod clock;
#[cfg(feature = "company")]
pub mod company;
mod dice;
mod disk;
mod ladder;
mod network;
mod on_failure;
mod path;
mod scratch;
mod streams;
mod world;

pub use clock::VirtualClock;
pub use dice::Dice;
pub use disk::{Fault, FaultyDisk, FaultyFile, FaultyLock, Forgetting};
pub use ladder::Ladder;
pub use network::{Delivery, Network, NetworkConfig, NetworkCounters};
pub use on_failure::OnFailure;
pub use path::{Medium, Path};
pub use scratch::Scratch;
pub use streams::{StreamDelivery, StreamNews, Streams};
pub use world::{Node, NodeOutput, Sent, World};
