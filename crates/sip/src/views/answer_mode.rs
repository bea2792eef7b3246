//! Answer-Mode, Priv-Answer-Mode.

use bytes::Bytes;

use super::grammar::{shown_as_text, text_view, token_and_params};
use crate::{
    HeaderError, HeaderName, Headers, Params,
    grammar::{self, Fault, Span},
    headers::read_only,
    source::Source,
};

/// Whether a call is to be answered by itself (RFC 5373): `Auto;require`.
///
/// ```
/// use centrala_sip::{AnswerMode, AnsweringMode};
/// let mode: AnswerMode = "auto ; require".parse()?;
/// assert_eq!((mode.mode(), mode.is_required()), (AnsweringMode::Auto, true));
/// assert_eq!(AnswerMode::auto().require().to_string(), "Auto;require");
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct AnswerMode {
    text: Bytes,
    mode: Span,
    params: Span,
}

/// How a call is to be answered (RFC 5373 section 3).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnsweringMode {
    /// By a person.
    Manual,
    /// By the device itself.
    Auto,
    /// Any other; [`AnswerMode::mode_str`] tells.
    Other,
}

text_view!(AnswerMode);
shown_as_text!(AnswerMode);

impl AnswerMode {
    /// Asks the device to answer by itself.
    #[must_use]
    pub fn auto() -> Self {
        Self::of("Auto")
    }

    /// Asks for a person.
    #[must_use]
    pub fn manual() -> Self {
        Self::of("Manual")
    }

    /// Returns the same which is to be refused rather than ignored.
    #[must_use]
    pub fn require(&self) -> Self {
        if self.is_required() {
            return self.clone();
        }
        // Made of what was parsed before, so that it parses; if that were wrong, the value stays as it is.
        alloc::format!("{self};require").parse().unwrap_or_else(|_| self.clone())
    }

    /// Returns the mode.
    #[must_use]
    pub fn mode(&self) -> AnsweringMode {
        if self.mode_str().eq_ignore_ascii_case("Auto") {
            AnsweringMode::Auto
        } else if self.mode_str().eq_ignore_ascii_case("Manual") {
            AnsweringMode::Manual
        } else {
            AnsweringMode::Other
        }
    }

    /// Returns the mode as it was written.
    #[must_use]
    pub fn mode_str(&self) -> &str {
        // Tokens are ASCII.
        str::from_utf8(self.mode.in_(&self.text)).unwrap_or_default()
    }

    /// Tells whether the call is to be refused if the mode cannot be had.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.params().has("require")
    }

    /// Returns the parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    fn of(mode: &'static str) -> Self {
        let text = Bytes::from_static(mode.as_bytes());
        let params = Span::new(text.len(), text.len());
        Self { mode: Span::new(0, text.len()), params, text }
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (mode, params)) = grammar::run(token_and_params, text)?;
        let (mode, params) = (Span::of(text, mode), Span::of(text, params));
        Ok((used, Self { text: source.until(used).to_bytes(), mode, params }))
    }
}

impl Headers {
    /// Returns Answer-Mode.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn answer_mode(&self) -> Result<AnswerMode, HeaderError> {
        read_only(self, &HeaderName::ANSWER_MODE, AnswerMode::read)
    }

    /// Returns Priv-Answer-Mode, by which a privileged caller overrides what the callee has set.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn priv_answer_mode(&self) -> Result<AnswerMode, HeaderError> {
        read_only(self, &HeaderName::PRIV_ANSWER_MODE, AnswerMode::read)
    }
}
