//! Headers that name another dialog: Replaces, Join, Target-Dialog.

use alloc::{format, string::String};
use core::fmt::Write as _;

use bytes::Bytes;

use super::grammar::{
    ParseValueError, call_id, checked_token, shown_as_text, text_view, uri_headers,
};
use crate::{
    CallId, HeaderError, HeaderName, Headers, Params, Uri,
    grammar::{self, Expected, Fault, Parsed, Span, sws},
    headers::read_only,
    params::params,
    source::Source,
};

/// The dialog which an INVITE is to take the place of (RFC 3891 section 6.1):
/// `425928@bobster.example;to-tag=7743;from-tag=6472`.
///
/// An attended transfer carries it in the URI of Refer-To:
///
/// ```
/// use centrala_sip::{NameAddr, Replaces, Uri};
/// let replaces = Replaces::new(&"425928@bobster.example".parse()?, "7743", "6472")?;
/// let target: Uri = format!("sip:bob@192.0.2.4?{}", replaces.to_uri_header()).parse()?;
/// let refer_to = NameAddr::new(&target);
/// assert_eq!(
///     refer_to.to_string(),
///     "<sip:bob@192.0.2.4?Replaces=425928%40bobster.example%3Bto-tag%3D7743%3Bfrom-tag%3D6472>"
/// );
/// assert_eq!(Replaces::of_uri(refer_to.uri()), Some(Ok(replaces)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Replaces {
    text: Bytes,
    call_id: Span,
    params: Span,
}

/// The dialog which an INVITE is to join (RFC 3911 section 7.1).
///
/// ```
/// use centrala_sip::Join;
/// let join = Join::new(&"12adf2f34456gs5@host.example".parse()?, "12345", "54321")?;
/// assert_eq!(join.to_string(), "12adf2f34456gs5@host.example;to-tag=12345;from-tag=54321");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Join {
    text: Bytes,
    call_id: Span,
    params: Span,
}

/// The dialog whose knowledge authorises a request outside of it (RFC 4538 section 7).
///
/// ```
/// use centrala_sip::TargetDialog;
/// let dialog: TargetDialog = "fa77as7dad8@host.example;local-tag=kkaz;remote-tag=6544".parse()?;
/// assert_eq!((dialog.local_tag(), dialog.remote_tag()), ("kkaz", "6544"));
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct TargetDialog {
    text: Bytes,
    call_id: Span,
    params: Span,
}

macro_rules! dialog_reference {
    ($type:ident, $one:literal => $one_name:ident, $two:literal => $two_name:ident) => {
        text_view!($type);
        shown_as_text!($type);

        impl $type {
            /// Names a dialog; the tags are those which the recipient knows by these names.
            ///
            /// # Errors
            ///
            /// [`ParseValueError`] if a tag is not a token, or the Call-ID has a separator that no Call-ID of the
            /// grammar has.
            pub fn new(
                call_id: &CallId,
                $one_name: &str,
                $two_name: &str,
            ) -> Result<Self, ParseValueError> {
                let (one, two) = (checked_token($one_name)?, checked_token($two_name)?);
                if call_id.as_str().contains([';', ',']) {
                    return Err(ParseValueError::part(Expected::CallId));
                }
                format!(concat!("{};", $one, "={};", $two, "={}"), call_id, one, two).parse()
            }

            /// Returns the Call-ID; it is compared octet by octet.
            #[must_use]
            pub fn call_id(&self) -> &str {
                // `read` took ASCII only.
                str::from_utf8(self.call_id.in_(&self.text)).unwrap_or_default()
            }

            #[doc = concat!("Returns the `", $one, "`.")]
            #[must_use]
            pub fn $one_name(&self) -> &str {
                self.params().value($one).unwrap_or_default()
            }

            #[doc = concat!("Returns the `", $two, "`.")]
            #[must_use]
            pub fn $two_name(&self) -> &str {
                self.params().value($two).unwrap_or_default()
            }

            /// Returns the parameters.
            #[must_use]
            pub fn params(&self) -> Params<'_> {
                Params::of_header(self.params.in_(&self.text))
            }

            fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
                let (used, call_id, params) = dialog(source.text(), [$one, $two])?;
                Ok((used, Self { text: source.until(used).to_bytes(), call_id, params }))
            }
        }
    };
}

dialog_reference!(Replaces, "to-tag" => to_tag, "from-tag" => from_tag);
dialog_reference!(Join, "to-tag" => to_tag, "from-tag" => from_tag);
dialog_reference!(TargetDialog, "local-tag" => local_tag, "remote-tag" => remote_tag);

impl Replaces {
    /// Reads the dialog from a header of a URI, as Refer-To has it; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if there is one which cannot be read, or more than one (RFC 3891 section 3); the offset
    /// counts without escapes.
    #[must_use]
    pub fn of_uri(uri: &Uri) -> Option<Result<Self, ParseValueError>> {
        let mut same = uri_headers(uri, "Replaces");
        let text = same.next()?;
        let is_only = same.next().is_none();
        Some(Self::parse(&text).and_then(|replaces| {
            let end = ParseValueError { offset: text.len(), expected: Expected::End };
            if is_only { Ok(replaces) } else { Err(end) }
        }))
    }

    /// Returns the same which replaces a dialog only while it is early.
    #[must_use]
    pub fn early_only(&self) -> Self {
        if self.is_early_only() {
            return self.clone();
        }
        // Made of what was parsed before, so that it parses; if that were wrong, the value stays as it is.
        format!("{self};early-only").parse().unwrap_or_else(|_| self.clone())
    }

    /// Tells whether only an early dialog is to be replaced.
    #[must_use]
    pub fn is_early_only(&self) -> bool {
        self.params().has("early-only")
    }

    /// Writes this as a header of a URI: `Replaces=` and the value with escapes.
    #[must_use]
    pub fn to_uri_header(&self) -> String {
        let mut text = String::from("Replaces=");
        for octet in grammar::unfold(&self.text).iter() {
            // What RFC 3261 section 19.1.2 lets stand in a header of a URI, and in every list of it.
            if octet.is_ascii_alphanumeric() || b"-_.!~*'()".contains(octet) {
                text.push(char::from(*octet));
            } else {
                let _ = write!(text, "%{octet:02X}");
            }
        }
        text
    }
}

impl Headers {
    /// Returns Replaces. More than one is answered with 400 (RFC 3891 section 3).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn replaces(&self) -> Result<Replaces, HeaderError> {
        read_only(self, &HeaderName::REPLACES, Replaces::read)
    }

    /// Returns Join.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn join(&self) -> Result<Join, HeaderError> {
        read_only(self, &HeaderName::JOIN, Join::read)
    }

    /// Returns Target-Dialog.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn target_dialog(&self) -> Result<TargetDialog, HeaderError> {
        read_only(self, &HeaderName::TARGET_DIALOG, TargetDialog::read)
    }
}

/// Reads a dialog with both tags, each exactly once (RFC 3891 section 3).
fn dialog(text: &[u8], tags: [&str; 2]) -> Result<(usize, Span, Span), Fault> {
    let (used, (call_id, params)) = grammar::run(call_id_and_params, text)?;
    for tag in tags {
        let mut same =
            Params::of_header(params).iter().filter(|param| param.name().eq_ignore_ascii_case(tag));
        let value = same.next().and_then(|param| param.raw_value()).unwrap_or_default();
        if value.is_empty() || same.next().is_some() {
            return Err(Fault { at: used, expected: Expected::Parameter });
        }
        if !value.iter().all(|&byte| grammar::is_token(byte)) {
            return Err(Fault { at: Span::of(text, value).start(), expected: Expected::Token });
        }
    }
    Ok((used, Span::of(text, call_id), Span::of(text, params)))
}

/// Reads `callid *( SEMI generic-param )`.
fn call_id_and_params(input: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
    let (rest, ()) = sws(input)?;
    let (rest, call_id) = call_id(rest)?;
    let (rest, params) = params(rest)?;
    Ok((rest, (call_id, params)))
}
