//! The format of a message: a WAV file that carries what is known about it.

use serde::{Deserialize, Serialize};

use centrala_voicemail::{Envelope, EnvelopeText, MailboxName, Reason, UnixMillis};

/// No header that this crate writes is longer: four texts of [`centrala_voicemail::MAX_TEXT_BYTES`]
/// bytes at most, each of which JSON may double.
pub(crate) const HEADER_LIMIT: usize = 4_096;

/// The format tag of µ-law (RFC 2361 section A.7).
const WAVE_FORMAT_MULAW: u16 = 7;
const SAMPLE_RATE: u32 = 8_000;
/// Where the length of the RIFF stands.
const RIFF_SIZE_AT: u64 = 4;
/// Where the number of samples stands: RIFF header, `fmt ` chunk, `fact` header.
const FACT_AT: u64 = 12 + 26 + 8;
/// Where the state stands: after the number of samples and the header of its chunk.
const STATE_AT: u64 = FACT_AT + 4 + 8;
/// Programs that play a WAV file with this length play it to the end of the file.
const UNKNOWN_SIZE: u32 = u32::MAX;

/// How far a recording has come, in the chunk `vmst`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileState {
    /// It runs, or ran when the process died.
    Open,
    /// It was kept.
    Whole,
    /// It was kept, and is not all that was said.
    Interrupted,
}

impl FileState {
    const fn word(self) -> &'static [u8; 4] {
        match self {
            Self::Open => b"open",
            Self::Whole => b"full",
            Self::Interrupted => b"part",
        }
    }

    fn from_word(word: &[u8]) -> Option<Self> {
        [Self::Open, Self::Whole, Self::Interrupted].into_iter().find(|state| state.word() == word)
    }
}

/// What is known about a message, in the chunk `vmsg`, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    /// Where the message belongs.
    mailbox: String,
    /// Milliseconds since 1970.
    received: u64,
    /// [`Reason::word`]
    reason: String,
    called: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caller_number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caller_name: Option<String>,
}

impl Metadata {
    pub(crate) fn new(mailbox: &MailboxName, envelope: &Envelope) -> Self {
        let text = |text: &EnvelopeText| text.as_str().to_owned();
        Self {
            mailbox: mailbox.as_str().to_owned(),
            received: envelope.received.get(),
            reason: envelope.reason.word().to_owned(),
            called: text(&envelope.called),
            caller_number: envelope.caller_number.as_ref().map(text),
            caller_name: envelope.caller_name.as_ref().map(text),
        }
    }

    pub(crate) fn mailbox(&self) -> Option<MailboxName> {
        self.mailbox.parse().ok()
    }

    pub(crate) fn envelope(&self) -> Envelope {
        // A reason that a newer version wrote is not worth losing a message.
        let reason = Reason::from_word(&self.reason).unwrap_or(Reason::NoAnswer);
        let text = |text: &String| EnvelopeText::new(text);
        Envelope::new(text(&self.called), reason, UnixMillis::new(self.received))
            .from_caller(self.caller_number.as_ref().map(text), self.caller_name.as_ref().map(text))
    }
}

/// What stands before the sound in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Where the sound begins.
    pub(crate) data_at: u64,
    /// How much sound there is, by the header.
    pub(crate) data_size: u32,
    /// `None` in a greeting, and where a power cut has left half a word.
    pub(crate) state: Option<FileState>,
    /// `None` in a greeting.
    pub(crate) metadata: Option<Metadata>,
}

/// Returns the header of a draft whose length is not known yet.
pub(crate) fn draft_header(metadata: &Metadata) -> Result<Vec<u8>, serde_json::Error> {
    let mut json = serde_json::to_vec(metadata)?;
    if json.len() % 2 == 1 {
        json.push(b' ');
    }
    let mut bytes = preamble();
    chunk(&mut bytes, b"vmst", FileState::Open.word());
    chunk(&mut bytes, b"vmsg", &json);
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&UNKNOWN_SIZE.to_le_bytes());
    Ok(bytes)
}

/// Returns a whole file without metadata.
pub(crate) fn greeting_file(audio: &[u8]) -> Vec<u8> {
    let mut bytes = preamble();
    let data_at = bytes.len() + 8;
    chunk(&mut bytes, b"data", audio);
    if audio.len() % 2 == 1 {
        bytes.push(0);
    }
    for (at, number) in sizes(size(data_at), size(audio.len())) {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        if let Some(place) = bytes.get_mut(at..at.saturating_add(4)) {
            place.copy_from_slice(&number.to_le_bytes());
        }
    }
    bytes
}

/// Returns what must be written, and where, to finish a file: lengths, state, padding.
pub(crate) fn finish(data_at: u64, audio: u64, state: FileState) -> Vec<(u64, Vec<u8>)> {
    let mut writes: Vec<_> = sizes(data_at, audio)
        .into_iter()
        .map(|(at, number)| (at, number.to_le_bytes().to_vec()))
        .collect();
    writes.push((STATE_AT, state.word().to_vec()));
    if audio % 2 == 1 {
        writes.push((data_at + audio, vec![0]));
    }
    writes
}

/// Parses what stands before the sound; `None` if `bytes` do not begin a file of ours.
pub(crate) fn parse_header(bytes: &[u8]) -> Option<Header> {
    let (riff, mut rest) = bytes.split_at_checked(12)?;
    if !riff.starts_with(b"RIFF") || !riff.ends_with(b"WAVE") {
        return None;
    }
    let mut data_at: u64 = 12;
    let (mut state, mut metadata, mut format) = (None, None, None);
    loop {
        let (id, after) = rest.split_at_checked(4)?;
        let (size, body) = after.split_first_chunk::<4>()?;
        let size = u32::from_le_bytes(*size);
        data_at = data_at.checked_add(8)?;
        if id == b"data" {
            let header = Header { data_at, data_size: size, state, metadata };
            return (format == Some(MULAW)).then_some(header);
        }
        let padded = u64::from(size) + u64::from(size % 2);
        let content = body.get(..usize::try_from(size).ok()?)?;
        match id {
            b"fmt " => format = content.first_chunk::<16>().copied(),
            b"vmst" => state = FileState::from_word(content),
            b"vmsg" => metadata = serde_json::from_slice(content).ok(),
            _ => {}
        }
        rest = body.get(usize::try_from(padded).ok()?..)?;
        data_at = data_at.checked_add(padded)?;
    }
}

/// The first 16 bytes of the `fmt ` chunk: one channel of µ-law.
const MULAW: [u8; 16] = {
    let [tag, tag_high] = WAVE_FORMAT_MULAW.to_le_bytes();
    let [r0, r1, r2, r3] = SAMPLE_RATE.to_le_bytes();
    [tag, tag_high, 1, 0, r0, r1, r2, r3, r0, r1, r2, r3, 1, 0, 8, 0]
};

/// Returns everything before the chunks that only a message has.
fn preamble() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&UNKNOWN_SIZE.to_le_bytes());
    bytes.extend_from_slice(b"WAVE");
    // A format that is not PCM has a length of extensions (none) at the end, and a `fact` chunk.
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = MULAW;
    chunk(&mut bytes, b"fmt ", &[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, 0, 0]);
    chunk(&mut bytes, b"fact", &UNKNOWN_SIZE.to_le_bytes());
    bytes
}

fn chunk(bytes: &mut Vec<u8>, id: &[u8; 4], content: &[u8]) {
    bytes.extend_from_slice(id);
    bytes.extend_from_slice(&clamp(size(content.len())).to_le_bytes());
    bytes.extend_from_slice(content);
}

/// Returns the three lengths of a file, and where they stand.
fn sizes(data_at: u64, audio: u64) -> [(u64, u32); 3] {
    let riff = data_at.saturating_add(audio).saturating_add(audio % 2).saturating_sub(8);
    let data_size_at = data_at.saturating_sub(4);
    [(RIFF_SIZE_AT, clamp(riff)), (FACT_AT, clamp(audio)), (data_size_at, clamp(audio))]
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn clamp(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(UNKNOWN_SIZE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn metadata() -> Metadata {
        let envelope = Envelope::new(
            EnvelopeText::new("+15550100"),
            Reason::Busy,
            UnixMillis::new(1_795_000_000_123),
        )
        .from_caller(Some(EnvelopeText::new("+48 22")), Some(EnvelopeText::new("Łucja \"Ł\"")));
        Metadata::new(&"101".parse().unwrap(), &envelope)
    }

    #[test]
    fn what_is_written_about_a_message_is_read_again() {
        let header = draft_header(&metadata()).unwrap();
        assert!(header.len() <= HEADER_LIMIT);
        let parsed = parse_header(&header).unwrap();
        assert_eq!(parsed.data_at, size(header.len()));
        assert_eq!(parsed.data_size, UNKNOWN_SIZE);
        assert_eq!((parsed.state, parsed.metadata), (Some(FileState::Open), Some(metadata())));
        let envelope = metadata().envelope();
        assert_eq!(Metadata::new(&"101".parse().unwrap(), &envelope), metadata());
    }

    #[test]
    fn the_largest_header_stays_within_the_limit() {
        let worst = EnvelopeText::new(&"\"".repeat(10_000));
        let envelope = Envelope::new(worst.clone(), Reason::Unavailable, UnixMillis::new(u64::MAX))
            .from_caller(Some(worst.clone()), Some(worst));
        let mailbox = "x".repeat(64).parse().unwrap();
        let header = draft_header(&Metadata::new(&mailbox, &envelope)).unwrap();
        assert!(header.len() <= HEADER_LIMIT, "{}", header.len());
        assert!(parse_header(&header).is_some());
    }

    #[test]
    fn a_finished_file_is_a_correct_wav_file() {
        for audio in [b"".as_slice(), b"even", b"odd"] {
            let mut file = draft_header(&metadata()).unwrap();
            let data_at = file.len();
            file.extend_from_slice(audio);
            for (at, bytes) in finish(size(data_at), size(audio.len()), FileState::Whole) {
                let at = usize::try_from(at).unwrap();
                file.resize(file.len().max(at + bytes.len()), 0);
                file[at..at + bytes.len()].copy_from_slice(&bytes);
            }
            assert_eq!(file.len() % 2, 0);
            let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
            assert_eq!(u64::from(number(4)) + 8, size(file.len()));
            assert_eq!(&file[12..22], b"fmt \x12\0\0\0\x07\0");
            assert_eq!((&file[38..42], number(46)), (&b"fact"[..], clamp(size(audio.len()))));
            let header = parse_header(&file).unwrap();
            assert_eq!(u64::from(header.data_size), size(audio.len()));
            assert_eq!(header.state, Some(FileState::Whole));
            assert_eq!(&file[data_at..data_at + audio.len()], audio);
        }
    }

    #[test]
    fn a_greeting_is_a_file_without_metadata() {
        let file = greeting_file(b"hello");
        let header = parse_header(&file).unwrap();
        assert_eq!((header.data_size, header.state, header.metadata), (5, None, None));
        let data_at = usize::try_from(header.data_at).unwrap();
        assert_eq!(&file[data_at..], b"hello\0");
        assert_eq!(u32::from_le_bytes(file[4..8].try_into().unwrap()), clamp(size(file.len() - 8)));
    }

    #[test]
    fn other_files_are_refused() {
        let mut pcm = greeting_file(b"x");
        pcm[20] = 1;
        for (name, bytes) in [
            ("nothing", b"".as_slice()),
            ("text", b"dear diary, today nobody called"),
            ("zeroes", &[0; 600]),
            ("linear samples", &pcm),
        ] {
            assert_eq!(parse_header(bytes), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_header_cut_anywhere_or_changed_anywhere_is_no_panic(
            cut in 0_usize..600,
            at in 0_usize..600,
            to: u8,
        ) {
            let mut bytes = draft_header(&metadata()).unwrap();
            let whole = bytes.len();
            if cut < whole {
                prop_assert_eq!(parse_header(&bytes[..cut]), None);
            }
            if let Some(byte) = bytes.get_mut(at) {
                *byte = to;
            }
            if let Some(header) = parse_header(&bytes) {
                prop_assert!(header.data_at <= size(whole));
            }
        }
    }
}
