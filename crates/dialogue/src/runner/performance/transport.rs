//! Keys that move the player.

use std::time::Duration;

use centrala_keys::Digits;

use super::{Outputs, Performance, Phase, Player};
use crate::{Heard, Output, TimerKind, TransportAction};

/// How long a pause lasts at most; then playing goes on.
pub const PAUSE_LIMIT: Duration = Duration::from_mins(2);

impl<L: Clone, S: Clone> Performance<L, S> {
    /// Carries out what a transport key means at this moment.
    pub(super) fn move_player<A, O, R>(
        &mut self,
        action: TransportAction,
        typeahead: &mut Digits,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        use TransportAction::{Back, Forward, Pause, Restart};
        let step = self.turn.transport.as_ref()?.step;
        match (&self.phase, action) {
            (Phase::Paused(_), Pause) | (Phase::Paused(Player::AtTheEnd), Forward) => {
                out.push_back(Output::Cancel(TimerKind::Pause));
                return self.go_on_playing(typeahead, out);
            }
            (Phase::Saying, Pause) => {
                out.push_back(Output::Pause);
                self.pause(Player::Midway, out);
            }
            (Phase::Waiting, Pause) => {
                self.leave_phase(out);
                self.pause(Player::AtTheEnd, out);
            }
            (Phase::Saying, Back) => out.push_back(Output::Back(step)),
            (Phase::Saying, Forward) => out.push_back(Output::Forward(step)),
            (Phase::Saying, Restart) => self.say(out),
            (Phase::Paused(Player::Midway), Back | Forward) => {
                let back = action == Back;
                out.push_back(if back { Output::Back(step) } else { Output::Forward(step) });
                out.push_back(Output::Cancel(TimerKind::Pause));
                return self.go_on_playing(typeahead, out);
            }
            (Phase::Paused(Player::AtTheEnd) | Phase::Waiting, Back)
            | (Phase::Paused(_) | Phase::Waiting, Restart) => {
                self.leave_phase(out);
                self.say(out);
            }
            (Phase::Waiting, Forward)
            | (
                Phase::Opening | Phase::Collecting(_) | Phase::Recording(_) | Phase::Closing(_),
                Back | Forward | Pause | Restart,
            ) => {}
        }
        None
    }

    fn pause<A, O>(&mut self, player: Player, out: &mut Outputs<A, O>) {
        out.push_back(Output::Start(TimerKind::Pause, PAUSE_LIMIT));
        self.phase = Phase::Paused(player);
    }

    /// Ends a pause whose timer does not run any more.
    pub(super) fn go_on_playing<A, O, R>(
        &mut self,
        typeahead: &mut Digits,
        out: &mut Outputs<A, O>,
    ) -> Option<Heard<L, R, S>> {
        if matches!(self.phase, Phase::Paused(Player::AtTheEnd)) {
            return self.all_said(typeahead, out);
        }
        out.push_back(Output::Resume);
        self.phase = Phase::Saying;
        None
    }
}
