//! A way into the book: from a hash to the places of the links that may have the value. 16 bytes a
//! link whatever the value's size; who asks has to look whether the link really has it.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Slot;

/// Hashes and places.
#[derive(Debug, Default)]
pub(crate) struct Index(BTreeSet<(u64, Slot)>);

impl Index {
    pub(crate) fn insert(&mut self, value: impl Hash, slot: Slot) {
        self.0.insert((hash(value), slot));
    }

    pub(crate) fn remove(&mut self, value: impl Hash, slot: Slot) {
        self.0.remove(&(hash(value), slot));
    }

    /// The places of all links with this value, and perhaps others.
    pub(crate) fn find<V: Hash>(&self, value: V) -> impl Iterator<Item = Slot> + use<'_, V> {
        let hash = hash(value);
        self.0.range((hash, 0)..=(hash, Slot::MAX)).map(|(_, slot)| *slot)
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
