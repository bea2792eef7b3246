//! A key in the body of an INFO.

use alloc::{format, string::String};
use core::{fmt, time::Duration};

use super::{ParseBodyError, ParseBodyErrorKind as Kind};
use crate::grammar::{Span, decimal, trim};

/// A key that was pressed, as `application/dtmf-relay` and `application/dtmf` tell it. No RFC defines them.
///
/// ```
/// use centrala_sip::Dtmf;
/// let pressed = Dtmf::parse(b"Signal=5\r\nDuration=250\r\n")?;
/// assert_eq!(pressed.signal().as_char(), Some('5'));
/// assert_eq!(pressed.duration().as_millis(), 250);
/// assert_eq!(pressed.to_relay(), "Signal=5\r\nDuration=250\r\n");
/// assert_eq!(Dtmf::parse(b"#")?.signal().as_char(), Some('#'));
/// // Keys may be a PIN.
/// assert_eq!(format!("{pressed:?}"), "Dtmf { signal: ***, duration: 250ms }");
/// # Ok::<(), centrala_sip::ParseBodyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dtmf {
    signal: DtmfSignal,
    duration: Duration,
}

/// One of the sixteen keys, or flash: the hook pressed for a moment.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DtmfSignal(u8);

impl Dtmf {
    /// Longest body that is read, in octets.
    pub const MAX_LEN: usize = 1_024;
    /// How long a key counts as pressed if the body does not say, or says 0.
    pub const DEFAULT_DURATION: Duration = Duration::from_millis(160);
    /// Longer durations count as this; those of RFC 4733 end near it as well (65,535 samples at 8,000 Hz).
    pub const MAX_DURATION: Duration = Duration::from_millis(8_000);

    /// Makes a key press; the duration is cut to [`Dtmf::MAX_DURATION`].
    #[must_use]
    pub fn new(signal: DtmfSignal, duration: Duration) -> Self {
        Self { signal, duration: duration.min(Self::MAX_DURATION) }
    }

    /// Reads either form. Of the relay form lines may come in any order and case, with spaces around the sign and
    /// `:` instead of `=`; unknown lines are skipped, and so is a duration that is none. Keys may be written as
    /// the event codes of RFC 4733 (`10` is `*`, `11` is `#`), flash as `16`, `hf`, `flash` or `!`.
    ///
    /// # Errors
    ///
    /// [`ParseBodyError`] if there is no key or the body is too long.
    pub fn parse(body: &[u8]) -> Result<Self, ParseBodyError> {
        if body.len() > Self::MAX_LEN {
            return Err(ParseBodyError::new(Self::MAX_LEN, Kind::TooLong));
        }
        let (mut signal, mut duration, mut has_fields) = (None, None, false);
        for line in body.split(|&byte| matches!(byte, b'\r' | b'\n')) {
            // A sign at the start of a line is no field: `#` and `*` are keys, and so might others be.
            let sign = line.iter().position(|&byte| matches!(byte, b'=' | b':'));
            let Some((name, value)) = sign.and_then(|sign| line.split_at_checked(sign)) else {
                continue;
            };
            has_fields = true;
            let (name, value) = (trim(name), trim(value.get(1..).unwrap_or_default()));
            if name.eq_ignore_ascii_case(b"Signal") && signal.is_none() {
                signal = Some(value);
            } else if name.eq_ignore_ascii_case(b"Duration") && duration.is_none() {
                duration = decimal(value);
            }
        }
        let text = match signal {
            Some(text) => text,
            None if has_fields => return Err(ParseBodyError::new(0, Kind::Signal)),
            None => trim(body),
        };
        let fault = || ParseBodyError::new(Span::of(body, text).start(), Kind::Signal);
        let signal = DtmfSignal::read(text).ok_or_else(fault)?;
        let duration = duration
            .filter(|millis| *millis > 0)
            .map_or(Self::DEFAULT_DURATION, |millis| Duration::from_millis(millis.into()));
        Ok(Self::new(signal, duration))
    }

    /// Returns the key.
    #[must_use]
    pub const fn signal(&self) -> DtmfSignal {
        self.signal
    }

    /// Returns how long it was pressed, at most [`Dtmf::MAX_DURATION`].
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.duration
    }

    /// Returns the body of the `application/dtmf-relay` form.
    #[must_use]
    pub fn to_relay(&self) -> String {
        format!("Signal={}\r\nDuration={}\r\n", self.signal.text(), self.duration.as_millis())
    }

    /// Returns the body of the `application/dtmf` form, which has no duration.
    #[must_use]
    pub fn to_plain(&self) -> String {
        self.signal.text()
    }
}

impl DtmfSignal {
    /// Flash.
    pub const FLASH: Self = Self(16);

    /// Takes a key: `0` to `9`, `*`, `#`, `A` to `D` in either case.
    #[must_use]
    pub fn from_char(key: char) -> Option<Self> {
        let key = key.to_ascii_uppercase();
        let event = KEYS.iter().position(|other| char::from(*other) == key)?;
        u8::try_from(event).ok().map(Self)
    }

    /// Takes an event code of RFC 4733 section 3.2: 0 to 16.
    #[must_use]
    pub const fn from_event(event: u8) -> Option<Self> {
        if event <= Self::FLASH.0 { Some(Self(event)) } else { None }
    }

    /// Returns the key as a character; `None` for flash.
    #[must_use]
    pub fn as_char(self) -> Option<char> {
        KEYS.get(usize::from(self.0)).map(|key| char::from(*key))
    }

    /// Returns the event code of RFC 4733 section 3.2.
    #[must_use]
    pub const fn event(self) -> u8 {
        self.0
    }

    fn read(text: &[u8]) -> Option<Self> {
        match text {
            [b'!'] => Some(Self::FLASH),
            [key] => Self::from_char(char::from(*key)),
            _ if text.eq_ignore_ascii_case(b"hf") || text.eq_ignore_ascii_case(b"flash") => {
                Some(Self::FLASH)
            }
            _ => decimal(text).and_then(|event| Self::from_event(u8::try_from(event).ok()?)),
        }
    }

    fn text(self) -> String {
        self.as_char().map_or_else(|| String::from("16"), String::from)
    }
}

/// Hides which one it is.
impl fmt::Debug for DtmfSignal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// By event code.
const KEYS: &[u8; 16] = b"0123456789*#ABCD";
