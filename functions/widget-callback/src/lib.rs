//! `POST /users/{user}/link-sessions/{session_id}/callbacks`: what the Connect Widget said, forwarded by
//! the app as it came. Never believed: a link is read back from Belvo before it is bound.

mod said;

use std::sync::Arc;

use adapters::http::{Caller, Json, LinkView, Path, Problem, answer, edge};
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::post};
use domain::{
    callbacks::{Ingested, Success, Told, end_session, ingest},
    external_id::{ExternalId, ReferenceKey},
    policy::Policy,
    ports::{Ambient, Ledgers, Provider},
    session::OutcomeKind,
    values::{LinkId, SessionId},
};
use said::{Said, Succeeded};
use serde::Serialize;

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

#[derive(Serialize)]
struct Kept {
    session_id: SessionId,
    r#type: OutcomeKind,
}

#[derive(Serialize)]
struct SetAside {
    link_id: LinkId,
    state: &'static str,
}

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
    let user = caller.user(&user, &deps.key)?;
    let session = SessionId::parse(session).map_err(|_| Problem::NotFound)?;
    match said {
        Said::Success(succeeded) => success(&deps, user, session, succeeded).await,
        Said::Ended(ended) => {
            let outcome = ended.at(deps.ambient.now());
            let told = Told { user, session, outcome };
            let ended = end_session(&deps.store, &deps.ambient, &told).await?.ok_or(Problem::NotFound)?;
            let kept = Kept { session_id: ended.id, r#type: told.outcome.kind };
            Ok(answer(StatusCode::OK, &kept))
        }
    }
}

async fn success<S, P, A>(
    deps: &Deps<S, P, A>,
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
    let Deps { store, provider, ambient, policy, .. } = deps;
    match ingest(store, provider, ambient, policy, &success).await? {
        Ingested::Bound(record) => Ok(answer(StatusCode::CREATED, &LinkView::from(&record))),
        Ingested::Known(record) => Ok(answer(StatusCode::OK, &LinkView::from(&record))),
        Ingested::Pending(record) => Ok(answer(StatusCode::ACCEPTED, &LinkView::from(&record))),
        Ingested::Quarantined => {
            Ok(answer(StatusCode::ACCEPTED, &SetAside { link_id: link, state: "quarantined" }))
        }
        Ingested::NotYours => Err(Problem::NotFound),
        Ingested::TooManyPending => Err(Problem::TooManyPending),
    }
}
