//! The description of our own HTTP API: the functions' parts put together.

use adapters::{http, schema};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document, RefOr, Schema,
        request_body::RequestBody,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// What all parts share.
#[derive(OpenApi)]
#[openapi(
    info(title = "Linkkeeper", description = ABOUT, license(name = "MIT OR Apache-2.0")),
    servers((url = "/")),
    security(("bearer" = [])),
    components(schemas(http::ProblemBody, schema::LinkId, schema::SessionId, schema::User)),
    modifiers(&Bearer),
)]
struct Whole;

const ABOUT: &str = "The back end that a fintech app runs around its Belvo links.

Refusals are `application/problem+json` with a stable `code` and a `request_id`. Not yours, not there and not visible \
yet answer alike. In the cloud the gateway itself refuses bad tokens, unknown routes and floods, in words of its own.

Clients should pass over fields that they do not know, and go by the status where they do not know a `code`.";

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let about = "An access token of the app's own users; its subject names the user. Scope `links:admin` may name any.";
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let scheme = SecurityScheme::Http(bearer.description(Some(about)).build());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", scheme);
        let about = "The whole value that Belvo's dashboard was told to send with webhooks.";
        let value = ApiKeyValue::with_description("Authorization", about);
        components.add_security_scheme("webhook", SecurityScheme::ApiKey(ApiKey::Header(value)));
    }
}

/// The document as it is committed and served.
pub fn document() -> Result<String, serde_json::Error> {
    let parts = [
        belvo_webhook::openapi(),
        register_user::openapi(),
        user_links::openapi(),
        widget_callback::openapi(),
    ];
    let mut whole = parts.into_iter().fold(Whole::openapi(), Document::merge_from);
    let routes = whole.paths.paths.values_mut();
    routes.filter_map(|route| route.post.as_mut()?.request_body.as_mut()).for_each(absent_is_not_null);
    whole.to_pretty_json()
}

/// A body that may be absent is described as one that may be null, which none may be.
fn absent_is_not_null(body: &mut RefOr<RequestBody>) {
    let RefOr::T(body) = body else { return };
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        let Some(RefOr::T(Schema::OneOf(either))) = &content.schema else { continue };
        let Some(RefOr::Ref(one)) = either.items.iter().find(|item| matches!(item, RefOr::Ref(_))) else {
            continue;
        };
        if either.items.len() == 2 && body.required.is_none() {
            content.schema = Some(one.clone().into());
        }
    }
}
