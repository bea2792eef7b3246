//! Subscription-State.

use alloc::format;

use bytes::Bytes;

use super::grammar::{
    ParseValueError, checked_token, number_param, shown_as_text, text_view, token_and_params,
};
use crate::{
    HeaderError, HeaderName, Headers, Params,
    grammar::{self, Fault, Span},
    headers::read_only,
    source::Source,
};

/// How a subscription stands (RFC 6665 section 8.2.3): `active;expires=600`, `terminated;reason=timeout`.
///
/// ```
/// use centrala_sip::{SubscriptionPhase, SubscriptionState};
/// let state: SubscriptionState = "Active ; expires=600".parse()?;
/// assert_eq!((state.phase(), state.expires()), (SubscriptionPhase::Active, Some(600)));
/// let over = SubscriptionState::terminated("probation")?.with_retry_after(30);
/// assert_eq!(over.to_string(), "terminated;reason=probation;retry-after=30");
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct SubscriptionState {
    text: Bytes,
    state: Span,
    params: Span,
}

/// The state of a subscription.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubscriptionPhase {
    /// It is accepted.
    Active,
    /// It is received, but not decided upon.
    Pending,
    /// It is over.
    Terminated,
    /// Any other; [`SubscriptionState::state_str`] tells.
    Other,
}

text_view!(SubscriptionState);
shown_as_text!(SubscriptionState);

impl SubscriptionState {
    /// Makes `active`, for so many seconds more.
    #[must_use]
    pub fn active(expires: u32) -> Self {
        Self::assemble("active", &format!(";expires={expires}"))
    }

    /// Makes `pending`, for so many seconds more.
    #[must_use]
    pub fn pending(expires: u32) -> Self {
        Self::assemble("pending", &format!(";expires={expires}"))
    }

    /// Makes `terminated`. The reasons of RFC 6665 section 4.1.3 are `deactivated`, `probation`, `rejected`,
    /// `timeout`, `giveup`, `noresource` and `invariant`.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the reason is not a token.
    pub fn terminated(reason: &str) -> Result<Self, ParseValueError> {
        let reason = checked_token(reason)?;
        Ok(Self::assemble("terminated", &format!(";reason={reason}")))
    }

    /// Returns the same which says after how many seconds to subscribe again, unless it says so already.
    #[must_use]
    pub fn with_retry_after(&self, seconds: u32) -> Self {
        if self.params().has("retry-after") {
            return self.clone();
        }
        let text = Bytes::from(format!("{self};retry-after={seconds}"));
        // Made of what was parsed before, so that it parses; if that were wrong, the value stays as it is.
        Self::parse(&text).unwrap_or_else(|_| self.clone())
    }

    /// Returns the state.
    #[must_use]
    pub fn phase(&self) -> SubscriptionPhase {
        let is = |name: &str| self.state_str().eq_ignore_ascii_case(name);
        if is("active") {
            SubscriptionPhase::Active
        } else if is("pending") {
            SubscriptionPhase::Pending
        } else if is("terminated") {
            SubscriptionPhase::Terminated
        } else {
            SubscriptionPhase::Other
        }
    }

    /// Returns the state as it was written.
    #[must_use]
    pub fn state_str(&self) -> &str {
        // Tokens are ASCII.
        str::from_utf8(self.state.in_(&self.text)).unwrap_or_default()
    }

    /// Returns the reason of a termination as it was written; it is compared in any case.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.params().value("reason")
    }

    /// Returns how many seconds the subscription has left.
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        self.number("expires")
    }

    /// Returns after how many seconds to subscribe again.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        self.number("retry-after")
    }

    /// Returns the parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    fn number(&self, name: &str) -> Option<u32> {
        // `read` found it to be a number.
        number_param(&self.text, self.params(), name).ok().flatten()
    }

    fn assemble(state: &str, params: &str) -> Self {
        let text = Bytes::from(format!("{state}{params}"));
        let params = Span::new(state.len(), text.len());
        Self { text, state: Span::new(0, state.len()), params }
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (state, params)) = grammar::run(token_and_params, text)?;
        for name in ["expires", "retry-after"] {
            number_param(text, Params::of_header(params), name)?;
        }
        let (state, params) = (Span::of(text, state), Span::of(text, params));
        Ok((used, Self { text: source.until(used).to_bytes(), state, params }))
    }
}

impl Headers {
    /// Returns Subscription-State.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn subscription_state(&self) -> Result<SubscriptionState, HeaderError> {
        read_only(self, &HeaderName::SUBSCRIPTION_STATE, SubscriptionState::read)
    }
}
