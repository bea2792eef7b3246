use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Condvar, Mutex},
};

use centrala_disk::{DiskFile, LockError, RealDisk, RealFile, RealLock};
use centrala_store_files::FileStoreConfig;
use centrala_voicemail::{
    Envelope, EnvelopeText, MailboxName, MessageId, MessageSummary, Reason, UnixMillis,
};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// What all clones of a disk share.
#[derive(Debug, Default)]
struct Gate {
    /// While it is shut, whoever syncs or writes sound waits.
    shut: Mutex<bool>,
    opened: Condvar,
    syncs: AtomicUsize,
}

impl Gate {
    fn shut(&self) {
        *self.shut.lock().unwrap() = true;
    }

    fn open(&self) {
        *self.shut.lock().unwrap() = false;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let shut = self.shut.lock().unwrap();
        drop(self.opened.wait_while(shut, |shut| *shut).unwrap());
    }
}

/// The disk of this machine, which may stand still, and counts how often it is asked to make files durable.
#[derive(Debug)]
struct GatedDisk(RealDisk, Arc<Gate>);

#[derive(Debug)]
struct GatedFile(RealFile, Arc<Gate>);

impl Disk for GatedDisk {
    type File = GatedFile;
    type Lock = RealLock;

    fn create_dir(&mut self, path: &Path) -> io::Result<()> {
        self.0.create_dir(path)
    }

    fn read_dir(&mut self, path: &Path) -> io::Result<Vec<String>> {
        self.0.read_dir(path)
    }

    fn create(&mut self, path: &Path) -> io::Result<GatedFile> {
        Ok(GatedFile(self.0.create(path)?, Arc::clone(&self.1)))
    }

    fn open(&mut self, path: &Path) -> io::Result<GatedFile> {
        Ok(GatedFile(self.0.open(path)?, Arc::clone(&self.1)))
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }

    fn sync_dir(&mut self, path: &Path) -> io::Result<()> {
        self.0.sync_dir(path)
    }

    fn sync_files(&mut self, files: &mut [&mut GatedFile]) -> io::Result<()> {
        self.1.pass();
        self.1.syncs.fetch_add(1, Ordering::Relaxed);
        let mut files: Vec<_> = files.iter_mut().map(|file| &mut file.0).collect();
        self.0.sync_files(&mut files)
    }

    fn lock(&mut self, path: &Path) -> Result<RealLock, LockError> {
        self.0.lock(path)
    }
}

impl DiskFile for GatedFile {
    fn length(&mut self) -> io::Result<u64> {
        self.0.length()
    }

    fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, bytes)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.1.pass();
        self.0.write_at(offset, bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.truncate(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.1.pass();
        self.1.syncs.fetch_add(1, Ordering::Relaxed);
        self.0.sync()
    }
}

/// A folder of a test's own, removed at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A storage thread on a disk with a gate, and what it tells.
struct Bench {
    storage: Storage,
    told: Receiver<Report>,
    gate: Arc<Gate>,
    _folder: Folder,
}

impl Bench {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("centrala-{}-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        let gate = Arc::new(Gate::default());
        let disk = GatedDisk(RealDisk::private(), Arc::clone(&gate));
        let config = FileStoreConfig::default();
        let (store, _) = FileStore::open_on(disk, path.clone(), config).unwrap();
        let (tell, told) = channel();
        let storage = Storage::start(store, move |report| drop(tell.send(report))).unwrap();
        let mailbox: MailboxName = "101".parse().unwrap();
        storage.submit(RequestId::new(0), Request::AddMailbox { mailbox });
        let bench = Self { storage, told, gate, _folder: Folder(path) };
        assert!(matches!(bench.answer(0), Answer::MailboxReady));
        bench
    }

    /// Waits for the answer to a request; other reports are passed over.
    #[track_caller]
    fn answer(&self, id: u64) -> Answer {
        loop {
            match self.told.recv_timeout(PATIENCE).expect("an answer") {
                Report::Answer(answered, answer) if answered == RequestId::new(id) => {
                    return answer;
                }
                _ => {}
            }
        }
    }

    fn draft(&self, id: u64) -> DraftId {
        let text = EnvelopeText::new("+15550100");
        let envelope = Envelope::new(text, Reason::NoAnswer, UnixMillis::new(id));
        let mailbox = "101".parse().unwrap();
        self.storage.submit(RequestId::new(id), Request::OpenDraft { mailbox, envelope });
        match self.answer(id) {
            Answer::Draft(draft) => draft,
            other => panic!("{other:?}"),
        }
    }

    fn keep(&self, id: u64, draft: DraftId) -> MessageSummary {
        self.storage.submit(RequestId::new(id), Request::Commit { draft });
        match self.answer(id) {
            Answer::Kept(summary) => summary,
            other => panic!("{other:?}"),
        }
    }

    fn syncs(&self) -> usize {
        self.gate.syncs.load(Ordering::Relaxed)
    }
}

/// What is said in a piece of a recording.
fn piece(draft: DraftId, number: u64) -> Bytes {
    let octet = u8::try_from((draft.number() * 7 + number) % 251).unwrap();
    vec![octet; 2_400].into()
}

#[test]
fn two_hundred_recordings_are_made_durable_together_and_are_whole() {
    let bench = Bench::new("two-hundred");
    let drafts: Vec<_> = (1..=200).map(|id| bench.draft(id)).collect();
    let mut sinks: BTreeMap<_, _> =
        drafts.iter().map(|draft| (*draft, bench.storage.sink(*draft))).collect();
    let before = bench.syncs();
    for number in 0..4 {
        for (draft, sink) in &mut sinks {
            sink(piece(*draft, number));
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    std::thread::sleep(2 * SYNC_AFTER);
    let together = bench.syncs() - before;
    // 1.2 s of sound, which each of them alone would have made durable once at least.
    assert!((1..=20).contains(&together), "{together} syncs for 200 recordings");
    for (id, draft) in (1_000..).zip(&drafts) {
        let kept = bench.keep(id, *draft);
        assert!(!kept.interrupted);
        assert_eq!(kept.length, Duration::from_millis(1_200));
    }
    let message = MessageId::of_draft(drafts[117]);
    bench.storage.submit(RequestId::new(5_000), Request::Fetch { message });
    let Answer::Sound(sound) = bench.answer(5_000) else { panic!("no sound") };
    let expected: Vec<u8> = (0..4).flat_map(|number| piece(drafts[117], number)).collect();
    assert_eq!(sound.to_vec(), expected);
    bench.storage.stop();
}

#[test]
fn a_disk_that_stands_still_holds_nobody_up_and_what_waits_is_bounded() {
    let bench = Bench::new("stands-still");
    let (draft, other) = (bench.draft(1), bench.draft(2));
    bench.gate.shut();
    let mut sink = bench.storage.sink(draft);
    let large: Bytes = vec![0x55; MAX_WAITING / 16].into();
    // Whoever brings sound returns at once, whatever the disk does: else this would never end.
    for _ in 0..40 {
        sink(large.clone());
    }
    let told = bench.told.recv_timeout(PATIENCE).expect("that the sound is lost");
    assert!(matches!(told, Report::SoundLost(lost) if lost == draft), "{told:?}");
    assert!(bench.storage.waiting.load(Ordering::Relaxed) <= MAX_WAITING + 2 * large.len());
    // Nobody else's sound is taken either, and that is told once.
    let mut second = bench.storage.sink(other);
    second(large.clone());
    second(large);
    let told = bench.told.recv_timeout(PATIENCE).expect("that the other sound is lost");
    assert!(matches!(told, Report::SoundLost(lost) if lost == other), "{told:?}");

    bench.gate.open();
    let id = 9;
    bench.storage.submit(RequestId::new(id), Request::Commit { draft });
    assert!(matches!(bench.answer(id), Answer::Kept(_) | Answer::Failed(_)));
    // There is room again.
    let later = bench.draft(10);
    bench.storage.sink(later)(piece(later, 1));
    assert_eq!(bench.keep(11, later).length, Duration::from_millis(300));
    bench.storage.stop();
}

#[test]
fn the_end_of_the_process_does_not_wait_for_a_dead_disk() {
    let bench = Bench::new("dead-disk");
    let draft = bench.draft(1);
    bench.gate.shut();
    bench.storage.sink(draft)(piece(draft, 0));
    let gate = Arc::clone(&bench.gate);
    // It gives up after its limit; without one this test would not end.
    bench.storage.stop();
    gate.open();
}
