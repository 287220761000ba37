//! Belvo's routes that we use. Paths are made of literals and of ids that are hexadecimal by their type.

use domain::values::{ConsentId, LinkId};

/// One route.
#[derive(Clone, Copy)]
pub(super) enum Route {
    /// Answers whoever has keys.
    Root,
    /// Widget tokens.
    Token,
    /// All links.
    Links,
    /// One link.
    Link(LinkId),
    /// All accounts.
    Accounts,
    /// All consents.
    Consents,
    /// One consent.
    Consent(ConsentId),
    /// All institutions.
    Institutions,
}

impl Route {
    /// The route without ids, for the log.
    pub(super) fn template(self) -> &'static str {
        match self {
            Self::Root => "/api/",
            Self::Token => "/api/token/",
            Self::Links => "/api/links/",
            Self::Link(_) => "/api/links/{id}/",
            Self::Accounts => "/api/accounts/",
            Self::Consents => "/api/consents/",
            Self::Consent(_) => "/api/consents/{id}/",
            Self::Institutions => "/api/institutions/",
        }
    }

    /// The route as it is called.
    pub(super) fn path(self) -> String {
        match self {
            Self::Link(id) => format!("/api/links/{id}/"),
            Self::Consent(id) => format!("/api/consents/{id}/"),
            Self::Root | Self::Token | Self::Links | Self::Accounts | Self::Institutions | Self::Consents => {
                self.template().to_owned()
            }
        }
    }
}
