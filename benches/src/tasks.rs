//! Something to time: a parser, a job and messages.

use std::{fmt, hint::black_box};

use bytes::Bytes;

use crate::{Centrala, NEW_VIA, Parser, floor, ours::headers};

/// What is to be done with each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the jobs of the tables")]
pub enum Job {
    /// Start line and headers, body framed; the datagram is a shared `Bytes`.
    Split,
    /// The same from a slice which is copied first.
    CopyAndSplit,
    /// [`Job::Split`], then From, To, Vias, `CSeq`, Contacts and Call-ID typed.
    SplitTyped,
    /// A parsed message is written without an edit.
    Print,
    /// A parsed request gets a Via and one Max-Forwards less, and is written.
    PrintEdited,
}

impl Job {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Split, Self::CopyAndSplit, Self::SplitTyped, Self::Print, Self::PrintEdited];

    /// Returns the name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::CopyAndSplit => "copy+split",
            Self::SplitTyped => "split+typed",
            Self::Print => "print",
            Self::PrintEdited => "print edited",
        }
    }
}

/// Work that can be repeated over its messages.
pub struct Task {
    /// Who does it.
    pub who: &'static str,
    /// What it does.
    pub job: &'static str,
    /// The messages it is done with.
    pub messages: Vec<Bytes>,
    steps: Box<dyn Steps>,
}

impl Task {
    /// Makes what the next [`run`](Self::run) consumes: untimed.
    pub fn prepare(&mut self, passes: usize) {
        self.steps.prepare(&self.messages, passes);
    }

    /// Returns how many passes may be prepared at once, so that what they consume stays in a near cache.
    #[must_use]
    pub fn most_passes(&self) -> usize {
        self.steps.most_passes()
    }

    /// Does the prepared passes and returns a sum that depends on all of them.
    pub fn run(&mut self) -> usize {
        self.steps.run(&self.messages)
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Task").field("who", &self.who).finish_non_exhaustive()
    }
}

/// Returns the floor over these messages.
#[must_use]
pub fn floor_task(messages: &[Bytes]) -> Task {
    let each = |message: &Bytes| floor::split_lines(message);
    Task {
        who: "floor",
        job: "floor",
        messages: messages.to_vec(),
        steps: Box::new(Each { each, passes: 0 }),
    }
}

/// Returns the job of a parser over those messages which it handles.
#[must_use]
pub fn task<P: Parser + 'static>(job: Job, messages: &[Bytes]) -> Task {
    let messages: Vec<Bytes> =
        messages.iter().filter(|it| handled::<P>(job, it)).cloned().collect();
    let steps: Box<dyn Steps> = match job {
        Job::Split => {
            let each = |message: &Bytes| usize::from(black_box(P::split(message)).is_some());
            Box::new(Each { each, passes: 0 })
        }
        Job::CopyAndSplit => {
            let each = |message: &Bytes| {
                let copy = Bytes::copy_from_slice(message);
                usize::from(black_box(P::split(&copy)).is_some())
            };
            Box::new(Each { each, passes: 0 })
        }
        Job::SplitTyped => {
            let each = |message: &Bytes| {
                let parsed = P::split(message);
                parsed.as_ref().and_then(P::typed).map_or(0, |reading| black_box(reading).sum)
            };
            Box::new(Each { each, passes: 0 })
        }
        Job::Print => Box::new(Print::<P> { parsed: Vec::new(), passes: 0 }),
        Job::PrintEdited => Box::new(PrintEdited::<P> { inputs: Vec::new() }),
    };
    Task { who: P::NAME, job: job.name(), messages, steps }
}

/// Tells whether a parser does the job with that message as we do: same readings, and an edited message that is
/// read as ours is.
#[must_use]
pub fn handled<P: Parser>(job: Job, message: &Bytes) -> bool {
    let Some(mut parsed) = P::split(message) else { return false };
    let ours = Centrala::split(message).and_then(|ours| Centrala::typed(&ours));
    match job {
        Job::Split | Job::CopyAndSplit | Job::Print => true,
        Job::SplitTyped => ours.is_some() && P::typed(&parsed) == ours,
        Job::PrintEdited => P::edit(&mut parsed) && is_edited(message, P::print(&parsed).as_ref()),
    }
}

/// The new Via on top, one hop less, and the rest reads the same.
fn is_edited(before: &[u8], after: &[u8]) -> bool {
    let read = |octets: &[u8]| {
        let message = Centrala::split(&Bytes::copy_from_slice(octets))?;
        let top = headers(&message).via().ok()?;
        let hops = headers(&message).max_forwards().ok()?;
        Some((Centrala::typed(&message)?, top, hops))
    };
    let (Some((old, _, hops)), Some((new, top, left))) = (read(before), read(after)) else {
        return false;
    };
    let branch = top.branch().unwrap_or_default();
    hops.checked_sub(1) == Some(left)
        && NEW_VIA.contains(branch)
        && new.vias == old.vias + 1
        && new.contacts == old.contacts
        && new.sum == old.sum + branch.len() + usize::from(top.port().unwrap_or(0))
}

trait Steps {
    fn most_passes(&self) -> usize {
        usize::MAX
    }
    fn prepare(&mut self, messages: &[Bytes], passes: usize);
    fn run(&mut self, messages: &[Bytes]) -> usize;
}

struct Each<F> {
    each: F,
    passes: usize,
}

impl<F: Fn(&Bytes) -> usize> Steps for Each<F> {
    fn prepare(&mut self, _: &[Bytes], passes: usize) {
        self.passes = passes;
    }

    fn run(&mut self, messages: &[Bytes]) -> usize {
        let mut sum = 0_usize;
        for _ in 0..self.passes {
            for message in messages {
                sum = sum.wrapping_add((self.each)(black_box(message)));
            }
        }
        sum
    }
}

struct Print<P: Parser> {
    parsed: Vec<P::Parsed>,
    passes: usize,
}

impl<P: Parser> Steps for Print<P> {
    fn prepare(&mut self, messages: &[Bytes], passes: usize) {
        self.parsed = messages.iter().filter_map(P::split).collect();
        self.passes = passes;
    }

    fn run(&mut self, _: &[Bytes]) -> usize {
        let mut sum = 0_usize;
        for _ in 0..self.passes {
            for parsed in &self.parsed {
                sum = sum.wrapping_add(black_box(P::print(black_box(parsed)).as_ref()).len());
            }
        }
        sum
    }
}

struct PrintEdited<P: Parser> {
    inputs: Vec<P::Parsed>,
}

impl<P: Parser> Steps for PrintEdited<P> {
    fn most_passes(&self) -> usize {
        4
    }

    fn prepare(&mut self, messages: &[Bytes], passes: usize) {
        let parsed: Vec<P::Parsed> = messages.iter().filter_map(P::split).collect();
        self.inputs = (0..passes).flat_map(|_| parsed.clone()).collect();
    }

    fn run(&mut self, _: &[Bytes]) -> usize {
        let mut sum = 0_usize;
        for parsed in &mut self.inputs {
            let edited = P::edit(black_box(parsed));
            let text = P::print(parsed);
            sum = sum.wrapping_add(usize::from(edited) + black_box(text.as_ref()).len());
        }
        sum
    }
}
