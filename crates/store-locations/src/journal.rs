//! The file that is written: lines, one after another.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use centrala_disk::{Disk, DiskFile};
use centrala_ua::LocationRecord;

use crate::{
    FORMAT, OpenLocationsError,
    line::{self, Line},
};

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
    /// Lines that cannot be read, and had others behind them.
    pub(crate) damaged: Vec<u8>,
    pub(crate) damaged_lines: usize,
    /// Users whose last line is one of those.
    pub(crate) forgotten: usize,
    /// Octets at the end that are no line, most likely because the process or the machine died while it was written.
    pub(crate) torn: usize,
    /// Where the whole journal is now, if its first line is none.
    pub(crate) set_aside: Option<PathBuf>,
}

/// What there is of a journal.
pub(crate) enum State<F> {
    /// There is none.
    Absent,
    /// Lines can be added.
    Whole(Journal<F>),
    /// It has to be written anew before anything is added.
    Unfit,
}

const NAME: &str = "journal";
/// A journal whose first line is damaged: what wrote it, and how it is to be read, is not known.
const SET_ASIDE: &str = "journal.damaged";
const MAGIC: &str = "centrala-locations";
/// The first line of format 1, which had no checksum.
const FORMAT_1: &[u8] = b"centrala-locations 1";
/// How much is written at once.
const CHUNK: usize = 64 * 1_024;

fn path(dir: &Path) -> PathBuf {
    dir.join(NAME)
}

impl<F: DiskFile> Journal<F> {
    /// Reads the journal in a directory.
    ///
    /// One whose first line is damaged is renamed, so that nothing overwrites what a newer version may have written, and
    /// what can be read of it counts. Where a crash came before the next journal was there, the renamed one is read again.
    pub(crate) fn read<D: Disk<File = F>>(
        disk: &mut D,
        dir: &Path,
    ) -> Result<(State<F>, Found), OpenLocationsError> {
        let (path, aside) = (path(dir), dir.join(SET_ASIDE));
        if let Some((file, text)) = read_file(disk, &path)? {
            let (mut found, format) = parse(&text, &path)?;
            if format.is_none() {
                // Synced at once: a file system may make the name of the next journal durable first.
                let moved = disk.rename(&path, &aside).and_then(|()| disk.sync_dir(dir));
                moved.map_err(|error| OpenLocationsError::Disk { path, error })?;
                found.set_aside = Some(aside);
            }
            let is_whole = found.damaged_lines == 0 && found.torn == 0;
            let state = if is_whole && format == Some(FORMAT) {
                let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
                State::Whole(Self { file, length })
            } else {
                State::Unfit
            };
            return Ok((state, found));
        }
        if let Some((_, text)) = read_file(disk, &aside)? {
            let (mut found, _) = parse(&text, &aside)?;
            found.set_aside = Some(aside);
            return Ok((State::Unfit, found));
        }
        Ok((State::Absent, Found::default()))
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
            // It gets its name when all of it is durable.
            chunk.push_str(line::MARK);
            write(file, length, chunk.as_bytes())
        })?;
        Ok(Self { file, length })
    }

    /// Adds lines, and waits until they are durable. After a failure nothing may be added any more.
    pub(crate) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let lines = [line::MARK.as_bytes(), lines].concat();
        self.length = write(&mut self.file, self.length, &lines)?;
        self.file.sync()
    }

    pub(crate) const fn length(&self) -> u64 {
        self.length
    }
}

/// A file, and all that is in it.
type Contents<F> = (F, Vec<u8>);

/// Reads a whole file; `None` if there is none.
fn read_file<D: Disk>(
    disk: &mut D,
    path: &Path,
) -> Result<Option<Contents<D::File>>, OpenLocationsError> {
    let failed = |error| OpenLocationsError::Disk { path: path.to_owned(), error };
    let mut file = match disk.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let length = file.length().map_err(failed)?;
    let size = usize::try_from(length).ok().filter(|_| length <= MAX_JOURNAL);
    let size = size.ok_or_else(|| OpenLocationsError::TooLarge { path: path.to_owned() })?;
    let text = file.read_up_to(0, size).map_err(failed)?;
    Ok(Some((file, text)))
}

/// Writes octets at the end of a file, and returns where its end is then.
fn write<F: DiskFile>(file: &mut F, length: u64, octets: &[u8]) -> io::Result<u64> {
    file.write_all(length, octets)?;
    Ok(length.saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX)))
}

/// Reads all lines. Returns the format, too; `None` if the first line does not say it.
fn parse(text: &[u8], path: &Path) -> Result<(Found, Option<u32>), OpenLocationsError> {
    let mut lines = text.split_inclusive(|octet| *octet == b'\n').enumerate().peekable();
    let first = lines.peek().and_then(|(_, line)| line.strip_suffix(b"\n"));
    let format = first.and_then(format_of);
    match format {
        Some(found) if found > FORMAT => {
            return Err(OpenLocationsError::NewerFormat { path: path.to_owned(), found });
        }
        Some(_) => drop(lines.next()),
        None => {}
    }
    let mut reading = Reading::default();
    for (number, line) in lines {
        reading.line(number, line);
    }
    let mut found = reading.finish();
    if format.is_none() && found.damaged_lines == 0 {
        // It is missing altogether.
        found.damaged_lines = 1;
    }
    Ok((found, format))
}

/// Returns the format that a first line names. It has a checksum as all have: a digit that the disk has changed would be
/// another format, and the journal refused for ever.
fn format_of(line: &[u8]) -> Option<u32> {
    if line == FORMAT_1 {
        return Some(1);
    }
    line::unseal(line)?.strip_prefix(MAGIC)?.strip_prefix(' ')?.parse().ok().filter(|f| *f > 0)
}

/// The lines of a journal, as far as they were read.
///
/// A line that cannot be read is passed over: each has its own checksum, and those behind it are as good as ever. What that
/// means for a user depends on when it was written:
///
/// - Before a mark: it was durable, and the disk has changed it since. If it names a user, nothing that was written before
///   of him counts: it may say that he is where he has left. He is not registered until he comes again.
/// - Behind the last mark: perhaps nobody was ever told that it is kept, and a power cut has left the parts of one write in
///   any order. What was written before counts: it is what was kept.
#[derive(Default)]
struct Reading<'a> {
    /// Of each user the last line, and its number.
    records: BTreeMap<String, (usize, LocationRecord)>,
    damaged: Vec<&'a [u8]>,
    /// Who is named in a damaged line, and its number.
    doubtful: Vec<(usize, String)>,
    /// Since the last mark: lines that cannot be read, with others behind them.
    passed: Vec<(usize, &'a [u8])>,
    /// And without.
    last: Vec<(usize, &'a [u8])>,
}

impl<'a> Reading<'a> {
    fn line(&mut self, number: usize, line: &'a [u8]) {
        match line.strip_suffix(b"\n").and_then(line::read) {
            Some(Line::Record(record)) => {
                self.passed.append(&mut self.last);
                if record.bindings.is_empty() {
                    self.records.remove(&record.user);
                } else {
                    self.records.insert(record.user.clone(), (number, record));
                }
            }
            Some(Line::Mark) => self.mark(),
            None => {
                self.last.push((number, line));
                if line.ends_with(line::MARK.as_bytes()) {
                    // Its end was damaged, too, so that it runs into the mark.
                    self.mark();
                }
            }
        }
    }

    fn mark(&mut self) {
        self.passed.append(&mut self.last);
        for (number, line) in self.passed.drain(..) {
            self.damaged.push(line);
            self.doubtful.extend(line::user_of(line).map(|user| (number, user)));
        }
    }

    fn finish(mut self) -> Found {
        let mut found = Found::default();
        for (number, user) in self.doubtful {
            if self.records.get(&user).is_some_and(|(written, _)| *written < number) {
                self.records.remove(&user);
                found.forgotten += 1;
            }
        }
        self.damaged.extend(self.passed.into_iter().map(|(_, line)| line));
        found.damaged_lines = self.damaged.len();
        found.damaged = self.damaged.concat();
        found.torn = self.last.into_iter().map(|(_, line)| line.len()).sum();
        found.records =
            self.records.into_iter().map(|(user, (_, record))| (user, record)).collect();
        found
    }
}
