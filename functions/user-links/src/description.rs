//! How the API's description tells of this function, and the description itself: `GET /openapi.json`.

use std::collections::BTreeMap;

use adapters::http::{Problem, refusals};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use domain::values::LinkId;
use utoipa::{
    IntoResponses, OpenApi,
    openapi::{OpenApi as Document, RefOr, Response},
};

use crate::session::Wanted;

/// The description of the whole API, as it was committed: a call costs no work.
pub const DOCUMENT: &str = include_str!("../../../openapi.json");

pub(crate) const OPEN_SESSION: &str = include_str!("../../../events/user-links/open-session.json");

#[derive(OpenApi)]
#[openapi(paths(
    crate::connected,
    crate::claim::claim,
    crate::parting::disconnect,
    crate::parting::erase,
    crate::session::open,
    document
))]
struct Part;

/// The function's part of the description.
#[must_use]
pub fn openapi() -> Document {
    Part::openapi()
}

/// Describe this API
///
/// This document. Anybody may read and keep it.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "describe",
    tag = "description",
    responses(
        (status = 200, description = "The description.", body = Object, content_type = "application/json"),
        OfDocument,
    ),
    security(()),
)]
pub(crate) async fn document() -> ([(HeaderName, &'static str); 2], &'static str) {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=3600")], DOCUMENT)
}

/// What a list of links is refused for.
pub(crate) struct OfLinks;

impl IntoResponses for OfLinks {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(Problem::of_every_route().into_iter().chain([Problem::NotFound]))
    }
}

/// What a claim is refused for.
pub(crate) struct OfClaim;

impl IntoResponses for OfClaim {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let own = Problem::of_belvo().into_iter().chain([Problem::NotFound]);
        refusals(Problem::of_every_route().into_iter().chain(own))
    }
}

/// What the start of a session is refused for.
pub(crate) struct OfSessions;

impl IntoResponses for OfSessions {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let update = [Problem::LinkValid, Problem::LinkGone, Problem::LinkSuperseded(LinkId::nil())];
        let own = [Problem::NotFound, Problem::TooManySessions, Problem::ConsentsNotSetUp]
            .into_iter()
            .chain(update);
        let own = own.chain(Problem::of_belvo());
        refusals(Problem::of_every_route().into_iter().chain(Problem::of_a_body::<Wanted>()).chain(own))
    }
}

struct OfDocument;

impl IntoResponses for OfDocument {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals([Problem::MethodNotAllowed])
    }
}
