//! Operators' files of accounts, as CSV and as JSON lines: every line is counted once, wherever reading begins again the
//! rest is the same, a line of CSV without quotes has what stands between its commas, and what is wrong with a line is told
//! without the line.

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

thread_local! {
    /// Made once: what it is made of is the same for every line.
    static KEY: ReferenceKey = faults::stage::reference_key();
}

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
    let (mut places, mut told) = (Vec::new(), Vec::new());
    loop {
        let before = lines.at();
        let Some(line) = lines.chunk(1).expect("memory can be read").pop() else { break };
        grows(before, lines.at());
        if format == Format::Csv {
            plainly(file, &file[..place(lines.at())], &line);
        }
        places.push(before);
        told.push(shown(&line));
        KEY.with(|key| outcome(line, key));
    }
    let end = lines.at();
    assert_eq!(end.bytes, file.len() as u64, "all of the file is read");
    assert_eq!(end.lines, newlines(file), "each line is counted once");
    if data.len().is_multiple_of(16) {
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

fn place(at: Position) -> usize {
    usize::try_from(at.bytes).expect("a place in memory")
}

fn newlines(file: &[u8]) -> u64 {
    let ends = file.split(|byte| *byte == b'\n').count() - 1;
    (ends + usize::from(!file.is_empty() && !file.ends_with(b"\n"))) as u64
}

/// In one go, and from a place in the middle, the same lines come.
fn from(file: &[u8], format: Format, places: &[Position], told: &[Shown]) {
    let rest = |lines: &mut Lines<Cursor<&[u8]>>| -> Vec<Shown> {
        lines.chunk(usize::MAX).expect("memory can be read").iter().map(shown).collect()
    };
    let mut lines = Lines::open(Cursor::new(file), format).expect("it was opened before");
    assert_eq!(rest(&mut lines), told);
    let middle = places.len() / 2;
    if let Some(place) = places.get(middle) {
        let mut lines = Lines::open(Cursor::new(file), format).expect("it was opened before");
        lines.resume(*place).expect("a place in memory");
        assert_eq!(rest(&mut lines), told[middle..]);
    }
}

/// A line's number, and what it says where it can be read.
type Shown = (u64, Option<[Option<String>; 3]>);

fn shown((number, said): &Numbered) -> Shown {
    let said = said.as_ref().ok();
    (*number, said.map(|said| [&said.reference, &said.external_id, &said.link_id].map(Clone::clone)))
}

/// In the last of these lines, if neither it nor the header has quotes, the fields are what stands between its commas.
fn plainly(file: &[u8], upto: &[u8], line: &Numbered) {
    let of = |text: &[u8]| text.split(|byte| *byte == b',').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let header = file.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let last =
        upto.strip_suffix(b"\n").unwrap_or(upto).rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let odd = |text: &[u8]| text.len() >= MOST_LINE || text.iter().any(|byte| b"\"\r\xef".contains(byte));
    if odd(header) || odd(last) {
        return;
    }
    let (names, fields) = (of(header), of(last));
    let whole = std::str::from_utf8(last).is_ok() && fields.len() == names.len();
    let field = |name: &str| {
        let at = names.iter().position(|column| column == name.as_bytes())?;
        Some(String::from_utf8_lossy(&fields[at]).into_owned())
    };
    let expected = whole.then(|| ["reference", "external_id", "link_id"].map(field));
    assert_eq!(shown(line).1, expected, "not what stands there");
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
    let taken = Line::parse(said, key)?;
    assert!(reference.is_some() || id.is_some(), "a line that names nobody");
    assert_eq!(taken.link().map(|link| link.to_string()), link.map(|link| link.to_lowercase()));
    Ok(())
}
