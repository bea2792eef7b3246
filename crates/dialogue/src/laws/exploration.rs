//! What a check finds.

use std::collections::BTreeSet;

use centrala_keys::{Key, Pattern};

use crate::{Phrase, Trace};

/// What a dialogue must keep to, beyond the laws.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most states that it may have.
    pub states: usize,
    /// The reasons for which its turns may take a literal 0.
    pub literal_zeros: Vec<&'static str>,
}

impl Limits {
    /// Allows turns to take a literal 0 for these reasons, and no others.
    #[must_use]
    pub fn with_literal_zeros(mut self, reasons: impl Into<Vec<&'static str>>) -> Self {
        self.literal_zeros = reasons.into();
        self
    }
}

impl Default for Limits {
    /// 100,000 states, and no literal zeros.
    fn default() -> Self {
        Self { states: 100_000, literal_zeros: Vec::new() }
    }
}

/// What is known of a dialogue after all its states were visited.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exploration<O> {
    /// How many states it has: values of the dialogue, each with the step that it waits in.
    pub states: usize,
    /// How many things it can hear, counted over all states.
    pub edges: usize,
    /// What it can decide, in the order in which it was met.
    pub outcomes: Vec<Reached<O>>,
    /// The reasons for which turns take a literal 0.
    pub literal_zeros: BTreeSet<&'static str>,
    /// The longest way that nobody asked for: silence, mistakes, failures and answers.
    pub longest_involuntary: Trace,
    /// Everything that it can say.
    pub phrases: BTreeSet<Phrase>,
}

impl<O: PartialEq> Exploration<O> {
    /// Returns whether the dialogue can end like this.
    #[must_use]
    pub fn reaches(&self, outcome: &O) -> bool {
        self.outcomes.iter().any(|reached| reached.outcome == *outcome)
    }
}

impl<O> Default for Exploration<O> {
    fn default() -> Self {
        Self {
            states: 0,
            edges: 0,
            outcomes: Vec::new(),
            literal_zeros: BTreeSet::new(),
            longest_involuntary: Trace::default(),
            phrases: BTreeSet::new(),
        }
    }
}

/// An outcome, and a shortest way to it.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached<O> {
    /// The outcome.
    pub outcome: O,
    /// How it comes about.
    pub trace: Trace,
}

/// A broken law, and a shortest way to where it is broken.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{law}:\n{trace}")]
pub struct Violation {
    /// The law.
    pub law: Law,
    /// What happened before.
    pub trace: Trace,
}

impl Violation {
    /// Returns that `law` is broken after `trace`.
    #[must_use]
    pub const fn new(law: Law, trace: Trace) -> Self {
        Self { law, trace }
    }
}

/// A law that can be broken.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Law {
    /// The party has left, and the dialogue wants to speak to it.
    #[error("it speaks to a party that has left")]
    SpeaksAfterDeparture,
    /// Silence, mistakes, failures and answers go round in so many steps.
    #[error("it goes round in a circle of {0} steps that nobody asked for")]
    InvoluntaryCircle(usize),
    /// A key moves the player and begins a rule.
    #[error("{0} moves the player and begins a rule")]
    TransportKeyBeginsRule(Key),
    /// 0 is the operator's, and moves the player.
    #[error("0 moves the player and should reach the operator")]
    ZeroMovesPlayer,
    /// 0 is the operator's, and begins a rule.
    #[error("0 begins {0} and should reach the operator")]
    ZeroBeginsRule(Pattern),
    /// 0 is the operator's, and means nothing.
    #[error("0 does not reach the operator")]
    OperatorUnreachable,
    /// 0 is the operator's, and has to wait until all is said.
    #[error("0 reaches the operator only after the prompt")]
    OperatorMustWait,
    /// A literal 0 that nobody has allowed.
    #[error("it takes a literal 0 for a reason that is not listed: {0}")]
    LiteralZeroNotListed(&'static str),
    /// Whatever matches this rule matches an earlier one.
    #[error("no keys reach the rule {0}: earlier rules take them all")]
    ShadowedRule(Pattern),
    /// More states than allowed.
    #[error("it has more than {0} states")]
    TooManyStates(usize),
}
