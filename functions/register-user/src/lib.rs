//! `POST /users`: registers a user before any link exists. Safe to repeat; one request to the table.
//!
//! An end user's reference is the token's subject, so an end user can register nobody else. An admin names
//! the user: by reference, or by an `external_id` from before (import).

mod description;

use std::sync::Arc;

use adapters::{
    http::{Body, Caller, Json, Problem, answer, body_of, edge},
    schema,
};
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::post};
use domain::{
    change::{Actor, Source},
    external_id::{ExternalId, ReferenceKey},
    ports::{Acting, Ambient, Registered, Users},
    register::{register, register_reference},
    user::User,
    values::Reference,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use description::openapi;
use description::{BY_REFERENCE, IMPORT};

/// What the function needs: no Belvo at all.
#[derive(Debug)]
pub struct Deps<S, A> {
    /// The store.
    pub users: S,
    /// Time and chance.
    pub ambient: A,
    /// Turns references into ids.
    pub key: ReferenceKey,
}

/// The function's routes.
pub fn router<S, A>(deps: Deps<S, A>) -> Router
where
    S: Users + Send + Sync + 'static,
    A: Ambient + 'static,
{
    edge(Router::new().route("/users", post(register_user::<S, A>)).with_state(Arc::new(deps)))
}

/// What an admin may send, one of the two; an end user sends nothing.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Registration {
    /// The app's own key for the user, whose `external_id` is derived from it.
    #[schema(value_type = Option<schema::Reference>)]
    reference: Option<Reference>,
    /// An id from before. It may not begin with `lk_`, nor look like personal data.
    #[schema(value_type = Option<schema::ExternalId>)]
    external_id: Option<String>,
}

impl Body for Registration {
    const SHAPE: &'static str = r#"the body is empty or {} for an end user, {"reference": "…"} or {"external_id": "…"} for an admin; a reference has 1 to 256 bytes without control characters"#;
    const MAY_BE_EMPTY: bool = true;
}

/// A registered user.
#[derive(Serialize, ToSchema)]
#[schema(as = RegisteredUser)]
struct Answer {
    #[schema(value_type = schema::ExternalId)]
    external_id: ExternalId,
    created_at: jiff::Timestamp,
}

/// Register a user
///
/// Before any link exists. Safe to repeat: the same user always gets the same `external_id`. An end user sends no body;
/// a caller with scope `links:admin` names the user.
#[utoipa::path(
    post,
    path = "/users",
    operation_id = "registerUser",
    tag = "users",
    request_body(
        content = Option<Registration>,
        examples(
            ("by reference" = (value = json!(body_of(BY_REFERENCE)))),
            ("import" = (value = json!(body_of(IMPORT)))),
        ),
    ),
    responses(
        (
            status = 201,
            description = "The user is new.",
            body = Answer,
            links(("open a session" = (
                operation_id = "openLinkSession",
                parameters(("user" = "$response.body#/external_id")),
            ))),
        ),
        (status = 200, description = "The user was registered already.", body = Answer),
        description::Refused,
    ),
)]
async fn register_user<S, A>(
    State(deps): State<Arc<Deps<S, A>>>,
    caller: Caller,
    Json(body): Json<Registration>,
) -> Result<Response, Problem>
where
    S: Users + Send + Sync + 'static,
    A: Ambient + 'static,
{
    let Deps { users, ambient, key } = &*deps;
    let users = &Acting::new(users, caller.is_admin().then_some(Actor::Admin));
    let registered = match named(&caller, body, key)? {
        Named::Derived(id) => register_reference(users, ambient, id, Source::Registration).await?,
        Named::Imported(id) => register(users, ambient, id, Source::Registration).await?,
    };
    let (status, User { external_id, created_at, alias: _ }) = match registered {
        Registered::New(user) => (StatusCode::CREATED, user),
        Registered::Known(user) => (StatusCode::OK, user),
        Registered::Erased => return Err(Problem::Erased),
    };
    Ok(answer(status, &Answer { external_id, created_at }))
}

/// The id of a user, and where it comes from.
enum Named {
    /// From the app's reference, whose next owner gets another should this one have been erased.
    Derived(ExternalId),
    /// Brought along by an admin.
    Imported(ExternalId),
}

/// The id of the user whom this caller may and does name.
fn named(caller: &Caller, body: Registration, key: &ReferenceKey) -> Result<Named, Problem> {
    match (caller.is_admin(), body.reference, body.external_id) {
        (false, None, None) => Ok(Named::Derived(ExternalId::derive(key, caller.subject()))),
        (false, _, _) => Err(Problem::Forbidden),
        (true, Some(reference), None) => Ok(Named::Derived(ExternalId::derive(key, &reference))),
        (true, None, Some(external_id)) => Ok(Named::Imported(ExternalId::import(external_id)?)),
        (true, _, _) => Err(Problem::InvalidBody(Registration::SHAPE)),
    }
}
