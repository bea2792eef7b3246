//! What must be true when a call is over, whatever its users have done and the network has lost.

use centrala_ua::EndCause;

use super::party::Party;

/// The calls of one INVITE: who has called, and everybody who was called.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) caller: Party,
    pub(super) callees: Vec<Party>,
}

/// What the network has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    /// Every message had a chance of four in five.
    Lossy,
    /// Somebody was cut off.
    Cut,
}

impl Attempt {
    /// Who has the call with the caller: the one whose answer the caller has got.
    pub(super) fn partner(&self) -> Option<&Party> {
        let name = self.caller.partner.as_deref()?;
        self.callees.iter().find(|callee| callee.name == name)
    }

    /// Both sides have ended in the same state:
    ///
    /// 1. Every call that was told of has ended. (That it ends once, that nothing is told after that, and that an event
    ///    does not come twice is checked as the events come.)
    /// 2. The caller is connected only to somebody who has answered, and to nobody else. The two know the same end: one
    ///    has hung up and the other was told so, or both have at once. The called side may not have got the ACK.
    /// 3. Whoever has answered in vain was told: by BYE, or he has hung up himself, or he never got the ACK. (That nobody
    ///    has to hang up because he was not told is counted: with all of a request's retransmissions lost, it happens.)
    /// 4. Whoever has not answered was cancelled, has refused, or was told by BYE. He was cancelled only if the caller
    ///    had given up, somebody else has answered or refused for all, or the network has failed.
    /// 5. If nobody has answered, the caller has given up, was refused, or nothing came back; if somebody has, the caller
    ///    is connected, has given up before he knew (the answer has crossed his CANCEL), or has lost the way.
    ///
    /// "Lost", "timed out" and "not acknowledged" are the exceptions of RFC 3261: a side that gets no answer within
    /// 64 × T1 ends the call by itself, whatever the other side believes.
    pub(super) fn check(&self, network: Network) -> Result<(), String> {
        let caller = &self.caller;
        let end = caller.end.as_ref().ok_or("the caller's call has no end")?;
        if caller.is_connected {
            let partner = self.partner().ok_or("the caller is connected to nobody")?;
            check_pair(end, partner)?;
        } else {
            self.check_failure(end, network)?;
        }
        for callee in self.callees.iter().filter(|callee| callee.call.is_some()) {
            let name = &callee.name;
            let end =
                callee.end.as_ref().ok_or_else(|| format!("the call of {name} has no end"))?;
            if callee.is_connected && !callee.has_answered {
                return Err(format!("{name} is connected without having answered"));
            }
            let is_right = match end {
                EndCause::HungUp | EndCause::RemoteHungUp => true,
                EndCause::NotAcknowledged => callee.has_answered,
                EndCause::Lost => callee.has_answered,
                EndCause::Cancelled => !callee.has_answered && self.may_be_cancelled(network),
                other => return Err(format!("{name} ended by {other:?}")),
            };
            if !is_right {
                return Err(format!("{name} must not end by {end:?}"));
            }
        }
        Ok(())
    }

    fn check_failure(&self, end: &EndCause, network: Network) -> Result<(), String> {
        let answered = self.callees.iter().find(|callee| callee.has_answered);
        match (end, answered) {
            // The answer has crossed the CANCEL, or the way was lost before it came.
            (EndCause::HungUp, _) => Ok(()),
            // All of his answers were lost, and he gave up waiting for the ACK: his BYE is the first that is heard.
            (EndCause::RemoteHungUp, Some(callee))
                if callee.end == Some(EndCause::NotAcknowledged) =>
            {
                self.check_nobody_is_connected()
            }
            (EndCause::TimedOut | EndCause::Lost, Some(_)) => self.check_nobody_is_connected(),
            // Lost: nobody is known to ring any more, and no final response has come for long.
            (EndCause::TimedOut | EndCause::Unreachable | EndCause::Lost, None) => Ok(()),
            // A proxy has given up somebody who did not hear it, or whom it did not hear.
            (EndCause::Rejected(rejected), Some(_)) if rejected.status.as_u16() == 480 => {
                self.check_nobody_is_connected()
            }
            (EndCause::Rejected(_), Some(_)) if network == Network::Cut => Ok(()),
            // The caller has ended this fork by BYE, which has crossed the answer; the others have refused.
            (EndCause::Rejected(_), Some(_)) if self.caller.hangs_up => {
                self.check_nobody_is_connected()
            }
            (EndCause::Rejected(_), Some(callee)) => {
                Err(format!("refused, although {} has answered", callee.name))
            }
            (EndCause::Rejected(_), None) => Ok(()),
            (end, _) => Err(format!("a call without an answer must not end by {end:?}")),
        }
    }

    /// Who has not got the answer has not sent the ACK for it.
    fn check_nobody_is_connected(&self) -> Result<(), String> {
        match self.callees.iter().find(|callee| callee.is_connected) {
            Some(callee) => Err(format!("{} is connected, the caller is not", callee.name)),
            None => Ok(()),
        }
    }

    fn may_be_cancelled(&self, network: Network) -> bool {
        let caller = &self.caller;
        let somebody_else =
            self.callees.iter().any(|callee| callee.has_answered || callee.refuses_all);
        let gave_up = match &caller.end {
            Some(EndCause::HungUp | EndCause::Lost | EndCause::TimedOut) => !caller.is_connected,
            // So has a proxy, which did not hear him ring.
            Some(EndCause::Rejected(rejected)) => rejected.status.as_u16() == 480,
            _ => false,
        };
        network == Network::Cut || gave_up || somebody_else
    }
}

/// The ends that two who were connected may know.
fn check_pair(end: &EndCause, partner: &Party) -> Result<(), String> {
    if !partner.has_answered {
        return Err(format!("connected to {}, who has not answered", partner.name));
    }
    let theirs = partner.end.as_ref().ok_or("the other side's call has no end")?;
    let is_right = match (end, theirs) {
        (EndCause::HungUp, EndCause::RemoteHungUp | EndCause::HungUp)
        | (EndCause::RemoteHungUp, EndCause::HungUp)
        // One gave up waiting for the ACK of his 2xx, and said BYE.
        | (
            EndCause::RemoteHungUp | EndCause::HungUp | EndCause::Lost,
            EndCause::NotAcknowledged,
        )
        | (
            EndCause::NotAcknowledged,
            EndCause::RemoteHungUp | EndCause::HungUp | EndCause::Lost,
        )
        // A request got no answer: whoever sent it says BYE, which may be lost likewise.
        | (EndCause::Lost, EndCause::RemoteHungUp | EndCause::HungUp | EndCause::Lost)
        | (EndCause::RemoteHungUp | EndCause::HungUp, EndCause::Lost) => true,
        _ => false,
    };
    if is_right {
        Ok(())
    } else {
        Err(format!("the caller ended by {end:?}, {} by {theirs:?}", partner.name))
    }
}

/// A call that stands, and in which nothing is under way: both know the same session, and have heard all keys.
pub(super) fn check_agreement(one: &Party, other: &Party) -> Result<(), String> {
    if !one.is_connected || !other.is_connected {
        return Err(format!("one side does not know that the call stands: {one:?} {other:?}"));
    }
    let (Some((ours, theirs)), Some((their_ours, their_theirs))) = (&one.session, &other.session)
    else {
        return Err(format!("a call without a session: {one:?} {other:?}"));
    };
    if (ours, theirs) != (their_theirs, their_ours) {
        return Err(format!("two views of a session: {:?} and {:?}", one.session, other.session));
    }
    for (speaker, listener) in [(one, other), (other, one)] {
        if speaker.pressed != listener.heard {
            return Err(format!(
                "{} pressed {:?}, heard {:?}",
                speaker.name, speaker.pressed, listener.heard
            ));
        }
    }
    Ok(())
}

/// Keys come in their order and none comes twice, even if the call ends before all have come.
pub(super) fn check_keys(speaker: &Party, listener: &Party) -> Result<(), String> {
    let mut rest = speaker.pressed.iter();
    if listener.heard.iter().all(|key| rest.any(|other| other == key)) {
        return Ok(());
    }
    Err(format!("{:?} of {:?}", listener.heard, speaker.pressed))
}
