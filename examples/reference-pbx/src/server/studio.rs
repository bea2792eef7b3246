//! The studio thread: phrases become prompts, away from those who must not wait.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
};

use anyhow::{Context as _, Result, bail};
use centrala_dialogue::{Argument, Language, Phrase, SoundId, Tone};
use centrala_media::{Codec, EncodedPrompt, g711, resample, wav::WavFile};
use centrala_office::Office;
use centrala_speech::{EmbeddedVoice, NoSounds, PhraseBook, SoundSource, Studio};
use centrala_switch::{LegId, PlayId};
use centrala_voicemail::{Answer, RequestId, StoredSound};

use super::control::Control;
use crate::engine::AtEnd;

/// Requests that fetch sounds begin here: those of the exchange count from zero.
pub(super) const FETCH_REQUESTS: u64 = 1 << 62;

/// Something to be rendered and played.
#[derive(Debug)]
pub(super) struct Wanted {
    leg: LegId,
    play: PlayId,
    phrases: Vec<Phrase>,
    codec: Codec,
    /// Sounds of the store: those that were fetched, or could not be.
    fetched: BTreeMap<SoundId, Option<Arc<[i16]>>>,
}

/// What was rendered lately, to be played again without asking the studio: most calls hear what others have heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    prompts: BTreeMap<(Codec, Vec<Phrase>), (Vec<EncodedPrompt>, AtEnd)>,
}

/// How many different things are kept. Their sound is shared with the studio.
const MAX_HEARD: usize = 512;

impl Heard {
    fn get(&self, codec: Codec, phrases: &[Phrase]) -> Option<(Vec<EncodedPrompt>, AtEnd)> {
        // A tuple of borrowed parts cannot look a tuple of owned ones up.
        self.prompts.get(&(codec, phrases.to_vec())).cloned()
    }

    pub(super) fn keep(&mut self, key: (Codec, Vec<Phrase>), prompts: (Vec<EncodedPrompt>, AtEnd)) {
        if self.prompts.len() >= MAX_HEARD {
            self.prompts.clear();
        }
        self.prompts.insert(key, prompts);
    }
}

impl Wanted {
    pub(super) const fn new(leg: LegId, play: PlayId, phrases: Vec<Phrase>, codec: Codec) -> Self {
        Self { leg, play, phrases, codec, fetched: BTreeMap::new() }
    }

    /// Returns a sound of the store that was not asked for yet.
    fn next_to_fetch(&self) -> Option<(SoundId, StoredSound)> {
        let sounds = self.phrases.iter().flat_map(sounds_in);
        let missing = sounds.filter(|sound| !self.fetched.contains_key(*sound));
        let stored = |sound: &SoundId| Some((sound.clone(), StoredSound::from_sound_id(sound)?));
        missing.into_iter().find_map(stored)
    }
}

fn sounds_in(phrase: &Phrase) -> Vec<&SoundId> {
    match phrase {
        Phrase::Sound(sound) => vec![sound],
        Phrase::Said { arguments, .. } => {
            fn sound(argument: &Argument) -> Option<&SoundId> {
                match argument {
                    Argument::Sound(sound) => Some(sound),
                    _ => None,
                }
            }
            arguments.iter().filter_map(sound).collect()
        }
        _ => Vec::new(),
    }
}

/// Prompts that are ready to be played.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(super) leg: LegId,
    pub(super) play: PlayId,
    pub(super) prompts: Vec<EncodedPrompt>,
    pub(super) at_end: AtEnd,
    /// What it may be kept under: nothing of it can change, and all of it could be rendered.
    pub(super) key: Option<(Codec, Vec<Phrase>)>,
}

/// The studio thread. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct StudioThread {
    jobs: Sender<Wanted>,
}

impl StudioThread {
    /// Starts the thread, after proving that everything that can be said has words and a voice.
    ///
    /// # Errors
    ///
    /// If some wording is missing, or a recording of the office cannot be used.
    pub(super) fn start(
        office: &Office,
        folder: &Path,
        codecs: Vec<Codec>,
        ready: impl Fn(Rendered) + Send + 'static,
    ) -> Result<Self> {
        let book = PhraseBook::new([
            centrala_ivr::PHRASES,
            centrala_voicemail::PHRASES,
            centrala_switch::PHRASES,
        ])?;
        let studio = Studio::new(book, EmbeddedVoice::load()?, Language::ENGLISH);
        let missing: Vec<String> = studio.missing().iter().map(ToString::to_string).collect();
        if !missing.is_empty() {
            bail!("some phrases cannot be spoken: {}", missing.join("; "));
        }
        let recordings = Recordings::load(office, folder)?;
        for phrase in office.phrases() {
            if !matches!(phrase, Phrase::Sound(_)) {
                studio.check(phrase).with_context(|| format!("cannot speak {phrase:?}"))?;
            }
        }
        let phrases = office.phrases().cloned().collect();
        let (jobs, queue) = channel();
        std::thread::Builder::new()
            .name("studio".into())
            .spawn(move || work(studio, recordings, (phrases, codecs), &queue, &ready))?;
        Ok(Self { jobs })
    }

    fn render(&self, wanted: Wanted) {
        // The thread lives as long as this.
        drop(self.jobs.send(wanted));
    }
}

fn work(
    mut studio: Studio,
    mut recordings: Recordings,
    (ahead, codecs): (Vec<Phrase>, Vec<Codec>),
    queue: &Receiver<Wanted>,
    ready: &impl Fn(Rendered),
) {
    // Rendered before the first caller asks for it.
    for phrase in ahead {
        for codec in codecs.iter().copied() {
            drop(studio.prompts(std::slice::from_ref(&phrase), codec, &NoSounds));
        }
    }
    while let Ok(Wanted { leg, play, phrases, codec, fetched }) = queue.recv() {
        let repeats = phrases.iter().all(|phrase| matches!(phrase, Phrase::Tone(Tone::Ringback)));
        let at_end = if repeats && !phrases.is_empty() { AtEnd::Repeat } else { AtEnd::Finish };
        let lasts = fetched.is_empty();
        recordings.fetched = fetched;
        let rendered = studio.prompts(&phrases, codec, &recordings);
        for failure in &rendered.failures {
            tracing::warn!(%leg, %failure, "a caller does not hear a phrase");
        }
        let key = (lasts && rendered.failures.is_empty()).then_some((codec, phrases));
        ready(Rendered { leg, play, prompts: rendered.prompts, at_end, key });
    }
}

/// The recordings of the office's file, and those of the store that the present job needs.
#[derive(Debug, Default)]
struct Recordings {
    office: BTreeMap<SoundId, Arc<[i16]>>,
    fetched: BTreeMap<SoundId, Option<Arc<[i16]>>>,
}

impl Recordings {
    fn load(office: &Office, folder: &Path) -> Result<Self> {
        let mut recordings = Self::default();
        for file in office.sound_files() {
            let path = folder.join(&*file.path);
            let samples = read_wav(&path)?;
            recordings.office.insert(file.sound.clone(), samples.into());
        }
        Ok(recordings)
    }
}

impl SoundSource for Recordings {
    fn sound(&self, id: &SoundId) -> Option<Arc<[i16]>> {
        let fetched = || self.fetched.get(id).cloned().flatten();
        self.office.get(id).cloned().or_else(fetched)
    }
}

/// Reads a WAV file as samples of 8,000 Hz.
///
/// # Errors
///
/// If it cannot be read, or its sound is in a form that is not known.
pub(crate) fn read_wav(path: &Path) -> Result<Vec<i16>> {
    let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let wav = WavFile::parse(&file)
        .with_context(|| format!("{} is not a WAV file that can be played", path.display()))?;
    resample::to_telephone(&wav.to_mono(), wav.sample_rate)
        .with_context(|| format!("{} has a rate that cannot be played", path.display()))
}

impl Control {
    /// Plays something as soon as it is rendered; sounds of the store are fetched before.
    pub(super) fn want(&mut self, wanted: Wanted) {
        if let Some((prompts, at_end)) = self.heard.get(wanted.codec, &wanted.phrases) {
            return self.play(wanted.leg, wanted.play, prompts, at_end);
        }
        let Some((_, stored)) = wanted.next_to_fetch() else { return self.studio.render(wanted) };
        let id = RequestId::new(FETCH_REQUESTS + self.next_fetch);
        self.next_fetch += 1;
        self.fetching.insert(id, wanted);
        self.storage.submit(id, stored.into_request());
    }

    /// Takes a sound of the store and goes on.
    pub(super) fn fetched(&mut self, mut wanted: Wanted, answer: Answer) {
        let Some((sound, _)) = wanted.next_to_fetch() else { return self.want(wanted) };
        let samples = match answer {
            Answer::Sound(octets) => {
                let mut samples = vec![0; octets.len()];
                g711::mulaw::decode_slice(&octets, &mut samples);
                Some(samples.into())
            }
            other => {
                tracing::warn!(sound = sound.as_str(), ?other, "a stored sound is not there");
                None
            }
        };
        wanted.fetched.insert(sound, samples);
        self.want(wanted);
    }
}
