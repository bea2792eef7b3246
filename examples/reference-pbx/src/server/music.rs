//! What is heard on hold.

use std::{convert::Infallible, f64::consts::TAU, path::PathBuf, str::FromStr};

use anyhow::{Context as _, Result};
use centrala_media::{Codec, EncodedPrompt};

/// What a party hears that another one has put on hold.
#[expect(clippy::exhaustive_enums, reason = "music or none")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HoldMusic {
    /// A few slow chords, over and over.
    #[default]
    BuiltIn,
    /// A WAV file of any rate.
    File(PathBuf),
    /// Nothing.
    Silence,
}

impl FromStr for HoldMusic {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "built-in" => Self::BuiltIn,
            "silence" => Self::Silence,
            path => Self::File(path.into()),
        })
    }
}

/// Returns the music in each of the codecs.
pub(super) fn encoded(music: &HoldMusic, codecs: &[Codec]) -> Result<Vec<EncodedPrompt>> {
    let samples = match music {
        HoldMusic::BuiltIn => built_in(),
        HoldMusic::File(path) => super::read_wav(path)
            .with_context(|| format!("cannot play {} on hold", path.display()))?,
        HoldMusic::Silence => return Ok(Vec::new()),
    };
    anyhow::ensure!(!samples.is_empty(), "there is nothing in the music on hold");
    Ok(codecs.iter().map(|codec| EncodedPrompt::from_samples(*codec, &samples)).collect())
}

/// The notes of each chord, in Hz: C, A minor, F, G.
const CHORDS: [[f64; 4]; 4] = [
    [261.63, 329.63, 392.00, 523.25],
    [220.00, 329.63, 440.00, 523.25],
    [261.63, 349.23, 440.00, 523.25],
    [246.94, 293.66, 392.00, 493.88],
];

/// In which order the notes of a chord are touched.
const PATTERN: [usize; 8] = [0, 1, 2, 3, 2, 1, 2, 1];

/// A note is touched every 0.4 s, and rings for four times as long.
const STEP: usize = 3_200;
const RINGING: usize = 4 * STEP;

/// The peak of a note.
const LOUDNESS: f64 = 3_200.0;

/// Plays each chord once, as on a music box. The end rings into the beginning, so that nobody hears where it is.
fn built_in() -> Vec<i16> {
    let length = CHORDS.len() * PATTERN.len() * STEP;
    let mut sum = vec![0.0; length];
    let notes = CHORDS.iter().flat_map(|chord| PATTERN.iter().filter_map(|note| chord.get(*note)));
    for (step, hertz) in notes.enumerate() {
        for at in 0..RINGING {
            let Some(place) = sum.get_mut((step * STEP + at) % length) else { continue };
            *place += note(*hertz, at);
        }
    }
    sum.into_iter().map(to_sample).collect()
}

/// Returns a sample of a note that rings away: its first and its third harmonic.
fn note(hertz: f64, at: usize) -> f64 {
    #![expect(clippy::cast_precision_loss, reason = "a note has few samples")]
    let (at, length) = (at as f64, RINGING as f64);
    let phase = TAU * hertz * at / 8_000.0;
    // 5 ms to come, and nothing left at the end.
    let envelope = (at / 40.0).min(1.0) * (-4.0 * at / length).exp() * (1.0 - at / length);
    LOUDNESS * envelope * (phase.sin() + 0.2 * (3.0 * phase).sin())
}

fn to_sample(sum: f64) -> i16 {
    #![expect(clippy::cast_possible_truncation, reason = "float casts saturate")]
    sum as i16
}

#[cfg(test)]
mod tests {
    use centrala_media::level;

    use super::*;

    #[test]
    fn the_music_is_quiet_and_goes_round_without_a_click() {
        let music = built_in();
        assert_eq!(music.len() % 160, 0, "whole frames: a rest at the end would be heard");
        let loudness = level::rms_dbm0(&music);
        assert!((-26.0..-16.0).contains(&loudness), "{loudness} dBm0");
        let steps = |samples: &[i16]| {
            samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap()
        };
        let twice: Vec<i16> = music.iter().chain(&music).copied().collect();
        let joint = steps(&twice[music.len() - 4..music.len() + 4]);
        assert!(joint <= steps(&music), "{joint}");
    }

    #[test]
    fn there_is_music_in_each_codec_or_none_at_all() {
        let codecs = [Codec::G722, Codec::Pcma];
        let music = encoded(&HoldMusic::BuiltIn, &codecs).unwrap();
        assert_eq!(music.iter().map(EncodedPrompt::codec).collect::<Vec<_>>(), codecs);
        assert!(encoded(&HoldMusic::Silence, &codecs).unwrap().is_empty());
        let missing = encoded(&"no-such-file.wav".parse().unwrap(), &codecs).unwrap_err();
        assert!(missing.to_string().contains("no-such-file.wav"), "{missing}");
        assert_eq!("silence".parse(), Ok(HoldMusic::Silence));
    }
}
