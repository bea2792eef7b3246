//! What the exchange wants becomes SIP, sound and requests to the store.

use std::time::Duration;

use centrala_dialogue::DraftId;
use centrala_media::EncodedPrompt;
use centrala_sip::{Host, NameAddr, StatusCode, Uri};
use centrala_switch::{Caller, Cause, Input, LegId, Movement, Output, PlayId, Refusal, Stored};
use centrala_ua::{CallId, DialogDirection, OutgoingCall, Rejection};
use centrala_voicemail::Answer;

use super::{
    Notice,
    control::Control,
    line::{Line, Side, Take},
    storage::Report,
    studio::{Rendered, Wanted},
};
use crate::engine::{AtEnd, Command, EngineEvent, Seek, SessionId};

impl Control {
    pub(super) fn carry_out(&mut self, output: Output) {
        let now = self.clock.now();
        match output {
            Output::Ring { leg } => {
                if let Some(call) = self.caller_of(leg) {
                    self.endpoint.ring(call, None, now);
                }
            }
            Output::Answer { leg } => self.answer(leg),
            Output::Refuse { leg, cause } => {
                if let Some(call) = self.caller_of(leg) {
                    self.endpoint.reject(call, &rejection(cause), now);
                }
                self.close(leg);
            }
            Output::HangUp { leg } => {
                if let Some(line) = self.close(leg) {
                    for call in line.calls() {
                        self.endpoint.hang_up(*call, now);
                    }
                }
            }
            Output::Call { leg, user, caller, .. } => self.call(leg, &user, &caller),
            Output::Play { leg, play, phrases } => {
                if let Some(line) = self.lines.get_mut(leg) {
                    line.playing = Some(play);
                    let codec = line.negotiation.codec();
                    self.want(Wanted::new(leg, play, phrases, codec));
                }
            }
            Output::StopPlaying { leg } => {
                if let Some(line) = self.lines.get_mut(leg) {
                    line.playing = None;
                    let session = line.session;
                    self.engine.post(Command::StopPlaying { session });
                }
            }
            Output::Transport { leg, movement } => {
                if let Some(session) = self.lines.get(leg).map(|line| line.session) {
                    self.engine.post(move_player(session, movement));
                }
            }
            Output::Record { leg, draft, silence } => self.record(leg, draft, silence),
            Output::StopRecording { leg, .. } => {
                if let Some(session) = self.lines.get(leg).map(|line| line.session) {
                    self.engine.post(Command::StopRecording { session });
                }
            }
            Output::Bridge { a, b } => {
                let sessions = (self.lines.get(a), self.lines.get(b));
                if let (Some(a), Some(b)) = sessions {
                    self.engine.post(Command::Bridge { a: a.session, b: b.session });
                }
            }
            Output::Unbridge { a, b } => {
                for session in [a, b].into_iter().filter_map(|leg| self.lines.get(leg)) {
                    self.engine.post(Command::Unbridge { session: session.session });
                }
            }
            Output::Store(id, request) => {
                self.lamps.note_request(id, &request);
                self.storage.submit(id, request);
            }
            Output::Log(event) => {
                tracing::info!(journey = event.journey.number(), "{event}");
                (self.notify)(Notice::Journey(event));
            }
            _ => {}
        }
    }

    /// Forgets a line and closes its session. What it was recording is reported when the engine
    /// has written the rest.
    pub(super) fn close(&mut self, leg: LegId) -> Option<Line> {
        let line = self.lines.remove(leg)?;
        self.lamps.end(leg);
        if let Some(take) = line.recording {
            self.closing.insert(line.session, (leg, take));
        }
        self.ended.insert(line.session, leg);
        self.engine.post(Command::Close { session: line.session });
        Some(line)
    }

    fn caller_of(&self, leg: LegId) -> Option<CallId> {
        match &self.lines.get(leg)?.side {
            Side::Caller { call } => Some(*call),
            Side::Called { .. } => None,
        }
    }

    fn answer(&mut self, leg: LegId) {
        let now = self.clock.now();
        let Some(line) = self.lines.get_mut(leg) else { return };
        let Side::Caller { call } = line.side else { return };
        let body = match line.negotiation.take_answer() {
            Some((body, connection)) => {
                self.engine.post(Command::Connect { session: line.session, connection });
                body
            }
            // The INVITE had no offer: ours goes into the 200, the answer comes in the ACK.
            None => line.negotiation.offer(),
        };
        self.endpoint.answer(call, body, now);
        self.lamps.confirm(leg);
    }

    fn call(&mut self, leg: LegId, user: &str, caller: &Caller) {
        let now = self.clock.now();
        let places: Vec<_> = self.endpoint.targets(user, now).into_iter().cloned().collect();
        // A caller whose name cannot be passed on is called anonymous, and not turned away.
        let from = self.identity(caller).or_else(|| self.identity(&Caller::default()));
        let (Some(from), Some(preferred)) = (from, places.first()) else {
            return self.tell(Input::Failed { leg, cause: Cause::Unreachable });
        };
        let Ok((session, mut negotiation)) = self.sound.open(&self.engine, preferred.flow) else {
            tracing::warn!(%leg, "no port for sound");
            return self.tell(Input::Failed { leg, cause: Cause::Unreachable });
        };
        let offer = negotiation.offer();
        let mut forks = Vec::new();
        for place in places {
            let call = OutgoingCall::to_binding(&place, from.clone(), offer.clone());
            match self.endpoint.invite(call, now) {
                Ok(call) => forks.push(call),
                Err(error) => tracing::warn!(%leg, %error, "a telephone is not called"),
            }
        }
        if forks.is_empty() {
            self.engine.post(Command::Close { session });
            return self.tell(Input::Failed { leg, cause: Cause::Unreachable });
        }
        let side = Side::Called { forks, answered: false, cause: Cause::Unreachable };
        self.lines.insert(leg, Line::new(session, negotiation, side));
        self.lamps.begin(leg, user, DialogDirection::Recipient);
    }

    /// Returns From for a call that is passed on: the caller as she was shown to us, at our address.
    fn identity(&self, caller: &Caller) -> Option<NameAddr> {
        let local = self.reactor.interfaces().first()?.advertised;
        let host = match local.ip() {
            std::net::IpAddr::V4(ip) => Host::V4(ip),
            std::net::IpAddr::V6(ip) => Host::V6(ip),
        };
        let number = caller.number.as_deref().unwrap_or("anonymous");
        let uri = Uri::sip(host).user(number).port(local.port()).build().ok()?;
        let from = NameAddr::new(&uri);
        Some(match &caller.name {
            Some(name) => from.with_display_name(name),
            None => from,
        })
    }

    fn record(&mut self, leg: LegId, draft: DraftId, silence: Duration) {
        let Some(line) = self.lines.get_mut(leg) else {
            let lost =
                Input::Recorded { leg, draft, length: Duration::ZERO, stored: Stored::Whole };
            return self.tell(lost);
        };
        line.recording = Some(Take { draft, damaged: false });
        let sink = self.storage.sink(draft);
        self.engine.post(Command::Record { session: line.session, sink, silence: Some(silence) });
    }

    pub(super) fn handle_engine(&mut self, event: EngineEvent) {
        match event {
            EngineEvent::Key { session, key } => {
                if let Some(leg) = self.lines.leg_of_session(session) {
                    self.tell(Input::Key { leg, key });
                }
            }
            EngineEvent::PlaybackFinished { session, play } => {
                let leg = self.lines.leg_of_session(session);
                let Some((leg, line)) = leg.and_then(|leg| Some((leg, self.lines.get_mut(leg)?)))
                else {
                    return;
                };
                if let Some(playing) = line.playing.take_if(|playing| playing.number() == play) {
                    self.tell(Input::PlaybackFinished { leg, play: playing });
                }
            }
            EngineEvent::Silent { session } => {
                let leg = self.lines.leg_of_session(session);
                let take = leg.and_then(|leg| Some((leg, self.lines.get(leg)?.recording?)));
                if let Some((leg, take)) = take {
                    self.tell(Input::Silent { leg, draft: take.draft });
                }
            }
            // Whether all of it was stored is known when the storage thread has come so far.
            EngineEvent::Recorded { session, length } => {
                self.storage.end(session, length);
            }
            EngineEvent::Closed { session, report } => {
                if let Some(leg) = self.ended.remove(&session) {
                    (self.notify)(Notice::Sound { leg, report });
                }
            }
            EngineEvent::NothingHeard { session } => {
                if let Some(leg) = self.lines.leg_of_session(session) {
                    tracing::warn!(%leg, "nothing is heard of a party");
                    (self.notify)(Notice::NothingHeard { leg });
                }
            }
            EngineEvent::RoomFull { .. } | EngineEvent::RoomRecorded { .. } => {}
        }
    }

    pub(super) fn handle_storage(&mut self, report: Report) {
        match report {
            Report::Answer(id, answer) => {
                if let Some(wanted) = self.fetching.remove(&id) {
                    return self.fetched(wanted, answer);
                }
                self.lamps.note_answer(id, &answer);
                if let Answer::Kept(summary) = &answer {
                    (self.notify)(Notice::Message(summary.clone()));
                }
                self.tell(Input::Stored(id, answer));
            }
            Report::Ended(session, length) => self.recorded(session, length),
            Report::SoundLost(draft) => {
                // The recording goes no further: nothing said after this could be kept.
                let leg = self.lines.leg_of_draft(draft);
                if let Some(line) = leg.and_then(|leg| self.lines.get_mut(leg)) {
                    if let Some(take) = &mut line.recording {
                        take.damaged = true;
                    }
                    let session = line.session;
                    self.engine.post(Command::StopRecording { session });
                }
                for (_, take) in self.closing.values_mut() {
                    if take.draft == draft {
                        take.damaged = true;
                    }
                }
            }
        }
    }

    /// A recording has ended, and the storage thread has taken all of it.
    fn recorded(&mut self, session: SessionId, length: Duration) {
        let open = self.lines.leg_of_session(session);
        let open = open.and_then(|leg| Some((leg, self.lines.get_mut(leg)?.recording.take()?)));
        let Some((leg, take)) = open.or_else(|| self.closing.remove(&session)) else { return };
        let stored = if take.damaged { Stored::Damaged } else { Stored::Whole };
        self.tell(Input::Recorded { leg, draft: take.draft, length, stored });
    }

    /// Plays what the studio has rendered.
    pub(super) fn play_rendered(&mut self, rendered: Rendered) {
        let Rendered { leg, play, prompts, at_end, key } = rendered;
        if let Some(key) = key {
            self.heard.keep(key, (prompts.clone(), at_end));
        }
        self.play(leg, play, prompts, at_end);
    }

    /// Plays something, if it is still wanted.
    pub(super) fn play(
        &self,
        leg: LegId,
        play: PlayId,
        prompts: Vec<EncodedPrompt>,
        at_end: AtEnd,
    ) {
        let Some(line) = self.lines.get(leg) else { return };
        if line.playing == Some(play) {
            let session = line.session;
            self.engine.post(Command::Play { session, play: play.number(), prompts, at_end });
        }
    }
}

fn rejection(cause: Refusal) -> Rejection {
    let status = match cause {
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::Forbidden => StatusCode::FORBIDDEN,
        Refusal::Busy => StatusCode::BUSY_HERE,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut rejection = Rejection::new(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        rejection.retry_after = Some(super::RETRY_AFTER);
    }
    rejection
}

fn move_player(session: SessionId, movement: Movement) -> Command {
    match movement {
        Movement::Pause => Command::Pause { session },
        Movement::Resume => Command::Resume { session },
        Movement::Back(by) => Command::Seek { session, seek: Seek::Back(by) },
        Movement::Forward(by) => Command::Seek { session, seek: Seek::Forward(by) },
        _ => Command::Resume { session },
    }
}
