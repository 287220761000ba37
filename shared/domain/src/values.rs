//! Values with rules: each is a type with one fallible door, which JSON and the table go through too.
//!
//! Errors name the rule and never repeat the value. What is personal or secret prints as `[redacted]`.

#[cfg(test)]
mod doors;
mod error;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::letters;

pub use error::ValueError;

/// Gives a private-field text type its one door, its way out, and serde through both.
macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, $error:expr, $rule:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The one door.
            pub fn parse(raw: impl Into<String>) -> Result<Self, ValueError> {
                let raw = raw.into();
                let rule: fn(&str) -> bool = $rule;
                if rule(&raw) { Ok(Self(raw)) } else { Err($error) }
            }

            /// The value as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

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
    };
}

/// Prints a value as it is: for values that identify nobody.
macro_rules! shown {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Prints nothing of a value: for values that point at a person. There is no `Display`.
macro_rules! redacted {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}

text_value!(
    /// Belvo's name of an institution, such as `erebor_mx_retail`. Real names do not all follow the pattern
    /// of Belvo's description (`ofbs2_br_business`), so only length and characters are checked.
    Institution,
    ValueError::Institution,
    |raw| within(raw, 128) && raw.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
);
shown!(Institution);

text_value!(
    /// The institution's own name, for people to read: `Erebor México`.
    InstitutionName,
    ValueError::InstitutionName,
    |raw| within(raw, 128) && !raw.chars().any(char::is_control)
);
shown!(InstitutionName);

text_value!(
    /// A currency, such as `MXN`.
    Currency,
    ValueError::Currency,
    |raw| raw.len() == 3 && raw.bytes().all(|b| b.is_ascii_uppercase())
);
shown!(Currency);

impl InstitutionName {
    /// The name that the API has for it, where there is no other.
    #[must_use]
    pub fn of(institution: &Institution) -> Self {
        Self(institution.as_str().to_owned()) // an institution's characters are among those of any name
    }
}

text_value!(
    /// Belvo's opaque mark for one login at one institution. Pseudonymous, so never shown. Documented as 44
    /// characters, but the article's own example has 43: compared byte for byte, never taken apart.
    InstitutionUserId,
    ValueError::InstitutionUserId,
    |raw| within(raw, 128) && raw.bytes().all(|b| b.is_ascii_graphic())
);
redacted!(InstitutionUserId);

text_value!(
    /// The app's own key for a user. Never stored: the `external_id` is derived from it with a keyed hash.
    Reference,
    ValueError::Reference,
    |raw| within(raw, 256) && !raw.chars().any(char::is_control)
);
redacted!(Reference);

text_value!(
    /// One attempt to connect or update an account: `ls_` and 28 letters, random.
    SessionId,
    ValueError::SessionId,
    |raw| raw.strip_prefix(SessionId::PREFIX).is_some_and(letters::is_encoded)
);
shown!(SessionId);

text_value!(
    /// A code of Belvo's or the widget's, such as `login_error`: a word, never a message.
    Code,
    ValueError::Code,
    |raw| within(raw, 64) && raw.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
);
shown!(Code);

impl SessionId {
    const PREFIX: &str = "ls_";

    /// A new id from 128 random bits.
    #[must_use]
    pub fn mint(random: [u8; 16]) -> Self {
        Self(format!("{}{}", Self::PREFIX, letters::encode(random)))
    }
}

fn within(raw: &str, most: usize) -> bool {
    (1..=most).contains(&raw.len())
}

/// Gives an id of Belvo's its one door. Parsed to its sixteen bytes, so two spellings of one id are one id.
macro_rules! uuid_value {
    ($(#[$doc:meta])* $name:ident, $error:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// The one door: 36 characters with hyphens, in either case. Other spellings of UUIDs are not Belvo's.
            pub fn parse(raw: &str) -> Result<Self, ValueError> {
                if raw.len() != 36 {
                    return Err($error);
                }
                uuid::Uuid::try_parse(raw).map(Self).map_err(|_| $error)
            }
        }

        impl TryFrom<String> for $name {
            type Error = ValueError;
            fn try_from(raw: String) -> Result<Self, Self::Error> {
                Self::parse(&raw)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

uuid_value!(
    /// Belvo's id of a link.
    LinkId,
    ValueError::LinkId
);
uuid_value!(
    /// Belvo's id of the consent behind a link.
    ConsentId,
    ValueError::ConsentId
);

impl LinkId {
    /// An id that no link has: all zeros. Reading it must answer "not found".
    #[must_use]
    pub fn nil() -> Self {
        Self(uuid::Uuid::nil())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_id_is_a_hyphenated_uuid_and_nothing_else() {
        let id = LinkId::parse("0B6A1F3E-0000-4000-8000-00000000000A").expect("either case");
        assert_eq!(id.to_string(), "0b6a1f3e-0000-4000-8000-00000000000a");
        for bad in [
            "",
            "link-id-1",
            "0b6a1f3e00004000800000000000000a",
            "../../etc/passwd",
            "{0b6a1f3e-0000-4000-8000-0000000a}",
        ] {
            assert_eq!(LinkId::parse(bad), Err(ValueError::LinkId), "{bad}");
        }
    }

    #[test]
    fn an_institution_user_id_may_have_the_articles_43_characters() {
        let articles = "ooE7XJWEKypZJR603ecaWYk-8Ap0oD8Nr1pBQ4eG9c=";
        assert_eq!(articles.len(), 43);
        assert!(InstitutionUserId::parse(articles).is_ok());
        for bad in ["", "with space", "line\nbreak", &"x".repeat(129)] {
            assert!(InstitutionUserId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_points_at_a_person_is_not_printed() {
        let secret = "maria-lopez";
        let shown = format!("{:?} {:?}", Reference::parse(secret), InstitutionUserId::parse(secret));
        assert!(!shown.contains("maria"), "{shown}");
    }

    #[test]
    fn json_goes_through_the_same_doors() {
        assert!(serde_json::from_str::<Institution>("\"erebor mx\"").is_err());
        assert!(serde_json::from_str::<Reference>("\"\"").is_err());
        assert!(serde_json::from_str::<SessionId>("\"ls_short\"").is_err());
        assert!(serde_json::from_str::<Code>("\"<script>\"").is_err());
        assert!(serde_json::from_str::<LinkId>("\"42\"").is_err());
    }

    #[test]
    fn a_minted_session_id_goes_through_its_own_door() {
        let id = SessionId::mint([7; 16]);
        assert_eq!(SessionId::parse(id.as_str()), Ok(id));
    }
}
