//! `DELETE /users/{user}/links/{link_id}` and `DELETE /users/{user}`: the user disconnects an account, or asks for
//! erasure. Both are answered at once and carried through by another function, the only one that may delete.

use std::sync::Arc;

use adapters::{
    http::{Caller, LinkView, Path, Problem, answer},
    schema,
};
use axum::{extract::State, http::StatusCode, response::Response};
use domain::{
    deletion::{
        disconnect::disconnect as disconnect_link,
        erasure::{Erasure, ErasureId, erase as erase_user},
    },
    ports::{Acting, Ambient, Provider},
    values::LinkId,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Deps, Store, description};

/// Disconnect an account
///
/// The link is parked at once, together with the duplicates that gave way to it, and deleted at Belvo later. Safe to
/// repeat.
#[utoipa::path(
    delete,
    path = "/users/{user}/links/{link_id}",
    operation_id = "disconnectLink",
    tag = "links",
    params(("user" = schema::User, Path), ("link_id" = schema::LinkId, Path)),
    responses(
        (status = 202, description = "Parked, and on its way to be deleted.", body = LinkView),
        description::OfLinks,
    ),
)]
pub(crate) async fn disconnect<S, P, A>(
    State(deps): State<Arc<Deps<S, P, A>>>,
    caller: Caller,
    Path((user, link)): Path<(String, String)>,
) -> Result<Response, Problem>
where
    S: Store,
    P: Provider + Send + Sync + 'static,
    A: Ambient + 'static,
{
    let store = Acting::new(&deps.store, caller.acting_for(&user));
    let user = caller.user(&user, &deps.key)?;
    let link = LinkId::parse(&link).map_err(|_| Problem::NotFound)?;
    let parked = disconnect_link(&store, &deps.ambient, &user, link).await?;
    let parked = parked.ok_or(Problem::NotFound)?;
    Ok(answer(StatusCode::ACCEPTED, &LinkView::from(&parked)))
}

/// What the user gets to keep: the name of the erasure, and nothing that tells of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct Begun {
    /// Names the erasure, and its certificate.
    #[schema(value_type = String, pattern = "^er_[a-z]{28}$")]
    erasure_id: ErasureId,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
}

/// Erase a user
///
/// From now on nobody reads or changes anything of the user. All links of theirs are deleted at Belvo, everything here is
/// removed, and a certificate is filed. Whoever registers with the same reference is somebody new.
#[utoipa::path(
    delete,
    path = "/users/{user}",
    operation_id = "eraseUser",
    tag = "users",
    params(("user" = schema::User, Path)),
    responses(
        (status = 202, description = "The erasure is under way.", body = Begun),
        description::OfLinks,
    ),
)]
pub(crate) async fn erase<S, P, A>(
    State(deps): State<Arc<Deps<S, P, A>>>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Response, Problem>
where
    S: Store,
    P: Provider + Send + Sync + 'static,
    A: Ambient + 'static,
{
    let store = Acting::new(&deps.store, caller.acting_for(&user));
    let user = caller.user(&user, &deps.key)?;
    let begun = erase_user(&store, &deps.ambient, &user).await?;
    let Erasure { id, requested_at, .. } = begun.ok_or(Problem::NotFound)?;
    Ok(answer(StatusCode::ACCEPTED, &Begun { erasure_id: id, requested_at }))
}
