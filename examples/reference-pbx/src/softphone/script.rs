//! The words that a softphone understands, on its command line and from its keyboard.
//!
//! ```text
//! dial sip:100@127.0.0.1:5060    place a call           press 101#      keys as telephone events
//! answer                         take a call            inband 101#     keys as tones in the voice
//! reject                         refuse it (486)        info 101#       keys by SIP INFO
//! hangup                         end the call           play hello.wav  send a recording
//! wait 1500ms                    do nothing, 1.5 s      tone 440 2s     send a tone
//! quit                           leave                  until answered  wait for an event
//! ```

use std::{path::PathBuf, time::Duration};

use centrala_keys::{Digits, ParseDigitsError};

/// The longest wait that a script may ask for.
const MAX_WAIT: Duration = Duration::from_secs(3_600);

/// One thing for a softphone to do.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Place a call to this URI or number.
    Dial(String),
    /// Answer the call that rings.
    Answer,
    /// Refuse the call that rings.
    Reject,
    /// End the call.
    HangUp,
    /// Press keys.
    Press(Digits, KeyPath),
    /// Send a WAV file.
    Play(PathBuf),
    /// Send a tone of this frequency.
    Tone(f32, Duration),
    /// Do nothing for a while.
    Wait(Duration),
    /// Do nothing until something has happened.
    Until(Awaited),
    /// Leave.
    Quit,
}

/// How keys travel.
#[expect(clippy::exhaustive_enums, reason = "the three ways that telephones have")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPath {
    /// RFC 4733 telephone events.
    Events,
    /// Tones in the voice.
    Inband,
    /// SIP INFO.
    Info,
}

/// What a script can wait for.
#[expect(clippy::exhaustive_enums, reason = "what a caller can observe of a call")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// The registration succeeded.
    Registered,
    /// The far side rings, or a call comes in.
    Ringing,
    /// The call is answered.
    Answered,
    /// The recording that plays has ended.
    Played,
    /// The call has ended.
    Ended,
}

/// Parses steps that are separated by `;` or line ends.
///
/// # Errors
///
/// If a step is not understood; the error names it.
pub fn parse(script: &str) -> Result<Vec<Step>, ParseStepError> {
    let steps = script.split([';', '\n']).map(str::trim);
    steps.filter(|step| !step.is_empty() && !step.starts_with("//")).map(parse_step).collect()
}

fn parse_step(step: &str) -> Result<Step, ParseStepError> {
    let (word, rest) = step.split_once(char::is_whitespace).unwrap_or((step, ""));
    let rest = rest.trim();
    let unknown = || ParseStepError::Unknown { step: step.into() };
    let keys = |path| {
        let digits: Digits =
            rest.parse().map_err(|source| ParseStepError::Keys { step: step.into(), source })?;
        if digits.is_empty() { Err(unknown()) } else { Ok(Step::Press(digits, path)) }
    };
    match (word, rest.is_empty()) {
        ("dial", false) => Ok(Step::Dial(rest.into())),
        ("answer", true) => Ok(Step::Answer),
        ("reject", true) => Ok(Step::Reject),
        ("hangup", true) => Ok(Step::HangUp),
        ("quit", true) => Ok(Step::Quit),
        ("press", _) => keys(KeyPath::Events),
        ("inband", _) => keys(KeyPath::Inband),
        ("info", _) => keys(KeyPath::Info),
        ("play", false) => Ok(Step::Play(rest.into())),
        ("tone", false) => {
            let (hertz, length) = rest.split_once(char::is_whitespace).ok_or_else(unknown)?;
            let hertz: f32 = hertz.parse().map_err(|_| unknown())?;
            if !(1.0..4_000.0).contains(&hertz) {
                return Err(unknown());
            }
            Ok(Step::Tone(hertz, parse_duration(length.trim()).ok_or_else(unknown)?))
        }
        ("wait", false) => Ok(Step::Wait(parse_duration(rest).ok_or_else(unknown)?)),
        ("until", false) => match rest {
            "registered" => Ok(Step::Until(Awaited::Registered)),
            "ringing" => Ok(Step::Until(Awaited::Ringing)),
            "answered" => Ok(Step::Until(Awaited::Answered)),
            "played" => Ok(Step::Until(Awaited::Played)),
            "ended" => Ok(Step::Until(Awaited::Ended)),
            _ => Err(unknown()),
        },
        _ => Err(unknown()),
    }
}

/// Parses `1500ms`, `2s`, `1.5s` or `3m`, up to an hour.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at_checked(split)?;
    let number: f64 = number.parse().ok()?;
    let seconds = match unit {
        "ms" => number / 1_000.0,
        "s" => number,
        "m" => number * 60.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok().filter(|length| *length <= MAX_WAIT)
}

/// Why a script was refused.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseStepError {
    /// Not one of the words, or not what the word takes.
    #[error(
        "{step:?} is not understood; there are: dial URI, answer, reject, hangup, press KEYS, \
         inband KEYS, info KEYS, play FILE, tone HZ TIME, wait TIME, quit, \
         until registered|ringing|answered|played|ended"
    )]
    Unknown {
        /// The step.
        step: String,
    },
    /// Keys that are on no telephone.
    #[error("{step:?} has something that is no key")]
    Keys {
        /// The step.
        step: String,
        /// What and where.
        source: ParseDigitsError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_a_list_of_steps() {
        let steps =
            parse("until answered; wait 1.5s; press 101#\n tone 440 500ms;; hangup").unwrap();
        assert_eq!(
            steps,
            [
                Step::Until(Awaited::Answered),
                Step::Wait(Duration::from_millis(1_500)),
                Step::Press("101#".parse().unwrap(), KeyPath::Events),
                Step::Tone(440.0, Duration::from_millis(500)),
                Step::HangUp,
            ]
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for step in [
            "pres 1",
            "press",
            "press x",
            "wait",
            "wait 2",
            "wait -1s",
            "wait 2h",
            "tone 440",
            "tone 0 1s",
            "tone 9000 1s",
            "hangup now",
            "until doomsday",
            "dial",
        ] {
            let error = parse(&format!("answer; {step}")).unwrap_err().to_string();
            assert!(error.contains(&format!("{step:?}")), "{step}: {error}");
        }
    }
}
