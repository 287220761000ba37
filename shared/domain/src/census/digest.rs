//! A few bytes that tell whether Belvo's record of a link says anything that we have not written down.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    link::{AccessMode, Claim, LinkRecord, LinkStatus, ProviderLink, QuarantineReason, QuarantinedLink},
    policy::{BindingProof, Policy},
    values::InstitutionUserId,
};

/// Why a text is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest is a letter and 16 hexadecimal digits")]
pub struct DigestError;

/// Where a link stands, as far as comparing needs it. Tombstones are in no index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Bound, and Belvo has it.
    Bound,
    /// Bound, and Belvo answered `not_found` once.
    Missing,
    /// Named by the app while Belvo could not be asked.
    Pending,
    /// Nobody's, for this reason.
    Quarantined(QuarantineReason),
}

/// Where a link stands, and a fingerprint of what Belvo said of it last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest {
    /// Where it stands.
    pub standing: Standing,
    print: u64,
}

/// The letter of each standing.
const LETTERS: [(char, Standing); 9] = [
    ('b', Standing::Bound),
    ('m', Standing::Missing),
    ('p', Standing::Pending),
    ('n', Standing::Quarantined(QuarantineReason::NoExternalId)),
    ('x', Standing::Quarantined(QuarantineReason::MalformedExternalId)),
    ('u', Standing::Quarantined(QuarantineReason::UnknownUser)),
    ('s', Standing::Quarantined(QuarantineReason::NoSession)),
    ('d', Standing::Quarantined(QuarantineReason::SessionUsed)),
    ('a', Standing::Quarantined(QuarantineReason::Ambiguous)),
];

impl Digest {
    /// Of a record; `None` for one that nothing can change any more.
    #[must_use]
    pub fn of_record(record: &LinkRecord) -> Option<Self> {
        if record.state.is_final() {
            return None;
        }
        let standing = match record.missing_since {
            _ if !record.state.is_bound() => Standing::Pending,
            Some(_) => Standing::Missing,
            None => Standing::Bound,
        };
        let login = record.institution_user_id.as_ref();
        Some(Self { standing, print: of_bound(record.status.as_ref(), record.access_mode, login) })
    }

    /// Of a link that nobody owns.
    #[must_use]
    pub fn of_quarantined(link: &QuarantinedLink) -> Self {
        let standing = Standing::Quarantined(link.reason);
        Self { standing, print: of_nobodys(&link.status, &link.claim) }
    }

    /// Whether Belvo's record says only what was written down. A link once missed is back, which is news.
    #[must_use]
    pub fn agrees(&self, link: &ProviderLink) -> bool {
        match self.standing {
            Standing::Bound => {
                let login = link.institution_user_id.as_ref();
                self.print == of_bound(Some(&link.status), link.access_mode, login)
            }
            Standing::Quarantined(_) => self.print == of_nobodys(&link.status, &link.claim),
            Standing::Missing | Standing::Pending => false,
        }
    }

    /// Whether another look could come to another decision although Belvo's record is the same.
    #[must_use]
    pub fn may_be_decided_anew(&self, policy: &Policy) -> bool {
        match self.standing {
            Standing::Quarantined(QuarantineReason::UnknownUser | QuarantineReason::Ambiguous) => true,
            Standing::Quarantined(QuarantineReason::NoSession | QuarantineReason::SessionUsed) => {
                policy.proof == BindingProof::ExternalId // it was not so when the link was set aside
            }
            Standing::Quarantined(QuarantineReason::NoExternalId | QuarantineReason::MalformedExternalId)
            | Standing::Bound
            | Standing::Missing
            | Standing::Pending => false,
        }
    }

    /// The one door.
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        let mut rest = text.chars();
        let letter = rest.next().ok_or(DigestError)?;
        let (_, standing) = LETTERS.into_iter().find(|(known, _)| *known == letter).ok_or(DigestError)?;
        let digits = rest.as_str();
        let plain = digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let print = plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten().ok_or(DigestError)?;
        Ok(Self { standing, print })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = LETTERS.into_iter().find(|(_, standing)| *standing == self.standing);
        write!(f, "{}{:016x}", letter.map_or('?', |(letter, _)| letter), self.print)
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;
    fn try_from(text: String) -> Result<Self, DigestError> {
        Self::parse(&text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

fn of_bound(status: Option<&LinkStatus>, mode: Option<AccessMode>, login: Option<&InstitutionUserId>) -> u64 {
    let mode = match mode {
        Some(AccessMode::Single) => "single",
        Some(AccessMode::Recurrent) => "recurrent",
        None => "",
    };
    print([status.map_or("", LinkStatus::as_str), mode, login.map_or("", InstitutionUserId::as_str)])
}

fn of_nobodys(status: &LinkStatus, claim: &Claim) -> u64 {
    let (kind, named) = match claim {
        Claim::Absent => ("absent", ""),
        Claim::Malformed => ("malformed", ""),
        Claim::Named(user) => ("named", user.as_str()),
    };
    print([status.as_str(), kind, named])
}

/// Eight bytes of SHA-256 over fields that cannot run into each other.
fn print(fields: [&str; 3]) -> u64 {
    let mut hash = Sha256::new();
    for field in fields {
        hash.update(field);
        hash.update([0]);
    }
    let hash = <[u8; 32]>::from(hash.finalize());
    u64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        link::LinkState,
        testing::{
            ana, bound, in_state, minute, pending, session, set_aside, shown, with_login, with_status,
        },
    };

    #[test]
    fn no_other_text_is_a_digest() {
        let good = Digest::of_record(&bound(&shown(1, &ana(), 0), &ana(), None)).expect("live").to_string();
        assert!(Digest::parse(&good).is_ok());
        for bad in [
            "",
            "b",
            "b12",
            "?0123456789abcdef",
            "b0123456789abcdeg",
            "b+123456789abcdef",
            "b0123456789abcdef0",
        ] {
            assert_eq!(Digest::parse(bad), Err(DigestError), "{bad}");
        }
    }

    #[test]
    fn a_digest_survives_its_text_in_every_standing() {
        for (_, standing) in LETTERS {
            let digest = Digest { standing, print: 7 };
            assert_eq!(Digest::parse(&digest.to_string()), Ok(digest));
            assert_eq!(String::from(digest), digest.to_string());
        }
    }

    #[test]
    fn whatever_a_refresh_would_write_is_news() {
        let link = shown(1, &ana(), 0);
        let digest = Digest::of_record(&bound(&link, &ana(), None)).expect("live");
        assert!(digest.agrees(&link));
        let changed = [
            with_status(link.clone(), LinkStatus::Invalid),
            with_login(link.clone(), "other"),
            ProviderLink { access_mode: Some(AccessMode::Single), ..link.clone() },
        ];
        assert!(changed.iter().all(|link| !digest.agrees(link)));
        let renamed = ProviderLink { claim: Claim::Absent, ..link };
        assert!(digest.agrees(&renamed), "a bound link stays with its user whatever is claimed");
    }

    #[test]
    fn a_link_that_was_missed_or_only_named_is_always_news() {
        let link = shown(1, &ana(), 0);
        let missed = LinkRecord { missing_since: Some(minute(5)), ..bound(&link, &ana(), None) };
        let named = pending(1, &session(1, &ana(), 0), 1);
        for record in [missed, named] {
            assert!(!Digest::of_record(&record).expect("live").agrees(&link));
        }
    }

    #[test]
    fn a_tombstone_has_no_digest() {
        let record = bound(&shown(1, &ana(), 0), &ana(), None);
        for state in [LinkState::Gone, LinkState::Deleting] {
            assert_eq!(Digest::of_record(&in_state(record.clone(), state)), None);
        }
    }

    #[test]
    fn a_quarantined_link_is_looked_at_again_only_where_that_can_help() {
        use QuarantineReason::{
            Ambiguous, MalformedExternalId, NoExternalId, NoSession, SessionUsed, UnknownUser,
        };
        let (plain, by_id) =
            (Policy::default(), Policy { proof: BindingProof::ExternalId, ..Policy::default() });
        let digest = |reason| Digest::of_quarantined(&set_aside(&shown(1, &ana(), 0), reason));
        for reason in [Ambiguous, UnknownUser] {
            assert!(digest(reason).may_be_decided_anew(&plain) && digest(reason).may_be_decided_anew(&by_id));
        }
        for reason in [NoSession, SessionUsed] {
            assert!(
                !digest(reason).may_be_decided_anew(&plain) && digest(reason).may_be_decided_anew(&by_id)
            );
        }
        for reason in [NoExternalId, MalformedExternalId] {
            assert!(!digest(reason).may_be_decided_anew(&by_id));
        }
        let link = shown(1, &ana(), 0);
        assert!(digest(NoSession).agrees(&link));
        assert!(!digest(NoSession).agrees(&ProviderLink { claim: Claim::Absent, ..link.clone() }));
        assert!(!digest(NoSession).agrees(&with_status(link, LinkStatus::Invalid)));
    }
}
