//! Whole conversations, with a runner, an operator and a store.

use std::time::Duration;

use centrala_dialogue::{Argument, Escaped, SoundId};
use centrala_voicemail::{
    Answer, Helper, KeptMessage, MemoryStore, MessageStore, NotTaken, Reason, Request, RequestId,
    StoreLimits, TakeMessageOutcome, Then,
};

use crate::call::{Act, Call, Trouble, call, config};

fn store() -> MemoryStore {
    store_with(StoreLimits::default())
}

fn store_with(limits: StoreLimits) -> MemoryStore {
    let mut store = MemoryStore::new(limits);
    store.submit(RequestId::new(0), Request::AddMailbox { mailbox: "101".parse().unwrap() });
    assert_eq!(store.poll_answer(), Some((RequestId::new(0), Answer::MailboxReady)));
    store
}

const GREETING: [&str; 2] =
    ["voice: Sally Jones is not available.", "voice: Please leave a message after the tone."];

/// Returns the transcript after the usual greeting.
#[track_caller]
fn after_greeting(transcript: &[String]) -> Vec<&str> {
    let (greeting, rest) = transcript.split_at(2);
    assert_eq!(greeting, GREETING);
    rest.iter().map(String::as_str).collect()
}

fn ended(call: &Call) -> &TakeMessageOutcome {
    match call.outcome() {
        Escaped::Ended(outcome) => outcome,
        Escaped::Operator { .. } => panic!("nobody asked for the operator"),
    }
}

const TWO_SECONDS: Option<Duration> = Some(Duration::from_secs(2));
const THREE_SECONDS: Option<Duration> = Some(Duration::from_secs(3));

fn length(kept: Option<KeptMessage>) -> Option<Duration> {
    kept.map(|message| message.length)
}

#[test]
fn a_caller_leaves_a_message_and_is_thanked() {
    let acts = [Act::Listen, Act::Listen, Act::Speak(5_000), Act::Press("#"), Act::Listen];
    let (transcript, mut call) = call(config(), store(), Trouble::None, &acts);
    assert_eq!(
        after_greeting(&transcript),
        [
            "store: OpenDraft(101) → Draft(1)",
            "voice: <beep>",
            "caller speaks for 5000 ms",
            "caller presses #",
            "store: Commit(DraftId(1)) → Kept",
            "voice: Thank you. Your message was recorded. Goodbye.",
        ]
    );
    assert_eq!(ended(&call).then, Then::Goodbye);
    let messages = call.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(ended(&call).kept, Some(KeptMessage::new(messages[0].id, messages[0].length)));
    let answer = call.ask(Request::Fetch { message: messages[0].id });
    assert_eq!(answer, Answer::Sound([0x2a; 40_000].as_slice().into()));
}

#[test]
fn pound_skips_the_greeting() {
    let acts = [Act::Press("#"), Act::Listen, Act::Speak(2_000), Act::HangUp];
    let (transcript, call) = call(config(), store(), Trouble::None, &acts);
    assert_eq!(
        after_greeting(&transcript),
        [
            "caller presses #",
            "  (stops)",
            "store: OpenDraft(101) → Draft(1)",
            "voice: <beep>",
            "caller speaks for 2000 ms",
            "caller hangs up",
            "store: Commit(DraftId(1)) → Kept",
        ]
    );
    assert_eq!((length(ended(&call).kept), &ended(&call).then), (TWO_SECONDS, &Then::Left));
}

#[test]
fn an_own_greeting_is_followed_by_the_helper_and_the_beep() {
    let mut config = config();
    config.reason = Reason::Unavailable;
    config.greeting = Some(SoundId::new("own"));
    config.helper = Some(Helper::new(Argument::Text("Bob".into()), "317".parse().unwrap()));
    let (transcript, call) = call(config, store(), Trouble::None, &[Act::Press("317")]);
    assert_eq!(
        transcript,
        [
            "voice: <own>",
            "voice: To speak to Bob instead, press 317.",
            "caller presses 317",
            "  (stops)",
        ]
    );
    assert_eq!(ended(&call).then, Then::Dial("317".parse().unwrap()));
    assert_eq!(ended(&call).kept, None);
}

#[test]
fn the_way_out_of_a_recording_keeps_it() {
    let dial = || Then::Dial("101".parse().unwrap());
    for (name, escape, then) in [
        ("an extension", Act::Press("101"), Some(dial())),
        ("the operator", Act::Press("0"), None),
        ("hanging up", Act::HangUp, Some(Then::Left)),
    ] {
        let acts = [Act::Listen, Act::Listen, Act::Speak(3_000), escape];
        let (_, mut call) = call(config(), store(), Trouble::None, &acts);
        let kept = match call.outcome() {
            Escaped::Ended(outcome) => {
                assert_eq!(Some(&outcome.then), then.as_ref(), "{name}");
                outcome.kept
            }
            Escaped::Operator { tidied } => {
                assert_eq!(then, None, "{name}");
                tidied.as_ref().unwrap().kept
            }
        };
        assert_eq!(length(kept), THREE_SECONDS, "{name}");
        assert_eq!(call.messages().len(), 1, "{name}");
    }
}

#[test]
fn the_way_out_before_and_after_the_recording_is_the_same() {
    let taken = [Act::Listen, Act::Listen, Act::Speak(3_000), Act::Press("#")];
    for (name, before, kept) in [
        ("in the greeting", &[][..], None),
        ("in the beep", &[Act::Listen], None),
        ("after it was thanked for", &taken, THREE_SECONDS),
    ] {
        let with = |last| before.iter().copied().chain([last]).collect::<Vec<_>>();
        let (_, dialled) = call(config(), store(), Trouble::None, &with(Act::Press("123")));
        assert_eq!(ended(&dialled).then, Then::Dial("123".parse().unwrap()), "{name}");
        assert_eq!(length(ended(&dialled).kept), kept, "{name}");
        let (_, operator) = call(config(), store(), Trouble::None, &with(Act::Press("0")));
        let Escaped::Operator { tidied: Some(tidied) } = operator.outcome() else {
            panic!("{name}: no operator")
        };
        assert_eq!(length(tidied.kept), kept, "{name}");
        let (_, left) = call(config(), store(), Trouble::None, &with(Act::HangUp));
        assert_eq!(ended(&left).then, Then::Left, "{name}");
        assert_eq!(length(ended(&left).kept), kept, "{name}");
    }
}

#[test]
fn keys_that_mean_nothing_change_nothing() {
    let acts = [
        Act::Press("7"),
        Act::Listen,
        Act::Listen,
        Act::Press("*9"),
        Act::Speak(3_000),
        Act::BeSilent,
        Act::Listen,
    ];
    let (transcript, call) = call(config(), store(), Trouble::None, &acts);
    assert_eq!(
        after_greeting(&transcript),
        [
            "caller presses 7",
            "store: OpenDraft(101) → Draft(1)",
            "voice: <beep>",
            "caller presses *9",
            "caller speaks for 3000 ms",
            "caller is silent",
            "store: Commit(DraftId(1)) → Kept",
            "voice: Thank you. Your message was recorded. Goodbye.",
        ]
    );
    assert_eq!(ended(&call).then, Then::Goodbye);
}

#[test]
fn a_caller_who_says_nothing_is_told_and_led_on() {
    let acts = [Act::Listen, Act::Listen, Act::BeSilent, Act::Listen];
    let (transcript, mut call) = call(config(), store(), Trouble::None, &acts);
    assert_eq!(
        after_greeting(&transcript)[2..],
        [
            "caller is silent",
            "store: Discard(DraftId(1)) → Discarded",
            "voice: No message was recorded.",
        ]
    );
    assert_eq!(ended(&call).then, Then::LeadOn(NotTaken::NothingSaid));
    assert_eq!(call.messages(), []);
}

#[test]
fn a_caller_who_was_too_quick_may_speak_again_once() {
    let acts = [
        Act::Press("#"),
        Act::Listen,
        Act::Press("#"),
        Act::Listen,
        Act::Listen,
        Act::Speak(980),
        Act::Press("#"),
        Act::Listen,
    ];
    let (transcript, mut call) = call(config(), store(), Trouble::None, &acts);
    assert_eq!(
        after_greeting(&transcript)[4..],
        [
            "caller presses #",
            "store: Discard(DraftId(1)) → Discarded",
            "voice: That was too short to keep. Please leave a message after the tone.",
            "store: OpenDraft(101) → Draft(2)",
            "voice: <beep>",
            "caller speaks for 980 ms",
            "caller presses #",
            "store: Discard(DraftId(2)) → Discarded",
            "voice: No message was recorded.",
        ]
    );
    assert_eq!(ended(&call).then, Then::LeadOn(NotTaken::NothingSaid));
    assert_eq!(call.messages(), []);
}

#[test]
fn no_beep_without_a_draft() {
    let mut full = StoreLimits::default();
    full.messages = 0;
    let cannot = "voice: Sorry, messages cannot be recorded at the moment.";
    for (name, store, trouble, words, why) in [
        (
            "a full mailbox",
            store_with(full),
            Trouble::None,
            "voice: Sorry, this mailbox is full and takes no more messages.",
            NotTaken::MailboxFull,
        ),
        (
            "no such mailbox",
            MemoryStore::new(StoreLimits::default()),
            Trouble::None,
            cannot,
            NotTaken::StoreFailed,
        ),
        ("no answer", store(), Trouble::NoAnswer("OpenDraft", 9), cannot, NotTaken::StoreFailed),
    ] {
        let (transcript, call) = call(config(), store, trouble, &[Act::Listen, Act::Listen]);
        assert_eq!(transcript.last().unwrap(), words, "{name}");
        assert!(!transcript.iter().any(|line| line.contains("beep")), "{name}");
        assert_eq!((ended(&call).kept, &ended(&call).then), (None, &Then::LeadOn(why)), "{name}");
    }
}

#[test]
fn a_store_that_is_slow_to_keep_is_asked_again() {
    let acts = [Act::Listen, Act::Listen, Act::Speak(2_000), Act::HangUp];
    let trouble = Trouble::NoAnswer("Commit", 1);
    let (transcript, mut call) = call(config(), store(), trouble, &acts);
    assert_eq!(
        after_greeting(&transcript)[4..],
        ["store does not answer", "store: Commit(DraftId(1)) → Kept",]
    );
    assert_eq!(length(ended(&call).kept), TWO_SECONDS);
    assert_eq!(call.messages().len(), 1);
}

#[test]
fn a_message_that_cannot_be_kept_is_told() {
    for trouble in [Trouble::CannotKeep, Trouble::NoAnswer("Commit", 9)] {
        let acts = [Act::Listen, Act::Listen, Act::Speak(2_000), Act::Press("#"), Act::Listen];
        let (transcript, call) = call(config(), store(), trouble, &acts);
        let words = "voice: Sorry, your message could not be kept.";
        assert_eq!(transcript.last().unwrap(), words, "{trouble:?}");
        assert_eq!(ended(&call).then, Then::LeadOn(NotTaken::StoreFailed), "{trouble:?}");
        assert_eq!(ended(&call).kept, None, "{trouble:?}");
    }
}

#[test]
fn what_was_said_before_the_disk_was_full_is_kept_and_told() {
    let acts = [Act::Listen, Act::Listen, Act::Speak(5_000), Act::Listen];
    let (transcript, mut call) = call(config(), store(), Trouble::DiskFull, &acts);
    assert_eq!(
        after_greeting(&transcript)[2..],
        [
            "caller speaks for 5000 ms",
            "store: Commit(DraftId(1)) → Kept",
            "voice: Sorry, the recording was cut off. What you said before that was kept.",
        ]
    );
    assert_eq!(ended(&call).then, Then::LeadOn(NotTaken::StoreFailed));
    assert_eq!(length(ended(&call).kept), Some(Duration::from_secs(1)));
    assert_eq!(call.messages().len(), 1);
}

#[test]
fn a_shutdown_before_anything_was_said_ends_the_call() {
    let acts = [Act::Listen, Act::Listen, Act::Listen];
    let (transcript, call) = call(config(), store(), Trouble::ShutDown, &acts);
    assert_eq!(
        after_greeting(&transcript)[2..],
        [
            "the system shuts down",
            "store: Discard(DraftId(1)) → Discarded",
            "voice: Sorry, messages cannot be recorded at the moment.",
        ]
    );
    assert_eq!(ended(&call).kept, None);
    assert_eq!(ended(&call).then, Then::LeadOn(NotTaken::WindingUp));
}
