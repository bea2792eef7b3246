//! What every [`MessageStore`] must do, as a test that any of them can run.
//!
//! ```
//! use centrala_voicemail::{MemoryStore, conformance};
//!
//! conformance::check(MemoryStore::new);
//! ```

use std::{sync::Arc, time::Duration};

use centrala_dialogue::DraftId;

use crate::{
    Answer, Envelope, EnvelopeText, Folder, GreetingKind, MAX_APPEND, MailboxName, MessageId,
    MessageStore, MessageSummary, Reason, Request, RequestId, StoreError, StoreLimits, UnixMillis,
};

/// How often a store is asked for an answer before it counts as silent.
const MAX_POLLS: usize = 100_000;

/// Checks a store. `open` opens an empty one, with these limits; it is called several times.
///
/// # Panics
///
/// If the store does something else than it should; the panic says what.
pub fn check<S: MessageStore>(mut open: impl FnMut(StoreLimits) -> S) {
    let checks: [fn(&mut Asker<S>); 10] = [
        a_draft_becomes_a_message,
        a_commit_is_idempotent,
        a_discarded_draft_is_gone,
        a_draft_without_sound_is_not_kept,
        messages_are_moved_and_deleted,
        mailboxes_and_drafts_do_not_mix,
        numbers_are_never_given_twice,
        greetings_are_replaced_and_removed,
        what_does_not_exist_is_refused,
        what_is_too_long_is_refused,
    ];
    for check in checks {
        check(&mut Asker::new(open(StoreLimits::default())));
    }
    a_full_mailbox_takes_no_draft(&mut open);
    answers_come_in_the_order_of_their_requests(&mut open);
}

/// Asks a store, and waits for its answer.
struct Asker<S> {
    store: S,
    last: u64,
}

impl<S: MessageStore> Asker<S> {
    const fn new(store: S) -> Self {
        Self { store, last: 0 }
    }

    #[track_caller]
    fn ask(&mut self, request: Request) -> Answer {
        self.last += 1;
        let id = RequestId::new(self.last);
        let asked = format!("{request:?}");
        self.store.submit(id, request);
        let answer = (0..MAX_POLLS).find_map(|_| self.store.poll_answer());
        let Some((answered, answer)) = answer else {
            unexpected(&asked, "an answer", "none");
        };
        assert_eq!(answered, id, "{asked} was answered with the id of another request");
        assert_eq!(self.store.poll_answer(), None, "{asked} was answered twice");
        answer
    }

    #[track_caller]
    fn expect(&mut self, request: Request, expected: &Answer) {
        let asked = format!("{request:?}");
        let answer = self.ask(request);
        assert_eq!(answer, *expected, "{asked}");
    }

    #[track_caller]
    fn fails(&mut self, request: Request, error: StoreError) {
        self.expect(request, &Answer::Failed(error));
    }

    #[track_caller]
    fn add(&mut self, mailbox: &str) -> MailboxName {
        let mailbox = name(mailbox);
        self.expect(Request::AddMailbox { mailbox: mailbox.clone() }, &Answer::MailboxReady);
        mailbox
    }

    #[track_caller]
    fn draft(&mut self, mailbox: &MailboxName, envelope: Envelope) -> DraftId {
        let answer = self.ask(Request::OpenDraft { mailbox: mailbox.clone(), envelope });
        let Answer::Draft(draft) = answer else { unexpected("OpenDraft", "Draft", answer) };
        draft
    }

    #[track_caller]
    fn append(&mut self, draft: DraftId, audio: &[u8]) {
        self.expect(Request::Append { draft, audio: audio.to_vec() }, &Answer::Appended);
    }

    #[track_caller]
    fn commit(&mut self, draft: DraftId) -> MessageSummary {
        let answer = self.ask(Request::Commit { draft });
        let Answer::Kept(summary) = answer else { unexpected("Commit", "Kept", answer) };
        summary
    }

    #[track_caller]
    fn message(&mut self, mailbox: &MailboxName, audio: &[u8]) -> MessageSummary {
        let draft = self.draft(mailbox, envelope(1));
        self.append(draft, audio);
        self.commit(draft)
    }

    #[track_caller]
    fn list(&mut self, mailbox: &MailboxName) -> Vec<MessageSummary> {
        let answer = self.ask(Request::List { mailbox: mailbox.clone() });
        let Answer::Messages(messages) = answer else { unexpected("List", "Messages", answer) };
        messages
    }

    #[track_caller]
    fn sounds(&mut self, request: Request, audio: &[u8]) {
        self.expect(request, &Answer::Sound(Arc::from(audio)));
    }
}

#[track_caller]
fn unexpected(asked: &str, expected: &str, got: impl std::fmt::Debug) -> ! {
    #[expect(clippy::panic, reason = "this module is a test")]
    {
        panic!("{asked}: {expected} was expected, got {got:?}")
    }
}

fn name(mailbox: &str) -> MailboxName {
    match mailbox.parse() {
        Ok(name) => name,
        Err(error) => unexpected(mailbox, "a name of a mailbox", error),
    }
}

fn envelope(number: u64) -> Envelope {
    Envelope::new(EnvelopeText::new("+15550100"), Reason::Busy, UnixMillis::new(number))
        .from_caller(
            Some(EnvelopeText::new(&format!("+1555{number:04}"))),
            Some(EnvelopeText::new("Zoë \"the voice\" Łoś")),
        )
}

/// Returns sound that is like no other and ends with the loudest sample, a zero byte.
fn sound(seed: u8, bytes: usize) -> Vec<u8> {
    let mut sound: Vec<u8> =
        (0_u8..=250).cycle().map(|byte| byte.wrapping_add(seed)).take(bytes).collect();
    if let Some(last) = sound.last_mut() {
        *last = 0;
    }
    sound
}

fn a_draft_becomes_a_message<S: MessageStore>(store: &mut Asker<S>) {
    let mailbox = store.add("101");
    assert_eq!(store.list(&mailbox), [], "a new mailbox is empty");
    let draft = store.draft(&mailbox, envelope(7));
    let audio = sound(0, 8_001);
    for piece in audio.chunks(160) {
        store.append(draft, piece);
    }
    store.append(draft, &[]);
    assert_eq!(store.list(&mailbox), [], "a draft is no message");
    let kept = store.commit(draft);
    assert_eq!(kept.id, MessageId::of_draft(draft));
    assert_eq!(kept.envelope, envelope(7));
    assert_eq!((kept.folder, kept.interrupted), (Folder::New, false));
    assert_eq!(kept.length, Duration::from_micros(1_000_125));
    assert_eq!(store.list(&mailbox), std::slice::from_ref(&kept));
    store.sounds(Request::Fetch { message: kept.id }, &audio);
}

fn a_commit_is_idempotent<S: MessageStore>(store: &mut Asker<S>) {
    let mailbox = store.add("101");
    let kept = store.message(&mailbox, &sound(1, 320));
    let draft = kept.id.draft();
    assert_eq!(store.commit(draft), kept);
    store.fails(Request::Append { draft, audio: sound(2, 160) }, StoreError::NoSuchDraft);
    store.expect(Request::Discard { draft }, &Answer::Discarded);
    assert_eq!(store.list(&mailbox), std::slice::from_ref(&kept), "what is kept is not discarded");
    store.sounds(Request::Fetch { message: kept.id }, &sound(1, 320));
}

fn a_discarded_draft_is_gone<S: MessageStore>(store: &mut Asker<S>) {
    let mailbox = store.add("101");
    let draft = store.draft(&mailbox, envelope(1));
    store.append(draft, &sound(1, 160));
    for _ in 0..2 {
        store.expect(Request::Discard { draft }, &Answer::Discarded);
    }
    store.fails(Request::Commit { draft }, StoreError::NoSuchDraft);
    store.fails(Request::Append { draft, audio: sound(1, 1) }, StoreError::NoSuchDraft);
    assert_eq!(store.list(&mailbox), []);
}

fn a_draft_without_sound_is_not_kept<S: MessageStore>(store: &mut Asker<S>) {
    let mailbox = store.add("101");
    let draft = store.draft(&mailbox, envelope(1));
    store.fails(Request::Commit { draft }, StoreError::TooShort);
    store.append(draft, &sound(3, 1));
    let kept = store.commit(draft);
    store.sounds(Request::Fetch { message: kept.id }, &sound(3, 1));
}

fn messages_are_moved_and_deleted<S: MessageStore>(store: &mut Asker<S>) {
    let mailbox = store.add("101");
    let ids = [1, 2, 3].map(|seed| store.message(&mailbox, &sound(seed, 400)).id);
    let [first, second, third] = ids;
    for folder in [Folder::Saved, Folder::Saved, Folder::Deleted, Folder::New, Folder::Deleted] {
        let answer = store.ask(Request::Move { message: second, folder });
        let Answer::Moved(summary) = answer else { unexpected("Move", "Moved", answer) };
        assert_eq!((summary.id, summary.folder), (second, folder));
        assert_eq!(summary.envelope, envelope(1));
        let listed: Vec<_> =
            store.list(&mailbox).iter().map(|message| (message.id, message.folder)).collect();
        assert_eq!(listed, [(first, Folder::New), (second, folder), (third, Folder::New)]);
        store.sounds(Request::Fetch { message: second }, &sound(2, 400));
    }
    store.expect(Request::Delete { message: first }, &Answer::Deleted);
    store.expect(Request::Delete { message: second }, &Answer::Deleted);
    for message in [first, second] {
        store.fails(Request::Delete { message }, StoreError::NoSuchMessage);
        store.fails(Request::Fetch { message }, StoreError::NoSuchMessage);
        store.fails(Request::Move { message, folder: Folder::New }, StoreError::NoSuchMessage);
        store.fails(Request::Commit { draft: message.draft() }, StoreError::NoSuchDraft);
    }
    let listed: Vec<_> = store.list(&mailbox).iter().map(|message| message.id).collect();
    assert_eq!(listed, [third], "the ids of the others stay");
    store.sounds(Request::Fetch { message: third }, &sound(3, 400));
}

fn mailboxes_and_drafts_do_not_mix<S: MessageStore>(store: &mut Asker<S>) {
    let boxes = ["101", "102", "sales"].map(|mailbox| store.add(mailbox));
    let drafts = boxes.each_ref().map(|mailbox| store.draft(mailbox, envelope(1)));
    for round in 0..20 {
        for (seed, draft) in (0..).zip(drafts) {
            store.append(draft, &sound(seed * 20 + round, 161));
        }
    }
    for (seed, (draft, mailbox)) in (0..).zip(drafts.into_iter().zip(&boxes)) {
        let kept = store.commit(draft);
        let whole: Vec<u8> = (0..20).flat_map(|round| sound(seed * 20 + round, 161)).collect();
        store.sounds(Request::Fetch { message: kept.id }, &whole);
        assert_eq!(store.list(mailbox), [kept]);
    }
    // To add a mailbox that exists changes nothing.
    for mailbox in ["101", "102", "sales"] {
        let mailbox = store.add(mailbox);
        assert_eq!(store.list(&mailbox).len(), 1);
    }
}

fn numbers_are_never_given_twice<S: MessageStore>(store: &mut Asker<S>) {
    let mailbox = store.add("101");
    let mut last = None;
    for _ in 0..5 {
        let kept = store.message(&mailbox, &sound(1, 160));
        assert!(last < Some(kept.id), "{} comes after {last:?}", kept.id);
        last = Some(kept.id);
        store.expect(Request::Delete { message: kept.id }, &Answer::Deleted);
        let draft = store.draft(&mailbox, envelope(1));
        assert!(last < Some(MessageId::of_draft(draft)));
        last = Some(MessageId::of_draft(draft));
        store.expect(Request::Discard { draft }, &Answer::Discarded);
    }
}

fn greetings_are_replaced_and_removed<S: MessageStore>(store: &mut Asker<S>) {
    let mailbox = store.add("101");
    let list = Request::ListGreetings { mailbox: mailbox.clone() };
    let set = |kind, audio| Request::SetGreeting { mailbox: mailbox.clone(), kind, audio };
    let fetch = |kind| Request::FetchGreeting { mailbox: mailbox.clone(), kind };
    store.expect(list.clone(), &Answer::Greetings(vec![]));
    for (kind, bytes) in GreetingKind::ALL.into_iter().zip(1..) {
        store.fails(fetch(kind), StoreError::NoSuchGreeting);
        store.expect(set(kind, sound(1, bytes)), &Answer::GreetingSet);
        store.sounds(fetch(kind), &sound(1, bytes));
    }
    store.expect(list.clone(), &Answer::Greetings(GreetingKind::ALL.to_vec()));
    store.expect(set(GreetingKind::Busy, sound(9, 9_999)), &Answer::GreetingSet);
    store.sounds(fetch(GreetingKind::Busy), &sound(9, 9_999));
    store.fails(set(GreetingKind::Busy, vec![]), StoreError::TooShort);
    store.sounds(fetch(GreetingKind::Busy), &sound(9, 9_999));
    for kind in [GreetingKind::Busy, GreetingKind::Busy, GreetingKind::Name] {
        let remove = Request::RemoveGreeting { mailbox: mailbox.clone(), kind };
        store.expect(remove, &Answer::GreetingRemoved);
        store.fails(fetch(kind), StoreError::NoSuchGreeting);
    }
    let left = [GreetingKind::Regular, GreetingKind::Unavailable, GreetingKind::Temporary];
    store.expect(list, &Answer::Greetings(left.to_vec()));
    assert_eq!(store.list(&mailbox), [], "a greeting is no message");
}

fn what_does_not_exist_is_refused<S: MessageStore>(store: &mut Asker<S>) {
    let mailbox = name("nobody");
    let kind = GreetingKind::Regular;
    for request in [
        Request::OpenDraft { mailbox: mailbox.clone(), envelope: envelope(1) },
        Request::List { mailbox: mailbox.clone() },
        Request::ListGreetings { mailbox: mailbox.clone() },
        Request::FetchGreeting { mailbox: mailbox.clone(), kind },
        Request::SetGreeting { mailbox: mailbox.clone(), kind, audio: vec![1] },
        Request::RemoveGreeting { mailbox, kind },
    ] {
        store.fails(request, StoreError::NoSuchMailbox);
    }
    for number in [0, 1, u64::MAX] {
        let draft = DraftId::new(number);
        store.fails(Request::Append { draft, audio: vec![1] }, StoreError::NoSuchDraft);
        store.fails(Request::Commit { draft }, StoreError::NoSuchDraft);
        store.expect(Request::Discard { draft }, &Answer::Discarded);
        let message = MessageId::new(number);
        store.fails(Request::Fetch { message }, StoreError::NoSuchMessage);
        store.fails(Request::Move { message, folder: Folder::Saved }, StoreError::NoSuchMessage);
        store.fails(Request::Delete { message }, StoreError::NoSuchMessage);
    }
}

fn what_is_too_long_is_refused<S: MessageStore>(store: &mut Asker<S>) {
    let mailbox = store.add("101");
    let draft = store.draft(&mailbox, envelope(1));
    store.append(draft, &sound(5, MAX_APPEND));
    store.fails(Request::Append { draft, audio: vec![1; MAX_APPEND + 1] }, StoreError::TooLong);
    let kept = store.commit(draft);
    store.sounds(Request::Fetch { message: kept.id }, &sound(5, MAX_APPEND));
}

fn a_full_mailbox_takes_no_draft<S: MessageStore>(open: &mut impl FnMut(StoreLimits) -> S) {
    let limits = StoreLimits {
        messages: 2,
        drafts: 3,
        longest_message: Duration::from_millis(40),
        longest_greeting: Duration::from_millis(20),
    };
    let mut store = Asker::new(open(limits));
    let mailbox = store.add("101");
    let begin = || Request::OpenDraft { mailbox: mailbox.clone(), envelope: envelope(1) };

    let kept = store.message(&mailbox, &sound(1, 320));
    let draft = store.draft(&mailbox, envelope(1));
    store.fails(begin(), StoreError::MailboxFull);
    store.append(draft, &sound(2, 160));
    store.fails(Request::Append { draft, audio: vec![1; 161] }, StoreError::TooLong);
    store.append(draft, &sound(3, 160));
    assert_eq!(store.commit(draft).length, Duration::from_millis(40), "nothing of it is lost");
    store.fails(begin(), StoreError::MailboxFull);
    // What is deleted makes room.
    store.ask(Request::Move { message: kept.id, folder: Folder::Deleted });
    let draft = store.draft(&mailbox, envelope(1));
    store.fails(begin(), StoreError::MailboxFull);

    let others = ["102", "103", "104"].map(|other| store.add(other));
    for mailbox in others.iter().take(2) {
        store.draft(mailbox, envelope(1));
    }
    let [.., last] = others;
    let begin = Request::OpenDraft { mailbox: last.clone(), envelope: envelope(1) };
    store.fails(begin, StoreError::TooManyDrafts);
    store.expect(Request::Discard { draft }, &Answer::Discarded);
    store.draft(&last, envelope(1));

    let kind = GreetingKind::Regular;
    let set = |audio| Request::SetGreeting { mailbox: mailbox.clone(), kind, audio };
    store.expect(set(sound(1, 160)), &Answer::GreetingSet);
    store.fails(set(sound(2, 161)), StoreError::TooLong);
    store.sounds(Request::FetchGreeting { mailbox: mailbox.clone(), kind }, &sound(1, 160));
}

fn answers_come_in_the_order_of_their_requests<S: MessageStore>(
    open: &mut impl FnMut(StoreLimits) -> S,
) {
    let mut store = open(StoreLimits::default());
    let mailbox = name("101");
    let requests = [
        Request::List { mailbox: mailbox.clone() },
        Request::AddMailbox { mailbox: mailbox.clone() },
        Request::List { mailbox },
    ];
    // The asker chooses the ids; a store reads nothing into them.
    for (id, request) in [9, 3, 9].into_iter().zip(requests) {
        store.submit(RequestId::new(id), request);
    }
    let answers: Vec<_> = (0..MAX_POLLS).filter_map(|_| store.poll_answer()).take(3).collect();
    let expected = [
        (RequestId::new(9), Answer::Failed(StoreError::NoSuchMailbox)),
        (RequestId::new(3), Answer::MailboxReady),
        (RequestId::new(9), Answer::Messages(vec![])),
    ];
    assert_eq!(answers, expected);
}
