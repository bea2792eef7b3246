//! Messages waiting (RFC 3842).

use alloc::{
    format,
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

use bytes::Bytes;

use super::{
    ParseBodyError, ParseBodyErrorKind as Kind,
    section::{MAX_HEADERS, Section, section},
};
use crate::{
    Header, HeaderName, Uri,
    grammar::{decimal, is_safe_value, trim},
};

/// Whether messages wait in a mailbox, and how many of which kind (RFC 3842 section 5.2).
///
/// ```
/// use centrala_sip::{MessageClass, MessageCounts, MessageSummary, UrgentCounts};
///
/// let voice = MessageCounts::new(MessageClass::VOICE, 2, 8).with_urgent(1, 0);
/// let summary = MessageSummary::new(true)
///     .with_account(&"sip:101@example.com".parse()?)
///     .with_counts(voice.clone());
/// let text = "Messages-Waiting: yes\r\n\
///             Message-Account: sip:101@example.com\r\n\
///             Voice-Message: 2/8 (1/0)\r\n";
/// assert_eq!(summary.to_string(), text);
///
/// // Read as leniently as devices write it.
/// let read = MessageSummary::parse(&"messages-waiting : YES\nVoice-Message: 2 / 8( 1/0 )".into())?;
/// assert!(read.is_waiting());
/// assert_eq!(read.counts_of(&MessageClass::VOICE), Some(&voice));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MessageSummary {
    is_waiting: bool,
    account: Option<String>,
    counts: Vec<MessageCounts>,
    /// Lines that are neither, and what follows an empty line.
    others: Vec<(HeaderName, Bytes)>,
    extensions: Bytes,
}

/// How many messages of a class there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageCounts {
    class: MessageClass,
    new: u32,
    old: u32,
    urgent: Option<UrgentCounts>,
}

/// How many of the messages of a class are urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 3842 section 5.2 has these two")]
pub struct UrgentCounts {
    /// Those of the new ones.
    pub new: u32,
    /// Those of the old ones.
    pub old: u32,
}

/// A class of messages (RFC 3458), in any case; unknown ones are kept.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageClass(Class);

#[derive(Clone)]
enum Class {
    Known(&'static str),
    Other(HeaderName),
}

impl MessageSummary {
    /// Longest body that is read, in octets.
    pub const MAX_LEN: usize = 65_535;
    /// Longest value of a line that is read, in octets.
    pub const MAX_VALUE: usize = 4_096;

    /// Starts a summary: whether new messages wait.
    #[must_use]
    pub const fn new(is_waiting: bool) -> Self {
        Self {
            is_waiting,
            account: None,
            counts: Vec::new(),
            others: Vec::new(),
            extensions: Bytes::new(),
        }
    }

    /// Returns a copy with the account, which phones dial to hear the messages.
    #[must_use]
    pub fn with_account(mut self, account: &Uri) -> Self {
        // A URI that was read may hold what would break out of its line.
        let account = account.to_string();
        self.account = is_safe_value(account.as_bytes()).then_some(account);
        self
    }

    /// Returns a copy with the counts of one more class, or with others for a class that it had.
    #[must_use]
    pub fn with_counts(mut self, counts: MessageCounts) -> Self {
        match self.counts.iter_mut().find(|other| other.class == counts.class) {
            Some(other) => *other = counts,
            None => self.counts.push(counts),
        }
        self
    }

    /// Reads a body. Names may have any case, lines may end with a bare LF, white space may stand anywhere
    /// between numbers and signs, and counts beyond 2^32 - 1 count as that. Where `Messages-Waiting` is missing,
    /// the counts tell.
    ///
    /// # Errors
    ///
    /// [`ParseBodyError`] if a line is no header, there is neither `Messages-Waiting: yes` or `no` nor counts, or a
    /// limit is exceeded, by the body or by what would be printed of it.
    pub fn parse(body: &Bytes) -> Result<Self, ParseBodyError> {
        if body.len() > Self::MAX_LEN {
            return Err(ParseBodyError::new(Self::MAX_LEN, Kind::TooLong));
        }
        let Section { headers, content } = section(body, 0, body.len())?;
        let mut summary = Self::new(false);
        let mut status = None;
        for header in &headers {
            // Printed, a name may be longer than it was written.
            let long = ParseBodyError::new(header.offset(), Kind::HeaderTooLong);
            if header.value().len() > Self::MAX_VALUE {
                return Err(long);
            }
            if is(header, WAITING) && status.is_none() {
                let said = yes_or_no(header.value());
                let fault = ParseBodyError::new(header.offset(), Kind::MessagesWaiting);
                status = Some(said.ok_or(fault)?);
            } else if is(header, ACCOUNT) && summary.account.is_none() {
                let account = String::from_utf8_lossy(&header.unfolded()).into_owned();
                // What is not UTF-8 was replaced by three octets.
                if account.len() > Self::MAX_VALUE {
                    return Err(long);
                }
                summary.account = Some(account);
            } else if let Some(counts) = MessageCounts::read(header) {
                // A class that is told twice is one of somebody's extensions; the first counts.
                if summary.counts_of(&counts.class).is_none() {
                    summary.counts.push(counts);
                }
            } else {
                let value = Bytes::copy_from_slice(&header.unfolded());
                summary.others.push((header.name(), value));
            }
        }
        // Printed, it has one line more.
        if status.is_none() && headers.len() >= MAX_HEADERS {
            return Err(ParseBodyError::new(body.len(), Kind::TooManyHeaders));
        }
        let has_new = summary.counts.iter().any(|counts| counts.new > 0);
        let implied = (!summary.counts.is_empty()).then_some(has_new);
        summary.is_waiting =
            status.or(implied).ok_or(ParseBodyError::new(0, Kind::MessagesWaiting))?;
        summary.extensions = content.map_or_else(Bytes::new, |start| body.slice(start..));
        if summary.to_bytes().len() > Self::MAX_LEN {
            return Err(ParseBodyError::new(body.len(), Kind::TooLong));
        }
        Ok(summary)
    }

    /// Tells whether new messages wait: the lamp.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Returns the URI of the account as it was written.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Returns the counts in their order.
    #[must_use]
    pub fn counts(&self) -> &[MessageCounts] {
        &self.counts
    }

    /// Returns the counts of a class.
    #[must_use]
    pub fn counts_of(&self, class: &MessageClass) -> Option<&MessageCounts> {
        self.counts.iter().find(|counts| counts.class == *class)
    }

    /// Iterates over the lines of the summary that are none of its own.
    pub fn others(&self) -> impl Iterator<Item = (&HeaderName, &[u8])> {
        self.others.iter().map(|(name, value)| (name, value.as_ref()))
    }

    /// Returns what follows an empty line: headers of single messages, not read here.
    #[must_use]
    pub const fn extensions(&self) -> &Bytes {
        &self.extensions
    }

    /// Returns the body.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut text = format!("{WAITING}: {}\r\n", if self.is_waiting { "yes" } else { "no" });
        if let Some(account) = &self.account {
            text.push_str(&format!("{ACCOUNT}: {account}\r\n"));
        }
        for counts in &self.counts {
            text.push_str(&format!("{counts}\r\n"));
        }
        let mut text = text.into_bytes();
        for (name, value) in &self.others {
            text.extend_from_slice(format!("{name}: ").as_bytes());
            text.extend_from_slice(value);
            text.extend_from_slice(b"\r\n");
        }
        if !self.extensions.is_empty() {
            text.extend_from_slice(b"\r\n");
            text.extend_from_slice(&self.extensions);
        }
        Bytes::from(text)
    }
}

/// Shows the account without its password, or not at all if it is no URI, and of other lines the names.
impl fmt::Debug for MessageSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others: Vec<&HeaderName> = self.others.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("MessageSummary")
            .field("is_waiting", &self.is_waiting)
            .field("account", &self.account().and_then(|account| account.parse::<Uri>().ok()))
            .field("counts", &self.counts)
            .field("others", &others)
            .field("extensions", &self.extensions.len())
            .finish()
    }
}

/// The body as text; octets that are not UTF-8 are replaced.
impl fmt::Display for MessageSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

impl MessageCounts {
    /// Makes the counts of a class. That none is urgent is said, too: `(0/0)`, which some phones wait for.
    #[must_use]
    pub const fn new(class: MessageClass, new: u32, old: u32) -> Self {
        Self { class, new, old, urgent: Some(UrgentCounts { new: 0, old: 0 }) }
    }

    /// Returns a copy with so many urgent ones among the new and the old.
    #[must_use]
    pub const fn with_urgent(mut self, new: u32, old: u32) -> Self {
        self.urgent = Some(UrgentCounts { new, old });
        self
    }

    /// Returns a copy that does not speak of urgent ones.
    #[must_use]
    pub const fn without_urgent(mut self) -> Self {
        self.urgent = None;
        self
    }

    /// Returns the class.
    #[must_use]
    pub const fn class(&self) -> &MessageClass {
        &self.class
    }

    /// Returns how many are new, the urgent ones included.
    #[must_use]
    pub const fn new_messages(&self) -> u32 {
        self.new
    }

    /// Returns how many are old, the urgent ones included.
    #[must_use]
    pub const fn old_messages(&self) -> u32 {
        self.old
    }

    /// Returns how many are urgent, if that is told.
    #[must_use]
    pub const fn urgent(&self) -> Option<UrgentCounts> {
        self.urgent
    }

    /// Reads `new "/" old [ "(" new "/" old ")" ]`.
    fn read(header: Header<'_>) -> Option<Self> {
        let value = header.value();
        let (all, rest) = match value.iter().position(|&byte| byte == b'(') {
            Some(bracket) => value.split_at_checked(bracket)?,
            None => (value, b"".as_slice()),
        };
        let (new, old) = pair(all)?;
        let urgent = match rest.strip_prefix(b"(") {
            Some(rest) => {
                let (new, old) = pair(trim(rest).strip_suffix(b")")?)?;
                Some(UrgentCounts { new, old })
            }
            None => None,
        };
        Some(Self { class: MessageClass::of(&header.name()), new, old, urgent })
    }
}

impl fmt::Display for MessageCounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}/{}", self.class.as_str(), self.new, self.old)?;
        match self.urgent {
            Some(urgent) => write!(formatter, " ({}/{})", urgent.new, urgent.old),
            None => Ok(()),
        }
    }
}

impl MessageClass {
    /// Voice messages.
    pub const VOICE: Self = Self(Class::Known("Voice-Message"));
    /// Video messages.
    pub const VIDEO: Self = Self(Class::Known("Video-Message"));
    /// Fax messages.
    pub const FAX: Self = Self(Class::Known("Fax-Message"));
    /// Pager messages.
    pub const PAGER: Self = Self(Class::Known("Pager-Message"));
    /// Messages of many media.
    pub const MULTIMEDIA: Self = Self(Class::Known("Multimedia-Message"));
    /// Text messages.
    pub const TEXT: Self = Self(Class::Known("Text-Message"));
    /// Messages of no class (RFC 3842 section 5.2).
    pub const NONE: Self = Self(Class::Known("None"));

    const KNOWN: [Self; 7] = [
        Self::VOICE,
        Self::VIDEO,
        Self::FAX,
        Self::PAGER,
        Self::MULTIMEDIA,
        Self::TEXT,
        Self::NONE,
    ];

    /// Takes the name of a class; `Messages-Waiting` and `Message-Account` are none.
    #[must_use]
    pub fn from_name(name: &HeaderName) -> Option<Self> {
        let text = name.as_str();
        let is_taken = [WAITING, ACCOUNT].iter().any(|taken| taken.eq_ignore_ascii_case(text));
        (!is_taken).then(|| Self::of(name))
    }

    /// Returns the name in its usual spelling, or as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Class::Known(text) => text,
            Class::Other(name) => name.as_str(),
        }
    }

    fn of(name: &HeaderName) -> Self {
        let known =
            Self::KNOWN.iter().find(|class| class.as_str().eq_ignore_ascii_case(name.as_str()));
        known.cloned().unwrap_or_else(|| Self(Class::Other(name.clone())))
    }
}

impl PartialEq for Class {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known(one), Self::Known(two)) => one == two,
            (Self::Other(one), Self::Other(two)) => one == two,
            (Self::Known(_), Self::Other(_)) | (Self::Other(_), Self::Known(_)) => false,
        }
    }
}

impl Eq for Class {}

impl fmt::Debug for MessageClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

fn is(header: Header<'_>, name: &str) -> bool {
    header.raw_name().eq_ignore_ascii_case(name.as_bytes())
}

fn yes_or_no(value: &[u8]) -> Option<bool> {
    if value.eq_ignore_ascii_case(b"yes") {
        Some(true)
    } else if value.eq_ignore_ascii_case(b"no") {
        Some(false)
    } else {
        None
    }
}

/// Reads two numbers with a slash between them.
fn pair(text: &[u8]) -> Option<(u32, u32)> {
    let slash = text.iter().position(|&byte| byte == b'/')?;
    let (one, two) = text.split_at_checked(slash)?;
    Some((count(trim(one))?, count(trim(two.get(1..)?))?))
}

/// Reads a number; one that does not fit is as many as we can count.
fn count(digits: &[u8]) -> Option<u32> {
    let are_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    are_digits.then(|| decimal(digits).unwrap_or(u32::MAX))
}

const WAITING: &str = "Messages-Waiting";
const ACCOUNT: &str = "Message-Account";
