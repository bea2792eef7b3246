//! One simulated call, from the first INVITE until nothing is left.

use std::collections::BTreeSet;

use centrala_sip::HeaderName;
use centrala_testkit::{Dice, NetworkConfig};
use centrala_ua::{EndCause, Event, ForkId, IncomingCall, OutgoingCall};
use core::time::Duration;

use super::{
    law::{Attempt, Network, check_agreement, check_keys},
    party::{Party, author, text},
    scene::{Scene, Setting},
    users,
};
use crate::world::{ALICE, World};

/// A call, and what follows from a redirection.
pub(super) struct Run {
    world: World,
    dice: Dice,
    setting: Setting,
    network: Network,
    attempts: Vec<Attempt>,
    /// The early dialogs that the caller knows.
    forks: BTreeSet<ForkId>,
    /// The offer of the INVITE, as the called ones have it.
    offer: Option<String>,
    happenings: BTreeSet<&'static str>,
}

/// What has happened in a run.
#[derive(Debug)]
pub(super) struct Played {
    /// How each attempt has ended.
    pub(super) endings: Vec<&'static str>,
    /// What has happened at least once.
    pub(super) happenings: BTreeSet<&'static str>,
    pub(super) messages: u64,
    pub(super) scene: Scene,
}

/// What nearly never happens.
pub(super) const ENDED_BY_ITSELF: &str = "a call that stood has ended by itself";

/// What nearly never happens, too: a side that does not learn the end from the other one.
pub(super) const SENT_HOME: &str = "a side was not told the end, and had to hang up itself";

/// Tells which attempt an INVITE is of.
const ATTEMPT: &str = "X-Attempt";

impl Run {
    pub(super) fn new(seed: u64, percent: u8) -> Self {
        let mut dice = Dice::new(seed ^ 0x5eed);
        let network = match percent {
            0 => NetworkConfig::default(),
            _ => NetworkConfig::lossy(percent),
        };
        let mut setting = Setting::draw(&mut dice);
        let world = setting.world(&mut dice, network, seed);
        Self {
            world,
            dice,
            setting,
            network: Network::Lossy,
            attempts: Vec::new(),
            forks: BTreeSet::new(),
            offer: None,
            happenings: BTreeSet::new(),
        }
    }

    pub(super) fn ladder(&mut self) -> String {
        self.world.take_ladder()
    }

    /// Plays the call to its end.
    pub(super) fn play(&mut self) -> Result<Played, String> {
        let callees = self.setting.callees.clone();
        let mut caller = Party::new("c".to_owned(), ALICE);
        let call = self.setting.call(&caller.new_offer());
        self.dial(caller, call, &callees);
        let limit = Duration::from_secs(2 + self.dice.below(20));
        // One in four callers hangs up in the first moments, whatever happens then.
        let impatience =
            self.dice.chance(25).then(|| Duration::from_millis(self.dice.below(2_500)));
        let trouble = self.draw_trouble();
        while self.world.now().since_start() < limit {
            let pause = Duration::from_millis(self.dice.below(700));
            self.world.run_for(pause);
            self.listen()?;
            let now = self.world.now().since_start();
            if impatience.is_some_and(|at| at <= now) {
                let caller = &mut self.attempts.first_mut().unwrap().caller;
                if !caller.is_connected {
                    users::hang_up(&mut self.world, caller);
                }
            }
            if trouble.is_some_and(|at| at <= now) {
                self.make_trouble();
            }
            self.act();
            self.listen()?;
            self.follow_redirection();
        }
        self.finish()
    }

    /// One call in thirty is cut off; of those over TCP, every third loses its connection.
    fn draw_trouble(&mut self) -> Option<Duration> {
        let percent = if self.setting.scene == Scene::Stream { 30 } else { 3 };
        self.dice.chance(percent).then(|| Duration::from_millis(self.dice.below(15_000)))
    }

    fn make_trouble(&mut self) {
        if self.setting.scene == Scene::Stream {
            if self.network == Network::Lossy
                && self.world.break_streams(ALICE, self.setting.callees[0]) > 0
            {
                self.network = Network::Cut;
                self.happenings.insert("connection broken");
            }
        } else if self.network == Network::Lossy {
            self.network = Network::Cut;
            let links = u64::try_from(self.setting.hops.len() - 1).unwrap();
            let link = usize::try_from(self.dice.below(links)).unwrap();
            let (left, right) = (self.setting.hops[link], self.setting.hops[link + 1]);
            self.world.cut(left, right);
            if self.dice.chance(50) {
                self.world.cut(right, left);
            }
            self.happenings.insert("cut off");
        }
    }

    fn dial(&mut self, mut caller: Party, mut call: OutgoingCall, callees: &[&str]) {
        self.offer = Some(text(&call.offer)).filter(|_| self.setting.scene != Scene::Delayed);
        let header: HeaderName = ATTEMPT.parse().unwrap();
        call.headers.push((header, self.attempts.len().to_string()));
        caller.session = Some((text(&call.offer), String::new()));
        let id = self.world.at(ALICE, |alice, now| alice.invite(call, now)).unwrap();
        caller.call = Some(id);
        let named = callees.iter().enumerate();
        let mut callees: Vec<_> =
            named.map(|(index, address)| Party::new(format!("k{index}"), address)).collect();
        callees.iter_mut().for_each(|callee| callee.is_absent = self.dice.chance(10));
        self.attempts.push(Attempt { caller, callees });
        self.forks.clear();
    }

    /// A caller who is told to try elsewhere does, every other time.
    fn follow_redirection(&mut self) {
        let Some(EndCause::Rejected(rejected)) = &self.attempts.last().unwrap().caller.end else {
            return;
        };
        let Some(contact) = rejected.contacts.first().cloned() else { return };
        if self.attempts.len() > 1 || self.dice.chance(50) {
            return;
        }
        let address = format!("{}:{}", contact.host().unwrap(), contact.port().unwrap());
        let target = self.setting.callees.iter().find(|callee| **callee == address);
        let target: &'static str = target.unwrap();
        let mut caller = Party::new("c".to_owned(), ALICE);
        let mut call = self.setting.call(&caller.new_offer());
        call.destination = target.parse().unwrap();
        call.request_uri = contact;
        self.happenings.insert("redirected and called again");
        // The second call takes the direct way, on which no proxy keeps its offer back.
        let scene = core::mem::replace(&mut self.setting.scene, Scene::Direct);
        self.dial(caller, call, &[target]);
        self.setting.scene = scene;
    }

    fn act(&mut self) {
        let (world, dice) = (&mut self.world, &mut self.dice);
        let attempt = self.attempts.last_mut().unwrap();
        let caller = &mut attempt.caller;
        if caller.is_up() {
            users::talk(world, dice, caller);
        } else if caller.end.is_none() {
            let forks: Vec<_> = self.forks.iter().copied().collect();
            users::wait(world, dice, caller, &forks);
        }
        for callee in &mut attempt.callees {
            if callee.is_absent || callee.call.is_none() || callee.end.is_some() {
                continue;
            }
            if callee.is_connected {
                users::talk(world, dice, callee);
            } else if !callee.has_answered {
                let count = u64::try_from(self.setting.callees.len()).unwrap();
                let other = self.setting.callees[usize::try_from(dice.below(count)).unwrap()];
                let sides = if count > 1 { 60 } else { 24 };
                users::receive(world, dice, callee, self.offer.as_ref(), (other, sides));
            } else if dice.chance(3) {
                // Before the ACK has come.
                users::hang_up(world, callee);
            }
        }
    }

    /// Takes what was told, to whom it belongs. Nothing comes twice, and nothing after the end.
    fn listen(&mut self) -> Result<(), String> {
        for (address, event) in self.world.events() {
            let address = address.to_string();
            if let Event::Incoming(incoming) = event {
                self.ring(&address, &incoming)?;
                continue;
            }
            let call = event.call().ok_or_else(|| format!("{event:?}"))?;
            let all = self.attempts.iter_mut();
            let mut all =
                all.flat_map(|one| core::iter::once(&mut one.caller).chain(&mut one.callees));
            let party = all.find(|party| party.address == address && party.call == Some(call));
            let party = party.ok_or_else(|| format!("{address} knows no call of {event:?}"))?;
            if party.end.is_some() {
                return Err(format!("{}: {event:?} after the end", party.name));
            }
            let (forks, happenings) = (&mut self.forks, &mut self.happenings);
            hear(party, event, forks, happenings)?;
        }
        Ok(())
    }

    fn ring(&mut self, address: &str, incoming: &IncomingCall) -> Result<(), String> {
        let header: HeaderName = ATTEMPT.parse().unwrap();
        let attempt: usize = incoming.request.header_str(&header).unwrap().parse().unwrap();
        let attempt = &mut self.attempts[attempt];
        let callee = attempt.callees.iter_mut().find(|callee| callee.address == address).unwrap();
        if callee.call.replace(incoming.call).is_some() {
            return Err(format!("{} is called twice", callee.name));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Played, String> {
        if self.dice.chance(40) {
            self.rest_a_while()?;
        }
        let attempt = self.attempts.last_mut().unwrap();
        let partner = attempt.caller.partner.clone();
        let partner =
            attempt.callees.iter_mut().find(|callee| Some(&callee.name) == partner.as_ref());
        match (self.dice.below(3), partner) {
            (0, Some(partner)) => users::hang_up(&mut self.world, partner),
            (1, Some(partner)) => {
                users::hang_up(&mut self.world, partner);
                users::hang_up(&mut self.world, &mut attempt.caller);
            }
            _ => users::hang_up(&mut self.world, &mut attempt.caller),
        }
        // Whom no CANCEL has reached rings until his user decides; whom no BYE has reached talks until he hangs up. If
        // all eleven were not lost, nobody is left.
        for _ in 0..2 {
            self.world.run_for(Duration::from_secs(200));
            self.listen()?;
            for attempt in &mut self.attempts {
                let parties = core::iter::once(&attempt.caller).chain(&attempt.callees);
                let mut parties = parties.filter(|party| party.call.is_some());
                if self.network == Network::Lossy && parties.any(|party| party.end.is_none()) {
                    self.happenings.insert(SENT_HOME);
                }
                users::give_up(&mut self.world, attempt);
            }
        }
        self.world.run_to_rest();
        self.listen()?;
        self.check()
    }

    /// Nobody does anything but what he is asked for. After a while both sides of a call that stands agree.
    fn rest_a_while(&mut self) -> Result<(), String> {
        self.listen()?;
        let stands = |attempt: &Attempt| {
            let partner = attempt.partner().is_some_and(|partner| partner.end.is_none());
            partner && attempt.caller.is_up()
        };
        let stood = stands(self.attempts.last().unwrap());
        for _ in 0..14 {
            self.world.run_for(Duration::from_secs(5));
            self.listen()?;
            let attempt = self.attempts.last_mut().unwrap();
            users::accept(&mut self.world, &mut attempt.caller);
            attempt.callees.iter_mut().for_each(|callee| users::accept(&mut self.world, callee));
        }
        self.listen()?;
        let attempt = self.attempts.last().unwrap();
        let Some(partner) = attempt.partner() else { return Ok(()) };
        if self.network == Network::Cut {
            return Ok(());
        }
        if !stands(attempt) {
            // Nobody has hung up, but a request may have got no answer: the histogram tells how often.
            self.happenings.extend(stood.then_some(ENDED_BY_ITSELF));
            return Ok(());
        }
        self.happenings.insert("looked at while it stood");
        check_agreement(&attempt.caller, partner)
    }

    /// Both sides agree, and nothing is left.
    fn check(&mut self) -> Result<Played, String> {
        self.world.assert_empty();
        for attempt in &self.attempts {
            attempt.check(self.network).map_err(|fault| format!("{fault}\n{attempt:#?}"))?;
            if let Some(partner) = attempt.partner() {
                check_keys(&attempt.caller, partner)?;
                check_keys(partner, &attempt.caller)?;
            }
        }
        self.look_at_the_wire();
        let endings = self.attempts.iter().map(Attempt::ending).collect();
        for attempt in &self.attempts {
            self.happenings.extend(attempt.happenings());
        }
        let happenings = core::mem::take(&mut self.happenings);
        let messages = u64::try_from(self.world.sent().len()).unwrap();
        Ok(Played { endings, happenings, messages, scene: self.setting.scene })
    }

    fn look_at_the_wire(&mut self) {
        for sent in self.world.sent() {
            let octets = &sent.datagram.octets;
            let what = [
                (&b"SIP/2.0 401"[..], "challenged by the callee"),
                (b"SIP/2.0 407", "challenged by a proxy"),
                (b"SIP/2.0 481", "a dialog unknown to the other side (481)"),
                (b"SIP/2.0 491", "offers crossed: glare (491)"),
                (b"SIP/2.0 500", "came at a bad time (500)"),
                (b"SIP/2.0 504", "UPDATE not answered in time (504)"),
                (b"UPDATE", "UPDATE"),
            ];
            let found = what.iter().find(|(start, _)| octets.starts_with(start));
            self.happenings.extend(found.map(|(_, what)| *what));
        }
    }
}

fn hear(
    party: &mut Party,
    event: Event,
    forks: &mut BTreeSet<ForkId>,
    happenings: &mut BTreeSet<&'static str>,
) -> Result<(), String> {
    match event {
        Event::Ringing { fork, answer, .. } => {
            forks.insert(fork);
            if forks.len() > 1 {
                happenings.insert("several early dialogs");
            }
            if answer.is_some() {
                happenings.insert("early media");
            }
        }
        Event::ForkEnded { .. } => {
            happenings.insert("one early dialog of several has ended");
        }
        Event::Answered { answer, .. } => {
            connect(party)?;
            let answer = answer.ok_or("an answered call without an answer")?;
            party.partner = Some(author(&text(&answer)).to_owned());
            if let Some((_, theirs)) = &mut party.session {
                *theirs = text(&answer);
            }
        }
        Event::Confirmed { answer, .. } => {
            connect(party)?;
            if party.delayed.is_some() {
                happenings.insert("offer in the 200, answer in the ACK");
            }
            party.hear_delayed_answer(answer.as_ref());
        }
        Event::Offered { offer, .. } => {
            let offer = offer.as_ref().map(text);
            if party.offered.replace(offer).is_some() {
                return Err(format!("{} is offered twice", party.name));
            }
        }
        Event::OfferWithdrawn { .. } => {
            if party.offered.take().is_none() {
                return Err(format!("nothing to withdraw from {}", party.name));
            }
            happenings.insert("offer withdrawn");
        }
        Event::AnsweredInAck { answer, .. } => party.hear_delayed_answer(answer.as_ref()),
        Event::OfferAnswered { answer, .. } => {
            happenings.insert("new session accepted");
            if answer.as_ref().is_some_and(|answer| answer.ends_with(b"on hold")) {
                happenings.insert("hold");
            }
            party.hear_answer(answer.as_ref());
        }
        Event::OfferRejected { status, .. } => {
            happenings.insert(match status.as_u16() {
                488 => "new session refused",
                487 => "offer withdrawn in time",
                491 => "offer dropped after a glare",
                504 => "UPDATE given up",
                500 => "offer overtaken by a later request (500)",
                _ => "offer failed otherwise",
            });
        }
        Event::Key { key, .. } => {
            happenings.insert("keys by INFO");
            party.heard.push(key);
        }
        Event::Ended { cause, .. } => {
            party.end = Some(cause);
            party.offered = None;
        }
        other => return Err(format!("{other:?}")),
    }
    Ok(())
}

fn connect(party: &mut Party) -> Result<(), String> {
    if core::mem::replace(&mut party.is_connected, true) {
        return Err(format!("{} is connected twice", party.name));
    }
    Ok(())
}
