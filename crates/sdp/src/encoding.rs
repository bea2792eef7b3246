//! What a side can decode.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use crate::{
    Codec, EditLineError, PayloadType, RtpMap, format_parameters::parameter, line::breaks_out,
};

/// An encoding that a side can send and receive, with how it is offered.
///
/// ```
/// use centrala_sdp::{Encoding, PayloadType, RtpMap};
/// // Both packings of AMR are different formats: an offer without the parameter means 0.
/// let amr = Encoding::new(RtpMap::new("AMR", 8_000, 1)?)
///     .with_parameters("octet-align=1")?
///     .requiring("octet-align", "0");
/// assert!(amr.accepts(&"amr/8000".parse()?, Some("mode-set=7; octet-align=1")));
/// assert!(!amr.accepts(&"AMR/8000".parse()?, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoding {
    map: RtpMap,
    payload_type: Option<PayloadType>,
    parameters: Option<String>,
    required: Vec<Required>,
}

/// A parameter that both sides must give the same value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Required {
    name: String,
    default: String,
}

impl Encoding {
    /// Makes an encoding: with its static payload type if it has one, else with a dynamic one.
    #[must_use]
    pub fn new(map: RtpMap) -> Self {
        let payload_type =
            (0..96).filter_map(PayloadType::new).find(|it| it.static_map().as_ref() == Some(&map));
        Self { map, payload_type, parameters: None, required: Vec::new() }
    }

    /// Offers the encoding with this payload type, if it is free (RFC 3264 section 5.1).
    #[must_use]
    pub const fn numbered(mut self, payload_type: PayloadType) -> Self {
        self.payload_type = Some(payload_type);
        self
    }

    /// Says these parameters of this side's (`a=fmtp`). The payload types in those of `rtx` (`apt`) and `red` are the
    /// ones that encodings of the stream are [`numbered`](Self::numbered) with; where these are given others, they
    /// follow.
    ///
    /// # Errors
    ///
    /// [`EditLineError::Value`] if they would break out of their line.
    pub fn with_parameters(mut self, parameters: &str) -> Result<Self, EditLineError> {
        if breaks_out(parameters.as_bytes()) {
            return Err(EditLineError::Value);
        }
        self.parameters = Some(parameters.to_owned()).filter(|text| !text.is_empty());
        Ok(self)
    }

    /// Demands that the other side gives a parameter the same value as this one; who does not say it means
    /// `default`.
    #[must_use]
    pub fn requiring(mut self, name: &str, default: &str) -> Self {
        self.required.push(Required { name: name.to_owned(), default: default.to_owned() });
        self
    }

    /// Tells whether this is what the other side offers.
    #[must_use]
    pub fn accepts(&self, map: &RtpMap, parameters: Option<&str>) -> bool {
        let value = |text: Option<&str>, required: &Required| {
            let value = text.and_then(|text| parameter(text, &required.name));
            value.unwrap_or(&required.default).to_owned()
        };
        self.map == *map
            && self.required.iter().all(|required| {
                value(self.parameters.as_deref(), required) == value(parameters, required)
            })
    }

    /// Returns name, clock rate and channels.
    #[must_use]
    pub const fn map(&self) -> &RtpMap {
        &self.map
    }

    /// Returns the payload type it is offered with, if that is free.
    #[must_use]
    pub const fn payload_type(&self) -> Option<PayloadType> {
        self.payload_type
    }

    /// Returns the parameters of this side's.
    #[must_use]
    pub fn parameters(&self) -> Option<&str> {
        self.parameters.as_deref()
    }
}

impl From<Codec> for Encoding {
    fn from(codec: Codec) -> Self {
        Self::new(codec.rtp_map())
    }
}
