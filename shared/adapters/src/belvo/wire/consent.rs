//! Belvo's wire format of a consent in the request for a widget token. It holds a person's document and name.

use domain::consent::ConsentHolder;
use serde::Serialize;

use super::super::open_finance::{Branding, CallbackUrls, OpenFinance, Page, Purpose};

/// The scopes of such a token, exactly so.
pub(super) const SCOPES: &str =
    "read_institutions,write_links,read_consents,write_consents,write_consent_callback,delete_consents";

/// The token's `widget`.
#[derive(Serialize)]
pub(super) struct Widget<'a> {
    openfinance_feature: &'static str,
    callback_urls: &'a CallbackUrls,
    branding: &'a Branding,
    consent: Consent<'a>,
}

#[derive(Serialize)]
struct Consent<'a> {
    purpose: &'a Purpose,
    terms_and_conditions_url: &'a Page,
    permissions: [&'static str; 4],
    identification_info: Vec<Identification<'a>>,
}

#[derive(Serialize)]
struct Identification<'a> {
    r#type: &'static str,
    number: &'a str,
    name: &'a str,
}

/// The widget for this holder.
pub(super) fn widget<'a>(app: &'a OpenFinance, holder: &'a ConsentHolder) -> Widget<'a> {
    let person = Identification { r#type: "CPF", number: holder.cpf.expose(), name: holder.name.expose() };
    let company = holder.company.as_ref().map(|company| Identification {
        r#type: "CNPJ",
        number: company.cnpj.expose(),
        name: company.name.expose(),
    });
    Widget {
        openfinance_feature: "consent_link_creation",
        callback_urls: &app.callback_urls,
        branding: &app.branding,
        consent: Consent {
            purpose: &app.purpose,
            terms_and_conditions_url: &app.terms_and_conditions_url,
            permissions: ["REGISTER", "ACCOUNTS", "CREDIT_CARDS", "CREDIT_OPERATIONS"],
            identification_info: [Some(person), company].into_iter().flatten().collect(),
        },
    }
}
