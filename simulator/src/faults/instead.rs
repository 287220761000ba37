//! Answers that come instead of the endpoint's: nothing happens behind them.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::{FaultKind, bodies, layer};
use crate::api::Refusal;
use crate::switches::Switches;

/// What the proxy in front of Belvo says when there were too many requests: not JSON.
pub(super) const THROTTLED: &str = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n\
     <center><h1>403 Forbidden</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n";
const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
     <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n";
const MAINTENANCE: &str = "<!doctype html><title>Maintenance</title><p>We are back soon.</p>";

const JSON: (header::HeaderName, &str) = (header::CONTENT_TYPE, "application/json");
/// 1,024 times 64 KiB.
const PIECES: u64 = 1024;
const PIECE: &[u8] = &[b'x'; 64 * 1024];
/// DEFLATE with fixed codes: a block's header, one space, and then eight times "the last byte 258 times
/// more". Thirteen bytes of it become 2,064.
const GZIP_HEAD: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 83];
const GZIP_RUN: [u8; 13] = [24, 5, 163, 96, 20, 140, 130, 81, 48, 10, 70, 193, 40];
const GZIP_RUNS_IN_A_PIECE: usize = 1024;
const GZIP_PIECES: u64 = 64;
const DEPTH: usize = 100_000;

/// The answer, if this kind answers instead.
pub(super) fn answer(kind: &FaultKind, switches: &Switches) -> Option<Response> {
    let html = |status: StatusCode, page| (status, Html(page)).into_response();
    Some(match kind {
        FaultKind::Html403 => html(StatusCode::FORBIDDEN, THROTTLED),
        FaultKind::Throttled429 => layer::throttled(&Switches {
            when_throttled: crate::switches::WhenThrottled::Json429,
            ..switches.clone()
        }),
        FaultKind::ServerError => Refusal::unexpected_error().into_response(),
        FaultKind::ServiceUnavailable => Refusal::service_unavailable().into_response(),
        FaultKind::BadGateway => html(StatusCode::BAD_GATEWAY, BAD_GATEWAY),
        FaultKind::RequestTimeout => Refusal::request_timeout().into_response(),
        FaultKind::ConsentWithoutAccounts => Refusal::consent_without_accounts().into_response(),
        FaultKind::TooManySessions => Refusal::too_many_sessions().into_response(),
        FaultKind::SlowDrip => ([JSON], bodies::dripping()).into_response(),
        FaultKind::OversizedBody => {
            let (first, piece) = (Bytes::from_static(b"{\"results\": \""), Bytes::from_static(PIECE));
            ([JSON], bodies::repeated(first, piece, PIECES)).into_response()
        }
        FaultKind::DeepJson => ([JSON], "[".repeat(DEPTH)).into_response(),
        FaultKind::GzipBomb => ([JSON, (header::CONTENT_ENCODING, "gzip")], bomb()).into_response(),
        FaultKind::Html200 => html(StatusCode::OK, MAINTENANCE),
        FaultKind::Empty200 => StatusCode::OK.into_response(),
        FaultKind::Redirect { to } => {
            (StatusCode::FOUND, [(header::LOCATION, to.clone())], Json(())).into_response()
        }
        _ => return None,
    })
}

fn bomb() -> Body {
    let piece = Bytes::from(GZIP_RUN.repeat(GZIP_RUNS_IN_A_PIECE));
    bodies::repeated(Bytes::from_static(GZIP_HEAD), piece, GZIP_PIECES)
}
