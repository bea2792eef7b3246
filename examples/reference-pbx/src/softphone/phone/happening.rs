//! What happens to a telephone: by SIP, and in its sound.

use anyhow::Result;
use centrala_media::g711;
use centrala_sip::StatusCode;
use centrala_ua::{CallId, EndCause, Event, RegistrationState, Rejection};

use super::{Call, MAX_HEARD, Phone, State};
use crate::{
    engine::{Command, EngineEvent, SessionId},
    softphone::event::PhoneEvent,
};

impl Phone {
    pub(super) fn handle_sip(&mut self, event: Event) {
        let now = self.clock.now();
        match event {
            Event::Incoming(incoming) => {
                let from = incoming.from.clone();
                if let Err(status) = self.incoming(incoming.call, incoming.offer.as_deref()) {
                    return self.endpoint.reject(incoming.call, &Rejection::new(status), now);
                }
                self.endpoint.ring(incoming.call, None, now);
                let number = from.uri().user().unwrap_or("anonymous").to_owned();
                self.tell(&PhoneEvent::Incoming { number, name: from.display_name() });
            }
            Event::Ringing { call, .. } => {
                let calling = |own: &&mut Call| own.id == call && own.state == State::Calling;
                if let Some(own) = self.call.as_mut().filter(calling) {
                    own.state = State::RingingThere;
                    self.tell(&PhoneEvent::Ringing);
                }
            }
            Event::Answered { call, answer, .. } => {
                if self.complete(call, answer.as_deref()) {
                    self.answered();
                } else {
                    self.endpoint.hang_up(call, now);
                }
            }
            Event::Confirmed { call, answer: Some(answer) }
            | Event::AnsweredInAck { call, answer: Some(answer) } => {
                self.complete(call, Some(&answer));
            }
            Event::Offered { call, offer } => self.offered(call, offer.as_deref()),
            Event::Key { key, .. } => self.tell(&PhoneEvent::Key { key: key.to_char() }),
            Event::Ended { call, cause } => self.ended(call, &cause),
            Event::Registration { state, .. } => self.registration_changed(&state),
            _ => {}
        }
    }

    fn incoming(&mut self, id: CallId, offer: Option<&[u8]>) -> Result<(), StatusCode> {
        if self.call.is_some() || self.quitting {
            return Err(StatusCode::BUSY_HERE);
        }
        let (session, local) = self.engine.open().map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        let mut negotiation = self.negotiation(local);
        if let Some(offer) = offer
            && let Err(error) = negotiation.hear_offer(offer)
        {
            self.engine.send(Command::Close { session });
            return Err(error.status());
        }
        self.call = Some(Call::new(id, session, negotiation, State::RingingHere));
        Ok(())
    }

    fn complete(&mut self, id: CallId, answer: Option<&[u8]>) -> bool {
        let Some(call) = self.call.as_mut().filter(|call| call.id == id) else { return false };
        let Some(Ok(connection)) = answer.map(|answer| call.negotiation.hear_answer(answer)) else {
            return false;
        };
        call.state = State::Answered;
        let session = call.session;
        self.engine.send(Command::Connect { session, connection });
        true
    }

    fn offered(&mut self, id: CallId, offer: Option<&[u8]>) {
        let now = self.clock.now();
        let Some(call) = self.call.as_mut().filter(|call| call.id == id) else { return };
        match offer.map(|offer| call.negotiation.answer(offer)) {
            None => {
                let body = call.negotiation.offer();
                self.endpoint.answer(id, body, now);
            }
            Some(Ok((body, connection))) => {
                let session = call.session;
                self.engine.send(Command::Connect { session, connection });
                self.endpoint.answer(id, body, now);
            }
            Some(Err(error)) => {
                self.endpoint.reject(id, &Rejection::new(error.status()), now);
            }
        }
    }

    fn ended(&mut self, id: CallId, cause: &EndCause) {
        let Some(call) = self.call.as_mut().filter(|call| call.id == id) else { return };
        let (cause, status) = match cause {
            EndCause::HungUp => ("we hung up".to_owned(), None),
            EndCause::RemoteHungUp => ("they hung up".to_owned(), None),
            EndCause::Cancelled => ("they gave up".to_owned(), None),
            EndCause::Rejected(rejected) => {
                let status = rejected.status.as_u16();
                (format!("{status} {}", rejected.reason), Some(status))
            }
            EndCause::TimedOut => ("no answer came back".to_owned(), None),
            other => (format!("{other:?}"), None),
        };
        call.ended = Some((cause, status));
        let session = call.session;
        // The end is told when the engine has brought the rest of what was heard.
        self.engine.send(Command::Close { session });
    }

    fn registration_changed(&mut self, state: &RegistrationState) {
        match state {
            RegistrationState::Registered { expires } => {
                self.registered = true;
                self.tell(&PhoneEvent::Registered { expires: *expires });
            }
            RegistrationState::Failed { status, .. } => {
                self.registered = false;
                let status = status.map(StatusCode::as_u16);
                self.tell(&PhoneEvent::RegistrationFailed { status });
            }
            RegistrationState::Unregistered => {
                self.registered = false;
                self.registration = None;
            }
            _ => {}
        }
    }

    pub(super) fn handle_engine(&mut self, event: EngineEvent) {
        match event {
            EngineEvent::Key { session, key }
                if self.call.as_ref().is_some_and(|call| call.session == session) =>
            {
                self.tell(&PhoneEvent::Key { key: key.to_char() });
            }
            EngineEvent::PlaybackFinished { session, play } => {
                let call = self.call.as_mut().filter(|call| call.session == session);
                if call.and_then(|call| call.playing.take_if(|own| *own == play)).is_some() {
                    self.tell(&PhoneEvent::Played);
                }
            }
            EngineEvent::Closed { session, .. } => {
                if let Some(call) = self.call.take_if(|call| call.session == session) {
                    let (cause, status) = call.ended.unwrap_or_default();
                    let answered = call.state == State::Answered;
                    let heard = call.heard;
                    self.tell(&PhoneEvent::Ended { cause, status, answered, heard });
                }
            }
            _ => {}
        }
    }

    pub(super) fn hear(&mut self, session: SessionId, sound: &[u8]) {
        if let Some(call) = self.call.as_mut().filter(|call| call.session == session) {
            let room = MAX_HEARD.saturating_sub(call.heard.len());
            call.heard.extend(sound.iter().take(room).map(|octet| g711::mulaw::decode(*octet)));
        }
    }
}
