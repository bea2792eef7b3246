//! What is said: a text, or a recording.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use centrala_dialogue::{Phrase, SoundId};
use serde_spanned::Spanned;
use toml::de::DeValue;

use super::{Compiler, section::Section};
use crate::{MAX_TEXT_LEN, SoundFile, office_errors::Lines};

/// The most characters of a path.
const MAX_PATH_LEN: usize = 1_000;

/// The recordings that were named so far, each once, with their first places.
#[derive(Debug, Default)]
pub(crate) struct Sounds(BTreeMap<Arc<str>, Range<usize>>);

impl Sounds {
    pub(crate) fn into_files(self, lines: &Lines<'_>) -> Vec<SoundFile> {
        let file = |(path, span): (Arc<str>, _)| SoundFile {
            sound: sound_id(&path),
            at: lines.location(&span),
            path,
        };
        self.0.into_iter().map(file).collect()
    }
}

impl<'a> Compiler<'_, 'a> {
    /// Returns what is said, if `key` is there.
    pub(crate) fn prompt(&mut self, section: &Section<'a>, key: &str) -> Option<Phrase> {
        self.prompt_of(section, key, section.get(key)?)
    }

    fn prompt_of(
        &mut self,
        section: &Section<'a>,
        key: &str,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Option<Phrase> {
        match value.get_ref() {
            DeValue::String(_) => {
                let word = section.text_of(key, value, MAX_TEXT_LEN, self.faults)?;
                Some(Phrase::text(word.text))
            }
            DeValue::Table(table) => {
                let file = section.inner(format!("{key} = {{ … }}"), value.span(), table);
                let file = file.only(&["file"], self.faults);
                let path = file.required("file", MAX_PATH_LEN, "file = \"hello.wav\"", self.faults);
                let path = path?;
                let text: Arc<str> = path.text.into();
                let phrase = Phrase::Sound(sound_id(&text));
                self.sounds.0.entry(text).or_insert(path.span);
                Some(phrase)
            }
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => {
                self.faults.wrong_type(key, "a text in quotes or { file = \"….wav\" }", value);
                None
            }
        }
    }
}

/// Sounds of the plan have names that no message and no recorded greeting has.
fn sound_id(path: &str) -> SoundId {
    SoundId::new(format!("file:{path}"))
}
