//! `external_id`: our opaque name for a user, given to Belvo with every link.
//!
//! Minted ids are `lk_`, one letter for the version of the key, and 28 letters of a keyed hash of the app's
//! reference. So registering is one conditional write, `me` needs no look-up, nobody can guess an id, and
//! no detector of personal data has digits or an `@` to find (Belvo silently nulls what it suspects).

use std::{fmt, sync::Arc};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{letters, pii, values::Reference};

/// Why a text is not an `external_id`, or not one that may be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExternalIdError {
    /// Belvo's own bounds.
    #[error("external_id needs 3 to 256 characters")]
    Length,
    /// The article's fourth rule.
    #[error("external_id takes only letters, numbers, '-' and '_'")]
    Character,
    /// An imported id could otherwise pose as a minted one.
    #[error("external_id may not start with 'lk_': that prefix is for ids minted here")]
    Reserved,
    /// Belvo would store null instead, and the link could never be found again.
    #[error("external_id looks like personal data (a phone, tax, card or account number); use a random id")]
    PiiSuspected,
}

/// A user's `external_id`. Unguessable, so whoever sees one learns nothing, but it still stands for a
/// person: `Debug` prints only its kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExternalId(String);

impl ExternalId {
    const PREFIX: &str = "lk_";

    /// The one door for ids that exist already: in the table, in a path, in Belvo's records.
    pub fn parse(raw: impl Into<String>) -> Result<Self, ExternalIdError> {
        let raw = raw.into();
        if !(3..=256).contains(&raw.len()) {
            return Err(ExternalIdError::Length);
        }
        if !raw.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Err(ExternalIdError::Character);
        }
        Ok(Self(raw))
    }

    /// The door for ids that a caller brings along from before.
    pub fn import(raw: impl Into<String>) -> Result<Self, ExternalIdError> {
        let id = Self::parse(raw)?;
        if id.0.to_ascii_lowercase().starts_with(Self::PREFIX) {
            return Err(ExternalIdError::Reserved);
        }
        if pii::suspected(&id.0) {
            return Err(ExternalIdError::PiiSuspected);
        }
        Ok(id)
    }

    /// The id of the user whom the app calls `reference`: the same for the same key, always.
    #[must_use]
    pub fn derive(key: &ReferenceKey, reference: &Reference) -> Self {
        let hash = key.hash(reference.as_str().as_bytes());
        let mut first = [0; 16];
        first.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        Self(format!("{}{}{}", Self::PREFIX, char::from(key.version), letters::encode(first)))
    }

    /// A new id from 128 random bits, for a user whose reference derives to an id that is taken for ever. It looks like
    /// `taken`, so that nobody can tell who came back.
    #[must_use]
    pub fn mint(taken: &Self, random: [u8; 16]) -> Self {
        let version = taken.0.chars().nth(Self::PREFIX.len()).filter(char::is_ascii_lowercase).unwrap_or('a');
        Self(format!("{}{version}{}", Self::PREFIX, letters::encode(random)))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ExternalId {
    type Error = ExternalIdError;
    fn try_from(raw: String) -> Result<Self, Self::Error> {
        Self::parse(raw)
    }
}

impl From<ExternalId> for String {
    fn from(id: ExternalId) -> Self {
        id.0
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalId([redacted])")
    }
}

/// Why a text is not a reference key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reference key is one version letter a-z, ':' and at least 32 characters of secret, such as a:…")]
pub struct ReferenceKeyError;

/// The secret that turns references into ids. It is for life: another key gives every user another id.
#[derive(Clone)]
pub struct ReferenceKey {
    version: u8,
    secret: Arc<SecretBox<[u8]>>,
}

impl ReferenceKey {
    /// The one door: `a:` and at least 32 bytes of secret.
    pub fn parse(raw: &str) -> Result<Self, ReferenceKeyError> {
        let (version, secret) = raw.split_once(':').ok_or(ReferenceKeyError)?;
        match version.as_bytes() {
            [letter @ b'a'..=b'z'] if secret.len() >= 32 => {
                Ok(Self { version: *letter, secret: Arc::new(SecretBox::new(secret.as_bytes().into())) })
            }
            _ => Err(ReferenceKeyError),
        }
    }

    fn hash(&self, message: &[u8]) -> impl IntoIterator<Item = u8> + use<> {
        // The hash takes keys of every length, so the fallback is never taken; it only avoids a panic path.
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.secret.expose_secret());
        mac.map(|mac| mac.chain_update([self.version, 0]).chain_update(message).finalize().into_bytes())
            .unwrap_or_default()
    }
}

impl fmt::Debug for ReferenceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReferenceKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(version: char) -> ReferenceKey {
        ReferenceKey::parse(&format!("{version}:{}", "k".repeat(32))).expect("valid")
    }

    fn derived(version: char, reference: &str) -> ExternalId {
        ExternalId::derive(&key(version), &Reference::parse(reference).expect("valid"))
    }

    #[test]
    fn an_id_and_a_key_are_printed_as_nothing_but_what_they_are() {
        let key = ReferenceKey::parse(&format!("a:{}", "k".repeat(32))).expect("valid");
        let id = ExternalId::parse("ana").expect("valid");
        assert_eq!(format!("{key:?} {id:?}"), "ReferenceKey([redacted]) ExternalId([redacted])");
    }

    #[test]
    fn the_same_reference_always_gets_the_same_id_and_another_gets_another() {
        assert_eq!(derived('a', "ana"), derived('a', "ana"));
        assert_ne!(derived('a', "ana"), derived('a', "bia"));
        assert_ne!(derived('a', "ana"), derived('b', "ana"));
    }

    #[test]
    fn a_minted_id_is_letters_after_its_prefix_and_passes_the_door() {
        let id = derived('a', "+55 11 91234-5678");
        let letters = id.as_str().strip_prefix("lk_").expect("prefix");
        assert!(letters.len() == 29 && letters.bytes().all(|b| b.is_ascii_lowercase()), "{}", id.as_str());
        assert!(!pii::suspected(id.as_str()));
    }

    #[test]
    fn each_rule_of_the_article_refuses_what_breaks_it() {
        assert_eq!(ExternalId::parse("ab"), Err(ExternalIdError::Length));
        assert_eq!(ExternalId::parse("a".repeat(257)), Err(ExternalIdError::Length));
        for bad in ["ana@example.com", "ana maria", "joão", "a/b", "a#b"] {
            assert_eq!(ExternalId::parse(bad), Err(ExternalIdError::Character), "{bad}");
        }
    }

    #[test]
    fn an_import_may_not_pose_as_minted_or_hold_personal_data() {
        assert_eq!(ExternalId::import("lk_mine"), Err(ExternalIdError::Reserved));
        assert_eq!(ExternalId::import("LK_mine"), Err(ExternalIdError::Reserved));
        assert_eq!(ExternalId::import("cpf-123-456-789-09"), Err(ExternalIdError::PiiSuspected));
        assert!(ExternalId::import("user_8Yq2").is_ok());
    }

    #[test]
    fn a_key_without_version_or_with_a_short_secret_is_refused() {
        for bad in [
            "",
            "secret",
            "a:short",
            "A:kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
            "ab:kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
        ] {
            assert!(ReferenceKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn neither_key_nor_id_is_printed() {
        let shown = format!("{:?} {:?}", key('a'), derived('a', "ana"));
        assert!(!shown.contains("kkk") && !shown.contains("lk_"), "{shown}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Belvo would null it, and its links could never be found again.
        #[test]
        fn no_minted_id_looks_like_personal_data(reference in "[ -~]{1,40}", version in "[a-z]") {
            let id = derived(version.chars().next().expect("one"), &reference);
            prop_assert!(!pii::suspected(id.as_str()));
            prop_assert_eq!(ExternalId::parse(id.as_str()), Ok(id.clone()));
            prop_assert_eq!(ExternalId::import(id.as_str()), Err(ExternalIdError::Reserved));
        }
    }
}
