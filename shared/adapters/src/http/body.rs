//! Bodies: a limit before reading, a content type before parsing, and one shape per route.

use axum::{
    body::Body as AxumBody,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::Problem;

/// What a route takes.
pub trait Body: DeserializeOwned {
    /// The most bytes that are read.
    const LIMIT: usize = 4096;
    /// The right shape, told to whoever sends another.
    const SHAPE: &'static str;
    /// Whether no body at all is the same as `{}`.
    const MAY_BE_EMPTY: bool = false;
}

/// A parsed body.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<S: Sync, T: Body> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(body, T::LIMIT).await?;
        if bytes.is_empty() && T::MAY_BE_EMPTY {
            return parse(b"{}").map(Self);
        }
        if !is_json(&parts.headers) {
            return Err(Problem::UnsupportedMediaType);
        }
        parse(&bytes).map(Self)
    }
}

/// A body as it comes, of up to so many bytes. What it is declared as does not matter.
#[derive(Clone, Debug)]
pub struct Raw<const MOST: usize>(pub Vec<u8>);

impl<const MOST: usize> Raw<MOST> {
    /// Reads it.
    pub async fn read(request: Request) -> Result<Self, Problem> {
        read(request.into_body(), MOST).await.map(Self)
    }
}

async fn read(body: AxumBody, limit: usize) -> Result<Vec<u8>, Problem> {
    match Limited::new(body, limit).collect().await {
        Ok(read) => Ok(read.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::BodyTooLarge),
        Err(_) => Err(Problem::InvalidJson), // the connection broke: nobody reads the answer
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn parse<T: Body>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would also take an array, field by field in their order: that is not what SHAPE promises
    let parsed = match bytes.trim_ascii_start().first() {
        Some(b'{') => serde_json::from_slice(bytes).map(Some),
        _ => serde_json::from_slice::<IgnoredAny>(bytes).map(|_| None),
    };
    match parsed {
        Ok(Some(body)) => Ok(body),
        Ok(None) => Err(Problem::InvalidBody(T::SHAPE)),
        // serde's own text quotes what was sent, so it stays here
        Err(error) if error.is_data() => Err(Problem::InvalidBody(T::SHAPE)),
        Err(_) => Err(Problem::InvalidJson),
    }
}
