//! The lines of a file, one record each. References and ids hold no line breaks, so a quote that is never closed
//! spoils its own line and not the rest of the file.

use std::{
    cell::RefCell,
    io::{self, BufRead, Read, Seek, SeekFrom},
};

use csv_core::ReadRecordResult;
use domain::backfill::{Fault, Said};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Most bytes of a line: the longest record is far below.
const MOST_LINE: u64 = 8 * 1024;
/// What some programs put before the first line of a file.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How the lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Comma-separated, and the first line names the columns
    Csv,
    /// One JSON object a line
    Jsonl,
}

/// A place between two lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Bytes before it.
    pub bytes: u64,
    /// Lines before it.
    pub lines: u64,
}

/// A line with its number, counting from 1.
pub type Numbered = (u64, Result<Said, Fault>);

/// The lines of a file.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    at: Position,
    columns: Option<Columns>,
}

impl<R: BufRead> Lines<R> {
    /// Begins with the first record: of a CSV file the names of its columns are read here.
    pub fn open(input: R, format: Format) -> Result<Self, Failure> {
        let mut lines = Self { input, at: Position::default(), columns: None };
        if format == Format::Csv {
            let header = lines.next_line().map_err(Failure::unreadable)?.and_then(Result::ok);
            let columns = header.and_then(|header| Columns::named(&header)).ok_or(Failure::Header)?;
            lines.columns = Some(columns);
        }
        Ok(lines)
    }

    /// How far it is.
    #[must_use]
    pub fn at(&self) -> Position {
        self.at
    }

    /// The next lines that say something, `most` of them unless the file ends; none when it has ended.
    pub fn chunk(&mut self, most: usize) -> Result<Vec<Numbered>, Failure> {
        let mut chunk = Vec::new();
        while chunk.len() < most {
            let Some(line) = self.next_line().map_err(Failure::unreadable)? else { break };
            if line.as_ref().is_ok_and(|line| line.trim_ascii().is_empty()) {
                continue;
            }
            let read = |line: Vec<u8>| match &self.columns {
                Some(columns) => columns.read(&line),
                None => {
                    line.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(&line).ok())?
                } // no bare lists
            };
            let said = line.and_then(|line| read(line).ok_or(Fault::Unreadable));
            chunk.push((self.at.lines, said));
        }
        Ok(chunk)
    }

    /// The next line without its end, unless it is too long; `None` when there is none.
    fn next_line(&mut self) -> io::Result<Option<Result<Vec<u8>, Fault>>> {
        let mut line = Vec::new();
        let mut read = Read::by_ref(&mut self.input).take(MOST_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        let cut = read as u64 == MOST_LINE && line.last() != Some(&b'\n');
        if cut {
            read += self.input.skip_until(b'\n')?;
        }
        let first = self.at.lines == 0;
        self.at = Position { bytes: self.at.bytes + read as u64, lines: self.at.lines + 1 };
        let whole = line.strip_prefix(BYTE_ORDER_MARK).filter(|_| first).unwrap_or(&line);
        let whole = whole.strip_suffix(b"\n").unwrap_or(whole);
        let whole = whole.strip_suffix(b"\r").unwrap_or(whole);
        Ok(Some(if cut { Err(Fault::Unreadable) } else { Ok(whole.to_vec()) }))
    }
}

impl<R: BufRead + Seek> Lines<R> {
    /// Goes on from a place that was reached before.
    pub fn resume(&mut self, at: Position) -> io::Result<()> {
        self.input.seek(SeekFrom::Start(at.bytes))?;
        self.at = at;
        Ok(())
    }
}

thread_local! {
    /// Kept from line to line: to make one costs more than to read a line, and a clone of one reads wrongly.
    static READER: RefCell<csv_core::Reader> = RefCell::new(csv_core::Reader::new());
}

/// As many columns as we know.
const MOST_COLUMNS: usize = 3;

/// Which column holds what.
#[derive(Debug)]
struct Columns {
    reference: Option<usize>,
    external_id: Option<usize>,
    link_id: Option<usize>,
    count: usize,
}

impl Columns {
    /// `None` when the line names no user, a column that we do not know, or one twice.
    fn named(header: &[u8]) -> Option<Self> {
        let names = fields(header)?;
        let place = |name: &str| names.iter().position(|column| column == name);
        let (reference, external_id, link_id) = (place("reference"), place("external_id"), place("link_id"));
        let known = [reference, external_id, link_id].iter().flatten().count();
        let names_users = reference.or(external_id).is_some();
        let columns = Self { reference, external_id, link_id, count: names.len() };
        (names_users && known == names.len()).then_some(columns)
    }

    fn read(&self, line: &[u8]) -> Option<Said> {
        let fields = fields(line).filter(|fields| fields.len() == self.count)?;
        let field = |at: Option<usize>| fields.get(at?).cloned();
        Some(Said {
            reference: field(self.reference),
            external_id: field(self.external_id),
            link_id: field(self.link_id),
        })
    }
}

/// The fields of one line of CSV; `None` when there are none or more than we know columns, when one is no text, or when a
/// quote is not closed.
fn fields(line: &[u8]) -> Option<Vec<String>> {
    let quotes_are_closed = line.split(|byte| *byte == b'"').count() % 2 == 1;
    if !quotes_are_closed {
        return None;
    }
    let (mut text, mut ends) = (vec![0; line.len() + 1], [0; MOST_COLUMNS + 1]);
    let count = READER.with_borrow_mut(|reader| {
        reader.reset();
        let (outcome, _, written, count) = reader.read_record(line, &mut text, &mut ends);
        if outcome != ReadRecordResult::InputEmpty {
            return (outcome == ReadRecordResult::Record).then_some(count);
        }
        let (rest, more) = (text.get_mut(written..)?, ends.get_mut(count..)?);
        let (outcome, _, _, last) = reader.read_record(&[], rest, more); // the line's end ends its last field
        (outcome == ReadRecordResult::Record).then_some(count + last)
    })?;
    let ends = ends.get(..count).filter(|ends| ends.len() <= MOST_COLUMNS)?;
    let mut from = 0;
    let field = |end: &usize| {
        let field = text.get(std::mem::replace(&mut from, *end)..*end)?;
        String::from_utf8(field.to_vec()).ok()
    };
    ends.iter().map(field).collect()
}
