//! Brazilian open finance consents. Link and consent are one to one, so a consent is read off its
//! link: it begins with it, ends some days later, and is gone with it.

use jiff::{Timestamp, ToSpan};

use crate::encoding::{digest, uuid_of};

/// Whether links of an institution come with a consent: those of the regulated open finance.
pub(crate) fn needed(institution: &str) -> bool {
    institution.starts_with("of") && institution.contains("_br_")
}

/// The id of a link's consent.
pub(crate) fn id_of(link_id: &str) -> String {
    uuid_of(&["consent", link_id])
}

/// When a consent ends that began then.
pub(crate) fn end(began: Timestamp, days: u32) -> Timestamp {
    began.checked_add((i64::from(days) * 24).hours()).unwrap_or(Timestamp::MAX)
}

/// The document number of a person: eleven digits that nobody was given.
pub(crate) fn document(person: &str) -> String {
    let [first, second, third, fourth, ..] = digest(&["document", person]);
    format!("000{:08}", u32::from_be_bytes([first, second, third, fourth]) % 100_000_000)
}
