//! Widget tokens: how they look (JWTs like Belvo's) and what is remembered of them. Only a digest of
//! a token is kept, in memory and on disk, so that the snapshot file opens no widget.

use hmac::{Hmac, KeyInit, Mac};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha512;

use crate::encoding::{base64_url_bare, digest, hex, uuid_of};

/// What an access token is good for: one attempt to connect or to update one link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) expires_at: Timestamp,
    /// Somebody connected with it: it is spent.
    pub(crate) used: bool,
    pub(crate) scopes: Vec<String>,
    /// Update mode: the link to log in to again.
    pub(crate) link_id: Option<String>,
    pub(crate) owner: Owner,
    pub(crate) credentials_storage: Option<String>,
    pub(crate) stale_in: Option<String>,
    pub(crate) fetch_resources: Option<Vec<String>>,
    /// The link that waits for its code.
    pub(crate) unconfirmed: Option<String>,
    /// The code of the latest failed login, told again on exit.
    pub(crate) last_error: Option<String>,
}

/// Who says which `external_id` the link gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Owner {
    /// The browser, as usual.
    Browser,
    /// The token's maker, with what the rule about personal data left of it.
    Token(Option<String>),
}

/// The two tokens of an answer. The second opens nothing here, as nothing documents what it opens.
#[derive(Serialize)]
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// What the payload of a token tells.
pub(crate) struct Claims<'a> {
    pub(crate) id: &'a str,
    pub(crate) issued_at: Timestamp,
    pub(crate) lifetime_seconds: u32,
    pub(crate) organization: &'a str,
    pub(crate) api_url: &'a str,
    pub(crate) scopes: Vec<&'a str>,
    /// `{id, status, institution}` in update mode.
    pub(crate) link: Option<Value>,
    /// What the request asked for of the link to come: told only where it was asked for.
    pub(crate) wishes: Vec<(&'static str, Value)>,
}

/// The place of a token among the remembered ones.
pub(crate) fn place(access: &str) -> String {
    hex(&digest(&["access", access]))
}

/// Makes the tokens.
pub(crate) fn mint(key: &str, claims: &Claims<'_>) -> Pair {
    const TWENTY_YEARS: i64 = 20 * 365 * 24 * 3600;
    Pair {
        access: jwt(key, &payload(claims, "access", claims.lifetime_seconds.into())),
        refresh: jwt(key, &payload(claims, "refresh", TWENTY_YEARS)),
    }
}

fn payload(claims: &Claims<'_>, kind: &str, seconds: i64) -> Value {
    let issued_at = claims.issued_at.as_second();
    let mut payload = json!({
        "token_type": kind,
        "exp": issued_at + seconds,
        "iat": issued_at,
        "jti": format!("{}-{kind}", claims.id),
        "user_id": uuid_of(&["user", claims.organization]),
        "organization_id": uuid_of(&["organization", claims.organization]),
        "organization_name": "Simulated organization",
        "scopes": claims.scopes,
        "environment": "sandbox",
        "api_url": claims.api_url,
        "iss": claims.api_url,
    });
    if let Some(fields) = payload.as_object_mut() {
        fields.extend(claims.link.iter().map(|link| ("link".to_owned(), link.clone())));
        fields.extend(claims.wishes.iter().map(|(name, wish)| ((*name).to_owned(), wish.clone())));
    }
    payload
}

fn jwt(key: &str, payload: &Value) -> String {
    let header = base64_url_bare(br#"{"alg":"HS512","typ":"JWT"}"#);
    let signed = format!("{header}.{}", base64_url_bare(payload.to_string().as_bytes()));
    // A key of any length makes a MAC, so the error cannot happen; without a signature the token
    // would still be unguessable by its id.
    let signature = Hmac::<Sha512>::new_from_slice(key.as_bytes())
        .map(|mac| mac.chain_update(signed.as_bytes()).finalize().into_bytes())
        .map(|bytes| base64_url_bare(&bytes))
        .unwrap_or_default();
    format!("{signed}.{signature}")
}

/// When a token made now stops working.
pub(crate) fn expiry(now: Timestamp, lifetime_seconds: u32) -> Timestamp {
    now.checked_add(i64::from(lifetime_seconds).seconds()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(id: &str) -> Claims<'_> {
        Claims {
            id,
            issued_at: Timestamp::from_second(1_000).unwrap(),
            lifetime_seconds: 600,
            organization: "org",
            api_url: "http://127.0.0.1:9100",
            scopes: vec!["read_institutions", "write_links"],
            link: None,
            wishes: Vec::new(),
        }
    }

    #[test]
    fn a_token_has_the_three_parts_of_an_hs512_jwt() {
        let pair = mint("key", &claims("a"));
        let parts: Vec<usize> = pair.access.split('.').map(str::len).collect();
        assert_eq!((parts.len(), parts[2]), (3, 86));
        assert!(pair.access.starts_with("eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9."));
        assert_ne!(pair.access, pair.refresh);
    }

    #[test]
    fn a_token_tells_what_was_asked_for_and_nothing_else() {
        let asked = Claims { wishes: vec![("stale_in", "90d".into())], ..claims("a") };
        let payload = payload(&asked, "access", 600);
        assert_eq!(payload["stale_in"], "90d");
        assert_eq!((payload.get("fetch_resources"), payload.get("link")), (None, None));
    }

    #[test]
    fn another_key_or_another_id_makes_another_token() {
        let access = mint("key", &claims("a")).access;
        assert_ne!(access, mint("other", &claims("a")).access);
        assert_ne!(access, mint("key", &claims("b")).access);
        assert_eq!(access, mint("key", &claims("a")).access);
    }

    #[test]
    fn the_place_of_a_token_does_not_contain_it() {
        assert_eq!(place("secret").len(), 64);
        assert!(!place("secret").contains("secret"));
    }
}
