//! The accounts behind a link: one to three, made up from the login alone. Connecting the same login
//! twice shows the same names and numbers under other ids, which is how duplicates are recognised.

use crate::book::Record;
use crate::encoding::{digest, uuid_of};
use crate::link::{Link, Status};

/// A made-up account.
pub(crate) struct Account<'l> {
    pub(crate) link: &'l Link,
    pub(crate) id: String,
    pub(crate) institution_type: &'static str,
    pub(crate) category: &'static str,
    /// The institution's own word for it, which is also the account's name.
    pub(crate) kind: &'static str,
    pub(crate) number: String,
    pub(crate) agency: Option<String>,
    pub(crate) check_digit: Option<String>,
    pub(crate) currency: &'static str,
    pub(crate) balance: f64,
    pub(crate) public_name: &'static str,
    pub(crate) public_value: String,
}

/// Category, Spanish name, Portuguese name.
const KINDS: [(&str, &str, &str); 3] = [
    ("CHECKING_ACCOUNT", "Cuenta Corriente", "Conta Corrente"),
    ("SAVINGS_ACCOUNT", "Cuenta de Ahorro", "Conta Poupança"),
    ("CREDIT_CARD", "Tarjeta de Crédito", "Cartão de Crédito"),
];

/// The accounts of a link. One that was never finished has none.
pub(crate) fn accounts_of(record: &Record) -> impl Iterator<Item = Account<'_>> {
    let count = if record.link.status == Status::Unconfirmed {
        0
    } else {
        1 + number_from(&[&record.person, "how many"]) % 3
    };
    KINDS.into_iter().zip(0..count).map(|(kind, place)| account(record, kind, &place.to_string()))
}

fn account<'l>(
    record: &'l Record,
    (category, spanish, portuguese): (&'static str, &'static str, &'static str),
    place: &str,
) -> Account<'l> {
    let link = &record.link;
    let draw = |what: &str, below: u64| number_from(&[&record.person, place, what]) % below;
    let brazil = link.institution.contains("_br_");
    let number = format!("{:011}", draw("number", 100_000_000_000));
    let agency = format!("{:04}", draw("agency", 10_000));
    let check_digit = draw("check digit", 10).to_string();
    let cents = u32::try_from(draw("balance", 5_000_000)).unwrap_or_default();
    let (currency, public_name, public_value) = match link.institution.split('_').nth(1) {
        Some("br") => {
            let value = format!("{agency}/{number}-{check_digit}");
            ("BRL", "AGENCY/ACCOUNT", value)
        }
        Some("co") => ("COP", "ACCOUNT_NUMBER", number.clone()),
        Some(_) | None => ("MXN", "CLABE", format!("646180{number}{check_digit}")),
    };
    Account {
        link,
        id: uuid_of(&["account", &link.id, place]),
        institution_type: institution_type(&link.institution),
        category,
        kind: if brazil { portuguese } else { spanish },
        number,
        agency: brazil.then_some(agency),
        check_digit: brazil.then_some(check_digit),
        currency,
        balance: f64::from(cents) / 100.0,
        public_name,
        public_value,
    }
}

/// `bank`, `fiscal` or `employment`.
pub(crate) fn institution_type(institution: &str) -> &'static str {
    match institution.rsplit('_').next() {
        Some("fiscal") => "fiscal",
        Some("employment") => "employment",
        Some(_) | None => "bank",
    }
}

fn number_from(parts: &[&str]) -> u64 {
    let digest = digest(parts);
    digest.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::record;

    fn told(record: &Record) -> Vec<(&'static str, String)> {
        accounts_of(record).map(|account| (account.kind, account.number)).collect()
    }

    #[test]
    fn an_unconfirmed_link_has_no_accounts() {
        let mut unfinished = record("a", 1, None);
        unfinished.link.status = Status::Unconfirmed;
        assert_eq!(accounts_of(&unfinished).count(), 0);
    }

    #[test]
    fn the_same_login_twice_has_the_same_accounts_under_other_ids() {
        let (one, two) = (record("a", 1, None), record("b", 2, None));
        assert_eq!(told(&one), told(&two));
        let id = |record| accounts_of(record).next().unwrap().id;
        assert_ne!(id(&one), id(&two));
        assert_eq!(id(&one), id(&one));
    }

    #[test]
    fn people_have_one_to_three_accounts_and_their_own_numbers() {
        let mut counts = [0; 4];
        let mut numbers = std::collections::BTreeSet::new();
        for person in 0..100 {
            let mut of = record("a", 1, None);
            of.person = person.to_string();
            counts[accounts_of(&of).count()] += 1;
            numbers.extend(told(&of).into_iter().map(|(_, number)| number));
        }
        assert_eq!(counts[0], 0);
        assert!(counts.iter().skip(1).all(|count| *count > 0), "{counts:?}");
        assert_eq!(numbers.len(), counts[1] + 2 * counts[2] + 3 * counts[3]);
    }

    #[test]
    fn each_country_has_its_own_words_and_money() {
        for (institution, currency, name) in [
            ("erebor_mx_retail", "MXN", "CLABE"),
            ("ironbank_br_business", "BRL", "AGENCY/ACCOUNT"),
            ("erebor_co_retail", "COP", "ACCOUNT_NUMBER"),
        ] {
            let mut of = record("a", 1, None);
            of.link.institution = institution.to_owned();
            let account = accounts_of(&of).next().unwrap();
            assert_eq!((account.currency, account.public_name), (currency, name));
        }
    }
}
