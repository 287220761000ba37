//! Who calls: the claims that API Gateway's JWT authorizer verified and passed along. Nothing in a path or
//! body can make a caller somebody else.

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{
    change::Actor,
    external_id::{ExternalId, ReferenceKey},
    values::Reference,
};
use lambda_http::request::RequestContext;

use super::Problem;

/// The scope of callers that may name any user.
pub const ADMIN_SCOPE: &str = "links:admin";

/// The verified caller of a request.
#[derive(Clone, Debug)]
pub struct Caller {
    subject: Reference,
    admin: bool,
}

impl Caller {
    /// The app's own key for the user who calls.
    #[must_use]
    pub fn subject(&self) -> &Reference {
        &self.subject
    }

    /// Whether the caller may name any user.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.admin
    }

    /// Who acts, when it is not the user: whoever names one by `external_id`.
    #[must_use]
    pub fn acting_for(&self, named: &str) -> Option<Actor> {
        (self.admin && named != "me").then_some(Actor::Admin)
    }

    /// The user whom `{user}` of a path means for this caller: `me`, or for an admin any `external_id`.
    pub fn user(&self, named: &str, key: &ReferenceKey) -> Result<ExternalId, Problem> {
        match named {
            "me" => Ok(ExternalId::derive(key, &self.subject)),
            other if self.admin => ExternalId::parse(other).map_err(|_| Problem::NotFound),
            _ => Err(Problem::NotFound),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    /// Refuses when there are no claims: a route that lost its authorizer stays closed.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(RequestContext::ApiGatewayV2(context)) = parts.extensions.get::<RequestContext>() else {
            return Err(Problem::Unauthenticated);
        };
        let jwt = context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref());
        let claims = &jwt.ok_or(Problem::Unauthenticated)?.claims;
        let subject = claims.get("sub").cloned().unwrap_or_default();
        let subject = Reference::parse(subject).map_err(|_| Problem::Unauthenticated)?;
        let scopes = claims.get("scope").map_or("", String::as_str);
        Ok(Self { subject, admin: scopes.split(' ').any(|scope| scope == ADMIN_SCOPE) })
    }
}
