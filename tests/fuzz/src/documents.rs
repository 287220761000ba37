//! Documents and names of people and companies who consent: check digits by the textbook, and nothing is printed.

use std::fmt::Debug;

use domain::{
    consent::{Cnpj, Cpf, HolderName},
    values::ValueError,
};

use crate::quiet::{says_nothing, tells_nothing};

/// Tries the text as each of them.
pub fn check(text: &str) {
    let bare = bare(text, 11, &[3, 6, 9], "..-");
    let cpf = bare.is_some_and(|bare| bare.chars().all(|c| c.is_ascii_digit()) && checks(&bare, &CPF));
    secret(text, cpf, Cpf::parse(text), Cpf::expose);
    let bare = self::bare(text, 14, &[2, 5, 8, 12], "../-");
    let known = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
    let cnpj = bare.is_some_and(|bare| bare.chars().all(known) && checks(&bare, &CNPJ));
    secret(text, cnpj, Cnpj::parse(text), Cnpj::expose);
    let named = text.len() <= 120 && text.contains(char::is_alphabetic) && !text.contains(char::is_control);
    secret(text, named, HolderName::parse(text), HolderName::expose);
}

fn secret<T: Debug>(text: &str, right: bool, parsed: Result<T, ValueError>, expose: fn(&T) -> &str) {
    assert_eq!(parsed.is_ok(), right, "the door and its rule disagree");
    match parsed {
        Ok(value) => {
            says_nothing(&format!("{value:?}"));
            assert!(expose(&value).len() <= text.len());
        }
        Err(error) => tells_nothing(&error),
    }
}

/// The document without its signs: all of them stood in their places, or none.
fn bare(text: &str, length: usize, places: &[usize], signs: &str) -> Option<String> {
    if text.len() == length && text.is_ascii() {
        return Some(text.to_owned());
    }
    if text.len() != length + places.len() {
        return None;
    }
    let known: String = text.chars().filter(|c| !signs.contains(*c)).collect();
    if known.len() != length || !known.is_ascii() {
        return None;
    }
    let mut dressed = known.clone();
    for (before, (place, sign)) in places.iter().zip(signs.chars()).enumerate() {
        dressed.insert(place + before, sign);
    }
    (dressed == text).then_some(known)
}

/// The weights of the last but one check digit; those of the last have one more in front.
const CPF: [u32; 11] = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0];
const CNPJ: [u32; 14] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2, 0];

/// Whether the last digits are those that the weights give, and not all characters are one.
fn checks(document: &str, weights: &[u32]) -> bool {
    let values: Vec<u32> = document.bytes().map(|byte| u32::from(byte) - u32::from(b'0')).collect();
    let last = values.len() - 1;
    let digit = |upto: usize| {
        let sum: u32 =
            values[..upto].iter().zip(&weights[last - upto..]).map(|(value, weight)| value * weight).sum();
        if sum % 11 < 2 { 0 } else { 11 - sum % 11 }
    };
    let one = values.iter().all(|value| value == &values[0]);
    !one && values[last - 1] == digit(last - 1) && values[last] == digit(last)
}
