//! What every route shares: refusals for what no route takes, the body of problems, one log line a request.

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use lambda_http::{Context, request::RequestContext};
use serde::Serialize;

use crate::{metrics, telemetry};

use super::{
    Problem,
    problem::{Told, written},
};

/// Gives a function's routes everything that all routes share.
pub fn edge(routes: Router) -> Router {
    routes
        .fallback(|| async { Problem::NotFound })
        .method_not_allowed_fallback(|| async { Problem::MethodNotAllowed })
        .layer(from_fn(finish))
}

/// An answer in JSON.
pub fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    (status, axum::Json(body)).into_response()
}

/// The context that API Gateway passes with a request, and with it the claims of a token that it verified:
/// for the local edge and for tests, so that they go through the same door.
pub fn request_context(
    method: &Method,
    path: &str,
    request_id: &str,
    claims: Option<serde_json::Value>,
) -> Result<RequestContext, serde_json::Error> {
    let authorizer = claims.map(|claims| serde_json::json!({"jwt": {"claims": claims}}));
    let context = serde_json::json!({
        "requestId": request_id,
        "stage": "$default",
        "http": {"method": method.as_str(), "path": path},
        "authorizer": authorizer,
    });
    serde_json::from_value(context).map(RequestContext::ApiGatewayV2)
}

async fn finish(request: Request, next: Next) -> Response {
    let request_id = request_id(&request);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = tell(next.run(request).await, &request_id);
    log(&method, &route, &request_id, &response);
    response
}

fn request_id(request: &Request) -> String {
    let gateways = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    let lambdas = || request.extensions().get::<Context>().map(|context| context.request_id.clone());
    gateways.or_else(lambdas).unwrap_or_else(|| "none".to_owned())
}

/// Writes a problem's body. Answers hold one user's data and tokens: nobody may keep them, unless the route says so.
fn tell(mut response: Response, request_id: &str) -> Response {
    if let Some(told) = response.extensions().get::<Told>() {
        let body = written(response.status(), told, request_id);
        *response.body_mut() = body.into();
        let problem = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem);
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    let kept = response.headers_mut().entry(header::CACHE_CONTROL);
    kept.or_insert(HeaderValue::from_static("no-store"));
    response
}

/// One line, by allow-list. A failure of ours is an error with its chain of causes; a refusal is ordinary.
fn log(method: &Method, route: &str, request_id: &str, response: &Response) {
    let told = response.extensions().get::<Told>();
    let (status, code) = (response.status().as_u16(), told.map_or("ok", |told| told.code));
    let function = metrics::function().unwrap_or("local");
    let outcome = outcome(response.status());
    if let Some(cause) = told.and_then(|told| told.cause.as_ref()) {
        let cause = telemetry::chain(cause.as_ref().as_ref());
        tracing::error!(function, %method, route, status, outcome, code, request_id, cause, "request");
    } else {
        tracing::info!(function, %method, route, status, outcome, code, request_id, "request");
    }
}

fn outcome(status: StatusCode) -> &'static str {
    if status.is_server_error() {
        "failed"
    } else if status.is_client_error() {
        "refused"
    } else {
        "done"
    }
}
