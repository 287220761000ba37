//! The orders and indexes of the book follow every change.

use super::*;
use crate::link::{AccessMode, Status};

pub(crate) fn record(id: &str, second: i64, external_id: Option<&str>) -> Record {
    Record {
        link: Link {
            id: id.to_owned(),
            institution: "erebor_mx_retail".to_owned(),
            access_mode: AccessMode::Recurrent,
            status: Status::Valid,
            refresh_rate: None,
            created_by: "us".to_owned(),
            last_accessed_at: None,
            external_id: external_id.map(str::to_owned),
            created_at: Timestamp::from_second(second).unwrap(),
            institution_user_id: None,
            credentials_storage: "store".to_owned(),
            stale_in: None,
            fetch_resources: Vec::new(),
        },
        person: "p".to_owned(),
        made_at: None,
    }
}

fn ids(records: impl Iterator<Item = Record>) -> Vec<String> {
    records.map(|record| record.link.id).collect()
}

fn newest(book: &Book, oldest_first: &[Slot]) -> Vec<String> {
    oldest_first.iter().rev().map(|slot| book.entry(*slot).unwrap().id.text()).collect()
}

#[test]
fn what_is_not_there_cannot_be_removed_or_changed() {
    let mut book = Book::default();
    assert_eq!(book.remove("a"), None);
    assert!(!book.change("a", |link| link.status = Status::Invalid));
}

#[test]
fn the_indexes_follow_every_change() {
    let mut book = Book::default();
    book.put(record("a", 1, Some("ana")));
    book.put(record("b", 3, Some("ana")));
    book.put(record("c", 2, None));
    assert_eq!(ids(book.newest_first()), ["b", "c", "a"]);
    assert_eq!(newest(&book, &book.of_users(&["ana", "bia"])), ["b", "a"]);

    book.put(record("a", 4, Some("bia")));
    assert_eq!(ids(book.newest_first()), ["a", "b", "c"]);
    assert_eq!(newest(&book, &book.of_users(&["ana"])), ["b"]);

    book.change("b", |link| link.external_id = None);
    book.remove("a");
    assert_eq!(newest(&book, &book.of_users(&["ana", "bia"])), [""; 0]);
    assert_eq!(ids(book.newest_first()), ["b", "c"]);
}

#[test]
fn a_stretch_of_time_includes_its_start_and_not_its_end() {
    let mut book = Book::default();
    for second in 1..=4 {
        book.put(record(&second.to_string(), second, None));
    }
    let at = |second| Timestamp::from_second(second).unwrap();
    assert_eq!(newest(&book, book.made_between(None, at(2), at(4))), ["3", "2"]);
    assert_eq!(newest(&book, book.made_between(None, at(4), at(2))), [""; 0]);
}

#[test]
fn statuses_and_pseudonyms_are_found_after_every_change_and_places_are_used_again() {
    let mut book = Book::default();
    let pseudonym = crate::encoding::base64_url(&[7; 32]);
    for (id, second) in [("a", 1), ("b", 2)] {
        let mut one = record(id, second, None);
        one.link.institution_user_id = Some(pseudonym.clone());
        book.put(one);
    }
    let of =
        |book: &Book, status| newest(book, book.made_between(Some(status), Timestamp::MIN, Timestamp::MAX));
    assert_eq!(of(&book, Status::Valid), ["b", "a"]);
    assert_eq!(newest(&book, &book.of_pseudonyms(&[&pseudonym, "x"])), ["b", "a"]);

    book.change("b", |link| link.status = Status::Invalid);
    book.change("a", |link| link.institution_user_id = Some("x".to_owned()));
    assert_eq!((of(&book, Status::Valid), of(&book, Status::Invalid)), (vec!["a".into()], vec!["b".into()]));
    assert_eq!(newest(&book, &book.of_pseudonyms(&[&pseudonym])), ["b"]);
    assert_eq!(newest(&book, &book.of_pseudonyms(&["x"])), ["a"]);

    book.remove("a");
    book.put(record("c", 3, None));
    assert_eq!((book.entries.len(), of(&book, Status::Valid)), (2, vec!["c".into()]));
}
