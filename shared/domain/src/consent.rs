//! Who consents to Brazil's open finance. Belvo wants it with the widget's token, so it passes through here: it is
//! checked, held as a secret, sent, and neither kept nor told again.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::values::ValueError;

/// Bytes that a name may have.
const LONGEST_NAME: usize = 120;

/// A person, and the company for which they consent, if any.
#[derive(Clone, Debug)]
pub struct ConsentHolder {
    /// The person's document.
    pub cpf: Cpf,
    /// The person's name.
    pub name: HolderName,
    /// The company.
    pub company: Option<Company>,
}

/// A company for which a person consents.
#[derive(Clone, Debug)]
pub struct Company {
    /// Its document.
    pub cnpj: Cnpj,
    /// Its name.
    pub name: HolderName,
}

/// A CPF: the document number of a person in Brazil, eleven digits of which the last two check the others.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Cpf(SecretString);

/// A CNPJ: the document number of a company in Brazil, twelve digits or (since July 2026) capital letters, and two
/// digits that check them.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Cnpj(SecretString);

/// A name as the institution has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct HolderName(SecretString);

impl Cpf {
    /// The one door: with or without the usual dots and dash.
    pub fn parse(raw: impl Into<String>) -> Result<Self, ValueError> {
        let document = bare(raw.into(), 11, &[(3, '.'), (7, '.'), (11, '-')]).ok_or(ValueError::Cpf)?;
        let digits = document.bytes().all(|b| b.is_ascii_digit()) && !is_one_digit(&document);
        if digits && checks(&document, 12) { Ok(Self(document.into())) } else { Err(ValueError::Cpf) }
    }

    /// The eleven digits.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Cnpj {
    /// The one door: with or without the usual dots, slash and dash.
    pub fn parse(raw: impl Into<String>) -> Result<Self, ValueError> {
        let places = [(2, '.'), (6, '.'), (10, '/'), (15, '-')];
        let document = bare(raw.into(), 14, &places).ok_or(ValueError::Cnpj)?;
        let known = document.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        if known && !is_one_digit(&document) && checks(&document, 9) {
            Ok(Self(document.into()))
        } else {
            Err(ValueError::Cnpj)
        }
    }

    /// The fourteen characters.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl HolderName {
    /// The one door.
    pub fn parse(raw: impl Into<String>) -> Result<Self, ValueError> {
        let raw = raw.into();
        let named = raw.len() <= LONGEST_NAME && raw.chars().any(char::is_alphabetic);
        if named && !raw.chars().any(char::is_control) {
            Ok(Self(raw.into()))
        } else {
            Err(ValueError::HolderName)
        }
    }

    /// The name.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The document without its usual signs, if it has none or all of them, each in its place.
fn bare(raw: String, length: usize, signs: &[(usize, char)]) -> Option<String> {
    if raw.len() == length {
        return Some(raw);
    }
    let whole = raw.len() == length + signs.len() && raw.is_ascii();
    let placed = whole && signs.iter().all(|(at, sign)| raw.chars().nth(*at) == Some(*sign));
    let is_sign = |at: usize| signs.iter().any(|(place, _)| *place == at);
    placed.then(|| raw.chars().enumerate().filter(|(at, _)| !is_sign(*at)).map(|(_, c)| c).collect())
}

/// Documents of one repeated digit pass the sum, and nobody has them.
fn is_one_digit(document: &str) -> bool {
    document.bytes().zip(document.bytes().skip(1)).all(|(one, next)| one == next)
}

/// Whether the last two digits check the rest. Weights count from 2 at the right, and begin anew after `greatest`.
fn checks(document: &str, greatest: u32) -> bool {
    let values: Vec<u32> = document.bytes().map(|b| u32::from(b.saturating_sub(b'0'))).collect();
    let checked = |length: usize| {
        let weights = (2..=greatest).cycle();
        let sum: u32 =
            values.iter().take(length).rev().zip(weights).map(|(value, weight)| value * weight).sum();
        let digit = match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        };
        values.get(length) == Some(&digit)
    };
    let length = document.len().saturating_sub(2);
    checked(length) && checked(length + 1)
}

/// Gives a secret its way through serde. There is none back.
macro_rules! taken_in {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = ValueError;
            fn try_from(raw: String) -> Result<Self, Self::Error> {
                Self::parse(raw)
            }
        }
    };
}

taken_in!(Cpf);
taken_in!(Cnpj);
taken_in!(HolderName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_cpf_is_refused_by_its_rule_and_not_repeated() {
        for bad in [
            "",
            "76109277672",
            "7610927767",
            "761092776733",
            "11111111111",
            "00000000000",
            "761.092.776.73",
            "761-092-776.73",
            "7610927767x",
            "７６１09277673",
            " 76109277673",
            "761.092.776-734", // the last two digits check the others, but there is one too many
        ] {
            let refused = Cpf::parse(bad).expect_err(bad);
            assert_eq!(refused, ValueError::Cpf);
            assert!(bad.is_empty() || !refused.to_string().contains(bad));
        }
    }

    #[test]
    fn a_cpf_is_taken_with_and_without_its_signs() {
        for good in ["76109277673", "761.092.776-73", "52998224725"] {
            assert_eq!(Cpf::parse(good).expect("valid").expose(), good.replace(['.', '-'], ""));
        }
    }

    #[test]
    fn a_cnpj_is_taken_with_digits_and_with_letters_and_nothing_else_is() {
        for good in ["11222333000181", "11.222.333/0001-81", "12ABC34501DE35", "12.ABC.345/01DE-35"] {
            let bare = good.replace(['.', '/', '-'], "");
            assert_eq!(Cnpj::parse(good).expect(good).expose(), bare);
        }
        for bad in ["11222333000182", "11222333000", "12abc34501de35", "12ABC34501DE3X", "00000000000000", ""]
            .into_iter()
            .chain(["112223330001818", "11.222.333/0001-818"])
        {
            assert_eq!(Cnpj::parse(bad).err(), Some(ValueError::Cnpj), "{bad}");
        }
    }

    #[test]
    fn a_name_has_a_letter_no_control_characters_and_an_end() {
        for bad in ["", "   ", "123", "Ana\nLopez", &"a".repeat(121)] {
            assert_eq!(HolderName::parse(bad).err(), Some(ValueError::HolderName));
        }
        assert_eq!(HolderName::parse("Ralph Bragg").expect("valid").expose(), "Ralph Bragg");
    }

    #[test]
    fn nothing_of_a_holder_is_printed() {
        let name = HolderName::parse("Ralph Bragg").expect("valid");
        let company = Company { cnpj: Cnpj::parse("11222333000181").expect("valid"), name: name.clone() };
        let holder =
            ConsentHolder { cpf: Cpf::parse("76109277673").expect("valid"), name, company: Some(company) };
        let printed = format!("{holder:?}");
        for secret in ["76109277673", "11222333000181", "Ralph", "Bragg"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
