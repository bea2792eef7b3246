//! Who hears whom: bridges, holds and rooms.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use centrala_media::EncodedPrompt;

use super::{
    super::{
        EngineEvent, RecordSink, RoomId, SessionId,
        beat::Due,
        bridge,
        room::{Member, Room},
    },
    Worker,
};

impl Worker {
    pub(super) fn bridge(&mut self, a: SessionId, b: SessionId, now: Instant) {
        let (Some(&at_a), Some(&at_b)) = (self.index.get(&a), self.index.get(&b)) else {
            // One of them was lost with its worker.
            return;
        };
        for at in [at_a, at_b] {
            self.unbridge(at);
            self.leave(at);
        }
        if let Some((a, b)) = self.pair(at_a, at_b) {
            bridge::join((at_a, a), (at_b, b), now);
        }
        self.hold(at_a, at_b, now);
        self.hold(at_b, at_a, now);
    }

    pub(super) fn unbridge(&mut self, at: usize) {
        let Some(session) = self.sessions.get_mut(at).and_then(Option::as_mut) else { return };
        let Some(bridge) = session.bridge.take() else { return };
        session.outgoing.set_music(None);
        if let Some(peer) = self.sessions.get_mut(bridge.peer).and_then(Option::as_mut) {
            peer.bridge = None;
            peer.outgoing.set_music(None);
        }
    }

    /// Sees to it that a party hears music if the one that it is bridged to does not want to hear it, and only then.
    pub(super) fn hold(&mut self, at: usize, peer: usize, now: Instant) {
        let music = Arc::clone(&self.hold_music);
        let Some((held, holder)) = self.pair(at, peer) else { return };
        let is_held = holder.connection.is_some_and(|connection| !connection.send);
        let codec = held.codec();
        let music = music.iter().find(|music| is_held && music.codec() == codec);
        if music.map(EncodedPrompt::codec) != held.outgoing.music() {
            held.outgoing.set_music(music);
            self.put_on_beat(at, now);
        }
    }

    pub(super) fn join(&mut self, at: usize, id: RoomId, now: Instant) {
        self.unbridge(at);
        self.leave(at);
        let place = self.room_index.get(&id).copied().unwrap_or_else(|| self.open_room(id, now));
        let room = self.rooms.get_mut(place).and_then(Option::as_mut);
        let session = self.sessions.get_mut(at).and_then(Option::as_mut);
        let (Some(room), Some(session)) = (room, session) else { return };
        if !room.join(at) {
            return (self.tell)(EngineEvent::RoomFull { session: session.id, room: id });
        }
        session.outgoing.stop_playing();
        session.member = Some(Box::new(Member::new(place, session.codec())));
    }

    fn open_room(&mut self, id: RoomId, now: Instant) -> usize {
        let place = self.free_rooms.pop().unwrap_or_else(|| {
            self.rooms.push(None);
            self.rooms.len() - 1
        });
        if let Some(room) = self.rooms.get_mut(place) {
            *room = Some(Room::new(id));
            self.room_index.insert(id, place);
            self.beat.add(Due::Room(place), now);
        }
        place
    }

    pub(super) fn leave(&mut self, at: usize) {
        let session = self.sessions.get_mut(at).and_then(Option::as_mut);
        let Some(member) = session.and_then(|session| session.member.take()) else { return };
        let Some(place) = self.rooms.get_mut(member.room) else { return };
        let Some(room) = place else { return };
        if room.leave(at) {
            return;
        }
        if let Some(length) = room.stop_recording() {
            (self.tell)(EngineEvent::RoomRecorded { room: room.id, length });
        }
        self.room_index.remove(&room.id);
        *place = None;
        self.free_rooms.push(member.room);
        self.beat.remove(Due::Room(member.room));
    }

    /// Returns the room that a session is in.
    pub(super) fn room_of(&self, session: SessionId) -> Option<RoomId> {
        let session = self.sessions.get(*self.index.get(&session)?)?.as_ref()?;
        Some(self.rooms.get(session.member.as_ref()?.room)?.as_ref()?.id)
    }

    /// Begins a recording of a room, or ends it.
    pub(super) fn record_room(&mut self, id: RoomId, sink: Option<RecordSink>) {
        let place = self.room_index.get(&id).and_then(|place| self.rooms.get_mut(*place));
        let ended = match (place.and_then(Option::as_mut), sink) {
            (Some(room), Some(sink)) => room.record(sink),
            (Some(room), None) => room.stop_recording(),
            // There is nothing to be heard in an empty room.
            (None, Some(_)) => Some(Duration::ZERO),
            (None, None) => None,
        };
        if let Some(length) = ended {
            (self.tell)(EngineEvent::RoomRecorded { room: id, length });
        }
    }
}
