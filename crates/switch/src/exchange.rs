//! The exchange.

use std::{collections::BTreeMap, sync::Arc};

use centrala_office::{
    Office,
    routing::{self, Arrival, Place},
};
use centrala_time::{Deadlines, Timestamp};
use centrala_voicemail::{Answer, RequestId};

use crate::{
    Caller, Ending, ExchangeConfig, Input, JourneyId, LegId, Origin, Output, Refusal,
    conversation::Told,
    journey::{Journey, LegEvent, Party},
    leg::bounded,
    plan::Plan,
    switchboard::Switchboard,
};

/// A company's exchange: every call that runs, and nothing of how it is carried.
///
/// See the [crate's documentation](crate) for an example and for how to drive it.
#[derive(Debug)]
pub struct Exchange {
    config: ExchangeConfig,
    plan: Arc<Plan>,
    service: Service,
    journeys: BTreeMap<JourneyId, Journey>,
    deadlines: Deadlines<JourneyId>,
    board: Switchboard,
    last_journey: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Open,
    /// No new calls; those that run must end by then.
    Draining {
        until: Timestamp,
    },
    /// All calls were ended.
    Closed,
}

impl Exchange {
    /// Returns an exchange without calls.
    #[must_use]
    pub fn new(config: ExchangeConfig, office: Arc<Office>) -> Self {
        Self {
            config,
            plan: Arc::new(Plan::new(office)),
            service: Service::Open,
            journeys: BTreeMap::new(),
            deadlines: Deadlines::new(),
            board: Switchboard::default(),
            last_journey: 0,
        }
    }

    /// Lets new calls go by another plan. Running calls keep theirs.
    pub fn use_office(&mut self, office: Arc<Office>) {
        self.plan = Arc::new(Plan::new(office));
    }

    /// Feeds one thing that happened. What makes no sense at the moment does nothing.
    pub fn handle_input(&mut self, input: Input, now: Timestamp) {
        self.handle_timeout(now);
        match input {
            Input::Incoming { leg, caller, from, called } => {
                self.incoming(leg, caller, &from, called, now);
            }
            // Callers hear ringing from the moment on in which telephones are called.
            Input::Ringing { leg: _ } => {}
            Input::Answered { leg } => {
                if self.board.is_here(leg) {
                    self.leg(leg, LegEvent::Answered, now);
                } else {
                    // It was told to stop while it was being answered.
                    self.board.push(Output::HangUp { leg });
                }
            }
            Input::Failed { leg, cause } => self.leg(leg, LegEvent::Failed(cause), now),
            Input::HungUp { leg } => self.leg(leg, LegEvent::HungUp, now),
            Input::Onset { leg } => self.leg(leg, LegEvent::Told(Told::Onset), now),
            Input::Key { leg, key } => self.leg(leg, LegEvent::Told(Told::Key(key)), now),
            Input::PlaybackFinished { leg, play } => {
                self.leg(leg, LegEvent::Told(Told::PlaybackFinished(play)), now);
            }
            Input::Silent { leg, draft } => {
                self.leg(leg, LegEvent::Told(Told::Silent(draft)), now);
            }
            Input::Recorded { leg, draft, length, stored } => {
                self.leg(leg, LegEvent::Told(Told::Recorded { draft, length, stored }), now);
            }
            Input::Stored(request, answer) => self.stored(request, &answer, now),
            Input::Drain => self.drain(now),
        }
    }

    /// Lets what is due at `now` happen; calling early does nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(id) = self.deadlines.pop_due(now) {
            self.journey(id, |journey, board| journey.handle_timeout(now, board));
        }
        if let Service::Draining { until } = self.service
            && until <= now
        {
            self.service = Service::Closed;
            let running: Vec<JourneyId> = self.journeys.keys().copied().collect();
            for id in running {
                self.journey(id, |journey, board| journey.part(Ending::ShutDown, now, board));
            }
        }
    }

    /// Returns what to do next, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.board.next_output()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let closing = match self.service {
            Service::Draining { until } => Some(until),
            Service::Open | Service::Closed => None,
        };
        self.deadlines.next().into_iter().chain(closing).min()
    }

    /// Returns how many calls run, those included whose messages are still being brought home.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.journeys.len()
    }

    /// Returns whether nothing is left: no call, no leg, no question to the store. An exchange
    /// that drains may be dropped then.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.journeys.is_empty() && self.board.legs() == 0 && self.board.requests() == 0
    }

    fn incoming(
        &mut self,
        leg: LegId,
        caller: Caller,
        from: &Origin,
        called: String,
        now: Timestamp,
    ) {
        let id = JourneyId::new(self.last_journey + 1);
        if !self.board.seat(leg, id) {
            return;
        }
        let refusal = match self.service {
            Service::Draining { .. } | Service::Closed => Some(Refusal::ShuttingDown),
            Service::Open if self.journeys.len() >= self.config.max_calls => Some(Refusal::Busy),
            Service::Open => None,
        };
        if let Some(cause) = refusal {
            self.board.forget(leg);
            self.board.push(Output::Refuse { leg, cause });
            return;
        }
        self.last_journey += 1;
        let place = start(&self.plan.office, from, &called);
        let party = Party::new(leg, caller.bounded(), bounded(called));
        let plan = Arc::clone(&self.plan);
        let journey = Journey::new(id, plan, party, place, &self.config, now);
        self.journeys.insert(id, journey);
        self.journey(id, |journey, board| journey.begin(now, board));
    }

    fn leg(&mut self, leg: LegId, event: LegEvent, now: Timestamp) {
        if let Some(id) = self.board.journey_of(leg) {
            self.journey(id, |journey, board| journey.handle_leg(leg, event, now, board));
        }
    }

    fn stored(&mut self, request: RequestId, answer: &Answer, now: Timestamp) {
        if let Some(id) = self.board.answered(request, answer) {
            self.journey(id, |journey, board| journey.answered(request, answer, now, board));
        }
    }

    fn drain(&mut self, now: Timestamp) {
        if self.service == Service::Open {
            self.service = Service::Draining { until: now + self.config.drain };
        }
    }

    /// Lets a journey act, and notes when it wants to act again.
    fn journey(&mut self, id: JourneyId, act: impl FnOnce(&mut Journey, &mut Switchboard)) {
        let Some(journey) = self.journeys.get_mut(&id) else { return };
        act(journey, &mut self.board);
        if journey.is_over() {
            self.journeys.remove(&id);
            self.deadlines.clear(&id);
        } else {
            self.deadlines.update(id, journey.poll_timeout());
        }
    }
}

/// Returns where a call begins. A user or a trunk that the plan does not know may call nobody.
fn start(office: &Office, from: &Origin, called: &str) -> Place {
    let arrival = match from {
        Origin::Trunk(name) => {
            let trunk = office.trunks().iter().find(|trunk| *trunk.name == **name);
            trunk.map(|trunk| Arrival::Trunk(trunk.id))
        }
        Origin::Phone(user) => office.person_by_user(user).map(|person| Arrival::Phone(person.id)),
    };
    match arrival {
        Some(arrival) => routing::start(office, arrival, called),
        None => Place::Refused(routing::Refusal::Forbidden),
    }
}
