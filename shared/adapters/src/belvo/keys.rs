//! The keys that Belvo knows us by: one pair, or two while they are being replaced.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use secrecy::{ExposeSecret, SecretString};

/// A pair of keys: Belvo's secret id and secret password.
#[derive(Clone)]
pub struct Keys {
    /// The user of the pair.
    pub id: SecretString,
    /// Its password.
    pub password: SecretString,
}

/// Why a pair cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Belvo's secret id and password must be visible text, and the id without ':'")]
pub struct KeysError;

impl Keys {
    /// The door for a pair that may have been pasted wrong.
    pub fn checked(id: SecretString, password: SecretString) -> Result<Self, KeysError> {
        let keys = Self { id, password };
        if keys.can_be_sent() { Ok(keys) } else { Err(KeysError) }
    }

    /// A line break at the end, say, is a key pasted wrong, and would be answered with a riddle of a 401.
    fn can_be_sent(&self) -> bool {
        let visible = |secret: &SecretString| {
            let text = secret.expose_secret();
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
        };
        visible(&self.id) && visible(&self.password) && !self.id.expose_secret().contains(':')
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl PartialEq for Keys {
    /// Ours are compared with ours, so how long that takes tells nobody anything.
    fn eq(&self, other: &Self) -> bool {
        self.id.expose_secret() == other.id.expose_secret()
            && self.password.expose_secret() == other.password.expose_secret()
    }
}

/// Which pair is in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The one that was given first.
    First,
    /// The other one.
    Second,
}

/// One pair or two, and which of them Belvo took last.
#[derive(Debug)]
pub struct KeyRing {
    first: Keys,
    second: Option<Keys>,
    second_is_good: AtomicBool,
}

impl KeyRing {
    /// The pair to begin with, and another that may be good as well while one replaces the other.
    #[must_use]
    pub fn new(first: Keys, second: Option<Keys>) -> Self {
        Self { first, second, second_is_good: AtomicBool::new(false) }
    }

    pub(super) fn can_be_sent(&self) -> bool {
        [&self.first].into_iter().chain(&self.second).all(Keys::can_be_sent)
    }

    /// The pair to begin with.
    pub(super) fn present(&self) -> Which {
        if self.second_is_good.load(Ordering::Relaxed) { Which::Second } else { Which::First }
    }

    /// The pair to try when Belvo does not take this one.
    pub(super) fn beside(&self, which: Which) -> Option<Which> {
        self.second.as_ref()?;
        Some(if which == Which::First { Which::Second } else { Which::First })
    }

    /// Belvo took this one.
    pub(super) fn turn_to(&self, which: Which) {
        self.second_is_good.store(which == Which::Second, Ordering::Relaxed);
    }

    pub(super) fn keys(&self, which: Which) -> &Keys {
        match (which, &self.second) {
            (Which::Second, Some(second)) => second,
            (Which::First | Which::Second, _) => &self.first,
        }
    }
}

impl PartialEq for KeyRing {
    /// The same pairs, whatever Belvo took of them.
    fn eq(&self, other: &Self) -> bool {
        self.first == other.first && self.second == other.second
    }
}
