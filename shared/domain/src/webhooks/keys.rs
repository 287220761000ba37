//! Who may send webhooks: whoever sends a header `Authorization` of exactly a value that we agreed on with Belvo.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Why a value cannot be agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the value of the header that Belvo is to send has 16 to 1024 visible characters, and no space at its ends"
)]
pub struct WebhookKeysError;

/// The values that are accepted: none, one, or two while one replaces the other. Only their digests are held.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WebhookKeys {
    accepted: Vec<[u8; 32]>,
}

impl WebhookKeys {
    /// Accepts nobody.
    #[must_use]
    pub fn closed() -> Self {
        Self::default()
    }

    /// Accepts this value too.
    pub fn accepting(mut self, value: &str) -> Result<Self, WebhookKeysError> {
        let visible = value.bytes().all(|byte| matches!(byte, b' '..=b'~')) && value.trim() == value;
        if !visible || !(16..=1024).contains(&value.len()) {
            return Err(WebhookKeysError);
        }
        self.accepted.push(digest(value.as_bytes()));
        Ok(self)
    }

    /// Accepts what either accepts.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.accepted.extend(other.accepted);
        self
    }

    /// Whether nobody is accepted.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.accepted.is_empty()
    }

    /// Whether this whole value is accepted. Digests are compared, each in constant time, and always all of them.
    #[must_use]
    pub fn admit(&self, presented: &[u8]) -> bool {
        self.accepted.iter().fold(false, |admitted, accepted| admitted | is(presented, accepted))
    }
}

/// The digests' own key: it separates them from others, and protects nothing.
fn mac() -> Option<Hmac<Sha256>> {
    <Hmac<Sha256> as KeyInit>::new_from_slice(b"linkkeeper webhooks").ok()
}

fn digest(value: &[u8]) -> [u8; 32] {
    // The hash takes keys of every length, so the fallback is never taken; it only avoids a panic path.
    mac().map(|mac| mac.chain_update(value).finalize().into_bytes().into()).unwrap_or_default()
}

fn is(presented: &[u8], accepted: &[u8; 32]) -> bool {
    mac().is_some_and(|mac| mac.chain_update(presented).verify_slice(accepted).is_ok())
}

impl fmt::Debug for WebhookKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookKeys({} [redacted])", self.accepted.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "Bearer the-first-of-two-values";
    const TWO: &str = "Basic dGhlIHNlY29uZDpvZiB0d28=";

    #[test]
    fn only_the_whole_value_is_admitted() {
        let keys = WebhookKeys::closed().accepting(ONE).expect("a value");
        assert!(keys.admit(ONE.as_bytes()));
        for other in [
            "",
            "Bearer",
            "bearer the-first-of-two-values",
            "Bearer the-first-of-two-value",
            "Bearer the-first-of-two-valuesx",
            " Bearer the-first-of-two-values",
            "Bearer the-first-of-two-values ",
            "Bearer the-first-of-two-values, Bearer the-first-of-two-values",
            TWO,
        ] {
            assert!(!keys.admit(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn while_one_replaces_the_other_both_are_admitted_and_unset_is_closed() {
        let both = WebhookKeys::closed().accepting(ONE).and_then(|keys| keys.accepting(TWO)).expect("values");
        let alone = |value| WebhookKeys::closed().accepting(value).expect("a value");
        let keys = alone(ONE).and(alone(TWO));
        assert_eq!(keys, both);
        assert!(keys.admit(ONE.as_bytes()) && keys.admit(TWO.as_bytes()) && !keys.is_closed());
        assert!(alone(ONE).and(alone(ONE)).admit(ONE.as_bytes()), "nothing was replaced after all");
        let closed = WebhookKeys::closed();
        assert!(closed.is_closed() && !closed.admit(b"") && !closed.admit(ONE.as_bytes()));
    }

    #[test]
    fn a_value_that_nobody_could_send_or_everybody_guess_is_refused_and_none_is_printed() {
        for bad in ["", "Bearer short", " Bearer the-first-of-two-values", "Bearer\nthe-first-of-two-values"]
        {
            assert!(WebhookKeys::closed().accepting(bad).is_err(), "{bad}");
        }
        let shown = format!("{:?}", WebhookKeys::closed().accepting(ONE));
        assert_eq!(shown, "Ok(WebhookKeys(1 [redacted]))");
    }
}
