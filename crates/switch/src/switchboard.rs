//! What journeys share: the legs, the orders to the outside, and the numbers of things.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use centrala_dialogue::{DraftId, Phrase};
use centrala_voicemail::{Answer, Request, RequestId};

use crate::{Caller, JourneyId, LegId, Movement, Output, PlayId, hunt::Telephone};

/// How many requests whose askers have gone are remembered, to clean up after late answers.
const MAX_WITHDRAWN: usize = 1_024;

/// What journeys share: the legs, the orders to the outside, and the numbers of things.
#[derive(Debug, Default)]
pub(crate) struct Switchboard {
    outputs: VecDeque<Output>,
    legs: BTreeMap<LegId, Seat>,
    requests: BTreeMap<RequestId, JourneyId>,
    withdrawn: BTreeSet<RequestId>,
    last_leg: u64,
    last_play: u64,
    last_request: u64,
}

/// Whose leg it is.
#[derive(Clone, Copy, Debug)]
struct Seat {
    journey: JourneyId,
    presence: Presence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Here,
    /// The party has hung up; something that belongs to the leg is still being tidied up.
    Gone,
}

impl Switchboard {
    /// Seats a party that called us. Returns whether the leg was free.
    pub(crate) fn seat(&mut self, leg: LegId, journey: JourneyId) -> bool {
        let free = leg.is_incoming() && !self.legs.contains_key(&leg);
        if free {
            self.legs.insert(leg, Seat { journey, presence: Presence::Here });
        }
        free
    }

    /// Calls a person on a new leg.
    pub(crate) fn call(
        &mut self,
        journey: JourneyId,
        telephone: &Telephone,
        caller: Caller,
    ) -> LegId {
        self.last_leg += 1;
        let leg = LegId::outgoing(self.last_leg);
        self.legs.insert(leg, Seat { journey, presence: Presence::Here });
        let Telephone { person, user } = telephone.clone();
        self.outputs.push_back(Output::Call { leg, person, user, caller });
        leg
    }

    /// Ends a leg, if its party is still there.
    pub(crate) fn hang_up(&mut self, leg: LegId) {
        if self.forget(leg) {
            self.outputs.push_back(Output::HangUp { leg });
        }
    }

    /// Forgets a leg. Returns whether its party was still there.
    pub(crate) fn forget(&mut self, leg: LegId) -> bool {
        self.legs.remove(&leg).is_some_and(|seat| seat.presence == Presence::Here)
    }

    /// Notes that a party has gone; its leg stays until it is forgotten.
    pub(crate) fn vacate(&mut self, leg: LegId) {
        if let Some(seat) = self.legs.get_mut(&leg) {
            seat.presence = Presence::Gone;
        }
    }

    /// Ends a leg towards its party, and keeps it until it is forgotten.
    pub(crate) fn hang_up_and_tidy(&mut self, leg: LegId) {
        if self.is_here(leg) {
            self.vacate(leg);
            self.outputs.push_back(Output::HangUp { leg });
        }
    }

    /// Orders something that only a present party can perceive.
    pub(crate) fn order(&mut self, leg: LegId, order: Output) {
        if self.is_here(leg) {
            self.outputs.push_back(order);
        }
    }

    /// Orders something that concerns no party.
    pub(crate) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(crate) fn play(&mut self, leg: LegId, phrases: Vec<Phrase>) -> PlayId {
        self.last_play += 1;
        let play = PlayId::new(self.last_play);
        self.order(leg, Output::Play { leg, play, phrases });
        play
    }

    pub(crate) fn transport(&mut self, leg: LegId, movement: Movement) {
        self.order(leg, Output::Transport { leg, movement });
    }

    pub(crate) fn stop_recording(&mut self, leg: LegId, draft: DraftId) {
        // Also for a party that has gone: the sound must be brought home.
        self.outputs.push_back(Output::StopRecording { leg, draft });
    }

    /// Asks the store on behalf of a journey.
    pub(crate) fn ask(&mut self, journey: JourneyId, request: Request) -> RequestId {
        let id = self.tell_store(request);
        self.requests.insert(id, journey);
        id
    }

    /// Notes that nobody waits for an answer any more.
    pub(crate) fn withdraw(&mut self, request: RequestId) {
        if self.requests.remove(&request).is_some() {
            self.withdrawn.insert(request);
            if self.withdrawn.len() > MAX_WITHDRAWN {
                self.withdrawn.pop_first();
            }
        }
    }

    /// Takes an answer, and returns whose it is. A draft that comes too late is given back.
    pub(crate) fn answered(&mut self, request: RequestId, answer: &Answer) -> Option<JourneyId> {
        if self.withdrawn.remove(&request)
            && let Answer::Draft(draft) = answer
        {
            self.tell_store(Request::Discard { draft: *draft });
        }
        self.requests.remove(&request)
    }

    pub(crate) fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(crate) fn journey_of(&self, leg: LegId) -> Option<JourneyId> {
        self.legs.get(&leg).map(|seat| seat.journey)
    }

    pub(crate) fn is_here(&self, leg: LegId) -> bool {
        self.legs.get(&leg).is_some_and(|seat| seat.presence == Presence::Here)
    }

    pub(crate) fn legs(&self) -> usize {
        self.legs.len()
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.len()
    }

    fn tell_store(&mut self, request: Request) -> RequestId {
        self.last_request += 1;
        let id = RequestId::new(self.last_request);
        self.outputs.push_back(Output::Store(id, request));
        id
    }
}
