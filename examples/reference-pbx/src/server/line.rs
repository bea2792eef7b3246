//! Lines: what the exchange calls a leg, seen from SIP and from the sound.

use std::collections::BTreeMap;

use centrala_dialogue::DraftId;
use centrala_switch::{Cause, LegId, PlayId};
use centrala_ua::CallId;

use crate::{engine::SessionId, negotiation::Negotiation};

/// One party's connection: a leg of the exchange, its call or calls, its session of sound.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) session: SessionId,
    pub(super) negotiation: Negotiation,
    pub(super) side: Side,
    /// What plays, so that the end of something older is not taken for its end.
    pub(super) playing: Option<PlayId>,
    /// What is being recorded.
    pub(super) recording: Option<Take>,
}

/// A recording under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Take {
    pub(super) draft: DraftId,
    /// Whether some of the sound could not be stored.
    pub(super) damaged: bool,
}

/// Who called whom.
#[derive(Debug)]
pub(super) enum Side {
    /// They called us.
    Caller { call: CallId },
    /// We call all telephones of a person; the first that answers stays.
    Called {
        /// The calls that may still be answered, or the one that was.
        forks: Vec<CallId>,
        answered: bool,
        /// The best reason that one of them gave for not answering.
        cause: Cause,
    },
}

impl Line {
    pub(super) const fn new(session: SessionId, negotiation: Negotiation, side: Side) -> Self {
        Self { session, negotiation, side, playing: None, recording: None }
    }

    /// Returns the calls of this line.
    pub(super) fn calls(&self) -> &[CallId] {
        match &self.side {
            Side::Caller { call } => std::slice::from_ref(call),
            Side::Called { forks, .. } => forks,
        }
    }
}

/// All lines, found by leg, by call and by session.
#[derive(Debug, Default)]
pub(super) struct Lines {
    by_leg: BTreeMap<LegId, Line>,
    by_call: BTreeMap<CallId, LegId>,
    by_session: BTreeMap<SessionId, LegId>,
}

impl Lines {
    pub(super) fn insert(&mut self, leg: LegId, line: Line) {
        self.by_session.insert(line.session, leg);
        self.by_call.extend(line.calls().iter().map(|call| (*call, leg)));
        self.by_leg.insert(leg, line);
    }

    pub(super) fn remove(&mut self, leg: LegId) -> Option<Line> {
        let line = self.by_leg.remove(&leg)?;
        self.by_session.remove(&line.session);
        for call in line.calls() {
            self.by_call.remove(call);
        }
        Some(line)
    }

    /// Forgets a call that has ended; the line stays.
    pub(super) fn forget_call(&mut self, call: CallId) -> Option<LegId> {
        let leg = self.by_call.remove(&call)?;
        if let Some(Line { side: Side::Called { forks, .. }, .. }) = self.by_leg.get_mut(&leg) {
            forks.retain(|fork| *fork != call);
        }
        Some(leg)
    }

    pub(super) fn get(&self, leg: LegId) -> Option<&Line> {
        self.by_leg.get(&leg)
    }

    pub(super) fn get_mut(&mut self, leg: LegId) -> Option<&mut Line> {
        self.by_leg.get_mut(&leg)
    }

    pub(super) fn leg_of_call(&self, call: CallId) -> Option<LegId> {
        self.by_call.get(&call).copied()
    }

    pub(super) fn leg_of_session(&self, session: SessionId) -> Option<LegId> {
        self.by_session.get(&session).copied()
    }

    /// Returns the leg that records into `draft`.
    pub(super) fn leg_of_draft(&self, draft: DraftId) -> Option<LegId> {
        let records = |line: &Line| line.recording.is_some_and(|take| take.draft == draft);
        self.by_leg.iter().find(|(_, line)| records(line)).map(|(leg, _)| *leg)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_leg.is_empty()
    }
}
