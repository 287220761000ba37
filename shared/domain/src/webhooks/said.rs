//! What a webhook says, and what that asks for.

use serde::{Deserialize, Serialize};

use crate::values::{Code, ConsentId};

/// What is kept of a webhook: words and ids, and no text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Belvo's `webhook_type`, such as `LINK`.
    pub kind: Code,
    /// Belvo's `webhook_code`, such as `invalid_credentials`.
    pub code: Code,
    /// The consent that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentId>,
}

/// What a webhook asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Belvo has visited the institution: the link exists, and it worked.
    Visited,
    /// The link may have changed, or may be gone.
    Changed,
    /// The consent behind the link ends, has ended, or ends at another time.
    Consent,
    /// Nothing that we know. It shows that the link exists.
    Unknown,
}

impl Said {
    /// What it asks for.
    #[must_use]
    pub fn asks_for(&self) -> Kind {
        match (self.kind.as_str(), self.code.as_str()) {
            (_, "invalid_credentials" | "token_required" | "link_deleted") => Kind::Changed,
            ("CONSENT", _) => Kind::Consent,
            (_, "historical_update" | "transactions_updated" | "transactions_deleted") => Kind::Visited,
            (_, code) if code.starts_with("new_") && code.ends_with("_available") => Kind::Visited,
            _ => Kind::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_documented_code_asks_for_what_it_tells_of() {
        let of = |kind: &str, code: &str| {
            let code = Code::parse(code).expect("a word");
            Said { kind: Code::parse(kind).expect("a word"), code, consent: None }.asks_for()
        };
        assert_eq!(of("ACCOUNTS", "historical_update"), Kind::Visited);
        assert_eq!(of("TRANSACTIONS", "new_transactions_available"), Kind::Visited);
        assert_eq!(of("TRANSACTIONS", "transactions_deleted"), Kind::Visited);
        for code in ["invalid_credentials", "token_required", "link_deleted"] {
            assert_eq!((of("LINK", code), of("LINKS", code)), (Kind::Changed, Kind::Changed));
        }
        assert_eq!(of("CONSENT", "openfinance_consent_about_to_expire"), Kind::Consent);
        assert_eq!(of("CONSENT", "consent_expired"), Kind::Consent);
        assert_eq!(of("LINK_CREATED", "something"), Kind::Unknown);
    }
}
