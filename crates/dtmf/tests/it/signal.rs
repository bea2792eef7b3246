//! Seeded signals: keys, and what a line does to them.

use std::f64::consts::TAU;

use centrala_dtmf::{Detector, DetectorConfig, FULL_SCALE_SINE_DBM0, ToneEvent, frequencies};
use centrala_keys::Key;

/// Random numbers that are the same in every run (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number from 0 to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A sign.
    pub(crate) fn sign(&mut self) -> f64 {
        if self.unit() < 0.5 { -1.0 } else { 1.0 }
    }

    /// A normally distributed number of variance 1.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// The amplitude of a sine of this level; full scale is 1.
pub(crate) fn amplitude(level_dbm0: f64) -> f64 {
    10_f64.powf((level_dbm0 - FULL_SCALE_SINE_DBM0) / 20.0)
}

pub(crate) fn gain(db: f64) -> f64 {
    10_f64.powf(db / 20.0)
}

/// How keys are sent. Lengths are in samples.
#[derive(Clone)]
pub(crate) struct Sending {
    pub(crate) level_dbm0: f64,
    /// High minus low tone, in dB; the stronger one has the level
    pub(crate) twist_db: f64,
    /// Each tone is off by so much, up or down
    pub(crate) offset_percent: f64,
    pub(crate) offset_hz: f64,
    pub(crate) tone_len: usize,
    pub(crate) pause_len: usize,
    /// Silence in the middle of each tone
    pub(crate) interruption_len: usize,
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            level_dbm0: -10.0,
            twist_db: 0.0,
            offset_percent: 0.0,
            offset_hz: 0.0,
            tone_len: 560,
            pause_len: 560,
            interruption_len: 0,
        }
    }
}

impl Sending {
    /// The level of the weaker tone.
    pub(crate) fn weaker_dbm0(&self) -> f64 {
        self.level_dbm0 - self.twist_db.abs()
    }

    /// Sends each key four times, in an order of its own; returns the keys and the sound.
    pub(crate) fn send(&self, random: &mut Random) -> (String, Vec<f64>) {
        let mut keys = Key::ALL.repeat(4);
        for last in (1..keys.len()).rev() {
            keys.swap(last, (random.unit() * (last + 1) as f64) as usize);
        }
        let mut sound = vec![0.0; 3_200 + (random.unit() * 80.0) as usize];
        for &key in &keys {
            self.send_key(key, random, &mut sound);
        }
        sound.extend([0.0; 1_600]);
        (keys.iter().map(|key| key.to_char()).collect(), sound)
    }

    fn send_key(&self, key: Key, random: &mut Random, sound: &mut Vec<f64>) {
        let (low, high) = frequencies(key);
        let mut wave = |hz: f64, db: f64| {
            let off = random.sign() * (hz * self.offset_percent / 100.0 + self.offset_hz);
            (TAU * (hz + off) / 8_000.0, TAU * random.unit(), amplitude(self.level_dbm0 + db))
        };
        // The stronger tone has the level.
        let tones = [wave(low, -self.twist_db.max(0.0)), wave(high, self.twist_db.min(0.0))];
        let middle = self.tone_len / 2;
        for n in 0..self.tone_len {
            let interrupted = (middle..middle + self.interruption_len).contains(&n);
            let sample = |&(step, phase, amplitude): &(f64, f64, f64)| {
                amplitude * (step * n as f64 + phase).sin()
            };
            sound.push(if interrupted { 0.0 } else { tones.iter().map(sample).sum() });
        }
        // Pauses differ by some samples, so that onsets fall anywhere.
        sound.extend(vec![0.0; self.pause_len + (random.unit() * 8.0) as usize]);
    }
}

/// Adds a sine that sounds all the time.
pub(crate) fn add_sine(sound: &mut [f64], hz: f64, level_dbm0: f64) {
    let amplitude = amplitude(level_dbm0);
    for (n, sample) in sound.iter_mut().enumerate() {
        *sample += amplitude * (TAU * hz * n as f64 / 8_000.0).sin();
    }
}

/// Adds white noise of this level.
pub(crate) fn add_white(sound: &mut [f64], level_dbm0: f64, random: &mut Random) {
    let deviation = amplitude(level_dbm0) / 2_f64.sqrt();
    sound.iter_mut().for_each(|sample| *sample += deviation * random.normal());
}

/// Adds noise that falls by 3 dB an octave: white noise through a few poles.
pub(crate) fn add_pink(sound: &mut [f64], level_dbm0: f64, random: &mut Random) {
    let mut poles = [0.0; 4];
    let noise: Vec<f64> = (0..sound.len())
        .map(|_| {
            let white = random.normal();
            let factors = [(0.99, 0.10), (0.96, 0.20), (0.80, 0.40), (0.40, 0.75)];
            for (pole, (keep, take)) in poles.iter_mut().zip(factors) {
                *pole = keep * *pole + take * white;
            }
            poles.iter().sum()
        })
        .collect();
    add_scaled(sound, &noise, level_dbm0);
}

/// Adds a sound so that it has this level on the whole.
pub(crate) fn add_scaled(sound: &mut [f64], other: &[f64], level_dbm0: f64) {
    let power = other.iter().map(|sample| sample * sample).sum::<f64>() / other.len() as f64;
    let factor = amplitude(level_dbm0) / (2.0 * power).sqrt();
    sound.iter_mut().zip(other).for_each(|(sample, other)| *sample += factor * other);
}

/// Adds what comes back after `delay` samples, weaker by so many dB.
pub(crate) fn add_echo(sound: &mut [f64], delay: usize, db: f64) {
    let direct = sound.to_vec();
    let factor = gain(-db);
    sound[delay..].iter_mut().zip(&direct).for_each(|(sample, echo)| *sample += factor * echo);
}

/// Rounds to 16 bits, and clips.
pub(crate) fn to_samples(sound: &[f64]) -> Vec<i16> {
    sound.iter().map(|sample| (sample * 32_768.0).round() as i16).collect()
}

/// Through the µ-law of ITU-T G.711 and back: 8 segments of 16 steps.
pub(crate) fn through_mu_law(sound: &mut [f64]) {
    for sample in sound {
        let magnitude = (sample.abs() * 8_192.0).min(8_158.0) + 33.0;
        let segment = (magnitude.log2().floor() - 5.0).max(0.0);
        let step = 2_f64.powf(segment + 1.0);
        let decoded = (magnitude / step).floor() * step + step / 2.0 - 33.0;
        *sample = decoded.max(0.0).copysign(*sample) / 8_192.0;
    }
}

/// What sounds like a voice: pulses of a wandering pitch and noise, through wandering formants.
pub(crate) fn speech_like(samples: usize, random: &mut Random) -> Vec<f64> {
    let mut sound = Vec::with_capacity(samples);
    let speaker = random.between(85.0, 230.0);
    let mut formants = [Resonator::default(); 3];
    let (mut phase, mut pitch) = (0.0, speaker);
    while sound.len() < samples {
        let syllable = random.between(600.0, 2_800.0) as usize;
        let kind = random.unit();
        let target_pitch = speaker * random.between(0.75, 1.35);
        let loudness = random.between(0.3, 1.0);
        let targets = [
            random.between(250.0, 850.0),
            random.between(850.0, 2_300.0),
            random.between(2_200.0, 3_200.0),
        ];
        for n in 0..syllable {
            pitch += (target_pitch - pitch) / 1_200.0;
            phase += pitch / 8_000.0;
            let is_pulse = phase >= 1.0;
            phase -= phase.floor();
            let swell = (TAU * n as f64 / syllable as f64 / 2.0).sin();
            let source = match kind {
                k if k < 0.65 => {
                    if is_pulse {
                        1.0
                    } else {
                        0.01 * random.normal()
                    }
                }
                k if k < 0.85 => 0.06 * random.normal(),
                _ => 0.0,
            };
            let voiced = formants
                .iter_mut()
                .zip(targets)
                .zip([1.0, 0.6, 0.25])
                .map(|((formant, hz), share)| share * formant.filter(source, hz))
                .sum::<f64>();
            sound.push(voiced * swell * loudness);
        }
    }
    sound.truncate(samples);
    sound
}

#[derive(Clone, Copy, Default)]
struct Resonator {
    hz: f64,
    last: f64,
    before: f64,
}

impl Resonator {
    fn filter(&mut self, input: f64, target: f64) -> f64 {
        self.hz += (target - self.hz) / 300.0;
        let radius: f64 = 0.97;
        let output = input + 2.0 * radius * (TAU * self.hz / 8_000.0).cos() * self.last
            - radius * radius * self.before;
        (self.last, self.before) = (output, self.last);
        output
    }
}

/// The keys that a detector hears in blocks of 20 ms.
pub(crate) fn dialled(samples: &[i16]) -> String {
    let mut detector = Detector::new(&DetectorConfig::default());
    let mut keys = String::new();
    for block in samples.chunks(160) {
        detector.handle_samples(block);
        while let Some(event) = detector.poll_output() {
            if let ToneEvent::Down { key, .. } = event {
                keys.push(key.to_char());
            }
        }
    }
    keys
}

/// Counts keys that were sent and heard in order, and those heard besides.
pub(crate) fn score(sent: &str, heard: &str) -> (usize, usize) {
    let heard: Vec<char> = heard.chars().collect();
    // Longest common subsequence
    let mut row = vec![0; heard.len() + 1];
    for sent in sent.chars() {
        let mut diagonal = 0;
        for (index, &heard) in heard.iter().enumerate() {
            let above = row[index + 1];
            row[index + 1] = if sent == heard { diagonal + 1 } else { above.max(row[index]) };
            diagonal = above;
        }
    }
    let hits = row[heard.len()];
    (hits, heard.len() - hits)
}
