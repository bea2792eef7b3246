//! The control loop: feed one thing, drain everything, sleep until the next deadline.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Result;
use centrala_switch::Exchange;
use centrala_ua::{Endpoint, Output as SipOutput};
use centrala_voicemail::RequestId;

use crate::{
    clock::Clock,
    engine::{Engine, EngineEvent},
    reactor::{Input, Reactor},
    server::{
        Notice,
        lamps::Lamps,
        line::Lines,
        locations::Locations,
        sound::Sound,
        storage::{Report, Storage},
        studio::{Rendered, StudioThread},
    },
};

/// How long a server that ends waits for answers to its last requests.
const LONGEST_GOODBYE: Duration = Duration::from_secs(3);

/// How much longer it waits for the disk to take the last recordings.
const LONGEST_STORING: Duration = Duration::from_secs(7);

/// What other threads tell the loop.
#[derive(Debug)]
pub(crate) enum Message {
    /// From the media engine.
    Engine(EngineEvent),
    /// From the storage thread.
    Storage(Report),
    /// Whether registrations are kept from now on.
    Locations(super::locations::Report),
    /// From the studio.
    Studio(Rendered),
    /// Take no new calls, and end when those that run have ended.
    Drain,
}

/// Everything that the loop owns.
pub(super) struct Control {
    pub(super) clock: Clock,
    pub(super) reactor: Reactor<Message>,
    pub(super) endpoint: Endpoint,
    pub(super) exchange: Exchange,
    pub(super) engine: Engine,
    pub(super) sound: Sound,
    pub(super) storage: Storage,
    /// Keeps registrations over a restart, if that can be done.
    pub(super) locations: Option<Locations>,
    pub(super) studio: StudioThread,
    pub(super) heard: super::studio::Heard,
    pub(super) lines: Lines,
    pub(super) lamps: Lamps,
    /// Sounds that the studio waits for, by the request that fetches them.
    pub(super) fetching: BTreeMap<RequestId, super::studio::Wanted>,
    /// Recordings of lines that are closed, until the engine has brought the rest of the sound.
    pub(super) closing:
        BTreeMap<crate::engine::SessionId, (centrala_switch::LegId, super::line::Take)>,
    /// Lines that are closed, until the engine has told how they sounded.
    pub(super) ended: BTreeMap<crate::engine::SessionId, centrala_switch::LegId>,
    pub(super) next_leg: u64,
    pub(super) next_fetch: u64,
    pub(super) draining: bool,
    pub(super) notify: Box<dyn FnMut(Notice) + Send>,
}

impl Control {
    /// Runs until the server was told to drain and has nothing left to do.
    pub(super) fn run(mut self) -> Result<()> {
        let mut inputs = Vec::new();
        let mut linger = None;
        (self.notify)(Notice::Listening { addresses: self.reactor.locals() });
        if self.endpoint.registered_users() > 0 {
            let users = self.endpoint.registered_users();
            (self.notify)(Notice::Restored { users });
        }
        loop {
            self.drain();
            if self.draining && self.has_no_calls() {
                // The last goodbyes may have been lost on their way: SIP repeats them.
                let now = self.clock.now();
                if linger.is_none() {
                    self.endpoint.close_subscriptions(super::RETRY_AFTER, now);
                    self.drain();
                }
                let until = *linger.get_or_insert(now + LONGEST_GOODBYE);
                let is_stored = self.closing.is_empty() && self.ended.is_empty();
                let is_over = self.endpoint.call_count() == 0 || until <= now;
                // A disk that does not answer is not waited for without end; what is there is found at the next start.
                if is_over && (is_stored || until + LONGEST_STORING <= now) {
                    break;
                }
            }
            let now = self.clock.now();
            // Until a time that has passed nobody waits.
            let ends =
                linger.map(|until| if until > now { until } else { until + LONGEST_STORING });
            let next = [self.endpoint.poll_timeout(), self.exchange.poll_timeout(), ends];
            let timeout = next.into_iter().flatten().min().map(|at| self.clock.until(at));
            self.engine.flush();
            self.reactor.wait(timeout, &mut inputs)?;
            self.endpoint.note_delay(self.reactor.backlog(), self.clock.now());
            for input in inputs.drain(..) {
                self.handle(input);
            }
            let now = self.clock.now();
            self.endpoint.handle_timeout(now);
            self.exchange.handle_timeout(now);
        }
        self.reactor.flush();
        self.engine.stop();
        self.storage.stop();
        if let Some(locations) = self.locations {
            locations.stop();
        }
        (self.notify)(Notice::Stopped);
        Ok(())
    }

    fn handle(&mut self, input: Input<Message>) {
        let now = self.clock.now();
        match input {
            Input::Arrival(arrival) => {
                if let Some(idle) = arrival.tell(&mut self.endpoint, now) {
                    self.reactor.close_unused(&idle, self.endpoint.flows());
                }
            }
            Input::Message(Message::Engine(event)) => self.handle_engine(event),
            Input::Message(Message::Storage(report)) => self.handle_storage(report),
            Input::Message(Message::Locations(kept)) => {
                (self.notify)(Notice::RegistrationsKept { error: kept.err() });
            }
            Input::Message(Message::Studio(rendered)) => self.play_rendered(rendered),
            Input::Message(Message::Drain) => self.begin_draining(),
        }
        self.drain();
    }

    /// Carries out what the machines want, until they want nothing more.
    pub(super) fn drain(&mut self) {
        loop {
            if let Some(output) = self.endpoint.poll_output() {
                match output {
                    SipOutput::Send { destination, datagram, ticket, .. } => {
                        self.reactor.send(destination, &datagram, ticket);
                    }
                    SipOutput::Event(event) => self.handle_sip(event),
                    SipOutput::Keep(record) => {
                        if let Some(locations) = &self.locations {
                            locations.keep(record);
                        }
                    }
                    _ => {}
                }
            } else if let Some(output) = self.exchange.poll_output() {
                self.carry_out(output);
            } else if !self.light_lamps() {
                return;
            }
        }
    }

    fn has_no_calls(&self) -> bool {
        self.exchange.is_idle() && self.lines.is_empty()
    }

    fn begin_draining(&mut self) {
        if self.draining {
            return;
        }
        self.draining = true;
        let now = self.clock.now();
        self.endpoint.drain(super::RETRY_AFTER);
        (self.notify)(Notice::Draining {
            calls: self.exchange.calls(),
            sessions: self.endpoint.call_count(),
            transactions: self.endpoint.transaction_count(),
        });
        self.exchange.handle_input(centrala_switch::Input::Drain, now);
    }
}
