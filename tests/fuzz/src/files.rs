//! Operators' files of accounts, as CSV and as JSON lines: every line is counted once, wherever reading begins again the
//! rest is the same, and what is wrong with a line is told without the line.

use std::io::Cursor;

use domain::{
    backfill::{Fault, Line, Said},
    external_id::ReferenceKey,
};

use crate::{
    lines::{Format, Lines, Numbered, Position},
    quiet::tells_nothing,
};

/// Most bytes of a line.
const MOST_LINE: usize = 8 * 1024;
/// Longer files show nothing that is new, and take long.
const MOST_LINES: u64 = 4;

/// The first byte chooses the format.
pub fn check(data: &[u8]) {
    let Some((format, file)) = data.split_first() else { return };
    let (format, file) = (if format % 2 == 0 { Format::Csv } else { Format::Jsonl }, &stretched(file)[..]);
    if newlines(file) > MOST_LINES {
        return;
    }
    let Ok(mut lines) = Lines::open(Cursor::new(file), format) else {
        assert_eq!(format, Format::Csv, "JSON lines have no header");
        return;
    };
    let key = faults::stage::reference_key();
    let (mut places, mut told) = (Vec::new(), Vec::new());
    loop {
        let before = lines.at();
        let Some(line) = lines.chunk(1).expect("memory can be read").pop() else { break };
        grows(before, lines.at());
        places.push(before);
        told.push(line.0);
        outcome(line, &key);
    }
    let end = lines.at();
    assert_eq!(end.bytes, file.len() as u64, "all of the file is read");
    assert_eq!(end.lines, newlines(file), "each line is counted once");
    if data.len() % 16 == 0 {
        from(file, format, &places, &told);
    }
}

/// A byte of one stands for more than a line may have.
fn stretched(file: &[u8]) -> Vec<u8> {
    let Some(at) = file.iter().position(|byte| *byte == 1) else { return file.to_vec() };
    [&file[..at], &[b'x'; MOST_LINE + 1], &file[at + 1..]].concat()
}

fn grows(before: Position, after: Position) {
    assert!(after.bytes > before.bytes && after.lines > before.lines);
}

fn newlines(file: &[u8]) -> u64 {
    let ends = file.iter().filter(|byte| **byte == b'\n').count();
    (ends + usize::from(!file.is_empty() && !file.ends_with(b"\n"))) as u64
}

/// In one go, and from a place in the middle, the same lines come.
fn from(file: &[u8], format: Format, places: &[Position], told: &[u64]) {
    let numbers = |lines: &mut Lines<Cursor<&[u8]>>| -> Vec<u64> {
        let all = lines.chunk(usize::MAX).expect("memory can be read");
        all.into_iter().map(|(number, _)| number).collect()
    };
    let mut lines = Lines::open(Cursor::new(file), format).expect("it was opened before");
    assert_eq!(numbers(&mut lines), told);
    let middle = places.len() / 2;
    if let Some(place) = places.get(middle) {
        let mut lines = Lines::open(Cursor::new(file), format).expect("it was opened before");
        lines.resume(*place).expect("a place in memory");
        assert_eq!(numbers(&mut lines), told[middle..]);
    }
}

fn outcome((_, said): Numbered, key: &ReferenceKey) {
    if let Err(fault) = said.and_then(|said| parsed(said, key)) {
        tells_nothing(&fault);
    }
}

/// A line that is taken names somebody, and its link is the one that it says.
fn parsed(said: Said, key: &ReferenceKey) -> Result<(), Fault> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (reference, id, link) = (given(&said.reference), given(&said.external_id), given(&said.link_id));
    let longest = [&reference, &id, &link].into_iter().flatten().map(String::len).max().unwrap_or_default();
    assert!(longest <= MOST_LINE, "longer than a line may be");
    let line = Line::parse(said, key)?;
    assert!(reference.is_some() || id.is_some(), "a line that names nobody");
    assert_eq!(line.link().map(|link| link.to_string()), link.map(|link| link.to_lowercase()));
    Ok(())
}
