//! A plan that was not carried out because it looked too dangerous: it waits for a person, as data with a hash.

use std::{collections::BTreeSet, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    policy::{Policy, after},
    values::LinkId,
};

use super::Negative;

/// Why nothing was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// Belvo listed nothing at all.
    EmptyListing,
    /// Belvo listed less than four fifths of what it listed the last time, or of what we hold.
    ShrunkenListing,
    /// A link that must be there was not, or one that cannot be was.
    CanaryFailed,
    /// More changes, and a greater share, than one sweep may make by itself.
    TooMany,
    /// The table was restored from a backup and only adopts.
    AdoptOnly,
}

impl Breaker {
    /// What it means, for people.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::EmptyListing => "Belvo listed no links at all",
            Self::ShrunkenListing => "Belvo listed less than 80 % of the links that were expected",
            Self::CanaryFailed => "the canary failed: Belvo's \"not found\" cannot be believed now",
            Self::TooMany => "more than 5 and more than 2 % of the known links would lose something",
            Self::AdoptOnly => {
                "the table was restored from a backup, and only adopts until `linkkeeper restore end`"
            }
        }
    }
}

/// The name of a plan: the beginning of its hash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlanId(String);

/// Why a text is no plan's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a plan's id is 'plan_' and 16 hexadecimal digits")]
pub struct PlanIdError;

impl PlanId {
    const PREFIX: &str = "plan_";

    /// The one door.
    pub fn parse(raw: impl Into<String>) -> Result<Self, PlanIdError> {
        let raw = raw.into();
        let digits = raw.strip_prefix(Self::PREFIX).ok_or(PlanIdError)?;
        let good =
            digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if good { Ok(Self(raw)) } else { Err(PlanIdError) }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PlanId {
    type Error = PlanIdError;
    fn try_from(raw: String) -> Result<Self, PlanIdError> {
        Self::parse(raw)
    }
}

impl From<PlanId> for String {
    fn from(id: PlanId) -> Self {
        id.0
    }
}

/// Changes that were withheld.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name.
    pub id: PlanId,
    /// SHA-256 over everything in it, in hexadecimal.
    pub hash: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The sweep that made it.
    pub sweep: Timestamp,
    /// Why it was withheld.
    pub breakers: BTreeSet<Breaker>,
    /// How many links were known.
    pub known: usize,
    /// How many changes there would have been; the list ends at the cap.
    pub wanted: usize,
    /// The changes.
    pub negatives: Vec<Negative>,
    /// A link that must be at Belvo for its "not found" to be believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<LinkId>,
    /// When it was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<Timestamp>,
}

/// Why a plan is not applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its hash is not that of its content.
    #[error("the plan was altered after it was made: its hash does not fit its content")]
    Altered,
    /// It is too old.
    #[error("the plan is more than a day old: sweep again for a new one")]
    Old,
    /// It was applied.
    #[error("the plan was applied already")]
    Applied,
    /// Records that it names have changed.
    #[error("the plan is stale: {0} of its links changed since it was made; sweep again for a new one")]
    Stale(usize),
    /// Belvo has links again that the plan would retire.
    #[error("the plan is stale: Belvo has {0} of the links that it would take for gone")]
    Back(usize),
    /// The check that makes "not found" believable failed.
    #[error("Belvo's \"not found\" cannot be believed now: {0}", Breaker::CanaryFailed.meaning())]
    Canary,
}

impl Plan {
    /// A plan with its hash and name.
    #[must_use]
    pub fn new(
        made_at: Timestamp,
        sweep: Timestamp,
        breakers: BTreeSet<Breaker>,
        (known, wanted): (usize, usize),
        negatives: Vec<Negative>,
        canary: Option<LinkId>,
    ) -> Self {
        let unnamed = PlanId(String::new());
        let plan = Self {
            id: unnamed,
            hash: String::new(),
            made_at,
            sweep,
            breakers,
            known,
            wanted,
            negatives,
            canary,
            applied_at: None,
        };
        let hash = plan.fingerprint();
        let id = PlanId(format!("{}{}", PlanId::PREFIX, hash.get(..16).unwrap_or_default()));
        Self { id, hash, ..plan }
    }

    /// Whether it may be applied now, as far as the plan itself tells.
    pub fn fit(&self, now: Timestamp, policy: &Policy) -> Result<(), Unfit> {
        let hash = self.fingerprint();
        if hash != self.hash || !self.id.as_str().ends_with(hash.get(..16).unwrap_or("?")) {
            return Err(Unfit::Altered);
        }
        if self.applied_at.is_some() {
            return Err(Unfit::Applied);
        }
        if after(self.made_at, policy.plan_life) < now { Err(Unfit::Old) } else { Ok(()) }
    }

    fn fingerprint(&self) -> String {
        let Self { made_at, sweep, breakers, known, wanted, negatives, canary, .. } = self;
        let mut text = format!("{made_at} {sweep} {breakers:?} {known} {wanted} {canary:?}\n");
        for negative in negatives {
            negative.line(&mut text);
        }
        let hash = <[u8; 32]>::from(Sha256::digest(text));
        let (high, low) = hash.split_at(16);
        let number = |half: &[u8]| u128::from_be_bytes(half.try_into().unwrap_or_default());
        format!("{:032x}{:032x}", number(high), number(low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plans_name_is_sixteen_small_hexadecimal_digits_and_the_same_in_every_spelling() {
        let name = "plan_0123456789abcdef";
        let id = PlanId::parse(name).expect("a name");
        assert_eq!((id.to_string(), String::from(id)), (name.to_owned(), name.to_owned()));
        for bad in ["", "plan_", "0123456789abcdef", "plan_0123456789abcde", "plan_0123456789abcdef0"] {
            assert_eq!(PlanId::parse(bad), Err(PlanIdError), "{bad}");
        }
        for bad in ["plan_0123456789abcdeg", "plan_0123456789ABCDEF"] {
            assert_eq!(PlanId::parse(bad), Err(PlanIdError), "{bad}");
        }
    }

    #[test]
    fn each_breaker_is_told_to_people_in_its_own_words() {
        let meant = [
            (Breaker::EmptyListing, "no links at all"),
            (Breaker::ShrunkenListing, "less than 80 %"),
            (Breaker::CanaryFailed, "cannot be believed"),
            (Breaker::TooMany, "would lose something"),
            (Breaker::AdoptOnly, "restored from a backup"),
        ];
        assert!(meant.iter().all(|(breaker, words)| breaker.meaning().contains(words)));
    }
}
