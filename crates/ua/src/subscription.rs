//! Subscriptions (RFC 6665): lamps that follow a mailbox (RFC 3842) and a person's calls (RFC 4235).

mod config;
mod dialog_info;
mod lamps;
mod notifier;
mod package;
mod publication;
mod subscribe;
mod subscriber;
mod watcher;

pub use config::{NotifierConfig, Unsolicited};
pub use dialog_info::{
    DialogDirection, DialogIdentifiers, DialogInfo, DialogPhase, DialogState, Party,
};
pub use notifier::{Notifier, NotifierOutput, NotifyOutcome};
pub use package::EventPackage;
pub use publication::{Publication, PublishedState, Watchers};
pub use subscribe::{Granted, RefreshError, SubscribeError, SubscribeRequest};
pub use subscriber::{SubscriptionConfig, SubscriptionId, SubscriptionStatus};
pub use watcher::{EndReason, WatcherId};

pub(crate) use lamps::{LampId, LampOutput, Lamps, Place};
pub(crate) use subscriber::{Action, Plan, Purpose};
