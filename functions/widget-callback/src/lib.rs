//! `POST /users/{user}/link-sessions/{session_id}/callbacks`: what the Connect Widget said, forwarded by
//! the app as it came. Never believed: a link is read back from Belvo before it is bound.

mod description;
mod said;

use std::sync::Arc;

use adapters::{
    http::{
        Attention, Caller, DuplicateView, Json, LinkView, Path, Problem, Quarantined, WayOut, answer,
        body_of, edge,
    },
    schema,
};
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::post};
use domain::{
    callbacks::{self, Existing, Ingested, Kept, Success, Taken, end_session, existing, ingest},
    external_id::{ExternalId, ReferenceKey},
    link::LinkRecord,
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
    Link(Landed),
    /// What was kept of an exit or event.
    Told(Told),
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
#[schema(as = Kept)]
struct Told {
    #[schema(value_type = schema::SessionId)]
    session_id: SessionId,
    #[schema(value_type = schema::OutcomeKind)]
    r#type: OutcomeKind,
    /// With the error `duplicated`: the caller's links that may stand in the way, each with its way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    existing: Option<Vec<Attention>>,
}

/// A link that was bound, or was the caller's already.
#[derive(Serialize, ToSchema)]
#[schema(as = BoundLink)]
struct Landed {
    #[serde(flatten)]
    link: LinkView,
    /// It is one of several to one login.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    duplicate: Option<DuplicateView>,
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
        (status = 201, description = "The link is bound to the user.", body = Landed),
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
        Said::Ended(said) => {
            let (outcome, login) = said.at(deps.ambient.now());
            ended(&deps, &store, &callbacks::Told { user, session, outcome, login }).await
        }
    }
}

async fn ended<S, P, A>(
    deps: &Deps<S, P, A>,
    store: &Acting<'_, S>,
    told: &callbacks::Told,
) -> Result<Response, Problem>
where
    S: Ledgers + Send + Sync,
    P: Provider + Send + Sync,
    A: Ambient,
{
    let Deps { provider, ambient, policy, .. } = deps;
    let Kept { session, news } = end_session(store, ambient, told).await?.ok_or(Problem::NotFound)?;
    let mut answered = Told { session_id: session.id, r#type: told.outcome.kind, existing: None };
    if told.of_duplicate() {
        let Existing { links, claimable } = existing(store, provider, ambient, policy, told, news).await?;
        let way_out = |link: &LinkRecord| WayOut::of(link.state, policy.unusable);
        let links = links.iter().map(|link| Attention { link: link.into(), way_out: way_out(link) });
        let claims = claimable.iter().map(|link| Attention { link: link.into(), way_out: WayOut::Claim });
        answered.existing = Some(links.chain(claims).collect());
    }
    Ok(answer(StatusCode::OK, &Known::Told(answered)))
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
    let Taken { ingested, duplicate } = ingest(store, provider, ambient, policy, &success).await?;
    let landed = |record: &LinkRecord| Landed { link: record.into(), duplicate: duplicate.map(Into::into) };
    match ingested {
        Ingested::Bound(record) => Ok(answer(StatusCode::CREATED, &landed(&record))),
        Ingested::Known(record) => Ok(answer(StatusCode::OK, &Known::Link(landed(&record)))),
        Ingested::Pending(record) => Ok(answer(StatusCode::ACCEPTED, &Waiting::Link((&record).into()))),
        Ingested::Quarantined => {
            let aside = SetAside { link_id: link, state: Quarantined::Quarantined };
            Ok(answer(StatusCode::ACCEPTED, &Waiting::SetAside(aside)))
        }
        Ingested::NotYours => Err(Problem::NotFound),
        Ingested::TooManyPending => Err(Problem::TooManyPending),
    }
}
