//! What SIP tells becomes what happens to legs.

use centrala_sip::{NameAddr, StatusCode, Uri};
use centrala_switch::{Caller, Cause, Input, LegId, Origin};
use centrala_ua::{
    BindCause, CallId, DialogDirection, EndCause, Event, IncomingCall, Rejected, Rejection, Source,
    UnbindCause,
};

use super::{
    Notice,
    control::Control,
    line::{Line, Side},
};
use crate::engine::Command;

impl Control {
    pub(super) fn handle_sip(&mut self, event: Event) {
        match event {
            Event::Incoming(incoming) => self.incoming(*incoming),
            Event::Ringing { call, .. } => {
                if let Some(leg) = self.lines.leg_of_call(call) {
                    self.tell(Input::Ringing { leg });
                }
            }
            Event::Answered { call, answer, .. } => self.answered(call, answer.as_deref()),
            Event::Confirmed { call, answer } => self.confirmed(call, answer.as_deref()),
            Event::AnsweredInAck { call, answer: Some(answer) } => {
                self.complete(call, &answer);
            }
            Event::Offered { call, offer } => self.offered(call, offer.as_deref()),
            Event::Key { call, key, .. } => {
                if let Some(leg) = self.lines.leg_of_call(call) {
                    self.tell(Input::Key { leg, key });
                }
            }
            Event::Ended { call, cause } => self.ended(call, &cause),
            Event::Registered { user, binding, cause } => {
                let contact = binding.contact.to_string();
                tracing::info!(user, contact, flow = %binding.flow, ?cause, "registered");
                // A refresh is no news; what was restored is told in one.
                if matches!(cause, BindCause::New | BindCause::Changed) {
                    (self.notify)(Notice::Registered { user, contact });
                }
            }
            Event::Unregistered { user, cause, .. } => {
                tracing::info!(user, ?cause, "unregistered");
                if cause != UnbindCause::Replaced {
                    (self.notify)(Notice::Unregistered { user });
                }
            }
            // We neither make offers of our own in a call, nor register anywhere yet.
            _ => {}
        }
    }

    /// Tells the exchange what happened.
    pub(super) fn tell(&mut self, input: Input) {
        let now = self.clock.now();
        self.exchange.handle_input(input, now);
    }

    fn incoming(&mut self, incoming: IncomingCall) {
        let now = self.clock.now();
        let call = incoming.call;
        let from = match incoming.source {
            Source::User(user) => Origin::Phone(user),
            Source::Trunk(name) => Origin::Trunk(name),
            // Strangers are challenged by the endpoint; nobody else is left.
            _ => return self.endpoint.reject(call, &Rejection::new(StatusCode::FORBIDDEN), now),
        };
        let (session, mut negotiation) = match self.sound.open(&self.engine, incoming.flow) {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(%error, "no port for sound");
                let mut refusal = Rejection::new(StatusCode::SERVICE_UNAVAILABLE);
                refusal.retry_after = Some(super::RETRY_AFTER);
                return self.endpoint.reject(call, &refusal, now);
            }
        };
        if let Some(offer) = &incoming.offer
            && let Err(error) = negotiation.hear_offer(offer)
        {
            tracing::info!(%error, "an offer that we cannot take");
            self.engine.post(Command::Close { session });
            return self.endpoint.reject(call, &Rejection::new(error.status()), now);
        }
        let leg = LegId::incoming(self.next_leg);
        self.next_leg += 1;
        self.lines.insert(leg, Line::new(session, negotiation, Side::Caller { call }));
        if let Origin::Phone(user) = &from {
            self.lamps.begin(leg, user, DialogDirection::Initiator);
        }
        let called = dialled(&incoming.called);
        self.tell(Input::Incoming { leg, caller: caller(&incoming.from), from, called });
    }

    fn answered(&mut self, call: CallId, answer: Option<&[u8]>) {
        let Some(leg) = self.lines.leg_of_call(call) else {
            return self.endpoint.hang_up(call, self.clock.now());
        };
        let Some(line) = self.lines.get_mut(leg) else { return };
        let Side::Called { forks, answered, .. } = &mut line.side else { return };
        if *answered {
            // Another telephone of the same person was faster.
            return self.endpoint.hang_up(call, self.clock.now());
        }
        *answered = true;
        let others: Vec<CallId> = forks.iter().copied().filter(|fork| *fork != call).collect();
        for other in others {
            self.endpoint.hang_up(other, self.clock.now());
        }
        match answer.map(|answer| self.complete(call, answer)) {
            Some(true) => {
                self.lamps.confirm(leg);
                self.tell(Input::Answered { leg });
            }
            _ => {
                // An answer that we cannot speak with is none: the next telephone is tried.
                self.endpoint.hang_up(call, self.clock.now());
                self.close(leg);
                self.tell(Input::Failed { leg, cause: Cause::Gone });
            }
        }
    }

    /// The caller has seen our 200. Where the INVITE had no offer, the answer to ours has come now;
    /// without one that we can speak with there is no sense in staying.
    fn confirmed(&mut self, call: CallId, answer: Option<&[u8]>) {
        let agreed = match answer {
            Some(answer) => self.complete(call, answer),
            None => {
                let leg = self.lines.leg_of_call(call);
                let line = leg.and_then(|leg| self.lines.get(leg));
                line.is_none_or(|line| line.negotiation.is_agreed())
            }
        };
        if !agreed {
            self.endpoint.hang_up(call, self.clock.now());
        }
    }

    /// Takes the answer to an offer of ours; says whether sound can flow.
    fn complete(&mut self, call: CallId, answer: &[u8]) -> bool {
        let Some(leg) = self.lines.leg_of_call(call) else { return false };
        let Some(line) = self.lines.get_mut(leg) else { return false };
        match line.negotiation.hear_answer(answer) {
            Ok(connection) => {
                self.engine.post(Command::Connect { session: line.session, connection });
                true
            }
            Err(error) => {
                tracing::info!(%leg, %error, "an answer that we cannot take");
                false
            }
        }
    }

    /// A party wants to change its session: hold, another address, another codec.
    fn offered(&mut self, call: CallId, offer: Option<&[u8]>) {
        let now = self.clock.now();
        let leg = self.lines.leg_of_call(call);
        let Some(line) = leg.and_then(|leg| self.lines.get_mut(leg)) else {
            let refusal = Rejection::new(StatusCode::SERVER_INTERNAL_ERROR);
            return self.endpoint.reject(call, &refusal, now);
        };
        let Some(offer) = offer else {
            let body = line.negotiation.offer();
            return self.endpoint.answer(call, body, now);
        };
        match line.negotiation.answer(offer) {
            Ok((body, connection)) => {
                self.engine.post(Command::Connect { session: line.session, connection });
                self.endpoint.answer(call, body, now);
            }
            Err(error) => self.endpoint.reject(call, &Rejection::new(error.status()), now),
        }
    }

    fn ended(&mut self, call: CallId, end: &EndCause) {
        let Some(leg) = self.lines.forget_call(call) else { return };
        tracing::debug!(%leg, ?end, "a call has ended");
        let Some(line) = self.lines.get_mut(leg) else { return };
        match &mut line.side {
            Side::Caller { .. } => {
                self.close(leg);
                self.tell(Input::HungUp { leg });
            }
            Side::Called { forks, answered: true, .. } => {
                if forks.is_empty() {
                    self.close(leg);
                    self.tell(Input::HungUp { leg });
                }
            }
            Side::Called { forks, answered: false, cause } => {
                *cause = better(*cause, cause_of(end));
                if forks.is_empty() {
                    let cause = *cause;
                    self.close(leg);
                    self.tell(Input::Failed { leg, cause });
                }
            }
        }
    }
}

/// Returns the user part of what was called, as it was meant.
fn dialled(called: &Uri) -> String {
    match called.user_decoded() {
        Some(user) => String::from_utf8_lossy(&user).into_owned(),
        None => called.scheme_specific().to_owned(),
    }
}

fn caller(from: &NameAddr) -> Caller {
    let mut caller = Caller::default();
    caller.number =
        from.uri().user_decoded().map(|user| String::from_utf8_lossy(&user).into_owned());
    caller.name = from.display_name().filter(|name| !name.trim().is_empty());
    caller
}

/// Returns what a telephone's final response means for the caller.
fn cause_of(end: &EndCause) -> Cause {
    match end {
        EndCause::Rejected(Rejected { status, .. }) => match status.as_u16() {
            486 | 600 => Cause::Busy,
            603 => Cause::Declined,
            408 | 480 | 487 => Cause::NoAnswer,
            404 | 410 | 604 => Cause::Unreachable,
            _ => Cause::Gone,
        },
        EndCause::TimedOut => Cause::Unreachable,
        EndCause::HungUp | EndCause::Cancelled => Cause::NoAnswer,
        _ => Cause::Gone,
    }
}

/// Returns which of two reasons tells the caller more: one busy telephone says that the person is
/// talking, whatever became of the others.
fn better(one: Cause, other: Cause) -> Cause {
    let rank = |cause| match cause {
        Cause::Declined => 4,
        Cause::Busy => 3,
        Cause::NoAnswer => 2,
        Cause::Gone => 1,
        Cause::Unreachable => 0,
    };
    if rank(other) > rank(one) { other } else { one }
}
