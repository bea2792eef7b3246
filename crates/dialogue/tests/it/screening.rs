//! Screening with two called parties, an arbiter, and everything that can cross: a caller who hangs
//! up while a key is pressed, two who accept at once, one who answers after the cancellation.

use std::collections::{BTreeSet, VecDeque};

use centrala_dialogue::{
    Input, InputTo, Output, OutputOf, Phrase, Runner, System, TimerKind, explore,
};
use centrala_keys::Key;

use crate::dialogues::screen::{Claim, Claimed, Screen, Screened, Told};

const MOST: usize = 600_000;

/// Two telephones, the caller, and the switch between them. Nothing arrives at once: each message
/// waits in a queue until it is delivered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Screening {
    caller: Caller,
    hang_up_of_caller: Wire,
    arbiter: Arbiter,
    legs: [Leg; 2],
    omission: Omission,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Caller {
    Waiting,
    Talking,
    AtMailbox,
    HungUp,
    /// The party whom the caller talked to has hung up.
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wire {
    Idle,
    UnderWay,
}

/// What the arbiter was built without, to see whether anybody notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Omission {
    Nothing,
    /// Whoever claims the call gets it.
    GuardOfClaims,
    /// An answer that crosses the cancellation is not noticed.
    LateAnswers,
    /// Those who lose are not told.
    News,
    /// The caller's hang-up reaches nobody.
    Departure,
    /// A claim that was given up is not given back.
    Withdrawal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Arbiter {
    Open,
    Won(usize),
    CallerGone,
    /// The winner gave up: the caller was brought to the mailbox.
    Lost,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Leg {
    phone: Phone,
    from_phone: VecDeque<PhoneSays>,
    side: Side,
    to_arbiter: VecDeque<Up>,
    from_arbiter: VecDeque<Down>,
    playing: Option<Vec<Phrase>>,
    timers: BTreeSet<TimerKind>,
    fate: Fate,
    keys_left: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phone {
    Ringing,
    OffHook,
    OnHook,
}

/// What the party at this telephone has been through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Fate {
    Open,
    HungUp,
    Declined,
    Told,
    Connected,
    /// Let go by the switch.
    Dropped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PhoneSays {
    Answered,
    HungUp,
}

/// What the switch knows of a leg.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Side {
    Calling,
    Cancelled(Told),
    Screening(Box<Runner<Screen>>),
    Accepted,
    Connected,
    Released,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Up {
    Claim,
    Withdraw,
    Ended(Screened),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Down {
    Answer(Claimed),
    Signal(Told),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    CallerHangsUp,
    CallerIsHeard,
    PicksUp(usize),
    HangsUp(usize),
    PhoneIsHeard(usize),
    Presses(usize, Key),
    HasHeard(usize),
    Fires(usize, TimerKind),
    ArbiterHears(usize),
    ArbiterIsHeard(usize),
}

impl Screening {
    fn new(omission: Omission) -> Self {
        let leg = || Leg {
            phone: Phone::Ringing,
            from_phone: VecDeque::new(),
            side: Side::Calling,
            to_arbiter: VecDeque::new(),
            from_arbiter: VecDeque::new(),
            playing: None,
            timers: BTreeSet::new(),
            fate: Fate::Open,
            keys_left: 1,
        };
        Self {
            caller: Caller::Waiting,
            hang_up_of_caller: Wire::Idle,
            arbiter: Arbiter::Open,
            legs: [leg(), leg()],
            omission,
        }
    }

    fn phone_is_heard(&mut self, at: usize) {
        let Some(said) = self.legs[at].from_phone.pop_front() else { return };
        let leg = &mut self.legs[at];
        match (said, &leg.side) {
            (PhoneSays::Answered, Side::Calling) => self.converse(at, Screen::new()),
            (PhoneSays::Answered, Side::Cancelled(told)) => {
                let told = *told;
                if self.omission != Omission::LateAnswers {
                    self.converse(at, Screen::too_late(told));
                }
            }
            (PhoneSays::HungUp, Side::Calling) => {
                leg.side = Side::Released;
                leg.to_arbiter.push_back(Up::Ended(Screened::Left));
            }
            (PhoneSays::HungUp, Side::Screening(_)) => self.feed(at, Input::Left),
            (PhoneSays::HungUp, Side::Connected) => {
                leg.side = Side::Released;
                if self.caller == Caller::Talking {
                    self.caller = Caller::Done;
                }
            }
            (PhoneSays::HungUp, Side::Accepted) => {
                leg.side = Side::Released;
                leg.to_arbiter.retain(|up| *up != Up::Ended(Screened::Accepted));
                leg.to_arbiter.push_back(Up::Ended(Screened::Left));
            }
            (PhoneSays::HungUp, Side::Cancelled(_)) => leg.side = Side::Released,
            (PhoneSays::Answered | PhoneSays::HungUp, _) => {}
        }
    }

    fn converse(&mut self, at: usize, screen: Screen) {
        let mut runner = Box::new(Runner::new(screen));
        runner.begin();
        self.legs[at].side = Side::Screening(runner);
        self.drain(at);
    }

    fn feed(&mut self, at: usize, input: InputTo<Screen>) {
        if let Side::Screening(runner) = &mut self.legs[at].side {
            runner.handle_input(input);
        }
        self.drain(at);
    }

    fn drain(&mut self, at: usize) {
        while let Side::Screening(runner) = &mut self.legs[at].side {
            let Some(output) = runner.poll_output() else { return };
            self.legs[at].carry_out(output);
        }
    }

    fn arbiter_hears(&mut self, at: usize) {
        let Some(up) = self.legs[at].to_arbiter.pop_front() else { return };
        match (up, self.arbiter) {
            (Up::Claim, Arbiter::Open) => self.award(at),
            (Up::Claim, Arbiter::Won(_)) if self.omission == Omission::GuardOfClaims => {
                self.award(at);
            }
            (Up::Claim, Arbiter::Won(_) | Arbiter::Lost) => self.refuse(at, Told::Taken),
            (Up::Claim, Arbiter::CallerGone) => self.refuse(at, Told::CallerGone),
            (Up::Withdraw, Arbiter::Won(winner)) if winner == at => {
                self.legs[at].from_arbiter.retain(|down| !matches!(down, Down::Answer(_)));
                if self.omission != Omission::Withdrawal {
                    self.give_up();
                }
            }
            (Up::Withdraw, _) => {
                self.legs[at].from_arbiter.retain(|down| !matches!(down, Down::Answer(_)));
            }
            (Up::Ended(Screened::Accepted), Arbiter::Won(winner)) if winner == at => {
                self.legs[at].side = Side::Connected;
                self.legs[at].fate = Fate::Connected;
                self.caller = Caller::Talking;
            }
            // The caller went while the key was pressed: there is nobody to connect to.
            (Up::Ended(Screened::Accepted), _) => self.legs[at].release(Fate::Dropped),
            (Up::Ended(_), Arbiter::Won(winner)) => {
                if winner == at && self.omission != Omission::Withdrawal {
                    self.give_up();
                }
            }
            (Up::Ended(_), Arbiter::Open) => {
                let over = |leg: &Leg| leg.side == Side::Released && leg.to_arbiter.is_empty();
                if self.legs.iter().all(over) {
                    self.give_up();
                }
            }
            (Up::Ended(_), Arbiter::CallerGone | Arbiter::Lost) => {}
        }
    }

    fn award(&mut self, at: usize) {
        self.arbiter = Arbiter::Won(at);
        self.legs[at].from_arbiter.push_back(Down::Answer(Claimed::Yours));
        if self.omission != Omission::News {
            self.legs[1 - at].inform(Told::Taken);
        } else if self.legs[1 - at].side == Side::Calling {
            self.legs[1 - at].cancel(Told::Taken);
        }
    }

    fn refuse(&mut self, at: usize, told: Told) {
        self.legs[at].from_arbiter.push_back(Down::Answer(Claimed::Not(told)));
    }

    fn give_up(&mut self) {
        self.arbiter = Arbiter::Lost;
        if self.caller == Caller::Waiting {
            self.caller = Caller::AtMailbox;
        }
    }

    /// Checks that nobody is offered a call that is gone, unless the news is on its way.
    fn check_offers(&self) -> Result<(), String> {
        let offered = |leg: &Leg| match &leg.side {
            Side::Screening(runner) => matches!(runner.dialogue(), Screen::Announcing { .. }),
            Side::Calling
            | Side::Cancelled(_)
            | Side::Accepted
            | Side::Connected
            | Side::Released => false,
        };
        let stale = |leg: &Leg| offered(leg) && leg.from_arbiter.is_empty();
        if self.arbiter != Arbiter::Open && self.legs.iter().any(stale) {
            return Err("somebody is offered a call that is gone".to_owned());
        }
        Ok(())
    }

    /// Checks a state in which the switch has nothing more to do before somebody does something.
    fn check_settled(&self) -> Result<(), String> {
        let by_people = |event: &Event| match event {
            Event::CallerHangsUp | Event::PicksUp(_) | Event::HangsUp(_) => true,
            Event::CallerIsHeard
            | Event::PhoneIsHeard(_)
            | Event::Presses(..)
            | Event::HasHeard(_)
            | Event::Fires(..)
            | Event::ArbiterHears(_)
            | Event::ArbiterIsHeard(_) => false,
        };
        if !self.inputs().iter().all(by_people) {
            return Ok(());
        }
        let rings = self.legs.iter().any(|leg| leg.phone == Phone::Ringing);
        match self.caller {
            Caller::Waiting if !rings => return Err("the caller was forgotten".to_owned()),
            Caller::HungUp | Caller::AtMailbox if rings => {
                return Err("a telephone rings for nobody".to_owned());
            }
            Caller::Waiting
            | Caller::Talking
            | Caller::AtMailbox
            | Caller::HungUp
            | Caller::Done => {}
        }
        let stranded = |leg: &&Leg| leg.phone == Phone::OffHook && leg.side != Side::Connected;
        match self.legs.iter().find(stranded) {
            Some(leg) => Err(format!("somebody was left on the line: {:?}", leg.side)),
            None => Ok(()),
        }
    }

    fn caller_is_heard(&mut self) {
        self.hang_up_of_caller = Wire::Idle;
        match self.arbiter {
            Arbiter::Lost | Arbiter::CallerGone => return,
            Arbiter::Open | Arbiter::Won(_) => self.arbiter = Arbiter::CallerGone,
        }
        if self.omission != Omission::Departure {
            for leg in &mut self.legs {
                leg.inform(Told::CallerGone);
            }
        }
    }
}

impl Leg {
    /// Tells whoever is at this telephone that the call is not to be had any more.
    fn inform(&mut self, told: Told) {
        match &self.side {
            Side::Calling => self.cancel(told),
            Side::Screening(_) => self.from_arbiter.push_back(Down::Signal(told)),
            Side::Connected | Side::Accepted => self.release(Fate::Dropped),
            Side::Cancelled(_) | Side::Released => {}
        }
    }

    fn cancel(&mut self, told: Told) {
        self.side = Side::Cancelled(told);
        if self.phone == Phone::Ringing {
            self.phone = Phone::OnHook;
            self.side = Side::Released;
        }
    }

    fn release(&mut self, fate: Fate) {
        self.side = Side::Released;
        if self.phone == Phone::OffHook {
            self.phone = Phone::OnHook;
            if !matches!(self.fate, Fate::Told | Fate::Connected) {
                self.fate = fate;
            }
        }
        self.from_phone.clear();
    }

    fn carry_out(&mut self, output: OutputOf<Screen>) {
        match output {
            Output::Play(phrases) => self.playing = Some(phrases),
            Output::StopPlaying => self.playing = None,
            Output::Start(kind, _) => drop(self.timers.insert(kind)),
            Output::Cancel(kind) => drop(self.timers.remove(&kind)),
            Output::Ask(Claim) => self.to_arbiter.push_back(Up::Claim),
            Output::Withdraw => self.to_arbiter.push_back(Up::Withdraw),
            Output::End(outcome) => {
                self.to_arbiter.push_back(Up::Ended(outcome));
                match outcome {
                    Screened::Accepted => self.side = Side::Accepted,
                    Screened::Declined => self.release(Fate::Declined),
                    Screened::Told | Screened::Left => self.release(Fate::Dropped),
                }
            }
            other => panic!("screening does not {other:?}"),
        }
    }

    fn has_heard(&mut self) {
        let said = self.playing.take().unwrap_or_default();
        let news = [Told::Taken, Told::CallerGone, Told::Failed].map(Screen::words);
        if self.phone == Phone::OffHook && said.iter().any(|phrase| news.contains(phrase)) {
            self.fate = Fate::Told;
        }
    }
}

impl System for Screening {
    type Input = Event;

    fn inputs(&self) -> Vec<Event> {
        let mut events = Vec::new();
        if matches!(self.caller, Caller::Waiting | Caller::Talking) {
            events.push(Event::CallerHangsUp);
        }
        if self.hang_up_of_caller == Wire::UnderWay {
            events.push(Event::CallerIsHeard);
        }
        for (at, leg) in self.legs.iter().enumerate() {
            match leg.phone {
                Phone::Ringing => events.extend([Event::PicksUp(at), Event::HangsUp(at)]),
                Phone::OffHook => events.push(Event::HangsUp(at)),
                Phone::OnHook => {}
            }
            if !leg.from_phone.is_empty() {
                events.push(Event::PhoneIsHeard(at));
            }
            if !leg.to_arbiter.is_empty() {
                events.push(Event::ArbiterHears(at));
            }
            if !leg.from_arbiter.is_empty() {
                events.push(Event::ArbiterIsHeard(at));
            }
            if let Side::Screening(_) = leg.side {
                if leg.phone == Phone::OffHook && leg.keys_left > 0 {
                    events.extend([Key::One, Key::Two].map(|key| Event::Presses(at, key)));
                }
                if leg.playing.is_some() {
                    events.push(Event::HasHeard(at));
                }
                events.extend(leg.timers.iter().map(|&kind| Event::Fires(at, kind)));
            }
        }
        events
    }

    fn apply(&mut self, event: &Event) -> Result<(), String> {
        match *event {
            Event::CallerHangsUp => {
                self.caller = Caller::HungUp;
                self.hang_up_of_caller = Wire::UnderWay;
            }
            Event::CallerIsHeard => self.caller_is_heard(),
            Event::PicksUp(at) => {
                self.legs[at].phone = Phone::OffHook;
                self.legs[at].from_phone.push_back(PhoneSays::Answered);
            }
            Event::HangsUp(at) => {
                let leg = &mut self.legs[at];
                leg.phone = Phone::OnHook;
                leg.from_phone.push_back(PhoneSays::HungUp);
                if leg.fate == Fate::Open {
                    leg.fate = Fate::HungUp;
                }
            }
            Event::PhoneIsHeard(at) => self.phone_is_heard(at),
            Event::Presses(at, key) => {
                self.legs[at].keys_left -= 1;
                self.feed(at, Input::Onset);
                self.feed(at, Input::Key(key));
            }
            Event::HasHeard(at) => {
                self.legs[at].has_heard();
                self.feed(at, Input::PlaybackFinished);
            }
            Event::Fires(at, kind) => {
                self.legs[at].timers.remove(&kind);
                self.feed(at, Input::Fired(kind));
            }
            Event::ArbiterHears(at) => self.arbiter_hears(at),
            Event::ArbiterIsHeard(at) => match self.legs[at].from_arbiter.pop_front() {
                Some(Down::Answer(claimed)) => self.feed(at, Input::Answered(claimed)),
                Some(Down::Signal(told)) => self.feed(at, Input::Signal(told)),
                None => {}
            },
        }
        let winners = self.legs.iter();
        let winners = winners.filter(|leg| matches!(leg.side, Side::Accepted | Side::Connected));
        if winners.count() > 1 {
            return Err("two parties have the same call".to_owned());
        }
        self.check_offers()?;
        self.check_settled()
    }

    fn rest(&self) -> Result<(), String> {
        if matches!(self.caller, Caller::Waiting | Caller::Talking) {
            return Err("the caller was forgotten".to_owned());
        }
        for leg in &self.legs {
            match (leg.phone, &leg.side, leg.fate) {
                (Phone::OnHook, Side::Released, Fate::Dropped) => {
                    // The winner of a call whose caller has just hung up hears that, no more.
                    if self.arbiter != Arbiter::CallerGone {
                        return Err("somebody was dropped without a word".to_owned());
                    }
                }
                (Phone::OnHook, Side::Released, _) => {}
                (phone, side, _) => return Err(format!("left behind: {phone:?}, {side:?}")),
            }
        }
        Ok(())
    }
}

#[test]
fn screening_has_one_winner_tells_the_others_and_leaves_nobody_behind() {
    let explored =
        explore(Screening::new(Omission::Nothing), MOST).unwrap_or_else(|fault| panic!("{fault}"));
    println!(
        "screening with two legs: {} states, {} edges, {} rests",
        explored.states, explored.edges, explored.rests
    );
    assert_eq!((explored.states, explored.rests), (37_607, 171));
}

#[test]
fn whatever_the_arbiter_omits_is_noticed() {
    for (omission, expected) in [
        (Omission::GuardOfClaims, "two parties have the same call"),
        (Omission::LateAnswers, "left on the line"),
        (Omission::News, "offered a call that is gone"),
        (Omission::Departure, "a telephone rings for nobody"),
        (Omission::Withdrawal, "the caller was forgotten"),
    ] {
        let fault = explore(Screening::new(omission), MOST).expect_err("somebody must notice");
        println!("without {omission:?}: {} after {} events", fault.what, fault.trace.lines().len());
        assert!(fault.what.contains(expected), "{omission:?}: {fault}");
    }
}
