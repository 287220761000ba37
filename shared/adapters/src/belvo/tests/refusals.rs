//! Answers that say no, or that say nothing: which outcome each is.

use domain::{
    failure::ProviderError,
    ports::{Lookup, Provider},
};

use super::{
    client, impatient, link_id, plain,
    server::{Answer, HTML, Server, answer, json},
    unknown,
};

fn error(code: &str) -> String {
    format!(r#"[{{"request_id":"0123456789abcdef0123456789abcdef","code":"{code}","message":"m"}}]"#)
}

async fn link_with(answer: Answer) -> Result<Lookup, ProviderError> {
    let server = Server::start(vec![answer]).await;
    client(&server.url).link(link_id()).await
}

#[tokio::test]
async fn a_refusal_keeps_its_status_and_code() {
    for (status, code) in [
        (400, "validation_error"),
        (401, "authentication_failed"),
        (401, "consent_without_accounts"),
        (403, "permission_denied"),
        (428, "token_required"),
    ] {
        match link_with(json(status, &error(code))).await {
            Err(ProviderError::Refused { status: told, code: Some(word) }) => {
                assert_eq!((told, word.as_str()), (status, code));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_refusal_may_come_as_an_object_or_without_a_body() {
    let object = link_with(json(428, r#"{"code":"token_required","session":"s"}"#)).await;
    assert!(matches!(object, Err(ProviderError::Refused { status: 428, code: Some(_) })), "{object:?}");
    let none = link_with(answer(400, "", "")).await;
    assert!(matches!(none, Err(ProviderError::Refused { status: 400, code: None })), "{none:?}");
}

#[tokio::test]
async fn only_not_found_in_the_body_of_a_404_means_not_found() {
    assert_eq!(link_with(json(404, &error("not_found"))).await.expect("an answer"), Lookup::NotFound);
    let expired = link_with(json(404, &error("expired_credentials"))).await;
    assert!(matches!(expired, Err(ProviderError::Refused { status: 404, code: Some(_) })), "{expired:?}");
    let bare = link_with(answer(404, "", "")).await;
    assert!(matches!(bare, Err(ProviderError::Refused { status: 404, code: None })), "{bare:?}");
    let html = link_with(answer(404, HTML, "<h1>404 not_found</h1>")).await;
    assert_eq!(unknown(html), "an error that is not Belvo's");
    let lying = link_with(answer(404, HTML, &error("not_found"))).await;
    assert_eq!(unknown(lying), "an error that is not Belvo's");
    let elsewhere = link_with(json(400, &error("not_found"))).await;
    assert!(matches!(elsewhere, Err(ProviderError::Refused { status: 400, .. })), "{elsewhere:?}");
}

#[tokio::test]
async fn throttling_comes_as_429_or_as_a_page_of_html() {
    for answer in [
        json(429, "{}"),
        answer(429, HTML, "slow down"),
        answer(403, HTML, "<html>openresty</html>"),
        answer(403, "", ""),
        json(403, "<html>"),
    ] {
        let told = link_with(answer).await;
        assert!(matches!(told, Err(ProviderError::Throttled)), "{told:?}");
    }
}

#[tokio::test]
async fn a_server_in_trouble_leaves_open_what_happened() {
    for status in [500, 502, 503, 504, 599] {
        assert_eq!(unknown(link_with(json(status, &error("not_found"))).await), "an error of Belvo's own");
    }
    assert_eq!(unknown(link_with(json(408, &error("request_timeout"))).await), "Belvo ran out of time");
    assert_eq!(unknown(link_with(json(204, "")).await), "a success of another kind");
    assert_eq!(unknown(link_with(json(206, &plain(link_id()))).await), "a success of another kind");
}

#[tokio::test]
async fn a_server_that_is_not_there_or_says_nothing_is_unknown() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", gone.local_addr().expect("bound"));
    drop(gone);
    assert_eq!(unknown(client(&url).check().await), "no connection");

    let mute = Server::start(vec![Answer::Silence]).await;
    assert_eq!(unknown(impatient(&mute.url).check().await), "no whole answer in time");

    let rude = Server::start(Vec::new()).await;
    assert_eq!(unknown(client(&rude.url).check().await), "the connection broke");
    assert_eq!(rude.asked().len(), 1, "a call is made once");

    let noise = Server::start(vec![Answer::Bytes(b"220 smtp.example.com\r\n".to_vec())]).await;
    assert_eq!(unknown(client(&noise.url).check().await), "the connection broke");
}
