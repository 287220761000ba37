//! `POST /users/{user}/links/{link_id}/claim`: the user says that a quarantined link is theirs.
//!
//! It is bound if it is in quarantine and Belvo's record names this user. Whoever names the user in the path claims as
//! that user, an admin too: what only an operator may give away is no matter of this route.

use std::sync::Arc;

use adapters::{
    http::{Caller, LinkView, Path, Problem, answer},
    schema,
};
use axum::{extract::State, http::StatusCode, response::Response};
use domain::{
    claims::{By, Claimed, Wanted, claim as claim_link},
    ports::{Acting, Ambient, Provider},
    values::LinkId,
};

use crate::{Deps, Store, description};

/// Claim a link
///
/// The user says that a link is theirs which `needs_attention` told of with `"way_out":"claim"`. Safe to repeat. Ask the
/// user whether they made it: it may have been planted by somebody else.
#[utoipa::path(
    post,
    path = "/users/{user}/links/{link_id}/claim",
    operation_id = "claimLink",
    tag = "links",
    params(("user" = schema::User, Path), ("link_id" = schema::LinkId, Path)),
    responses(
        (status = 201, description = "The link is the user's now.", body = LinkView),
        (status = 200, description = "It was the user's already.", body = LinkView),
        description::OfClaim,
    ),
)]
pub(crate) async fn claim<S, P, A>(
    State(deps): State<Arc<Deps<S, P, A>>>,
    caller: Caller,
    Path((user, link)): Path<(String, String)>,
) -> Result<Response, Problem>
where
    S: Store,
    P: Provider + Send + Sync + 'static,
    A: Ambient + 'static,
{
    let by = caller.acting_for(&user);
    let user = caller.user(&user, &deps.key)?;
    let link = LinkId::parse(&link).map_err(|_| Problem::NotFound)?;
    let wanted = Wanted { user, link, by: By::User };
    let Deps { store, provider, ambient, policy, .. } = &*deps;
    let store = &Acting::new(store, by);
    match claim_link(store, provider, ambient, policy, &wanted).await? {
        Claimed::Bound(record) => Ok(answer(StatusCode::CREATED, &LinkView::from(&record))),
        Claimed::Known(record) => Ok(answer(StatusCode::OK, &LinkView::from(&record))),
        Claimed::NotTheirs => Err(Problem::NotFound),
    }
}
