//! Sixteen bytes as 28 lower-case letters: what our ids are made of.
//!
//! Letters only, so that no detector of personal data can take an id for a phone, tax or card number, and
//! one case only, because nobody promises that Belvo's filter on `external_id` is case-sensitive.

/// Length of an encoded id: `26^28` is the first power of 26 above `2^128`.
pub const LENGTH: usize = 28;

/// Encodes `bytes`, most significant letter first.
#[must_use]
pub fn encode(bytes: [u8; 16]) -> String {
    let mut rest = u128::from_be_bytes(bytes);
    let mut reversed = String::with_capacity(LENGTH);
    for _ in 0..LENGTH {
        let digit = u8::try_from(rest % 26).unwrap_or_default();
        reversed.push(char::from(b'a' + digit));
        rest /= 26;
    }
    reversed.chars().rev().collect()
}

/// Whether `text` has the shape that [`encode`] gives.
#[must_use]
pub fn is_encoded(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn different_bytes_give_different_letters_of_one_length() {
        assert_eq!(encode([0; 16]), "a".repeat(LENGTH));
        let all = encode([0xff; 16]);
        assert!(is_encoded(&all) && all != encode([0xfe; 16]), "{all}");
    }

    #[test]
    fn digits_capitals_and_other_lengths_are_not_encoded_ids() {
        for bad in ["", "abc", &"A".repeat(LENGTH), &"1".repeat(LENGTH), &"a".repeat(LENGTH + 1)] {
            assert!(!is_encoded(bad), "{bad}");
        }
    }

    /// The bytes that letters stand for.
    fn decode(letters: &str) -> u128 {
        letters.bytes().fold(0_u128, |value, b| value.wrapping_mul(26).wrapping_add(u128::from(b - b'a')))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_two_ids_share_their_letters(bytes in any::<[u8; 16]>()) {
            let letters = encode(bytes);
            prop_assert!(is_encoded(&letters));
            prop_assert_eq!(decode(&letters).to_be_bytes(), bytes, "what can be decoded is injective");
        }
    }
}
