//! What can be wrong in an office's file.

use std::fmt;

/// What is wrong at one place of an office's file.
///
/// `Display` says what is wrong; [`advice`](Self::advice) says what would be right.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not TOML.
    #[error("this cannot be read: {message}")]
    Syntax {
        /// What the TOML parser says.
        message: String,
    },
    /// The whole file is larger than [`MAX_SOURCE_LEN`](crate::MAX_SOURCE_LEN).
    #[error("the file has more than {most} bytes")]
    FileTooLarge {
        /// The limit.
        most: usize,
    },
    /// A key that means nothing here.
    #[error("{section} has no key {key:?}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands: `[[person]]`.
        section: String,
        /// The key that was perhaps meant.
        nearest: Option<String>,
        /// What is allowed here.
        valid: &'static [&'static str],
    },
    /// A text where a number stands, and the like.
    #[error("{key} must be {expected}, not {found}")]
    WrongType {
        /// The key.
        key: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// Something that must be said.
    #[error("{section} has no {key}")]
    Missing {
        /// Where it is missing: `[[person]]`.
        section: String,
        /// What is missing.
        key: &'static str,
        /// How it is written.
        example: &'static str,
    },
    /// A text without letters.
    #[error("{key} is empty")]
    Empty {
        /// The key.
        key: String,
    },
    /// A list with nothing in it.
    #[error("{key} is empty")]
    EmptyList {
        /// The key.
        key: &'static str,
        /// How it is written.
        example: &'static str,
    },
    /// A text that nobody would listen to.
    #[error("{key} has more than {most} characters")]
    TooLong {
        /// The key.
        key: String,
        /// The limit.
        most: usize,
    },
    /// A number that is too small or too large.
    #[error("{key} must be a whole number from {least} to {most}")]
    OutOfRange {
        /// The key.
        key: String,
        /// The smallest.
        least: u16,
        /// The largest.
        most: u16,
    },
    /// A word that is none of a few.
    #[error("{key} cannot be {found:?}")]
    UnknownChoice {
        /// The key.
        key: &'static str,
        /// What stands there.
        found: String,
        /// What may stand there.
        choices: &'static [&'static str],
    },
    /// A text that has to be written in a certain way, and is not.
    #[error("{found:?} is no {what}")]
    Malformed {
        /// What it should be: "extension".
        what: &'static str,
        /// What stands there.
        found: String,
        /// How it is written.
        right: &'static str,
    },
    /// Something that there may be only once. The first place is shown beside it.
    #[error("{what} is there twice")]
    Twice {
        /// What: "extension 101".
        what: String,
    },
    /// A number from outside that means somebody else inside.
    #[error("{number} is an extension too: telephones of the company could not tell them apart")]
    AlsoAnExtension {
        /// The number.
        number: String,
    },
    /// A name that nobody and nothing has.
    #[error("there is no {kind} {name:?}")]
    NotFound {
        /// What is looked for: "group".
        kind: &'static str,
        /// Under which name.
        name: String,
        /// The name that was perhaps meant.
        nearest: Option<String>,
        /// Some of the names that there are.
        known: Vec<String>,
    },
    /// A text that is no destination.
    #[error("{found:?} is no destination")]
    NotADestination {
        /// What stands there.
        found: String,
        /// What was perhaps meant: `group sales`.
        nearest: Option<String>,
    },
    /// `directory`, which is reserved.
    #[error("there is no directory yet: callers cannot dial by name")]
    NoDirectory,
    /// More than a destination, where only a destination can stand.
    #[error("only an entry rings somebody for a while and then goes on")]
    NotAnEntry,
    /// A menu that would be left after some seconds, and the like.
    #[error("{found:?} cannot be left for something else: only a person or a group rings")]
    CannotRing {
        /// What stands there.
        found: String,
    },
    /// A step with a time, and nothing after it.
    #[error("nothing is said about what comes after {found:?}")]
    NothingAfter {
        /// The step.
        found: String,
    },
    /// More of something than there may be.
    #[error("there are more than {most} {what}")]
    TooMany {
        /// What: "steps".
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// A menu with an option under 0.
    #[error("0 always reaches the operator and cannot be an option")]
    ZeroIsTheOperator,
    /// An operator that does not ring.
    #[error("the operator must be a person or a group, not {found:?}")]
    OperatorDoesNotRing {
        /// What stands there.
        found: String,
    },
    /// A recording that cannot be played.
    #[error("{path:?} cannot be played: {why}")]
    Unplayable {
        /// Its path.
        path: String,
        /// Why.
        why: String,
    },
    /// Nobody answers, no key is pressed, and the call goes round in circles.
    #[error("a caller who does nothing goes round in circles: {}", Circle(path))]
    Circle {
        /// The places, each once.
        path: Vec<String>,
    },
}

impl Fault {
    /// Returns what would be right, where that can be said in general.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        Some(match self {
            Self::WrongType { .. } | Self::OutOfRange { .. } => return None,
            Self::Syntax { .. } => SYNTAX.to_owned(),
            Self::FileTooLarge { .. } => "divide the office, or shorten its texts".to_owned(),
            Self::UnknownKey { nearest: Some(nearest), .. } => format!("did you mean {nearest}?"),
            Self::UnknownKey { nearest: None, valid, .. } => {
                format!("what may stand here: {}", valid.join(", "))
            }
            Self::Missing { example, .. } | Self::EmptyList { example, .. } => {
                format!("for example: {example}")
            }
            Self::Empty { .. } => "write something there".to_owned(),
            Self::TooLong { .. } => "shorten it".to_owned(),
            Self::UnknownChoice { choices, .. } => format!("write {}", quoted(choices, " or ")),
            Self::Malformed { right, .. } => (*right).to_owned(),
            Self::Twice { .. } | Self::AlsoAnExtension { .. } => {
                "change one of them, or remove it".to_owned()
            }
            Self::NotFound { nearest: Some(nearest), .. }
            | Self::NotADestination { nearest: Some(nearest), .. } => {
                format!("did you mean {nearest:?}?")
            }
            Self::NotFound { kind, known, nearest: None, .. } if known.is_empty() => {
                format!("this office has no {kind} at all")
            }
            Self::NotFound { known, nearest: None, .. } => format!("there is {}", known.join(", ")),
            Self::NotADestination { nearest: None, .. } => DESTINATIONS.to_owned(),
            Self::NoDirectory => "lead to a person, a group or a menu".to_owned(),
            Self::NotAnEntry => {
                "name one destination here: groups say for themselves how long they ring and what \
                 comes then"
                    .to_owned()
            }
            Self::CannotRing { .. } => {
                "let it be the last step, or begin with a person or a group".to_owned()
            }
            Self::NothingAfter { found } => format!("for example: \"{found}, then menu main\""),
            Self::TooMany { .. } => "leave some of them out".to_owned(),
            Self::ZeroIsTheOperator => {
                "use 1 to 9, * or #; who answers 0 is said by operator in [company]".to_owned()
            }
            Self::OperatorDoesNotRing { .. } => {
                "for example: operator = \"group reception\"".to_owned()
            }
            Self::Unplayable { .. } => {
                "record a WAV file beside the office's file, or write a text instead".to_owned()
            }
            Self::Circle { .. } => "let one of them lead to a mailbox or a person".to_owned(),
        })
    }
}

/// How the file is written.
const SYNTAX: &str = "lines are written key = value, [section], or # remark; texts stand in quotes";

/// What a destination may be.
const DESTINATIONS: &str = "a destination is \"person 101\", \"group sales\", \"menu main\", \
                            \"announcement hours\", \"mailbox sales\" or \"operator\"";

/// How much of a circle is shown.
const SHOWN: usize = 8;

struct Circle<'a>(&'a [String]);

impl fmt::Display for Circle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in self.0.iter().take(SHOWN) {
            write!(f, "{place}, then ")?;
        }
        if self.0.len() > SHOWN {
            f.write_str("others, then ")?;
        }
        write!(f, "{} again", self.0.first().map_or("", String::as_str))
    }
}

fn quoted(words: &[&str], between: &str) -> String {
    words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(between)
}
