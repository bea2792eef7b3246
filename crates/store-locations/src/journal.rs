//! The file that is written: lines, one after another.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use centrala_disk::{Disk, DiskFile};
use centrala_ua::LocationRecord;

use crate::{FORMAT, OpenLocationsError, line};

/// Octets of a journal that is read at all.
pub const MAX_JOURNAL: u64 = 1 << 30;

/// The journal of a store.
#[derive(Debug)]
pub(crate) struct Journal<F> {
    file: F,
    length: u64,
}

/// What was found in a journal.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) records: BTreeMap<String, LocationRecord>,
    /// Lines that are not ours, or not as we wrote them, and had others behind them.
    pub(crate) damaged: Vec<u8>,
    pub(crate) damaged_lines: usize,
    /// Octets at the end that are no line, most likely because the process or the machine died while it was written.
    pub(crate) torn: usize,
}

const NAME: &str = "journal";
const MAGIC: &str = "centrala-locations";
/// How much is written at once.
const CHUNK: usize = 64 * 1_024;

pub(crate) fn path(dir: &Path) -> PathBuf {
    dir.join(NAME)
}

impl<F: DiskFile> Journal<F> {
    /// Reads the journal in a directory; no journal if there is none, or if it needs to be written anew before anything
    /// is added to it.
    pub(crate) fn read<D: Disk<File = F>>(
        disk: &mut D,
        dir: &Path,
    ) -> Result<(Option<Self>, Found), OpenLocationsError> {
        let path = path(dir);
        let failed = |error| OpenLocationsError::Disk { path: path.clone(), error };
        let mut file = match disk.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((None, Found::default()));
            }
            Err(error) => return Err(failed(error)),
        };
        let length = file.length().map_err(failed)?;
        let size = usize::try_from(length).ok().filter(|_| length <= MAX_JOURNAL);
        let Some(size) = size else { return Err(OpenLocationsError::TooLarge { path }) };
        let text = file.read_up_to(0, size).map_err(failed)?;
        let (found, is_ours) = parse(&text, &path)?;
        let is_whole = is_ours && found.damaged_lines == 0 && found.torn == 0;
        Ok((is_whole.then_some(Self { file, length }), found))
    }

    /// Writes a journal that has these lines and replaces the old one, which is good until then.
    pub(crate) fn replace<'a, D: Disk<File = F>>(
        disk: &mut D,
        dir: &Path,
        lines: impl Iterator<Item = &'a str>,
    ) -> io::Result<Self> {
        let (file, length) = disk.replace(&path(dir), |file| {
            let mut length = 0;
            let mut chunk = line::seal(&format!("{MAGIC} {FORMAT}"));
            for line in lines {
                chunk.push_str(line);
                if chunk.len() >= CHUNK {
                    length = write(file, length, chunk.as_bytes())?;
                    chunk.clear();
                }
            }
            write(file, length, chunk.as_bytes())
        })?;
        Ok(Self { file, length })
    }

    /// Adds lines, and waits until they are durable. After a failure nothing may be added any more.
    pub(crate) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.length = write(&mut self.file, self.length, lines)?;
        self.file.sync()
    }

    pub(crate) const fn length(&self) -> u64 {
        self.length
    }
}

/// Writes octets at the end of a file, and returns where its end is then.
fn write<F: DiskFile>(file: &mut F, length: u64, octets: &[u8]) -> io::Result<u64> {
    file.write_all(length, octets)?;
    Ok(length.saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX)))
}

/// Reads all lines; the last one of each user counts. Returns whether the first line says that it is a journal.
fn parse(text: &[u8], path: &Path) -> Result<(Found, bool), OpenLocationsError> {
    let mut found = Found::default();
    let mut is_ours = false;
    // Lines that cannot be read, until one follows that can.
    let mut bad: Vec<&[u8]> = Vec::new();
    for (number, line) in text.split_inclusive(|octet| *octet == b'\n').enumerate() {
        let whole = line.strip_suffix(b"\n");
        if number == 0
            && let Some(format) = whole.and_then(format_of)
        {
            if format > FORMAT {
                let path = path.to_owned();
                return Err(OpenLocationsError::NewerFormat { path, found: format });
            }
            is_ours = true;
        } else if let Some(record) = whole.and_then(line::read) {
            found.damaged_lines += bad.len();
            found.damaged.extend(bad.drain(..).flatten());
            if record.bindings.is_empty() {
                found.records.remove(&record.user);
            } else {
                found.records.insert(record.user.clone(), record);
            }
        } else {
            bad.push(line);
        }
    }
    found.torn = bad.into_iter().map(<[u8]>::len).sum();
    Ok((found, is_ours))
}

/// Returns the format that a first line names. It has a checksum as all have: a digit that the disk has changed would be
/// another format, and the journal refused for ever.
fn format_of(line: &[u8]) -> Option<u32> {
    line::unseal(line)?.strip_prefix(MAGIC)?.strip_prefix(' ')?.parse().ok()
}
