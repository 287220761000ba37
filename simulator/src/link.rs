//! A link as Belvo knows it, and what a test may say about one that it plants.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// A connection between a person and an institution. The fields are those of Belvo's object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// A UUID.
    pub id: String,
    /// Belvo's name of the institution.
    pub institution: String,
    /// Whether Belvo comes back for fresh data.
    pub access_mode: AccessMode,
    /// Whether the link works.
    pub status: Status,
    /// `7d` for recurrent links, none for single ones.
    pub refresh_rate: Option<String>,
    /// The Belvo user behind the API key.
    pub created_by: String,
    /// The last time Belvo got in.
    pub last_accessed_at: Option<Timestamp>,
    /// The app's id for its user; `None` also when Belvo took it for personal data.
    pub external_id: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The same for the same login at the same institution. Old links have none.
    pub institution_user_id: Option<String>,
    /// `store`, `nostore` or a number of days.
    pub credentials_storage: String,
    /// After how many days without access its data is erased.
    pub stale_in: Option<String>,
    /// What is fetched right after the connection.
    pub fetch_resources: Vec<String>,
}

/// The four statuses of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It works.
    #[default]
    Valid,
    /// The credentials no longer work.
    Invalid,
    /// It was never finished: a code was asked for and not given.
    Unconfirmed,
    /// It worked; now the institution asks for a new code.
    TokenRequired,
}

impl Status {
    /// Belvo's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Unconfirmed => "unconfirmed",
            Self::TokenRequired => "token_required",
        }
    }

    /// Reads Belvo's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Valid, Self::Invalid, Self::Unconfirmed, Self::TokenRequired]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// Whether Belvo comes back for fresh data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessMode {
    /// Once.
    Single,
    /// Regularly. What a link is when nobody says otherwise.
    #[default]
    Recurrent,
}

impl AccessMode {
    /// Belvo's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Recurrent => "recurrent",
        }
    }

    /// Reads Belvo's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Single, Self::Recurrent].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// A link to plant: what is not said gets a sensible value. Nothing is checked, because planting is
/// how a test makes what Belvo itself never would.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewLink {
    /// A fresh UUID unless said. An id that exists is replaced.
    pub id: Option<String>,
    /// `erebor_mx_retail` unless said.
    pub institution: Option<String>,
    /// Who logs in. The same name at the same institution has the same accounts and the same
    /// derived `institution_user_id`. Somebody unheard of unless said.
    pub username: Option<String>,
    /// `recurrent` unless said.
    pub access_mode: Option<AccessMode>,
    /// `valid` unless said.
    pub status: Option<Status>,
    /// Follows the access mode unless said.
    pub refresh_rate: Option<String>,
    /// The simulator's own unless said.
    pub created_by: Option<String>,
    /// `created_at` unless said.
    pub last_accessed_at: Option<Timestamp>,
    /// Stored as it is, without the rule about personal data. `null` unless said.
    pub external_id: Option<String>,
    /// Now unless said.
    pub created_at: Option<Timestamp>,
    /// Derived from institution and username unless said.
    pub institution_user_id: InstitutionUserId,
    /// Follows the access mode unless said.
    pub credentials_storage: Option<String>,
    /// `null` unless said.
    pub stale_in: Option<String>,
    /// `["ACCOUNTS"]` unless said.
    pub fetch_resources: Option<Vec<String>>,
}

/// What a planted link says about the person at the institution. In JSON: left out, `null`, or text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InstitutionUserId {
    /// As Belvo would: from institution and username.
    #[default]
    Derived,
    /// None, as on links made before February 2022.
    Null,
    /// Exactly this.
    Is(String),
}

impl<'de> Deserialize<'de> for InstitutionUserId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map_or(Self::Null, Self::Is))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_link_with_a_misspelled_field_is_refused() {
        assert!(serde_json::from_str::<NewLink>(r#"{"extenal_id":"u"}"#).is_err());
    }

    #[test]
    fn an_institution_user_id_may_be_left_out_null_or_given() {
        for (json, expected) in [
            ("{}", InstitutionUserId::Derived),
            (r#"{"institution_user_id":null}"#, InstitutionUserId::Null),
            (r#"{"institution_user_id":"x"}"#, InstitutionUserId::Is("x".to_owned())),
        ] {
            let new: NewLink = serde_json::from_str(json).unwrap();
            assert_eq!(new.institution_user_id, expected, "{json}");
        }
    }

    #[test]
    fn words_and_statuses_are_the_same_everywhere() {
        for word in ["valid", "invalid", "unconfirmed", "token_required"] {
            let status = Status::parse(word).unwrap();
            assert_eq!(serde_json::to_value(status).unwrap(), word);
        }
        assert_eq!(Status::parse("deleted"), None);
    }
}
