//! The exchange: parties, journeys and bridges, without SIP, sockets or clocks.

mod config;
mod conversation;
mod event;
mod exchange;
mod hunt;
mod input;
mod journey;
mod leg;
mod mailbox_scene;
mod output;
mod phrases;
mod plan;
mod scene;
mod stage;
mod switchboard;

pub use config::ExchangeConfig;
pub use event::{Ending, JourneyEvent, JourneyStep};
pub use exchange::Exchange;
pub use input::{Input, Stored};
pub use leg::{Caller, Cause, JourneyId, LegId, MAX_IDENTITY_LEN, Origin, PlayId, Refusal};
pub use output::{Movement, Output};
pub use phrases::PHRASES;
