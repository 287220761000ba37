//! The Connect Widget's configuration and its hosted address.

use domain::{external_id::ExternalId, link::AccessMode, ports::WidgetToken, values::Institution};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::schema;

/// Where the hosted widget is: an address of configuration, never of a client.
#[derive(Clone, Debug)]
pub struct WidgetUrl(reqwest::Url);

/// Why a text is no widget address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the widget's address is an https URL, or an http one on loopback")]
pub struct WidgetUrlError;

impl WidgetUrl {
    /// The one door.
    pub fn parse(raw: &str) -> Result<Self, WidgetUrlError> {
        let url = reqwest::Url::parse(raw).map_err(|_| WidgetUrlError)?;
        let loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if loopback => Ok(Self(url)),
            _ => Err(WidgetUrlError),
        }
    }

    /// The address that opens the widget for one session.
    #[must_use]
    pub fn hosted(&self, token: &WidgetToken, config: &WidgetConfig) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair("access_token", token.expose_secret()).extend_pairs(config.pairs());
        url.into()
    }
}

/// Languages of the widget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// English.
    En,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
}

/// Countries of institutions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Country {
    /// Brazil.
    Br,
    /// Colombia.
    Co,
    /// Mexico.
    Mx,
}

/// How institutions are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum IntegrationType {
    /// By Brazil's open finance, with a consent.
    Openfinance,
}

/// The widget's startup configuration, in Belvo's names.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WidgetConfig {
    /// The user.
    #[schema(value_type = schema::ExternalId)]
    pub external_id: ExternalId,
    /// Language; Belvo's default when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub locale: Option<Locale>,
    /// Only institutions of these countries.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub country_codes: Option<Vec<Country>>,
    /// Only these institutions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Vec<schema::Institution>>)]
    pub institutions: Option<Vec<Institution>>,
    /// Belvo's default is `recurrent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<schema::AccessMode>)]
    pub access_mode: Option<AccessMode>,
    /// Only institutions that are connected so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_type: Option<IntegrationType>,
}

impl WidgetConfig {
    /// The configuration as query parameters: lists are comma-separated.
    fn pairs(&self) -> Vec<(String, String)> {
        let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(self) else { return Vec::new() };
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let joined = |value: &serde_json::Value| match value {
            serde_json::Value::Array(parts) => parts.iter().map(text).collect::<Vec<_>>().join(","),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::String(_)
            | serde_json::Value::Object(_) => text(value),
        };
        fields.iter().map(|(name, value)| (name.clone(), joined(value))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_loopback_may_be_the_widget() {
        for bad in ["", "widget", "http://widget.belvo.io/", "javascript:alert(1)", "ftp://localhost/"] {
            assert!(WidgetUrl::parse(bad).is_err(), "{bad}");
        }
        assert!(WidgetUrl::parse("https://widget.belvo.io/").is_ok());
        assert!(WidgetUrl::parse("http://127.0.0.1:9100/widget/").is_ok());
    }

    #[test]
    fn the_hosted_address_carries_the_configuration_in_belvos_names() {
        let config = WidgetConfig {
            external_id: ExternalId::parse("user-1").expect("valid"),
            locale: Some(Locale::Pt),
            country_codes: Some(vec![Country::Br, Country::Mx]),
            institutions: Some(vec![Institution::parse("erebor_br_retail").expect("valid")]),
            access_mode: None,
            integration_type: None,
        };
        let url = WidgetUrl::parse("https://widget.example/").expect("valid");
        let hosted = url.hosted(&"a&b".to_owned().into(), &config);
        assert!(hosted.starts_with("https://widget.example/?access_token=a%26b&"), "{hosted}");
        for part in
            ["external_id=user-1", "locale=pt", "country_codes=BR%2CMX", "institutions=erebor_br_retail"]
        {
            assert!(hosted.contains(part), "{hosted}");
        }
    }
}
