//! One turn of a conversation: say, listen and record at once.

use std::{collections::BTreeMap, time::Duration};

use centrala_keys::{DigitMap, Key};

use crate::Phrase;

/// Say, listen and record at once.
///
/// A turn ends exactly once, by exactly one [`Heard`](crate::Heard):
///
/// | the turn has | it ends with |
/// | --- | --- |
/// | neither keys nor a recording | `Finished` when everything is said |
/// | keys | `Matched`, `WrongKeys`, or `NoInput` |
/// | a recording, with or without keys | `Recorded`, which tells what ended it |
/// | anything | `Signal` or `Left` (inside `Recorded` while recording) |
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Turn<L> {
    /// What to say, in order. An empty list is said at once.
    pub say: Vec<Phrase>,
    /// Which keys mean something.
    pub keys: Option<KeyRule<L>>,
    /// Record what the party says, after everything in `say` was said.
    pub record: Option<RecordRule>,
    /// Keys that move the player; they never reach the dialogue.
    pub transport: Option<Transport>,
    /// Whether a key stops what is being said.
    pub barge_in: BargeIn,
    /// What happens to keys that were pressed before the turn.
    pub typeahead: Typeahead,
    /// What the key 0 means as the first key of this turn.
    pub zero: ZeroKey,
}

impl<L> Turn<L> {
    /// Returns a turn that only says something.
    #[must_use]
    pub fn say(say: impl Into<Vec<Phrase>>) -> Self {
        Self {
            say: say.into(),
            keys: None,
            record: None,
            transport: None,
            barge_in: BargeIn::Allowed,
            typeahead: Typeahead::Keep,
            zero: ZeroKey::Operator,
        }
    }

    /// Listens for keys.
    #[must_use]
    pub fn listen(mut self, keys: KeyRule<L>) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Records after everything was said.
    #[must_use]
    pub fn record(mut self, record: RecordRule) -> Self {
        self.record = Some(record);
        self
    }

    /// Lets keys move the player.
    #[must_use]
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Forgets keys that were pressed before this turn: for confirming and deleting.
    #[must_use]
    pub const fn flush(mut self) -> Self {
        self.typeahead = Typeahead::Flush;
        self
    }

    /// Takes a literal 0, and says why (see [`ZeroKey::Literal`]).
    #[must_use]
    pub const fn literal_zero(mut self, reason: &'static str) -> Self {
        self.zero = ZeroKey::Literal(reason);
        self
    }
}

/// Which keys mean something in a turn, and how long to wait for them.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyRule<L> {
    /// What strings of keys mean.
    pub map: DigitMap<L>,
    /// How long to wait.
    pub timing: KeyTiming,
    /// What a key that begins nothing does.
    pub wrong: WrongKeys,
    /// The key that says "that was all" after an ambiguous string. It is swallowed.
    pub terminator: Option<Key>,
}

impl<L> KeyRule<L> {
    /// Returns a rule with the usual timing, `#` as terminator, and wrong keys that end the turn.
    #[must_use]
    pub fn new(map: DigitMap<L>) -> Self {
        Self {
            map,
            timing: KeyTiming::default(),
            wrong: WrongKeys::End,
            terminator: Some(Key::Pound),
        }
    }

    /// Ignores keys that begin nothing, instead of ending the turn.
    #[must_use]
    pub const fn ignore_wrong_keys(mut self) -> Self {
        self.wrong = WrongKeys::Ignore;
        self
    }

    /// Waits otherwise than usual.
    #[must_use]
    pub const fn timing(mut self, timing: KeyTiming) -> Self {
        self.timing = timing;
        self
    }
}

/// How long to wait for keys.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyTiming {
    /// For the first key, from the end of what is said.
    pub first: Duration,
    /// For each further key, from the one before.
    pub inter_digit: Duration,
}

impl KeyTiming {
    /// Returns a timing.
    #[must_use]
    pub const fn new(first: Duration, inter_digit: Duration) -> Self {
        Self { first, inter_digit }
    }
}

impl Default for KeyTiming {
    /// 5 s for the first key, 3 s between keys.
    fn default() -> Self {
        Self::new(Duration::from_secs(5), Duration::from_secs(3))
    }
}

/// What keys do that begin nothing in the map.
#[expect(clippy::exhaustive_enums, reason = "end, drop or keep: three cases")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WrongKeys {
    /// They end the turn with `WrongKeys`. While a recording runs they are ignored all the same.
    End,
    /// Nothing: what is being said goes on.
    Ignore,
    /// They are kept for the next turn, as in a turn without keys; what is being said goes on.
    Keep,
}

/// Names the draft that a recording goes into. The store gives it before the beep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftId(u64);

impl DraftId {
    /// Returns the id with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// How to record.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordRule {
    /// Where the sound goes.
    pub into: DraftId,
    /// When to stop at the latest.
    pub longest: Duration,
    /// How long a silence ends the recording.
    pub silence: Duration,
}

impl RecordRule {
    /// Returns a rule with the usual limits: five minutes, eight seconds of silence.
    #[must_use]
    pub const fn new(into: DraftId) -> Self {
        Self { into, longest: Duration::from_mins(5), silence: Duration::from_secs(8) }
    }
}

/// Keys that move the player. The runner carries them out; the dialogue never hears of them.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Transport {
    /// What each key does. None of them may begin a string of the turn's digit map.
    pub keys: BTreeMap<Key, TransportAction>,
    /// How far `Back` and `Forward` go.
    pub step: Duration,
}

impl Transport {
    /// Returns a transport with these keys and steps of three seconds.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = (Key, TransportAction)>) -> Self {
        Self { keys: keys.into_iter().collect(), step: Duration::from_secs(3) }
    }
}

/// What a transport key does.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransportAction {
    /// Pauses, or goes on.
    Pause,
    /// Goes back by a step.
    Back,
    /// Skips a step.
    Forward,
    /// Starts again.
    Restart,
}

/// Whether a key stops what is being said.
#[expect(clippy::exhaustive_enums, reason = "two cases")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BargeIn {
    /// At its onset.
    Allowed,
    /// No: keys wait until all is said.
    AfterPrompt,
}

/// What happens to keys that were pressed before the turn began.
#[expect(clippy::exhaustive_enums, reason = "two cases")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Typeahead {
    /// They count as pressed in this turn.
    Keep,
    /// They are forgotten.
    Flush,
}

/// What 0 means as the first key of a turn.
#[expect(clippy::exhaustive_enums, reason = "two cases")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ZeroKey {
    /// It reaches the operator.
    Operator,
    /// It is a digit like others, as in a PIN. The turn has another way out, and this says why.
    Literal(&'static str),
}
