//! P-Charging-Vector.

use alloc::{borrow::Cow, format};

use bytes::Bytes;

use super::grammar::{
    ParseValueError, attribute, attribute_value, attributes, checked_token, checked_value,
    readable_unquoted, shown_as_text, text_view,
};
use crate::{
    Expected, HeaderError, HeaderName, Headers,
    grammar::{self, Fault, Parsed},
    headers::read_only,
    source::Source,
};

/// What ties the charging records of one call together (RFC 7315 section 4.6):
/// `icid-value=1234bc9876e;icid-generated-at=192.0.6.8;orig-ioi=home1.example`.
///
/// The grammar wants `icid-value` first; any other order is understood, too.
///
/// ```
/// use centrala_sip::ChargingVector;
/// let vector = ChargingVector::new("1234bc9876e")?.with_param("orig-ioi", "home1.example")?;
/// assert_eq!(vector.to_string(), "icid-value=1234bc9876e;orig-ioi=home1.example");
/// assert_eq!(vector.icid_value(), "1234bc9876e");
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct ChargingVector {
    text: Bytes,
}

text_view!(ChargingVector);
shown_as_text!(ChargingVector);

impl ChargingVector {
    /// Makes a vector of an identifier.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the identifier is empty or has a control character.
    pub fn new(icid_value: &str) -> Result<Self, ParseValueError> {
        if icid_value.is_empty() {
            return Err(ParseValueError::part(Expected::QuotedString));
        }
        format!("icid-value={}", checked_value(icid_value)?).parse()
    }

    /// Returns the same with one more parameter, its value in quotes unless it is a token.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the name is not a token or the value has a control character.
    pub fn with_param(&self, name: &str, value: &str) -> Result<Self, ParseValueError> {
        format!("{self};{}={}", checked_token(name)?, checked_value(value)?).parse()
    }

    /// Returns the identifier of the charge, without quotes.
    #[must_use]
    pub fn icid_value(&self) -> Cow<'_, str> {
        self.param("icid-value").unwrap_or_default()
    }

    /// Returns where it was made: a host.
    #[must_use]
    pub fn icid_generated_at(&self) -> Option<Cow<'_, str>> {
        self.param("icid-generated-at")
    }

    /// Returns the operator where the call comes from.
    #[must_use]
    pub fn orig_ioi(&self) -> Option<Cow<'_, str>> {
        self.param("orig-ioi")
    }

    /// Returns the operator where the call goes to.
    #[must_use]
    pub fn term_ioi(&self) -> Option<Cow<'_, str>> {
        self.param("term-ioi")
    }

    /// Returns a parameter without quotes; empty if it has no value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        attribute_value(&self.text, name).map(readable_unquoted)
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, ()) = grammar::run(charging_vector, text)?;
        if attribute_value(text, "icid-value").is_none_or(<[u8]>::is_empty) {
            return Err(Fault { at: used, expected: Expected::Parameter });
        }
        Ok((used, Self { text: source.until(used).to_bytes() }))
    }
}

impl Headers {
    /// Returns P-Charging-Vector.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn p_charging_vector(&self) -> Result<ChargingVector, HeaderError> {
        read_only(self, &HeaderName::P_CHARGING_VECTOR, ChargingVector::read)
    }
}

/// Reads `charge-param *( SEMI charge-param )`.
fn charging_vector(input: &[u8]) -> Parsed<'_, ()> {
    let (rest, _) = attribute(input)?;
    attributes(rest).map(|(rest, _)| (rest, ()))
}
