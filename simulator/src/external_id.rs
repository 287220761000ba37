//! Belvo's rules for `external_id`: its characters, its length, and the one that surprises people.
//! What looks like personal data is stored as `null` and nothing is said about it.
//!
//! Belvo's detector is not published. This one knows e-mail addresses, long runs of digits (phones,
//! CPF, CNPJ, cards, CLABE; also with the usual separators), CURP and RFC.

/// A digit run this long could be a telephone number.
const SUSPICIOUS_DIGITS: usize = 8;

/// The `external_id` may not be used at all: Belvo answers 400 `invalid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// What Belvo stores for the `external_id` that it was given.
pub(crate) fn stored(given: &str) -> Result<Option<String>, Malformed> {
    if looks_personal(given) {
        return Ok(None);
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !(3..=256).contains(&given.len()) || !given.chars().all(plain) {
        return Err(Malformed);
    }
    Ok(Some(given.to_owned()))
}

fn looks_personal(text: &str) -> bool {
    // Belvo's own examples use bare UUIDs, and many a UUID has a long run of digits.
    if uuid::Uuid::parse_str(text).is_ok() {
        return false;
    }
    text.contains('@') || has_long_number(text) || words(text).any(is_tax_or_population_id)
}

/// Counts digits in a row, seeing through the separators that people write numbers with.
fn has_long_number(text: &str) -> bool {
    let mut run = 0;
    text.chars().any(|c| {
        run = match c {
            '0'..='9' => run + 1,
            '-' | '.' | ' ' | '/' | '(' | ')' | '+' => run,
            _ => 0,
        };
        run >= SUSPICIOUS_DIGITS
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
}

/// CURP: `AAAA999999HAAAAAX9`. RFC: `AAA999999XXX` for companies, one letter more for people.
fn is_tax_or_population_id(word: &str) -> bool {
    ["AAAA999999HAAAAAX9", "AAAA999999XXX", "AAA999999XXX"].into_iter().any(|shape| has_shape(word, shape))
}

fn has_shape(word: &str, shape: &str) -> bool {
    word.len() == shape.len()
        && word.chars().zip(shape.chars()).all(|(c, kind)| match kind {
            'A' => c.is_ascii_alphabetic(),
            '9' => c.is_ascii_digit(),
            'H' => matches!(c.to_ascii_uppercase(), 'H' | 'M' | 'X'),
            _ => c.is_ascii_alphanumeric(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_characters_and_lengths_are_malformed() {
        let long = "a".repeat(257);
        for given in ["", "ab", "user one", "usuário", "a.b.c", long.as_str()] {
            assert_eq!(stored(given), Err(Malformed), "{given}");
        }
    }

    #[test]
    fn personal_data_becomes_null_without_a_word() {
        for given in [
            "ana@example.com",
            "+5511912345678",
            "user-5511912345678",
            "12345678",
            "123.456.789-09",
            "123-456-789-09",
            "12.345.678/0001-95",
            "4111-1111-1111-1111",
            "u_4111111111111111_x",
            "GODE561231HDFRRN09",
            "gode561231gr8",
            "user_ABC680524P76",
        ] {
            assert_eq!(stored(given), Ok(None), "{given}");
        }
    }

    #[test]
    fn ordinary_ids_are_kept_as_they_are() {
        let long = "a".repeat(256);
        for given in [
            "abc",
            "usr_8Yq2",
            "u_1234567",
            "6f1c12ad-1234-4567-8901-123456789012",
            "lk_qwertyuiopasdfghjklzxcvbnm",
            long.as_str(),
        ] {
            assert_eq!(stored(given), Ok(Some(given.to_owned())), "{given}");
        }
    }
}
