//! What a call does in one of its dialogs: its invite usage, as RFC 5057 calls that.

use std::collections::VecDeque;

use bytes::Bytes;
use centrala_keys::Key;
use centrala_sip::{HeaderName, Headers, Method, Request};
use core::time::Duration;

use crate::{
    CallId, ForkId, dialog::Dialog, offer_answer::OfferAnswer, transaction::table::TransactionId,
};

/// A dialog, and what is under way in it.
#[derive(Debug)]
pub(crate) struct Usage {
    pub(crate) dialog: Dialog,
    pub(crate) offer_answer: OfferAnswer,
    /// What the other side said about UPDATE.
    pub(crate) update_support: UpdateSupport,
    /// Our UPDATE without an offer: one at a time (RFC 3311 section 5.1).
    pub(crate) refresh: Option<Box<Pending>>,
    /// Our INFO: one at a time, as keys must arrive in order.
    pub(crate) info: Option<Box<Pending>>,
    pub(crate) queued_keys: VecDeque<(Key, Duration)>,
    /// How often the key under way was refused because a later request has overtaken it.
    pub(crate) overtaken: u8,
}

/// Names a usage from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UsageId {
    pub(crate) call: CallId,
    pub(crate) fork: ForkId,
}

/// A request of ours that has no final response yet.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) transaction: TransactionId,
    pub(crate) request: Request,
}

/// Whether the other side takes UPDATE: what its Allow says (RFC 3311 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpdateSupport {
    Stated,
    /// An Allow without it, or none so far.
    Unknown,
}

/// An early dialog of a call of ours.
#[derive(Debug)]
pub(crate) struct Fork {
    pub(crate) id: ForkId,
    pub(crate) usage: Usage,
    /// The answer that an unreliable provisional response has shown; the 2xx must have it again (RFC
    /// 6337 section 3.1.1), and does not always.
    pub(crate) preview: Option<Bytes>,
    pub(crate) stage: ForkStage,
}

/// Whether an early dialog is still one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ForkStage {
    Alive,
    /// We have sent BYE in it, or the other side has.
    Ended,
}

impl Usage {
    pub(crate) fn new(dialog: Dialog, offer_answer: OfferAnswer, headers: &Headers) -> Self {
        Self {
            dialog,
            offer_answer,
            update_support: UpdateSupport::Unknown.heard(headers),
            refresh: None,
            info: None,
            queued_keys: VecDeque::new(),
            overtaken: 0,
        }
    }
}

impl UpdateSupport {
    /// Returns what is known after another message; one without Allow says nothing.
    pub(crate) fn heard(self, headers: &Headers) -> Self {
        if headers.allows(&Method::Update) {
            Self::Stated
        } else if headers.has(&HeaderName::ALLOW) {
            Self::Unknown
        } else {
            self
        }
    }
}

impl Fork {
    pub(crate) fn is_alive(&self) -> bool {
        self.stage == ForkStage::Alive
    }
}
