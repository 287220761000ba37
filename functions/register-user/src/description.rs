//! How the API's description tells of this function.

use std::collections::BTreeMap;

use adapters::http::{Problem, refusals};
use domain::external_id::ExternalIdError;
use utoipa::{
    IntoResponses, OpenApi,
    openapi::{OpenApi as Document, RefOr, Response},
};

use crate::Registration;

pub(crate) const BY_REFERENCE: &str = include_str!("../../../events/register-user/admin-by-reference.json");
pub(crate) const IMPORT: &str = include_str!("../../../events/register-user/import.json");

#[derive(OpenApi)]
#[openapi(paths(crate::register_user))]
struct Part;

/// The function's part of the description.
#[must_use]
pub fn openapi() -> Document {
    Part::openapi()
}

/// What a registration is refused for.
pub(crate) struct Refused;

impl IntoResponses for Refused {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let ids = [ExternalIdError::Length, ExternalIdError::PiiSuspected].map(Problem::ExternalId);
        let own = [Problem::Erased, Problem::Forbidden].into_iter().chain(ids);
        refusals(Problem::of_every_route().into_iter().chain(Problem::of_a_body::<Registration>()).chain(own))
    }
}
