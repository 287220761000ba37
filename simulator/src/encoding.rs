//! Base64, hex, digests and UUIDs: the few encodings that ids, tokens and the login header need.

use sha2::{Digest, Sha256};

const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 of the Authorization header.
pub(crate) fn base64(bytes: &[u8]) -> String {
    padded(encode(STANDARD, bytes))
}

/// Base64 with `-` and `_`, padded, as in `institution_user_id`.
pub(crate) fn base64_url(bytes: &[u8]) -> String {
    padded(encode(URL_SAFE, bytes))
}

/// Base64 with `-` and `_`, without padding, as in a JWT.
pub(crate) fn base64_url_bare(bytes: &[u8]) -> String {
    encode(URL_SAFE, bytes)
}

fn encode(alphabet: &[u8; 64], bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .chain(std::iter::repeat(&0))
            .take(3)
            .fold(0_u32, |group, byte| (group << 8) | u32::from(*byte));
        for place in 0..=chunk.len() {
            let digit = (group >> (18 - 6 * place)) & 0x3f;
            text.extend(alphabet.get(digit as usize).copied().map(char::from));
        }
    }
    text
}

fn padded(mut text: String) -> String {
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16);
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]).filter_map(digit).collect()
}

/// 32 bytes from the 43 characters and one `=` that [`base64_url`] makes of them, and from no other text.
pub(crate) fn from_base64_url(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_suffix('=').filter(|digits| digits.len() == 43)?;
    let mut bits = 0_u32;
    let mut bytes = Vec::with_capacity(33);
    for (place, digit) in digits.bytes().enumerate() {
        let value = URL_SAFE.iter().position(|one| *one == digit)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        if place % 4 != 0 {
            bytes.push(u8::try_from((bits >> (6 - 2 * (place % 4))) & 0xff).ok()?);
        }
    }
    let bytes: [u8; 32] = bytes.try_into().ok()?;
    (base64_url(&bytes) == text).then_some(bytes)
}

/// 32 bytes from lower-case hex.
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes().as_chunks::<2>().0.iter();
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let bytes: Option<Vec<u8>> = digits.map(|[high, low]| Some(value(*high)? << 4 | value(*low)?)).collect();
    let bytes: [u8; 32] = bytes?.try_into().ok()?;
    (hex(&bytes) == text).then_some(bytes)
}

/// SHA-256 over parts; each is preceded by its length, so that no part can borrow from the next.
pub(crate) fn digest(parts: &[&str]) -> [u8; 32] {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part.as_bytes());
    }
    sha.finalize().into()
}

/// A version 4 UUID made of these bytes.
pub(crate) fn uuid(bytes: [u8; 16]) -> String {
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// A UUID that is always the same for the same parts.
pub(crate) fn uuid_of(parts: &[&str]) -> String {
    uuid(digest(parts).first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_agrees_with_the_vectors_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
        assert_eq!(base64_url(&[0xfb, 0xff]), "-_8=");
        assert_eq!(base64_url_bare(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }

    #[test]
    fn a_uuid_of_the_same_parts_is_the_same() {
        assert_eq!(uuid_of(&["a", "1"]), uuid_of(&["a", "1"]));
        assert_ne!(uuid_of(&["a", "1"]), uuid_of(&["a", "2"]));
        assert!(uuid::Uuid::parse_str(&uuid_of(&["a"])).is_ok());
    }
}
