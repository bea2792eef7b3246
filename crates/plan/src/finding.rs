//! What a proof finds.

use std::fmt;

use centrala_office::{Fault, Location, Office, OfficeError, Spot};

/// Something that callers should not meet, and where it comes from.
///
/// `Display` shows it with its line, the way on which a caller meets it, and a way out:
///
/// ```text
/// warning[unreachable]: no caller comes to menu jobs
///  --> acme.toml:31:7
///    |
/// 31 | [menu.jobs]
///    |       ^^^^
///    = let an option or an entry lead to it, or remove it
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// What, in a sentence.
    pub message: String,
    /// Where it stands in the office's file.
    pub at: Option<Location>,
    /// How a caller comes there: one line for each step, from the number that is called.
    pub way: Vec<String>,
    /// What would help.
    pub advice: String,
}

/// How bad a [`Finding`] is.
#[expect(clippy::exhaustive_enums, reason = "refused, doubtful, good to know")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Callers are served, and not well.
    Warning,
    /// Callers are lost.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $severity:ident;)*) => {
        /// What kind a [`Finding`] is of. `Display` writes it as `unreachable`.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns the code as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Returns how bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    /// The office's file cannot be read, or says something that cannot be.
    Invalid = "invalid", Error;
    /// A name that nobody and nothing has.
    UnknownName = "unknown-name", Error;
    /// Something that must be said: where a call goes on, what is said.
    Missing = "missing", Error;
    /// A group without members, a menu without options.
    Empty = "empty", Error;
    /// Something that there may be only once.
    Twice = "twice", Error;
    /// An option that would take the operator's 0.
    ZeroTaken = "zero-taken", Error;
    /// A recording that cannot be played.
    NoSound = "no-sound", Error;
    /// A call ends without a person, a mailbox, or a goodbye.
    Lost = "lost", Error;
    /// Silence, mistakes and failures lead a call round in circles.
    Circle = "circle", Error;
    /// A call takes more steps that nobody asked for than it may.
    TooManySteps = "too-many-steps", Error;
    /// 0 does not reach the operator.
    OperatorUnreachable = "operator-unreachable", Error;
    /// Nobody answers 0, and no mailbox takes the call.
    OperatorAbsent = "operator-absent", Error;
    /// A conversation breaks a law of conversations.
    Law = "law", Error;
    /// A conversation came to something that routing does not expect there.
    Unexpected = "unexpected", Error;
    /// No caller comes here.
    Unreachable = "unreachable", Warning;
    /// Nobody outside can call this number.
    EntryWithoutTrunk = "entry-without-trunk", Warning;
    /// A key leads to where the caller is already.
    OptionToItself = "option-to-itself", Warning;
    /// Two keys of a menu lead to the same.
    SameTwice = "same-twice", Warning;
    /// The text of an option names its key before it says what for, or names another key.
    KeyInText = "key-in-text", Warning;
    /// More options than callers remember.
    TooManyOptions = "too-many-options", Warning;
    /// More menus in a row than callers bear.
    TooManyLevels = "too-many-levels", Warning;
    /// A long time before the first option is told.
    LateFirstOption = "late-first-option", Warning;
    /// A long time before anybody is rung, for a caller who presses nothing.
    LongWait = "long-wait", Warning;
    /// The menu names the company's people one by one.
    ListsPeople = "lists-people", Warning;
    /// An option waits for further keys, because extensions begin with its key.
    KeyWaits = "key-waits", Note;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Finding {
    pub(crate) fn new(code: Code, message: impl Into<String>, advice: impl Into<String>) -> Self {
        let (message, advice) = (message.into(), advice.into());
        Self { code, message, at: None, way: Vec::new(), advice }
    }

    pub(crate) fn at(mut self, office: &Office, spot: Spot) -> Self {
        self.at = office.locate(spot).cloned();
        self
    }

    pub(crate) fn on_the_way(mut self, way: Vec<String>) -> Self {
        self.way = way;
        self
    }

    /// Returns how bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// Returns the code of what is found while a file is read.
const fn code(fault: &Fault) -> Code {
    if matches!(fault, Fault::NotFound { .. } | Fault::NotADestination { .. }) {
        Code::UnknownName
    } else if matches!(fault, Fault::Missing { .. } | Fault::NothingAfter { .. }) {
        Code::Missing
    } else if matches!(fault, Fault::Empty { .. } | Fault::EmptyList { .. }) {
        Code::Empty
    } else if matches!(fault, Fault::Twice { .. } | Fault::AlsoAnExtension { .. }) {
        Code::Twice
    } else if matches!(fault, Fault::ZeroIsTheOperator) {
        Code::ZeroTaken
    } else if matches!(fault, Fault::OperatorDoesNotRing { .. }) {
        Code::OperatorUnreachable
    } else if matches!(fault, Fault::Unplayable { .. }) {
        Code::NoSound
    } else if matches!(fault, Fault::Circle { .. }) {
        Code::Circle
    } else {
        Code::Invalid
    }
}

impl From<&OfficeError> for Finding {
    fn from(error: &OfficeError) -> Self {
        let advice = error.fault.advice().unwrap_or_default();
        let mut finding = Self::new(code(&error.fault), error.fault.to_string(), advice);
        finding.at = Some(error.at.clone());
        finding
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity(), self.code, self.message)?;
        let gutter = self.at.as_ref().map_or(1, |at| at.line.to_string().len());
        if let Some(at) = &self.at {
            writeln!(f, "\n{:gutter$}--> {at}", "")?;
            at.show(f, gutter, '^', "")?;
        }
        for (nth, step) in self.way.iter().enumerate() {
            let mark = if nth == 0 { "way:" } else { "    " };
            write!(f, "\n{:gutter$} = {mark} {step}", "")?;
        }
        if !self.advice.is_empty() {
            write!(f, "\n{:gutter$} = {}", "", self.advice)?;
        }
        Ok(())
    }
}
