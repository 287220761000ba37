//! What people recognise an account by, and no more of it: two letters of its name, four digits of its number.
//!
//! Names and numbers are masked before they are kept, and what is read back goes through the same doors: a table
//! that holds more than this is damaged.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    ports::Account,
    values::{Code, Currency, LinkId, ValueError},
};

/// Most accounts of one link that are kept: the record stays small, and nobody tells more of them apart.
const MOST: usize = 10;
/// Stands for the rest of a name.
const REST: &str = "•••";
/// Characters of a name, and digits of a number, that are kept.
const LETTERS: usize = 2;
const DIGITS: usize = 4;

/// The beginning of an account's name: at most two letters, and `•••`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MaskedName(String);

impl MaskedName {
    /// Masks a name. What is no letter among its first two characters is left out, so no digit survives; of a
    /// name that is no longer than that nothing is kept.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let name = name.trim();
        let kept = if name.chars().count() > LETTERS { LETTERS } else { 0 };
        let letters: String = name.chars().take(kept).filter(|c| is_letter(*c)).collect();
        Self(format!("{letters}{REST}"))
    }

    /// The one door for what was masked before.
    pub fn parse(raw: impl Into<String>) -> Result<Self, ValueError> {
        let raw = raw.into();
        let letters = raw.strip_suffix(REST).ok_or(ValueError::MaskedName)?;
        let masked = letters.chars().count() <= LETTERS && letters.chars().all(is_letter);
        if masked { Ok(Self(raw)) } else { Err(ValueError::MaskedName) }
    }

    /// The masked name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Some numerals of old scripts are letters, too: those are none here.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !c.is_numeric()
}

/// The last digits of an account's number: at most four.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ending(String);

impl Ending {
    /// The ending of a number; `None` when there is no digit in it. A number of four digits or fewer is taken for
    /// an ending already: institutions tell no more of cards.
    #[must_use]
    pub fn of(number: &str) -> Option<Self> {
        let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
        let ending: String = digits.iter().skip(digits.len().saturating_sub(DIGITS)).collect();
        Self::parse(ending).ok()
    }

    /// The one door for what was cut before.
    pub fn parse(raw: impl Into<String>) -> Result<Self, ValueError> {
        let raw = raw.into();
        let cut = (1..=DIGITS).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_digit());
        if cut { Ok(Self(raw)) } else { Err(ValueError::Ending) }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One account of a link as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MaskedAccount {
    /// What kind of account it is, in Belvo's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Code>,
    /// The beginning of the institution's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<MaskedName>,
    /// The end of its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Ending>,
    /// Its currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

impl From<&Account> for MaskedAccount {
    fn from(account: &Account) -> Self {
        Self {
            category: account.category.clone(),
            name: account.name.as_deref().map(MaskedName::of),
            number: account.number.as_deref().and_then(Ending::of),
            currency: account.currency.clone(),
        }
    }
}

/// The accounts of one link among all that Belvo told, masked, in an order of their own: Belvo promises none.
#[must_use]
pub fn of_link(link: LinkId, accounts: &[Account]) -> Vec<MaskedAccount> {
    let of_link = accounts.iter().filter(|account| account.link_id == link);
    let mut masked: Vec<_> = of_link.map(MaskedAccount::from).collect();
    masked.sort();
    masked.truncate(MOST);
    masked
}

/// Gives what is left of a person's data its way through serde, and none into a log.
macro_rules! through_its_door {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = ValueError;
            fn try_from(raw: String) -> Result<Self, Self::Error> {
                Self::parse(raw)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}

through_its_door!(MaskedName);
through_its_door!(Ending);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{bank, link_id};

    fn account(link: u8, name: Option<&str>, number: Option<&str>) -> Account {
        Account {
            link_id: link_id(link),
            institution: bank(),
            name: name.map(str::to_owned),
            number: number.map(str::to_owned),
            category: Code::parse("CHECKING_ACCOUNT").ok(),
            currency: Currency::parse("MXN").ok(),
        }
    }

    #[test]
    fn a_name_keeps_its_first_two_letters_and_no_digit() {
        for (name, masked) in [
            ("Cuenta Corriente", "Cu•••"),
            ("  Ana Lopez ", "An•••"),
            ("Ágil", "Ág•••"),
            ("4152313", "•••"),
            ("C4rd", "C•••"),
            ("Al", "•••"),
            ("", "•••"),
            ("\u{202e}ab", "a•••"),
            ("𐅀a\u{ac7}", "a•••"),
        ] {
            assert_eq!(MaskedName::of(name).as_str(), masked, "{name}");
        }
    }

    #[test]
    fn a_number_keeps_its_last_four_digits() {
        for (number, ending) in [
            ("646180157042875763", Some("5763")),
            ("0444/45722-0", Some("7220")),
            ("****1234", Some("1234")),
            ("77", Some("77")),
            ("none", None),
            ("", None),
        ] {
            assert_eq!(Ending::of(number).as_ref().map(Ending::as_str), ending, "{number}");
        }
    }

    #[test]
    fn a_table_that_holds_more_than_was_masked_is_refused() {
        for name in ["Cuenta Corriente", "Cue•••", "C1•••", "Cu", "", "•••x"] {
            assert_eq!(MaskedName::parse(name).err(), Some(ValueError::MaskedName), "{name}");
        }
        for number in ["", "12345", "12a4", "١٢٣"] {
            assert_eq!(Ending::parse(number).err(), Some(ValueError::Ending), "{number}");
        }
        assert!(serde_json::from_str::<MaskedAccount>(r#"{"number":"646180157042875763"}"#).is_err());
    }

    #[test]
    fn of_a_link_its_own_accounts_are_kept_ten_at_most_and_in_one_order() {
        let mut accounts = vec![account(2, Some("Other"), Some("1"))];
        accounts.extend((0..20).map(|n| account(1, Some("Savings"), Some(&format!("00{n:02}")))));
        let kept = of_link(link_id(1), &accounts);
        accounts.reverse();
        assert_eq!(kept, of_link(link_id(1), &accounts));
        assert_eq!((kept.len(), of_link(link_id(3), &accounts)), (10, vec![]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_belvo_tells_nothing_but_two_letters_and_four_digits_is_kept_or_printed(
            name in any::<String>(), number in any::<String>(),
        ) {
            let kept = MaskedAccount::from(&account(1, Some(&name), Some(&number)));
            let json = serde_json::to_string(&kept).expect("serializable");
            prop_assert_eq!(serde_json::from_str::<MaskedAccount>(&json).ok(), Some(kept.clone()));
            let masked = kept.name.as_ref().map(MaskedName::as_str).expect("a name");
            prop_assert!(masked.chars().count() <= 5 && !masked.chars().any(char::is_numeric));
            prop_assert!(kept.number.as_ref().is_none_or(|ending| ending.as_str().len() <= 4));
            let printed = format!("{kept:?}");
            prop_assert!(!printed.contains(REST));
        }
    }
}
