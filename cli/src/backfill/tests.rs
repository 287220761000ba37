//! Lines and notes: what spoils a line and nothing else, and what a run goes on from.

use std::{io::Cursor, path::Path};

use domain::backfill::{Fault, Tally};

use super::*;

fn lines(text: &str, format: Format) -> Lines<Cursor<Vec<u8>>> {
    Lines::open(Cursor::new(text.as_bytes().to_vec()), format).expect("it begins as it should")
}

/// Number, reference, `external_id` and link of each line; a bad one has only its number.
fn read(text: &str, format: Format) -> Vec<(u64, Option<[String; 3]>)> {
    let chunk = lines(text, format).chunk(CHUNK).expect("readable");
    let text = |given: Option<String>| given.unwrap_or_default();
    let shown = |(number, said): Numbered| match said {
        Ok(said) => (number, Some([text(said.reference), text(said.external_id), text(said.link_id)])),
        Err(fault) => {
            assert_eq!(fault, Fault::Unreadable);
            (number, None)
        }
    };
    chunk.into_iter().map(shown).collect()
}

fn good(number: u64, fields: [&str; 3]) -> (u64, Option<[String; 3]>) {
    (number, Some(fields.map(str::to_owned)))
}

#[test]
fn a_file_whose_first_line_does_not_name_the_columns_is_told() {
    for bad in [
        "",
        "ana,user_ana,\n",
        "reference,link\n",
        "link_id\n",
        "external_id,external_id\n",
        "\"external_id\n",
    ] {
        let opened = Lines::open(Cursor::new(bad), Format::Csv);
        assert!(matches!(opened, Err(Failure::Header)), "{bad}");
    }
}

#[test]
fn a_spoiled_line_of_csv_spoils_no_other() {
    let text = "reference,external_id,link_id\nana,user_ana,\"never closed\nbia,user_bia,\nonly,two\na,b,c,d\n\ncaio,user_caio,";
    let expected = [
        (2, None),
        good(3, ["bia", "user_bia", ""]),
        (4, None),
        (5, None),
        good(7, ["caio", "user_caio", ""]),
    ];
    assert_eq!(read(text, Format::Csv), expected);
}

#[test]
fn a_line_with_too_many_fields_leaves_nothing_to_the_next() {
    let text = "reference,external_id,link_id\na,b,c,d,e,f\nbia,user_bia,\n";
    assert_eq!(read(text, Format::Csv), [(2, None), good(3, ["bia", "user_bia", ""])]);
}

#[test]
fn a_line_without_end_is_bad_and_takes_no_memory() {
    let text = format!("external_id\n{}\nuser_ana\n", "x".repeat(100_000));
    assert_eq!(read(&text, Format::Csv), [(2, None), good(3, ["", "user_ana", ""])]);
}

#[test]
fn a_line_that_is_no_text_is_bad() {
    let text = b"external_id\nuser\xff\nuser_ana\n".to_vec();
    let chunk =
        Lines::open(Cursor::new(text), Format::Csv).expect("a header").chunk(CHUNK).expect("readable");
    assert_eq!(chunk.iter().map(|(_, said)| said.is_ok()).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_spoiled_line_of_json_spoils_no_other() {
    let text = "{\"external_id\":\"user_ana\"}\n{\"external_id\":\n{\"external_id\":7}\n{\"id\":\"x\"}\n[]\n\
                {\"reference\":\"bia\",\"external_id\":null,\"link_id\":\"y\"}\n";
    let expected = [
        good(1, ["", "user_ana", ""]),
        (2, None),
        (3, None),
        (4, None),
        (5, None),
        good(6, ["bia", "", "y"]),
    ];
    assert_eq!(read(text, Format::Jsonl), expected);
}

#[test]
fn columns_come_in_any_order_quoted_and_with_other_line_ends() {
    let text = "\u{feff}link_id,\"reference\"\r\nx,\"a \"\"b\"\", c\"\r\n,ana\r\n";
    assert_eq!(read(text, Format::Csv), [good(2, ["a \"b\", c", "", "x"]), good(3, ["ana", "", ""])]);
}

#[test]
fn lines_go_on_from_where_they_were() {
    let text = "external_id\none\n\ntwo\nthree\n";
    let mut first = lines(text, Format::Csv);
    first.chunk(2).expect("readable");
    let mut second = lines(text, Format::Csv);
    second.resume(first.at()).expect("a place in the file");
    let (number, said) = second.chunk(CHUNK).expect("readable").remove(0);
    assert_eq!((number, said.expect("good").external_id.as_deref()), (5, Some("three")));
}

fn noted(file: &Path, what: &str) -> Option<Reached> {
    Progress::of(file, what).expect("a file").found()
}

#[test]
fn a_note_is_of_its_file_and_its_run_and_ends_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("accounts.csv");
    std::fs::write(&file, "external_id\none\n").expect("writable");
    let progress = Progress::of(&file, "here").expect("a file");
    assert_eq!(progress.found(), None);
    let at = Position { bytes: 12, lines: 1 };
    let reached = Reached { at, tally: Tally { lines: 1, ..Tally::default() } };
    progress.note(&reached).expect("writable");
    assert_eq!((noted(&file, "here"), noted(&file, "elsewhere")), (Some(reached), None));
    std::fs::write(&file, "external_id\ntwo\n").expect("writable");
    assert_eq!(noted(&file, "here"), None, "another file");
    std::fs::write(folder.path().join("accounts.csv.progress"), "{").expect("writable");
    assert_eq!(noted(&file, "here"), None, "a spoiled note");
    progress.end().expect("removable");
    progress.end().expect("gone already");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
}
