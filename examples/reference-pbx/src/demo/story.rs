//! The five stories: who calls, what they do, and what must come of it.

use std::{collections::BTreeMap, path::Path, time::Duration};

use centrala_media::{Codec, Decode as _, Encode as _, level, wav::WavFile};
use centrala_voicemail::MessageSummary;

use super::tune;
use crate::{
    server::Notice,
    softphone::{
        PhoneEvent,
        script::{self, Step},
    },
};

/// A caller and her story.
pub(super) struct Story {
    pub(super) name: &'static str,
    pub(super) number: &'static str,
    pub(super) title: &'static str,
    pub(super) dials: &'static str,
    pub(super) script: &'static str,
}

/// The tones: what callers play, and what telephones play.
const ANNA_TONE: f64 = 600.0;
const BEN_TONE: f64 = 700.0;
const SALES_TONE: f64 = 1_000.0;
const OPERATOR_TONE: f64 = 1_100.0;

pub(super) const STORIES: [Story; 5] = [
    Story {
        name: "Anna",
        number: "+15550201",
        title: "Anna presses 1 in the greeting and talks to Sales",
        dials: "+15550100",
        script: "until answered; wait 2s; press 1; tone 600 25s; wait 9s; hangup",
    },
    Story {
        name: "Ben",
        number: "+15550202",
        title: "Ben presses 0 before the greeting ends and reaches the operator",
        dials: "+15550100",
        script: "until answered; wait 1s; press 0; tone 700 25s; wait 7s; hangup",
    },
    Story {
        name: "Cleo",
        number: "+15550203",
        title: "Cleo dials 101, nobody answers, she leaves a message",
        dials: "+15550100",
        script: "until answered; wait 1s; press 101; wait 17s; play @TUNE@; wait 18s; hangup",
    },
    Story {
        name: "Dan",
        number: "+15550204",
        title: "Dan presses nothing, then wrong keys: help, then the operator",
        dials: "+15550100",
        script: "until answered; wait 28s; press 7; wait 4s; press 8; wait 4s; press 9; until ended",
    },
    Story {
        name: "Eve",
        number: "+15550205",
        title: "Eve dials the reception, which rings unanswered; then the menu",
        dials: "+15550101",
        script: "until answered; wait 4s; hangup",
    },
];

/// What a telephone of the office does when somebody calls.
pub(super) fn answer(user: &str, event: &PhoneEvent) -> Vec<Step> {
    let PhoneEvent::Incoming { number, .. } = event else { return Vec::new() };
    let script = match (user, number.as_str()) {
        // Sally talks to somebody else: Sales goes on to Bob.
        ("101", "+15550201") => "reject",
        ("102", "+15550201") => "wait 1s; answer; tone 1000 25s",
        ("103", "+15550202") => "wait 500ms; answer; tone 1100 25s",
        ("103", "+15550204") => "wait 500ms; answer; tone 1100 10s; wait 4s; hangup",
        ("103", "+15550205") => "reject",
        // Nobody is there: it rings.
        _ => "",
    };
    script::parse(script).unwrap_or_default()
}

/// Everything that was observed.
#[derive(Default)]
pub(super) struct Heard {
    callers: BTreeMap<usize, Call>,
    telephones: Vec<(&'static str, Vec<i16>)>,
    messages: Vec<MessageSummary>,
    steps: Vec<String>,
}

/// What a caller observed.
#[derive(Default)]
struct Call {
    rang: Option<Duration>,
    answered: Option<Duration>,
    ended: Option<String>,
    heard: Vec<i16>,
}

impl Heard {
    pub(super) fn caller(&mut self, number: usize, at: Duration, event: PhoneEvent) {
        let call = self.callers.entry(number).or_default();
        match event {
            PhoneEvent::Ringing => call.rang = Some(at),
            PhoneEvent::Answered => call.answered = Some(at),
            PhoneEvent::Ended { cause, heard, .. } => {
                call.ended = Some(cause);
                call.heard = heard;
            }
            _ => {}
        }
    }

    pub(super) fn telephone(&mut self, user: &'static str, event: PhoneEvent) {
        if let PhoneEvent::Ended { answered: true, heard, .. } = event {
            self.telephones.push((user, heard));
        }
    }

    pub(super) fn office(&mut self, notice: Notice) {
        match notice {
            Notice::Message(summary) => self.messages.push(summary),
            Notice::Journey(event) => self.steps.push(event.to_string()),
            _ => {}
        }
    }

    /// Returns whether every caller's call has ended, and the telephones' with them.
    pub(super) fn is_complete(&self) -> bool {
        let ended = self.callers.values().filter(|call| call.ended.is_some()).count();
        ended == STORIES.len() && self.telephones.len() >= 3 && !self.messages.is_empty()
    }
}

/// The level that a tone must have at the other end, and the one that silence must not reach.
const AUDIBLE_DBM0: f64 = -20.0;

/// What has to be true, and whether it is.
type Check = (String, Result<(), String>);

/// Returns the checks of a story.
pub(super) fn checks(number: usize, heard: &Heard, data: &Path) -> Vec<Check> {
    let nobody = Call::default();
    let call = heard.callers.get(&number).unwrap_or(&nobody);
    let mut checks = vec![(
        "the call was answered".to_owned(),
        call.answered.map(drop).ok_or_else(|| "it was not".to_owned()),
    )];
    match number {
        0 => {
            checks.push(hears("Anna hears the tone of Sales", &call.heard, SALES_TONE));
            checks.push(telephone_hears("Sales hears the tone of Anna", heard, "102", ANNA_TONE));
        }
        1 => {
            checks.push(hears("Ben hears the tone of the operator", &call.heard, OPERATOR_TONE));
            let what = "the operator hears the tone of Ben";
            checks.push(telephone_hears(what, heard, "103", BEN_TONE));
        }
        2 => {
            let what = "the message on disk is what Cleo sent, sample by sample";
            checks.push((what.to_owned(), message_is_the_tune(heard, data)));
            checks.push(hears("Cleo hears the beep", &call.heard, 1_000.0));
        }
        3 => {
            checks.push(hears("Dan hears the tone of the operator", &call.heard, OPERATOR_TONE));
            let hung_up = call.ended.clone().unwrap_or_default();
            let result = if hung_up == "they hung up" { Ok(()) } else { Err(hung_up) };
            checks.push(("only the operator ended the call".to_owned(), result));
        }
        _ => {
            let waited = match (call.rang, call.answered) {
                (Some(rang), Some(answered)) => answered.saturating_sub(rang),
                _ => Duration::ZERO,
            };
            let result = if waited >= Duration::from_secs(9) {
                Ok(())
            } else {
                Err(format!("answered after {:.1} s", waited.as_secs_f64()))
            };
            checks.push(("it rang for 10 s before anything answered".to_owned(), result));
            let level = level::rms_dbm0(&call.heard);
            let result = if level > -35.0 { Ok(()) } else { Err(format!("{level:.1} dBm0")) };
            checks.push(("then Eve hears the greeting".to_owned(), result));
        }
    }
    checks
}

/// Checks that a tone is somewhere in what was heard.
fn hears(what: &str, heard: &[i16], hertz: f64) -> Check {
    // A tenth of a second of nothing but the tone: its level is that of all that is heard there.
    let loudest = heard
        .chunks_exact(800)
        .filter(|part| level::rms_dbm0(part) - level::tone_dbm0(part, 8_000, hertz) < 1.0)
        .map(|part| level::tone_dbm0(part, 8_000, hertz))
        .fold(f64::NEG_INFINITY, f64::max);
    let result = if loudest > AUDIBLE_DBM0 {
        Ok(())
    } else {
        let seconds = heard.len() / 8_000;
        Err(format!("{hertz} Hz is nowhere in {seconds} s of sound (at most {loudest:.1} dBm0)"))
    };
    (what.to_owned(), result)
}

fn telephone_hears(what: &str, heard: &Heard, user: &str, hertz: f64) -> Check {
    let sounds = heard.telephones.iter().filter(|(own, _)| *own == user);
    let mut results = sounds.map(|(_, sound)| hears(what, sound, hertz));
    let first = results.next();
    let Some(mut check) = first else {
        return (what.to_owned(), Err("it was not answered".into()));
    };
    for other in results {
        if check.1.is_err() {
            check = other;
        }
    }
    check
}

/// Reads the newest message of mailbox 101 from disk and compares it with what was sent.
fn message_is_the_tune(heard: &Heard, data: &Path) -> Result<(), String> {
    let summary = heard.messages.iter().find(|message| message.mailbox.to_string() == "101");
    let summary = summary.ok_or("no message was kept for 101")?;
    let path = data.join("messages/mailboxes/101/new").join(format!("{}.wav", summary.id));
    let file = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let wav = WavFile::parse(&file).map_err(|error| format!("{}: {error}", path.display()))?;
    let message = wav.to_mono();
    let sent = as_heard(&tune::tune());
    if message.len() < 3 * 8_000 {
        return Err(format!("only {} ms were recorded", message.len() / 8));
    }
    // Where a second in the middle of the message stands in what was sent.
    let middle = message.len() / 2;
    let sample = message.get(middle..middle + 8_000).unwrap_or_default();
    let place = sent.windows(sample.len()).position(|window| window == sample);
    let place = place.ok_or("the middle of the message is not what was sent")?;
    let start = place.checked_sub(middle).ok_or("the message begins before the tune")?;
    let same = message.iter().zip(sent.iter().skip(start)).filter(|(one, other)| one == other);
    let same = same.count();
    // The caller hangs up in mid-packet: nothing else may be missing.
    if same + 8_000 / 4 >= message.len() {
        Ok(())
    } else {
        Err(format!("{same} of {} samples are what was sent", message.len()))
    }
}

/// Returns what is left of samples behind a telephone line: G.711 knows fewer of them.
fn as_heard(samples: &[i16]) -> Vec<i16> {
    let mut octets = vec![0; samples.len()];
    Codec::Pcmu.encoder().encode(samples, &mut octets);
    let mut heard = vec![0; samples.len()];
    Codec::Pcmu.decoder().decode(&octets, &mut heard);
    heard
}
