//! Any inputs in any order: no panic, bounded orders, and nothing left once everybody is gone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
    time::Duration,
};

use centrala_dialogue::DraftId;
use centrala_keys::Key;
use centrala_office::Office;
use centrala_switch::{
    Caller, Cause, Exchange, ExchangeConfig, Input, LegId, Origin, Output, PlayId, Stored,
};
use centrala_time::Timestamp;
use centrala_voicemail::{Answer, RequestId, StoreError};
use proptest::{prelude::*, sample::Index};

use crate::office::acme;

static ACME: LazyLock<Arc<Office>> = LazyLock::new(acme);

/// The most orders that one input may cause with four callers: each may be led on a few steps,
/// with a group of telephones to call or to stop.
const MOST_ORDERS: usize = 80;

#[derive(Clone, Debug)]
enum Happening {
    Incoming {
        leg: u64,
        called: Index,
        from: Index,
    },
    Ringing(Index),
    Answered(Index),
    Failed(Index, Index),
    HungUp(Index),
    Onset(Index),
    Key(Index, Index),
    Played(Index),
    /// Somebody else's playback.
    OtherPlayed(Index),
    Silent(Index),
    Recorded {
        leg: Index,
        millis: u64,
        whole: bool,
    },
    OtherRecorded {
        leg: Index,
        draft: u64,
    },
    Stored(Index, Index),
    /// An answer to a question that may have been answered, or never asked.
    OtherStored(u64, Index),
    Wait(u64),
    /// Waits exactly until the exchange wants to act.
    WaitForTimeout,
    Drain,
}

fn happening() -> impl Strategy<Value = Happening> {
    let index = any::<Index>;
    prop_oneof![
        3 => (1_u64..5, index(), index())
            .prop_map(|(leg, called, from)| Happening::Incoming { leg, called, from }),
        1 => index().prop_map(Happening::Ringing),
        3 => index().prop_map(Happening::Answered),
        3 => (index(), index()).prop_map(|(leg, cause)| Happening::Failed(leg, cause)),
        1 => index().prop_map(Happening::HungUp),
        2 => index().prop_map(Happening::Onset),
        6 => (index(), index()).prop_map(|(leg, key)| Happening::Key(leg, key)),
        6 => index().prop_map(Happening::Played),
        1 => index().prop_map(Happening::OtherPlayed),
        2 => index().prop_map(Happening::Silent),
        4 => (index(), 0_u64..9_000, any::<bool>())
            .prop_map(|(leg, millis, whole)| Happening::Recorded { leg, millis, whole }),
        1 => (index(), 0_u64..9).prop_map(|(leg, draft)| Happening::OtherRecorded { leg, draft }),
        6 => (index(), index()).prop_map(|(request, answer)| Happening::Stored(request, answer)),
        1 => (0_u64..20, index()).prop_map(|(id, answer)| Happening::OtherStored(id, answer)),
        3 => (0_u64..20_000).prop_map(Happening::Wait),
        5 => Just(Happening::WaitForTimeout),
    ]
}

/// An exchange in the hands of somebody who keeps no promise.
struct Chaos {
    exchange: Exchange,
    now: Timestamp,
    legs: Vec<LegId>,
    playing: BTreeMap<LegId, PlayId>,
    recording: BTreeMap<LegId, DraftId>,
    asked: Vec<RequestId>,
    answered: BTreeSet<LegId>,
    ended: BTreeSet<LegId>,
}

impl Chaos {
    fn new() -> Self {
        Self {
            exchange: Exchange::new(ExchangeConfig::default(), Arc::clone(&ACME)),
            now: Timestamp::ZERO,
            legs: (1..5).map(LegId::incoming).collect(),
            playing: BTreeMap::new(),
            recording: BTreeMap::new(),
            asked: Vec::new(),
            answered: BTreeSet::new(),
            ended: BTreeSet::new(),
        }
    }

    fn happen(&mut self, happening: &Happening) {
        let leg = |index: &Index| *index.get(&self.legs);
        let input = match happening {
            Happening::Incoming { leg, called, from } => {
                let leg = LegId::incoming(*leg);
                // A number may be used again once its leg is over; before that nothing happens.
                if self.ended.remove(&leg) {
                    self.answered.remove(&leg);
                }
                let called =
                    *called.get(&["+15550100", "+15550101", "+15550102", "101", "0", "", "9"]);
                let from = from
                    .get(&[
                        Origin::Trunk("telco".to_owned()),
                        Origin::Phone("102".to_owned()),
                        Origin::Phone("nobody".to_owned()),
                    ])
                    .clone();
                Input::Incoming { leg, caller: Caller::default(), from, called: called.to_owned() }
            }
            Happening::Ringing(at) => Input::Ringing { leg: leg(at) },
            Happening::Answered(at) => Input::Answered { leg: leg(at) },
            Happening::Failed(at, cause) => {
                let causes = [Cause::Busy, Cause::NoAnswer, Cause::Unreachable, Cause::Declined];
                Input::Failed { leg: leg(at), cause: *cause.get(&causes) }
            }
            Happening::HungUp(at) => Input::HungUp { leg: leg(at) },
            Happening::Onset(at) => Input::Onset { leg: leg(at) },
            Happening::Key(at, key) => Input::Key { leg: leg(at), key: *key.get(&Key::ALL) },
            Happening::Played(at) => {
                let leg = leg(at);
                let Some(play) = self.playing.remove(&leg) else { return };
                Input::PlaybackFinished { leg, play }
            }
            Happening::OtherPlayed(at) => {
                let leg = leg(at);
                let Some(play) = self.playing.values().next() else { return };
                Input::PlaybackFinished { leg, play: *play }
            }
            Happening::Silent(at) => {
                let leg = leg(at);
                let Some(draft) = self.recording.get(&leg) else { return };
                Input::Silent { leg, draft: *draft }
            }
            Happening::Recorded { leg: at, millis, whole } => {
                let leg = leg(at);
                let Some(draft) = self.recording.remove(&leg) else { return };
                let stored = if *whole { Stored::Whole } else { Stored::Damaged };
                Input::Recorded { leg, draft, length: Duration::from_millis(*millis), stored }
            }
            Happening::OtherRecorded { leg: at, draft } => {
                let (draft, length) = (DraftId::new(*draft), Duration::from_secs(3));
                Input::Recorded { leg: leg(at), draft, length, stored: Stored::Whole }
            }
            Happening::Stored(at, answer) => {
                if self.asked.is_empty() {
                    return;
                }
                let id = self.asked.swap_remove(at.index(self.asked.len()));
                Input::Stored(id, any_answer(answer))
            }
            Happening::OtherStored(id, answer) => {
                Input::Stored(RequestId::new(*id), any_answer(answer))
            }
            Happening::Wait(millis) => {
                self.now += Duration::from_millis(*millis);
                return self.time_passes();
            }
            Happening::WaitForTimeout => {
                self.now = self.exchange.poll_timeout().unwrap_or(self.now).max(self.now);
                return self.time_passes();
            }
            Happening::Drain => Input::Drain,
        };
        // What is due now comes first: the leg may still be given orders by that.
        self.time_passes();
        if let Input::HungUp { leg } | Input::Failed { leg, .. } = input {
            self.ended.insert(leg);
        }
        self.exchange.handle_input(input, self.now);
        self.drain();
    }

    fn time_passes(&mut self) {
        self.exchange.handle_timeout(self.now);
        self.drain();
        let next = self.exchange.poll_timeout();
        assert!(next.is_none_or(|next| next > self.now), "{next:?} is due again at {}", self.now);
    }

    fn drain(&mut self) {
        let mut orders = 0;
        while let Some(output) = self.exchange.poll_output() {
            orders += 1;
            self.obey(output);
        }
        assert!(orders <= MOST_ORDERS, "{orders} orders at once");
    }

    fn obey(&mut self, output: Output) {
        let alive = |leg: LegId| assert!(!self.ended.contains(&leg), "an order for {leg}");
        match output {
            Output::Ring { leg } | Output::StopPlaying { leg } => alive(leg),
            Output::Answer { leg } => {
                alive(leg);
                assert!(self.answered.insert(leg), "{leg} is answered twice");
            }
            Output::Refuse { leg, cause: _ } => {
                alive(leg);
                assert!(!self.answered.contains(&leg), "{leg} was answered before");
                self.ended.insert(leg);
            }
            Output::HangUp { leg } => drop(self.ended.insert(leg)),
            Output::Call { leg, .. } => self.legs.push(leg),
            Output::Play { leg, play, phrases: _ } => {
                alive(leg);
                assert!(self.answered.contains(&leg), "{leg} is played to unanswered");
                self.playing.insert(leg, play);
            }
            Output::Record { leg, draft, silence: _ } => {
                alive(leg);
                self.recording.insert(leg, draft);
            }
            Output::Bridge { a, b } => {
                alive(a);
                alive(b);
                assert!(self.answered.contains(&a), "{a} talks unanswered");
            }
            Output::Store(id, _) => self.asked.push(id),
            Output::StopRecording { .. } | Output::Unbridge { .. } | Output::Log(_) => {}
            other => panic!("unknown order {other:?}"),
        }
    }

    /// Everybody goes; the store never answers, and no recorder reports.
    fn everybody_goes(&mut self) {
        for leg in self.legs.clone() {
            self.exchange.handle_input(Input::HungUp { leg }, self.now);
            self.drain();
        }
        for _ in 0..1_000 {
            let Some(next) = self.exchange.poll_timeout() else { break };
            self.now = self.now.max(next);
            self.time_passes();
        }
        assert_eq!(self.exchange.poll_timeout(), None);
        assert!(self.exchange.is_idle(), "{:#?}", self.exchange);
    }
}

fn any_answer(index: &Index) -> Answer {
    let answers = [
        Answer::Draft(DraftId::new(1)),
        Answer::Draft(DraftId::new(2)),
        Answer::Draft(DraftId::new(3)),
        Answer::Discarded,
        Answer::Appended,
        Answer::Failed(StoreError::MailboxFull),
        Answer::Failed(StoreError::NoSuchDraft),
    ];
    index.get(&answers).clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_inputs_in_any_order_are_survived(
        happenings in proptest::collection::vec(happening(), 0..120),
        drained in any::<bool>(),
    ) {
        let mut chaos = Chaos::new();
        for happening in &happenings {
            chaos.happen(happening);
        }
        if drained {
            chaos.happen(&Happening::Drain);
        }
        chaos.everybody_goes();
    }
}
