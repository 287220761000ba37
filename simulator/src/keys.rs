//! The pairs of keys that Belvo knows its customer by. Its dashboard makes further ones and deletes old ones, so that keys
//! can be replaced while both are good.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::encoding::base64;

/// The pairs that are good.
#[derive(Default)]
pub(crate) struct KeyBook(Mutex<Vec<Pair>>);

#[derive(PartialEq, Eq)]
struct Pair {
    id: String,
    password: String,
}

impl KeyBook {
    /// One pair.
    pub(crate) fn of(id: &str, password: &str) -> Self {
        let book = Self::default();
        book.issue(id, password);
        book
    }

    /// One more.
    pub(crate) fn issue(&self, id: &str, password: &str) {
        self.pairs().push(Pair { id: id.to_owned(), password: password.to_owned() });
    }

    /// Those of this id are good no longer.
    pub(crate) fn revoke(&self, id: &str) {
        self.pairs().retain(|pair| pair.id != id);
    }

    /// Whether this pair is good.
    pub(crate) fn knows(&self, id: &str, password: &str) -> bool {
        self.pairs().iter().any(|pair| pair.id == id && pair.password == password)
    }

    /// Whether this is a good pair, as Basic authentication writes it.
    pub(crate) fn knows_basic(&self, encoded: &str) -> bool {
        let basic = |pair: &Pair| base64(format!("{}:{}", pair.id, pair.password).as_bytes());
        self.pairs().iter().any(|pair| basic(pair) == encoded)
    }

    fn pairs(&self) -> MutexGuard<'_, Vec<Pair>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
