//! Subscriptions (RFC 6665): lamps that follow a mailbox (RFC 3842) and a person's calls (RFC 4235).

mod dialog_info;
mod lamps;
mod notifier;
mod package;
mod publication;
mod subscriber;
mod watcher;

pub use dialog_info::{
    DialogDirection, DialogIdentifiers, DialogInfo, DialogPhase, DialogState, Party,
};
pub use notifier::{
    Granted, Notifier, NotifierConfig, NotifierOutput, NotifyOutcome, RefreshError, SubscribeError,
    SubscribeRequest, Unsolicited,
};
pub use package::EventPackage;
pub use publication::{Publication, PublishedState, Watchers};
pub use subscriber::{SubscriptionConfig, SubscriptionId, SubscriptionStatus};
pub use watcher::{EndReason, WatcherId};

pub(crate) use lamps::{LampId, LampOutput, Lamps, Place};
pub(crate) use subscriber::{Action, Plan, Purpose};
