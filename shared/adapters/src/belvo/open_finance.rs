//! What the widget shows somebody who is asked for a consent of Brazil's open finance. It is the app's own, the same
//! for everybody, and comes from the configuration.

use reqwest::Url;
use serde::{Deserialize, Serialize};

/// Characters that Belvo takes of a purpose.
const LONGEST_PURPOSE: usize = 140;

/// The app's own part of a consent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenFinance {
    pub(super) callback_urls: CallbackUrls,
    pub(super) branding: Branding,
    pub(super) purpose: Purpose,
    pub(super) terms_and_conditions_url: Page,
}

/// Why a text is no such thing. It tells the shape and repeats nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "JSON with callback_urls (success, exit, event), branding (company_icon, company_logo, company_name, \
     company_terms_url), purpose (at most 140 characters) and terms_and_conditions_url; pages are https"
)]
pub struct OpenFinanceError;

impl OpenFinance {
    /// The one door.
    pub fn parse(raw: &str) -> Result<Self, OpenFinanceError> {
        serde_json::from_str(raw).map_err(|_| OpenFinanceError)
    }
}

/// Where the widget leads when it ends: mostly a deep link into the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallbackUrls {
    success: Return,
    exit: Return,
    event: Return,
}

/// How the app looks in the widget, in Belvo's names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Branding {
    #[serde(rename = "company_icon")]
    icon: Page,
    #[serde(rename = "company_logo")]
    logo: Page,
    #[serde(rename = "company_name")]
    name: Purpose,
    #[serde(rename = "company_terms_url")]
    terms_url: Page,
}

/// A text for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Purpose(String);

/// An address to return to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Return(String);

/// A page or picture on the web.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Page(String);

impl TryFrom<String> for Purpose {
    type Error = OpenFinanceError;
    fn try_from(raw: String) -> Result<Self, OpenFinanceError> {
        let short = (1..=LONGEST_PURPOSE).contains(&raw.chars().count());
        if short && !raw.chars().any(char::is_control) { Ok(Self(raw)) } else { Err(OpenFinanceError) }
    }
}

impl TryFrom<String> for Return {
    type Error = OpenFinanceError;
    fn try_from(raw: String) -> Result<Self, OpenFinanceError> {
        let url = Url::parse(&raw).map_err(|_| OpenFinanceError)?;
        let runs = matches!(url.scheme(), "javascript" | "data" | "vbscript" | "file" | "blob");
        if runs { Err(OpenFinanceError) } else { Ok(Self(raw)) }
    }
}

impl TryFrom<String> for Page {
    type Error = OpenFinanceError;
    fn try_from(raw: String) -> Result<Self, OpenFinanceError> {
        let url = Url::parse(&raw).map_err(|_| OpenFinanceError)?;
        if url.scheme() == "https" { Ok(Self(raw)) } else { Err(OpenFinanceError) }
    }
}

impl From<Purpose> for String {
    fn from(text: Purpose) -> Self {
        text.0
    }
}

impl From<Return> for String {
    fn from(url: Return) -> Self {
        url.0
    }
}

impl From<Page> for String {
    fn from(url: Page) -> Self {
        url.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn good() -> Value {
        json!({
            "callback_urls": {"success": "app://success", "exit": "app://exit", "event": "app://error"},
            "branding": {
                "company_icon": "https://app.example/icon.svg", "company_logo": "https://app.example/logo.svg",
                "company_name": "App", "company_terms_url": "https://app.example/terms",
            },
            "purpose": "Your accounts in one place.",
            "terms_and_conditions_url": "https://app.example/terms",
        })
    }

    #[test]
    fn what_would_run_or_is_not_encrypted_or_too_long_is_refused_and_not_repeated() {
        for (place, value) in [
            ("/callback_urls/success", json!("javascript:alert(1)")),
            ("/callback_urls/exit", json!("data:text/html,hello")),
            ("/callback_urls/event", json!("")),
            ("/branding/company_icon", json!("http://app.example/icon.svg")),
            ("/branding", json!({})),
            ("/purpose", json!("x".repeat(141))),
            ("/purpose", json!("")),
            ("/terms_and_conditions_url", json!("app.example/terms")),
        ] {
            let mut spoiled = good();
            *spoiled.pointer_mut(place).expect("a place") = value;
            assert_eq!(OpenFinance::parse(&spoiled.to_string()), Err(OpenFinanceError), "{place}");
        }
        let mut more = good();
        more["canary"] = json!("canary");
        let refused = OpenFinance::parse(&more.to_string()).expect_err("one field too many");
        assert!(!refused.to_string().contains("canary"));
        assert!(OpenFinance::parse(&good().to_string()).is_ok());
    }
}
