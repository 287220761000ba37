//! The layer around the router: what hits a request is drawn here, before and after its answer.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::plan::Hit;
use super::{FaultKind, instead, spoiled};
use crate::api::{Refusal, rendered};
use crate::belvo::Belvo;
use crate::encoding::uuid_of;
use crate::switches::{Switches, WhenThrottled};
use crate::widget::Connected;

/// Answers a request, with every fault that hits it.
pub(crate) async fn around(belvo: &Belvo, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let route = format!("{} {route}", request.method());
    let (hits, switches) = {
        let (now, mut state) = (belvo.now(), belvo.lock());
        (state.faults.hits(&route, request.uri().path(), false, now), state.switches.clone())
    };
    for hit in &hits {
        if hit.kind == FaultKind::NeverAnswers {
            std::future::pending::<()>().await;
        }
        if let Some(answer) = instead::answer(&hit.kind, &switches) {
            return answer;
        }
        *request.uri_mut() = unfiltered(&hit.kind, request.uri());
    }
    let address = request.uri().to_string();
    let mut response = rendered(belvo, next.run(request).await);
    for hit in &hits {
        response = spoiled::answer(belvo, hit, &address, response).await;
    }
    response
}

/// The answer of a throttled request.
pub(crate) fn throttled(switches: &Switches) -> Response {
    if switches.when_throttled == WhenThrottled::Html403 {
        return (axum::http::StatusCode::FORBIDDEN, Html(instead::THROTTLED)).into_response();
    }
    let mut response = Refusal::throttled().into_response();
    if let Some(seconds) = switches.retry_after_seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// What the app hears of a visit to the widget.
pub(crate) fn widget(belvo: &Belvo, connected: Connected) -> Connected {
    let Connected::Success { link, institution } = connected else { return connected };
    let (now, mut state) = (belvo.now(), belvo.lock());
    let hits = state.faults.hits("POST /widget/connect", "/widget/connect", true, now);
    let kind = hits.into_iter().next().map(|Hit { kind, .. }| kind);
    match kind {
        None => Connected::Success { link, institution },
        Some(FaultKind::CallbackForeignLink) => {
            let other = state.book.newest_first().map(|record| record.link.id).find(|id| *id != link);
            let other = other.unwrap_or_else(|| uuid_of(&["another", &link]));
            Connected::Success { link: other, institution }
        }
        Some(_) => Connected::Lost,
    }
}

/// The address as a Belvo reads it that ignores filters, or pages.
fn unfiltered(kind: &FaultKind, uri: &Uri) -> Uri {
    let kept: fn(&str) -> bool = match kind {
        FaultKind::ForeignRecords => |key| matches!(key, "page" | "page_size" | "fields" | "omit"),
        FaultKind::NextLoop => |key| key != "page",
        _ => return uri.clone(),
    };
    let pairs = uri.query().unwrap_or_default().split('&');
    let pairs: Vec<&str> = pairs.filter(|pair| kept(pair.split('=').next().unwrap_or_default())).collect();
    format!("{}?{}", uri.path(), pairs.join("&")).parse().unwrap_or_else(|_| uri.clone())
}
