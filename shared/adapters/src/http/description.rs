//! What all routes' descriptions share: refusals, read off the table in [`super::problem`] so that the two agree, and
//! examples, which are the events of `events/`.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use domain::failure::{ProviderError, StoreError};
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{
        AllOfBuilder, ContentBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder,
        header::HeaderBuilder, schema::Type,
    },
};

use super::{Body, Problem, problem::Written};

impl Problem {
    /// What every route with a caller and a table may refuse for.
    #[must_use]
    pub fn of_every_route() -> Vec<Self> {
        let store = [StoreError::Busy("".into()), StoreError::Refused("".into())];
        [Self::Unauthenticated, Self::MethodNotAllowed].into_iter().chain(store.map(Self::Store)).collect()
    }

    /// What a body may be refused for.
    #[must_use]
    pub fn of_a_body<T: Body>() -> Vec<Self> {
        vec![Self::InvalidJson, Self::BodyTooLarge, Self::UnsupportedMediaType, Self::InvalidBody(T::SHAPE)]
    }

    /// What a route may refuse for that asks Belvo and cannot do without the answer.
    #[must_use]
    pub fn of_belvo() -> Vec<Self> {
        vec![Self::Belvo(ProviderError::Throttled)]
    }
}

/// The body of an event of `events/`: what API Gateway passes is what a client may send.
#[must_use]
pub fn body_of(event: &str) -> Value {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    let body = event.get("body").and_then(Value::as_str).unwrap_or_default();
    serde_json::from_str(body).unwrap_or_default()
}

/// The answers by which a route refuses for these reasons.
#[must_use]
pub fn refusals(problems: impl IntoIterator<Item = Problem>) -> BTreeMap<String, RefOr<Response>> {
    let mut alike: BTreeMap<StatusCode, Vec<Problem>> = BTreeMap::new();
    for problem in problems {
        alike.entry(problem.told().0).or_default().push(problem);
    }
    alike.into_iter().map(|(status, problems)| (status.as_u16().to_string(), told(&problems))).collect()
}

/// One status: its codes, each with its detail.
fn told(problems: &[Problem]) -> RefOr<Response> {
    let codes: BTreeMap<&str, String> =
        problems.iter().map(Problem::told).map(|(_, code, detail)| (code, detail)).collect();
    let lines: Vec<_> = codes.iter().map(|(code, detail)| format!("`{code}`: {detail}")).collect();
    let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes.into_keys()));
    let narrowed = ObjectBuilder::new().property("code", word);
    let body = AllOfBuilder::new().item(Ref::from_schema_name(Written::name())).item(narrowed);
    let content = ContentBuilder::new().schema(Some(body)).build();
    let mut response =
        ResponseBuilder::new().description(lines.join("\n\n")).content("application/problem+json", content);
    if problems.iter().any(|problem| problem.retry_after().is_some()) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        let about = Some("Seconds after which a repeat makes sense.");
        let header = HeaderBuilder::new().schema(Some(seconds)).description(about);
        response = response.header("retry-after", header.build());
    }
    response.into()
}
