use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{Sender, channel},
    },
};

use centrala_dialogue::{ArgumentKind, PhraseDefinition};
use centrala_media::{FRAME_SAMPLES, level};

use super::*;
use crate::{EmbeddedVoice, NoSounds, SPEECH_LEVEL_DBM0, ToneSpeaker, active_level_dbm0};

const OPTION: PhraseId = PhraseId::new("test.option");
const COUNT: PhraseId = PhraseId::new("test.count");
const GOODBYE: PhraseId = PhraseId::new("test.goodbye");

const PHRASES: &[PhraseDefinition] = &[
    PhraseDefinition {
        id: OPTION,
        arguments: &[ArgumentKind::Name, ArgumentKind::Digits],
        wording: &[(Language::ENGLISH, "{0}, press {1}.")],
    },
    PhraseDefinition {
        id: COUNT,
        arguments: &[ArgumentKind::Number],
        wording: &[(Language::ENGLISH, "You have {0} new messages.")],
    },
    PhraseDefinition { id: GOODBYE, arguments: &[], wording: &[(Language::ENGLISH, "Goodbye.")] },
];

fn book() -> PhraseBook {
    PhraseBook::new([PHRASES]).unwrap()
}

fn studio() -> Studio {
    Studio::new(book(), EmbeddedVoice::load().unwrap(), Language::ENGLISH)
}

fn option(name: Argument, keys: &str) -> Phrase {
    Phrase::said_with(OPTION, [name, Argument::Digits(keys.parse().unwrap())])
}

/// A speaker that writes down what it says.
struct Notes(Sender<String>);

impl Speaker for Notes {
    fn speak(&self, text: &str, language: Language) -> Result<Vec<i16>, SpeakError> {
        self.0.send(text.into()).unwrap();
        ToneSpeaker.speak(text, language)
    }
}

#[test]
fn a_phrase_is_spoken_as_one_sentence_with_its_arguments() {
    let (sender, notes) = channel();
    let mut studio = Studio::new(book(), Notes(sender), Language::ENGLISH);
    for phrase in [
        option(Argument::Text("For sales".into()), "12#"),
        Phrase::said_with(COUNT, [Argument::Number(21)]),
        Phrase::said(GOODBYE),
    ] {
        studio.render(&phrase, &NoSounds).unwrap();
    }
    let said = ["For sales, press one two pound.", "You have twenty one new messages.", "Goodbye."];
    assert!(notes.try_iter().eq(said));
}

#[test]
fn speech_has_one_level_no_silent_ends_and_no_clipping() {
    let mut studio = studio();
    for text in [
        "Thank you for calling Acme Widgets.",
        "For sales, press one. For service, press two. To dial by name, press nine.",
        "Sally Jones is not available. Please leave a message after the tone.",
        "B",
        "We are open from 9:30 to 17:00, Monday to Friday & on request.",
    ] {
        let samples = studio.render(&Phrase::text(text), &NoSounds).unwrap();
        let level = active_level_dbm0(&samples);
        assert!((level - SPEECH_LEVEL_DBM0).abs() < 0.5, "{text}: {level}");
        assert!(level::peak(&samples) < 32_000, "{text}: {}", level::peak(&samples));
        assert!(level::rms_dbm0(&samples[40..240]) > -55.0, "{text}: silence at the start");
        assert!(level::rms_dbm0(&samples[samples.len() - 240..]) > -60.0, "{text}: silent end");
        // A letter takes between 35 and 300 ms.
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
        let bounds = letters * 280..letters * 2_400 + 2_400;
        assert!(bounds.contains(&samples.len()), "{text}: {} samples", samples.len());
    }
}

#[test]
fn rendering_is_deterministic_and_done_once() {
    struct Counting(Arc<AtomicUsize>);
    impl Speaker for Counting {
        fn speak(&self, text: &str, language: Language) -> Result<Vec<i16>, SpeakError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            ToneSpeaker.speak(text, language)
        }
    }
    let count = Arc::new(AtomicUsize::new(0));
    let mut counting = Studio::new(book(), Counting(Arc::clone(&count)), Language::ENGLISH);
    let phrase = Phrase::said(GOODBYE);
    let samples = counting.render(&phrase, &NoSounds).unwrap();
    for codec in Codec::ALL {
        let first = counting.prompt(&phrase, codec, &NoSounds).unwrap();
        let second = counting.prompt(&phrase, codec, &NoSounds).unwrap();
        assert_eq!(first.octets().as_ptr(), second.octets().as_ptr(), "shared, not copied");
        assert_eq!(first.frames(), samples.len().div_ceil(FRAME_SAMPLES));
    }
    assert_eq!(count.load(Ordering::Relaxed), 1);

    let render = |studio: &mut Studio| studio.render(&phrase, &NoSounds).unwrap();
    assert_eq!(render(&mut studio()), render(&mut studio()));
}

#[test]
fn recordings_stand_in_the_middle_of_a_sentence_as_they_are() {
    let name = SoundId::new("sally/name");
    let recorded: Arc<[i16]> = vec![12_345; 800].into();
    let sounds = BTreeMap::from([(name.clone(), Arc::clone(&recorded))]);
    let mut studio = Studio::new(book(), ToneSpeaker, Language::ENGLISH);

    let alone = studio.render(&Phrase::Sound(name.clone()), &sounds).unwrap();
    assert_eq!(alone, recorded);

    let sentence = studio.render(&option(Argument::Sound(name.clone()), "1"), &sounds).unwrap();
    assert_eq!(&sentence[..800], &*recorded);
    let rest = studio.render(&Phrase::text("press one"), &sounds).unwrap();
    assert_eq!(&sentence[800..], &*rest);

    let error = studio.render(&Phrase::Sound(name.clone()), &NoSounds).unwrap_err();
    assert_eq!(error, RenderPhraseError::NoSound { id: name });
}

#[test]
fn phrases_are_joined_by_pauses_and_failures_are_left_out() {
    let mut studio = Studio::new(book(), ToneSpeaker, Language::ENGLISH);
    let absent = SoundId::new("absent");
    let phrases = [
        Phrase::text("one"),
        Phrase::Sound(absent.clone()),
        Phrase::text("two"),
        Phrase::Silence(Duration::from_secs(1)),
        Phrase::Tone(Tone::Beep),
    ];
    let rendered = studio.prompts(&phrases, Codec::Pcma, &NoSounds);
    assert_eq!(rendered.failures, [RenderPhraseError::NoSound { id: absent }]);
    let lengths = rendered.prompts.iter().map(|prompt| prompt.length().as_millis());
    assert!(lengths.eq([100, 240, 100, 1_000, 500]));
}

#[test]
fn what_cannot_be_said_has_its_reason() {
    let mut studio = studio();
    let unknown = PhraseId::new("test.unknown");
    for (phrase, expected) in [
        (Phrase::said(unknown), RenderPhraseError::NotInBook { id: unknown }),
        (
            Phrase::said(COUNT),
            RenderPhraseError::NoWords(RenderError::WrongArguments { id: COUNT }),
        ),
        (Phrase::text(""), RenderPhraseError::Unspoken(SpeakError::NothingToSay)),
        (
            Phrase::text("Привет"),
            RenderPhraseError::Unspoken(SpeakError::Unspeakable {
                characters: "Привет".into()
            }),
        ),
    ] {
        assert_eq!(studio.check(&phrase), Err(expected.clone()));
        assert_eq!(studio.render(&phrase, &NoSounds), Err(expected));
    }
    let endless = Phrase::Silence(Duration::MAX);
    assert_eq!(studio.render(&endless, &NoSounds).unwrap().len(), 60 * 8_000);
}

#[test]
fn wording_that_the_voice_cannot_say_is_missing() {
    const GREEK: &[PhraseDefinition] = &[PhraseDefinition {
        id: PhraseId::new("test.greek"),
        arguments: &[],
        wording: &[(Language::ENGLISH, "Ναι")],
    }];
    let book = PhraseBook::new([GREEK, PHRASES]).unwrap();
    let studio = Studio::new(book, EmbeddedVoice::load().unwrap(), Language::ENGLISH);
    let [Missing { id, gap: Gap::Unspeakable(_) }] = studio.missing()[..] else {
        panic!("{:?}", studio.missing())
    };
    assert_eq!(id.as_str(), "test.greek");
}

#[test]
fn debug_tells_no_texts() {
    let mut studio = Studio::new(book(), ToneSpeaker, Language::ENGLISH);
    studio.render(&Phrase::text("Sally secret"), &NoSounds).unwrap();
    assert!(!format!("{studio:?}").contains("secret"));
}
