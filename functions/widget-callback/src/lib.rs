//! `POST /users/{user}/link-sessions/{session_id}/callbacks`: what the Connect Widget said, forwarded by
//! the app as it came. Never believed: a link is read back from Belvo before it is bound.

mod description;
mod said;

use std::sync::Arc;

use adapters::{
    http::{Caller, Json, LinkView, Path, Problem, Quarantined, answer, body_of, edge},
    schema,
};
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::post};
use domain::{
    callbacks::{Ingested, Success, Told, end_session, ingest},
    external_id::{ExternalId, ReferenceKey},
    policy::Policy,
    ports::{Acting, Ambient, Ledgers, Provider},
    session::OutcomeKind,
    values::{LinkId, SessionId},
};
use said::{Said, Succeeded};
use serde::Serialize;
use utoipa::ToSchema;

pub use description::openapi;

/// What the function needs.
#[derive(Debug)]
pub struct Deps<S, P, A> {
    /// The store.
    pub store: S,
    /// Belvo.
    pub provider: P,
    /// Time and chance.
    pub ambient: A,
    /// The rules' figures.
    pub policy: Policy,
    /// Turns references into ids.
    pub key: ReferenceKey,
}

/// The function's routes.
pub fn router<S, P, A>(deps: Deps<S, P, A>) -> Router
where
    S: Ledgers + Send + Sync + 'static,
    P: Provider + Send + Sync + 'static,
    A: Ambient + 'static,
{
    let route = "/users/{user}/link-sessions/{session_id}/callbacks";
    edge(Router::new().route(route, post(callback::<S, P, A>)).with_state(Arc::new(deps)))
}

/// What a 200 tells.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Known {
    /// The link, which was bound already.
    Link(LinkView),
    /// What was kept of an exit or event.
    Kept(Kept),
}

/// What a 202 tells.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Waiting {
    /// The link, which waits for Belvo.
    Link(LinkView),
    /// A link that nothing proves to be the user's.
    SetAside(SetAside),
}

/// What was kept of an exit or event.
#[derive(Serialize, ToSchema)]
struct Kept {
    #[schema(value_type = schema::SessionId)]
    session_id: SessionId,
    #[schema(value_type = schema::OutcomeKind)]
    r#type: OutcomeKind,
}

/// A link that nothing proves to be the user's: kept, and not bound.
#[derive(Serialize, ToSchema)]
struct SetAside {
    #[schema(value_type = schema::LinkId)]
    link_id: LinkId,
    state: Quarantined,
}

/// Forward what the widget said
///
/// A success, an exit or an event, in the widget's own fields. Never believed: a link is read back from Belvo before it
/// is bound. Safe to repeat.
#[utoipa::path(
    post,
    path = "/users/{user}/link-sessions/{session_id}/callbacks",
    operation_id = "forwardCallback",
    tag = "link sessions",
    params(("user" = schema::User, Path), ("session_id" = schema::SessionId, Path)),
    request_body(
        content = Said,
        examples(
            ("success" = (value = json!(body_of(description::SUCCESS)))),
            ("exit" = (value = json!(body_of(description::EXIT)))),
            ("event" = (value = json!(body_of(description::EVENT)))),
        ),
    ),
    responses(
        (status = 201, description = "The link is bound to the user.", body = LinkView),
        (status = 200, description = "The link was bound already, or the exit or event is kept.", body = Known),
        (status = 202, description = "Kept: Belvo could not be asked, or nothing proves whose it is.", body = Waiting),
        description::Refused,
    ),
)]
async fn callback<S, P, A>(
    State(deps): State<Arc<Deps<S, P, A>>>,
    caller: Caller,
    Path((user, session)): Path<(String, String)>,
    Json(said): Json<Said>,
) -> Result<Response, Problem>
where
    S: Ledgers + Send + Sync + 'static,
    P: Provider + Send + Sync + 'static,
    A: Ambient + 'static,
{
    let store = Acting::new(&deps.store, caller.acting_for(&user));
    let user = caller.user(&user, &deps.key)?;
    let session = SessionId::parse(session).map_err(|_| Problem::NotFound)?;
    match said {
        Said::Success(succeeded) => success(&deps, &store, user, session, succeeded).await,
        Said::Ended(ended) => {
            let outcome = ended.at(deps.ambient.now());
            let told = Told { user, session, outcome };
            let ended = end_session(&store, &deps.ambient, &told).await?.ok_or(Problem::NotFound)?;
            let kept = Kept { session_id: ended.id, r#type: told.outcome.kind };
            Ok(answer(StatusCode::OK, &Known::Kept(kept)))
        }
    }
}

async fn success<S, P, A>(
    deps: &Deps<S, P, A>,
    store: &Acting<'_, S>,
    user: ExternalId,
    session: SessionId,
    Succeeded { link, institution }: Succeeded,
) -> Result<Response, Problem>
where
    S: Ledgers + Send + Sync,
    P: Provider + Send + Sync,
    A: Ambient,
{
    let success = Success { user, session, link, institution };
    let Deps { provider, ambient, policy, .. } = deps;
    match ingest(store, provider, ambient, policy, &success).await? {
        Ingested::Bound(record) => Ok(answer(StatusCode::CREATED, &LinkView::from(&record))),
        Ingested::Known(record) => Ok(answer(StatusCode::OK, &Known::Link((&record).into()))),
        Ingested::Pending(record) => Ok(answer(StatusCode::ACCEPTED, &Waiting::Link((&record).into()))),
        Ingested::Quarantined => {
            let aside = SetAside { link_id: link, state: Quarantined::Quarantined };
            Ok(answer(StatusCode::ACCEPTED, &Waiting::SetAside(aside)))
        }
        Ingested::NotYours => Err(Problem::NotFound),
        Ingested::TooManyPending => Err(Problem::TooManyPending),
    }
}
