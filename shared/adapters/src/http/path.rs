//! What a path names. A path that cannot be read names nothing.

use axum::{
    extract::{FromRequestParts, Path as AxumPath},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use super::Problem;

/// The named parts of a path, decoded.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    /// axum's own refusal would be plain text: bytes that are no UTF-8 are as good as a name nobody has.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = AxumPath::<T>::from_request_parts(parts, state).await;
        path.map(|AxumPath(named)| Self(named)).map_err(|_| Problem::NotFound)
    }
}
