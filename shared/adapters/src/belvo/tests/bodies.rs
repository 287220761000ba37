//! Bodies that are cut, slow, too long, too deep, or of another kind.

use domain::{failure::ProviderError, ports::Provider};

use super::{
    client, impatient, link_id, page, plain, record,
    server::{Answer, HTML, JSON, Server, answer, json, sized},
    unknown, user,
};
use crate::belvo::{PAGE_CAP, SINGLE_CAP};

async fn why(answer: Answer) -> &'static str {
    let server = Server::start(vec![answer]).await;
    unknown(client(&server.url).link(link_id()).await)
}

#[tokio::test]
async fn a_cut_body_is_unknown_though_what_came_is_whole_json() {
    let body = plain(link_id());
    assert_eq!(why(sized(200, JSON, body.len() + 1, &body)).await, "the body was cut");
    assert_eq!(why(sized(200, JSON, 1_000, "{")).await, "the body was cut");
    assert_eq!(why(sized(401, JSON, 1_000, "[")).await, "the body was cut");
    let chunk =
        format!("HTTP/1.1 200 x\r\n{JSON}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}", body.len());
    assert_eq!(why(Answer::Bytes(chunk.into_bytes())).await, "the body was cut");
    let no_length = format!("HTTP/1.1 200 x\r\n{JSON}\r\n{}", &body[..body.len() - 1]);
    assert_eq!(why(Answer::Bytes(no_length.into_bytes())).await, "no record of a link");
}

#[tokio::test]
async fn a_body_of_another_kind_is_unknown() {
    let body = plain(link_id());
    assert_eq!(why(answer(200, HTML, &body)).await, "a body that is not JSON");
    assert_eq!(why(answer(200, "", &body)).await, "a body that is not JSON");
    assert_eq!(why(json(200, "")).await, "an empty body");
    for odd in ["null", "[]", "{}", "7", "{\"id\":", &format!("{body}{body}"), "\u{feff}{}"] {
        assert_eq!(why(json(200, odd)).await, "no record of a link", "{odd}");
    }
    let encoded = format!("{JSON}content-encoding: gzip\r\n");
    assert_eq!(why(answer(200, &encoded, "\u{1f}garbage")).await, "no record of a link");
}

#[tokio::test]
async fn a_content_type_may_say_its_charset_and_differ_in_case() {
    let kind = "Content-Type: Application/JSON; charset=utf-8\r\n";
    let server = Server::start(vec![answer(200, kind, &plain(link_id()))]).await;
    assert!(client(&server.url).link(link_id()).await.is_ok());
}

#[tokio::test]
async fn a_body_that_declares_too_much_is_refused_before_it_is_read() {
    assert_eq!(why(sized(200, JSON, SINGLE_CAP + 1, "{")).await, "a body over the limit");
    assert_eq!(why(sized(400, JSON, 64 * 1024 + 1, "[")).await, "a body over the limit");
    assert_eq!(why(sized(200, JSON, usize::MAX / 2, "{")).await, "a body over the limit");
    let server = Server::start(vec![sized(200, JSON, PAGE_CAP + 1, "{")]).await;
    assert_eq!(unknown(client(&server.url).unusable(1).await), "a body over the limit");
}

#[tokio::test]
async fn a_body_that_declares_nothing_is_refused_at_the_limit() {
    let head = format!("HTTP/1.1 200 x\r\n{JSON}transfer-encoding: chunked\r\nconnection: close\r\n\r\n");
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
    let bytes = [head, chunk.repeat(5), "0\r\n\r\n".to_owned()].concat().into_bytes();
    assert_eq!(why(Answer::Bytes(bytes)).await, "a body over the limit");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let body = plain(link_id());
    let padded = |size: usize| format!("{body}{}", " ".repeat(size - body.len()));
    let server = Server::json(200, &padded(SINGLE_CAP)).await;
    assert!(client(&server.url).link(link_id()).await.is_ok());
    assert_eq!(why(json(200, &padded(SINGLE_CAP + 1))).await, "a body over the limit");
}

#[tokio::test]
async fn the_deadline_is_for_the_whole_call_however_busy_the_server_is() {
    let head = format!("HTTP/1.1 200 x\r\n{JSON}content-length: 100000\r\n\r\n");
    let server = Server::start(vec![Answer::Drip(head.into_bytes())]).await;
    assert_eq!(unknown(impatient(&server.url).link(link_id()).await), "no whole answer in time");
    let server = Server::start(vec![Answer::Drip(b"HTTP/1.1 200 x\r\nx: ".to_vec())]).await;
    assert_eq!(unknown(impatient(&server.url).link(link_id()).await), "no whole answer in time");
}

#[tokio::test]
async fn nesting_costs_no_stack_and_hurts_only_its_own_field() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = plain(link_id()).replacen('{', &format!("{{\"new\":{deep},"), 1);
    let server = Server::json(200, &nested).await;
    assert!(client(&server.url).link(link_id()).await.is_ok());

    let bad = record(link_id(), |_| {}).replace("\"valid\"", &deep);
    let server = Server::json(200, &page("null", &[bad, plain(link_id())])).await;
    let read = client(&server.url).unusable(1).await.expect("a page");
    assert_eq!((read.links.len(), read.unreadable), (1, 1));

    assert_eq!(why(json(200, &"[".repeat(200_000))).await, "no record of a link");
}

#[tokio::test]
async fn the_check_of_the_keys_takes_any_json_and_nothing_else() {
    let server = Server::json(200, r#"{"links":"https://example.com"}"#).await;
    client(&server.url).check().await.expect("the keys are good");
    assert_eq!(server.lines(), ["GET /api/ HTTP/1.1"]);
    let portal = Server::start(vec![answer(200, HTML, "<h1>welcome to our wifi</h1>")]).await;
    assert_eq!(unknown(client(&portal.url).check().await), "a body that is not JSON");
    let wrong = Server::json(401, r#"[{"code":"authentication_failed"}]"#).await;
    let refused = client(&wrong.url).check().await;
    assert!(matches!(refused, Err(ProviderError::Refused { status: 401, .. })), "{refused:?}");
}

#[tokio::test]
async fn a_token_that_is_missing_or_empty_is_unknown() {
    let request = domain::ports::TokenRequest { external_id: user(), link_id: None, consent: None };
    for body in [r#"{"access":""}"#, r#"{"refresh":"r"}"#, r#"{"access":null}"#, "[]", "{}"] {
        let server = Server::json(200, body).await;
        assert_eq!(unknown(client(&server.url).token(&request).await), "no widget token", "{body}");
    }
}
