//! How the API's description tells of this function.

use std::collections::BTreeMap;

use adapters::http::{Problem, refusals};
use utoipa::{
    IntoResponses, OpenApi,
    openapi::{OpenApi as Document, RefOr, Response},
};

pub(crate) const WEBHOOK: &str = include_str!("../../../events/belvo-webhook/historical-update.json");

#[derive(OpenApi)]
#[openapi(paths(crate::take))]
struct Part;

/// The function's part of the description.
#[must_use]
pub fn openapi() -> Document {
    Part::openapi()
}

/// What a webhook is refused for. Not for what it says.
pub(crate) struct Refused;

impl IntoResponses for Refused {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(Problem::of_every_route().into_iter().chain([Problem::BodyTooLarge]))
    }
}
