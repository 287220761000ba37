//! What links are compared with each other for: the login that they are, or the want of one.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{link::LinkRecord, values::Institution};

/// A group of live links that may be one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// One `institution_user_id` at one institution: under one user duplicates, under several a shared login.
    Login([u8; 16]),
    /// Links of one user at one institution that have no `institution_user_id`.
    Unnamed([u8; 16]),
}

impl Group {
    /// The group of a record that counts in one.
    #[must_use]
    pub fn of(record: &LinkRecord) -> Option<Self> {
        if !record.is_live() {
            return None;
        }
        Some(match &record.institution_user_id {
            Some(login) => Self::Login(hashed(&record.institution, login.as_str())),
            None => Self::Unnamed(hashed(&record.institution, record.owner.as_str())),
        })
    }
}

/// Half of a SHA-256 of institution and login: equal for equal ones, and nothing to be read in it.
fn hashed(institution: &Institution, within: &str) -> [u8; 16] {
    let hash = Sha256::new().chain_update(institution.as_str()).chain_update([0]).chain_update(within);
    let hash = <[u8; 32]>::from(hash.finalize());
    hash.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        external_id::ExternalId,
        link::LinkState,
        testing::{ana, bia, bound, in_state, shown, with_login},
    };

    #[test]
    fn one_login_is_one_group_whoever_has_it_and_without_login_each_user_is_alone() {
        let with =
            |number, owner: &ExternalId| bound(&with_login(shown(number, owner, 0), "same"), owner, None);
        assert_eq!(Group::of(&with(1, &ana())), Group::of(&with(2, &bia())));
        assert_ne!(Group::of(&with(1, &ana())), Group::of(&bound(&shown(2, &ana(), 0), &ana(), None)));
        let without = |owner| LinkRecord { institution_user_id: None, ..with(1, &owner) };
        assert_ne!(Group::of(&without(ana())), Group::of(&without(bia())));
    }

    #[test]
    fn what_is_not_live_is_in_no_group() {
        let record = bound(&shown(1, &ana(), 0), &ana(), None);
        assert_eq!(Group::of(&in_state(record.clone(), LinkState::Gone)), None);
        assert_eq!(Group::of(&in_state(record, LinkState::Pending)), None);
    }
}
