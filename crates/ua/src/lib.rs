//! A SIP user agent without sockets or clocks: transactions, dialogs, registrar, digest.

mod call;
mod compose;
mod config;
mod dialog;
mod digest;
mod dtmf_relay;
mod endpoint;
mod event;
mod generator;
mod registrar;
mod registration;
mod statistics;
pub mod transaction;

pub use config::{
    Credentials, EndpointConfig, Limits, Secret, Strangers, Trunk, TrunkAddress, User,
};
pub use digest::{Algorithm, Ha1, ParseHa1Error};
pub use endpoint::{Endpoint, InviteError, OutgoingCall, Rejection};
pub use event::{
    CallId, EndCause, Event, IncomingCall, Output, RegistrationId, RegistrationState, Rejected,
    Source,
};
pub use registrar::{
    Binding, RegisterError, RegisterRequest, Registrar, RegistrarConfig, RegistrarOutput,
    RequestedContact, RequestedContacts, UnbindCause,
};
pub use registration::RegistrationConfig;
pub use statistics::Statistics;
pub use transaction::Timers;
