//! `DELETE /users/{user}/links/{link_id}` and `DELETE /users/{user}`: the user disconnects an account, or asks for
//! erasure. Both are answered at once and carried through by another function, the only one that may delete.

use std::sync::Arc;

use adapters::http::{Caller, LinkView, Path, Problem, answer};
use axum::{extract::State, http::StatusCode, response::Response};
use domain::{
    deletion::{
        disconnect::disconnect as disconnect_link,
        erasure::{Erasure, ErasureId, erase as erase_user},
    },
    ports::{Ambient, Provider},
    values::LinkId,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{Deps, Store};

/// Parks the account. It is deleted at Belvo later, and cannot come back.
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
    let user = caller.user(&user, &deps.key)?;
    let link = LinkId::parse(&link).map_err(|_| Problem::NotFound)?;
    let parked = disconnect_link(&deps.store, &deps.ambient, &user, link).await?;
    let parked = parked.ok_or(Problem::NotFound)?;
    Ok(answer(StatusCode::ACCEPTED, &LinkView::from(&parked)))
}

/// What the user gets to keep: the name of the erasure, and nothing that tells of them.
#[derive(Serialize)]
struct Begun {
    erasure_id: ErasureId,
    requested_at: Timestamp,
}

/// Begins the erasure. From now on nobody reads or changes anything of the user.
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
    let user = caller.user(&user, &deps.key)?;
    let begun = erase_user(&deps.store, &deps.ambient, &user).await?;
    let Erasure { id, requested_at, .. } = begun.ok_or(Problem::NotFound)?;
    Ok(answer(StatusCode::ACCEPTED, &Begun { erasure_id: id, requested_at }))
}
