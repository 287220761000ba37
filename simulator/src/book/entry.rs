//! A link as the book stores it: ids and digests as bytes, and what many links have in common kept
//! once. A million of these fit where a quarter of a million [`Record`]s would.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::Record;
use crate::encoding::{base64_url, from_base64_url, from_hex, hex};
use crate::link::{AccessMode, Link, Status};

/// What many links have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Terms {
    pub(crate) institution: String,
    pub(crate) access_mode: AccessMode,
    pub(crate) refresh_rate: Option<String>,
    pub(crate) created_by: String,
    pub(crate) credentials_storage: String,
    pub(crate) stale_in: Option<String>,
    pub(crate) fetch_resources: Vec<String>,
}

/// All terms ever seen, each once. There are as many as there are different wishes, which is few.
#[derive(Debug, Default)]
pub(crate) struct AllTerms(BTreeSet<Arc<Terms>>);

impl AllTerms {
    /// The one copy of these terms.
    pub(crate) fn share(&mut self, terms: Terms) -> Arc<Terms> {
        if let Some(known) = self.0.get(&terms) {
            return Arc::clone(known);
        }
        let new = Arc::new(terms);
        self.0.insert(Arc::clone(&new));
        new
    }
}

/// An id: a UUID, or whatever a test planted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Id {
    Uuid(Uuid),
    Other(Box<str>),
}

impl Id {
    pub(crate) fn of(text: &str) -> Self {
        match Uuid::try_parse(text) {
            // Only the spelling that comes out again.
            Ok(uuid) if uuid.to_string() == text => Self::Uuid(uuid),
            Ok(_) | Err(_) => Self::Other(text.into()),
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::Uuid(uuid) => uuid.to_string(),
            Self::Other(text) => text.to_string(),
        }
    }
}

/// 32 bytes in the spelling of their field, or whatever a test planted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Digest {
    Bytes([u8; 32]),
    Other(Box<str>),
}

impl Digest {
    /// Reads Belvo's pseudonym of a person.
    pub(crate) fn of_pseudonym(text: &str) -> Self {
        from_base64_url(text).map_or_else(|| Self::Other(text.into()), Self::Bytes)
    }

    fn of_hex(text: &str) -> Self {
        from_hex(text).map_or_else(|| Self::Other(text.into()), Self::Bytes)
    }

    fn text(&self, spell: impl Fn(&[u8]) -> String) -> String {
        match self {
            Self::Bytes(bytes) => spell(bytes),
            Self::Other(text) => text.to_string(),
        }
    }
}

/// A link as the book stores it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: Id,
    pub(crate) terms: Arc<Terms>,
    pub(crate) external_id: Option<Arc<str>>,
    pub(crate) created_at: Timestamp,
    pub(crate) last_accessed_at: Option<Timestamp>,
    pub(crate) made_at: Option<Timestamp>,
    pub(crate) pseudonym: Option<Digest>,
    pub(crate) person: Digest,
    pub(crate) status: Status,
}

impl Entry {
    /// Packs a record.
    pub(crate) fn of(record: Record, all: &mut AllTerms) -> Self {
        let Record { link, person, made_at } = record;
        let terms = all.share(Terms {
            institution: link.institution,
            access_mode: link.access_mode,
            refresh_rate: link.refresh_rate,
            created_by: link.created_by,
            credentials_storage: link.credentials_storage,
            stale_in: link.stale_in,
            fetch_resources: link.fetch_resources,
        });
        Self {
            id: Id::of(&link.id),
            terms,
            external_id: link.external_id.map(Arc::from),
            created_at: link.created_at,
            last_accessed_at: link.last_accessed_at,
            made_at,
            pseudonym: link.institution_user_id.as_deref().map(Digest::of_pseudonym),
            person: Digest::of_hex(&person),
            status: link.status,
        }
    }

    /// The link as everybody else knows it.
    pub(crate) fn link(&self) -> Link {
        let terms = self.terms.as_ref().clone();
        Link {
            id: self.id.text(),
            institution: terms.institution,
            access_mode: terms.access_mode,
            status: self.status,
            refresh_rate: terms.refresh_rate,
            created_by: terms.created_by,
            last_accessed_at: self.last_accessed_at,
            external_id: self.external_id.as_deref().map(str::to_owned),
            created_at: self.created_at,
            institution_user_id: self.institution_user_id(),
            credentials_storage: terms.credentials_storage,
            stale_in: terms.stale_in,
            fetch_resources: terms.fetch_resources,
        }
    }

    /// The link and what Belvo doesn't show of it.
    pub(crate) fn record(&self) -> Record {
        Record { link: self.link(), person: self.person.text(hex), made_at: self.made_at }
    }

    /// Belvo's pseudonym of the person, spelled out.
    pub(crate) fn institution_user_id(&self) -> Option<String> {
        self.pseudonym.as_ref().map(|pseudonym| pseudonym.text(base64_url))
    }

    /// Older first, then by id.
    pub(crate) fn by_age(&self, other: &Self) -> Ordering {
        self.created_at.cmp(&other.created_at).then_with(|| match (&self.id, &other.id) {
            (Id::Uuid(one), Id::Uuid(other)) => one.cmp(other),
            (one, other) => one.text().cmp(&other.text()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::record;

    #[test]
    fn whatever_spelling_goes_in_comes_out_again() {
        for (id, pseudonym, person) in [
            ("link-id-1", "short", "p"),
            ("6F1C12AD-0000-4000-8000-000000000001", "", ""),
            ("6f1c12ad000040008000000000000001", "ooE7XJWEKypZJR603ecaWYk-8Ap0oD8Nr1pBQ4eG9c=", "AB"),
            ("6f1c12ad-0000-4000-8000-000000000001", &base64_url(&[0xfb; 32]), &hex(&[0xab; 32])),
            ("x", &format!("{}B=", "A".repeat(42)), &hex(&[0xab; 32]).to_uppercase()),
        ] {
            let mut before = record(id, 1, Some("ana"));
            before.link.institution_user_id = Some(pseudonym.to_owned());
            before.person = person.to_owned();
            let after = Entry::of(before.clone(), &mut AllTerms::default()).record();
            assert_eq!(after, before);
        }
    }

    #[test]
    fn a_link_takes_at_most_200_bytes_and_its_terms_are_shared() {
        assert!(size_of::<Entry>() <= 200, "{}", size_of::<Entry>());
        let mut all = AllTerms::default();
        let (one, two) =
            (Entry::of(record("a", 1, None), &mut all), Entry::of(record("b", 2, None), &mut all));
        assert!(Arc::ptr_eq(&one.terms, &two.terms));
    }
}
