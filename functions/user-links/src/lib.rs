//! What a user's app asks about links: the start of a session (which repairs this user's links first), the
//! accounts already connected, the claim of a link that nothing proves, disconnecting, and erasure. And the description
//! of the API, for anybody.

mod claim;
mod description;
mod parting;
mod session;

use std::sync::Arc;

use adapters::{
    http::{Caller, LinkView, Path, Problem, answer, edge},
    schema,
    widget::WidgetUrl,
};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::Response,
    routing::{delete, get, post},
};
use domain::{
    external_id::ReferenceKey,
    link::LinkState,
    policy::Policy,
    ports::{Ambient, ErasureRequests, Intents, Provider},
};
use serde::Serialize;
use utoipa::ToSchema;

pub use description::{DOCUMENT, openapi};

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
    /// Where the hosted widget is.
    pub widget: WidgetUrl,
}

/// What the function needs of the store.
pub trait Store: Intents + ErasureRequests + Send + Sync + 'static {}
impl<S: Intents + ErasureRequests + Send + Sync + 'static> Store for S {}

/// The function's routes.
pub fn router<S, P, A>(deps: Deps<S, P, A>) -> Router
where
    S: Store,
    P: Provider + Send + Sync + 'static,
    A: Ambient + 'static,
{
    edge(
        Router::new()
            .route("/users/{user}", delete(parting::erase::<S, P, A>))
            .route("/users/{user}/links", get(connected::<S, P, A>))
            .route("/users/{user}/links/{link_id}", delete(parting::disconnect::<S, P, A>))
            .route("/users/{user}/links/{link_id}/claim", post(claim::claim::<S, P, A>))
            .route("/users/{user}/link-sessions", post(session::open::<S, P, A>))
            .with_state(Arc::new(deps))
            .route("/openapi.json", get(description::document)),
    )
}

/// The accounts already connected.
#[derive(Serialize, ToSchema)]
#[schema(as = ConnectedLinks)]
struct Connected {
    links: Vec<LinkView>,
}

/// List the accounts already connected
///
/// What the user should see before opening the widget again.
#[utoipa::path(
    get,
    path = "/users/{user}/links",
    operation_id = "listLinks",
    tag = "links",
    params(("user" = schema::User, Path)),
    responses((status = 200, description = "The accounts.", body = Connected), description::OfLinks),
)]
async fn connected<S, P, A>(
    State(deps): State<Arc<Deps<S, P, A>>>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Response, Problem>
where
    S: Store,
    P: Provider + Send + Sync + 'static,
    A: Ambient + 'static,
{
    let user = caller.user(&user, &deps.key)?;
    let links = deps.store.links(&user).await?.ok_or(Problem::NotFound)?;
    let shown =
        links.iter().filter(|record| record.state.is_connected() || record.state == LinkState::Pending);
    Ok(answer(StatusCode::OK, &Connected { links: shown.map(LinkView::from).collect() }))
}
