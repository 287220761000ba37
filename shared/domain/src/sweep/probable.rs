//! Links without a login that look like one account: same institution, account name and number.
//!
//! Names and numbers are personal. They are compared by a hash with a key that is made for the one comparison and
//! forgotten with it, so nothing of them can be stored, logged or compared again later.

use std::collections::{BTreeMap, BTreeSet};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{ports::Account, values::LinkId};

/// The links of `group` that share an account, each such set once.
pub(super) fn alike(group: &[LinkId], accounts: &[Account], key: [u8; 16]) -> Vec<Vec<LinkId>> {
    let mut by_account: BTreeMap<[u8; 32], BTreeSet<LinkId>> = BTreeMap::new();
    for account in accounts.iter().filter(|account| group.contains(&account.link_id)) {
        if let Some(hash) = hashed(account, key) {
            by_account.entry(hash).or_default().insert(account.link_id);
        }
    }
    let sets: BTreeSet<Vec<LinkId>> = by_account
        .into_values()
        .filter(|links| links.len() > 1)
        .map(|links| links.into_iter().collect())
        .collect();
    sets.into_iter().collect()
}

/// Without a number nothing is told apart.
fn hashed(account: &Account, key: [u8; 16]) -> Option<[u8; 32]> {
    let number = account.number.as_deref().filter(|number| !number.is_empty())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    for field in [account.institution.as_str(), account.name.as_deref().unwrap_or_default(), number] {
        mac.update(field.as_bytes());
        mac.update(&[0]);
    }
    Some(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bank, link_id};

    fn account(link: u8, name: &str, number: Option<&str>) -> Account {
        Account {
            link_id: link_id(link),
            institution: bank(),
            name: Some(name.to_owned()),
            number: number.map(str::to_owned),
            category: None,
            currency: None,
        }
    }

    #[test]
    fn links_are_alike_only_by_institution_name_and_number_together() {
        let ids = [link_id(1), link_id(2), link_id(3)];
        let told = |accounts: &[Account]| alike(&ids, accounts, [7; 16]);
        let same = [
            account(1, "Nómina", Some("01")),
            account(2, "Nómina", Some("01")),
            account(3, "Nómina", Some("02")),
        ];
        assert_eq!(told(&same), [vec![link_id(1), link_id(2)]]);
        assert!(told(&[account(1, "Nómina", Some("01")), account(2, "Ahorro", Some("01"))]).is_empty());
        assert!(told(&[account(1, "a", Some("b")), account(2, "ab", Some(""))]).is_empty());
        assert!(
            told(&[account(1, "Nómina", None), account(2, "Nómina", None)]).is_empty(),
            "no number, no telling"
        );
    }

    #[test]
    fn two_shared_accounts_are_one_set_and_strangers_are_none() {
        let both = |link| [account(link, "a", Some("1")), account(link, "b", Some("2"))];
        let accounts = [both(1), both(2), both(9)].concat();
        assert_eq!(alike(&[link_id(1), link_id(2)], &accounts, [7; 16]), [vec![link_id(1), link_id(2)]]);
    }
}
