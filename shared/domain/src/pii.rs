//! What looks like personal data in an id, so that an import does not lose its links to Belvo's own rule.
//!
//! Belvo's detector is not published; this one is a little stricter than what its guides warn of.

/// Digits in a row, separators aside, from which on a text may be a phone, tax, card or account number.
const LONGEST_HARMLESS_RUN: usize = 7;

/// Whether `id` (letters, digits, `-` and `_`) looks like personal data.
#[must_use]
pub fn suspected(id: &str) -> bool {
    if is_uuid(id) {
        return false; // Belvo's own examples use bare UUIDs
    }
    longest_digit_run(id) > LONGEST_HARMLESS_RUN || id.split(['-', '_']).any(is_tax_id)
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36 && uuid::Uuid::try_parse(id).is_ok() && id.bytes().any(|b| b.is_ascii_alphabetic())
}

/// The longest run of digits when `-` and `_` are passed over: `123-456-789-09` counts eleven.
fn longest_digit_run(id: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for byte in id.bytes().filter(|b| *b != b'-' && *b != b'_') {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Mexico's RFC (12 or 13) and CURP (18): three or four letters, a date of six digits, then the rest.
fn is_tax_id(token: &str) -> bool {
    let letters = token.bytes().take_while(u8::is_ascii_alphabetic).count();
    let date = token.bytes().skip(letters).take_while(u8::is_ascii_digit).count();
    (3..=4).contains(&letters) && date >= 6 && matches!(token.len(), 12 | 13 | 18)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_people_are_suspected_however_they_are_written() {
        for bad in
            ["12345678909", "123-456-789-09", "u_5511912345678", "4111_1111_1111_1111", "012180012345678901"]
        {
            assert!(suspected(bad), "{bad}");
        }
    }

    #[test]
    fn tax_ids_with_letters_are_suspected() {
        for bad in ["GODE561231GR8", "ABC680524P76", "BADD110313HCMLNS09", "user-gode561231gr8"] {
            assert!(suspected(bad), "{bad}");
        }
    }

    #[test]
    fn a_number_as_long_as_a_uuid_is_suspected_all_the_same() {
        let long = format!("customer-{:0>27}", "5511912345678");
        assert_eq!(long.len(), 36);
        assert!(suspected(&long));
    }

    #[test]
    fn ordinary_ids_are_not() {
        for good in [
            "user_8Yq2",
            "ana",
            "client",
            "shop-2411",
            "mzxw6ytboimz",
            "gode12345-abcdef",
            "customer-1234567",
            "0b6a1f3e-1234-4567-8901-234567890123",
            "u_mzxw6ytboi",
        ] {
            assert!(!suspected(good), "{good}");
        }
    }
}
