//! Deletions: how they are asked for, and what each answer means.

use domain::{
    deletion::{Mode, step::Deleted},
    failure::ProviderError,
    ports::ProviderDeletion,
};

use super::{
    client, link_id,
    server::{Answer, HTML, Server, answer, json},
    unknown,
};
use crate::belvo::Belvo;

use super::settings;
use std::time::Duration;

async fn deleted_with(answer: Answer) -> Result<Deleted, ProviderError> {
    let server = Server::start(vec![answer]).await;
    client(&server.url).delete(link_id()).await
}

#[tokio::test]
async fn an_accepted_and_a_done_deletion_are_told_apart() {
    let accepted = deleted_with(json(202, r#"{"request_id":"r"}"#)).await;
    assert_eq!(accepted.expect("taken"), Deleted::Accepted);
    assert_eq!(deleted_with(answer(204, "", "")).await.expect("done"), Deleted::Done);
}

#[tokio::test]
async fn not_found_is_an_answer_and_other_refusals_are_none() {
    let error = |code: &str| format!(r#"[{{"code":"{code}","message":"m"}}]"#);
    assert_eq!(deleted_with(json(404, &error("not_found"))).await.expect("an answer"), Deleted::NotFound);
    let other = deleted_with(json(404, &error("expired_credentials"))).await;
    assert!(matches!(other, Err(ProviderError::Refused { status: 404, .. })), "{other:?}");
    assert_eq!(unknown(deleted_with(json(500, &error("unexpected_error"))).await), "an error of Belvo's own");
    assert_eq!(unknown(deleted_with(answer(202, HTML, "<p>")).await), "a body that is not JSON");
}

#[tokio::test]
async fn it_is_one_signed_delete_of_the_link_and_asynchronous_unless_told_otherwise() {
    for (mode, says_so) in [(Mode::Asynchronous, true), (Mode::Synchronous, false)] {
        let server = Server::start(vec![answer(204, "", "")]).await;
        let belvo =
            Belvo::new(settings(&server.url, Duration::from_secs(5)).deleting(mode)).expect("settings");
        belvo.delete(link_id()).await.expect("done");
        let [asked] = server.asked().try_into().expect("one request");
        assert!(asked.starts_with(&format!("DELETE /api/links/{}/ ", link_id())), "{asked}");
        let asked = asked.to_ascii_lowercase();
        assert_eq!(asked.contains("x-belvo-request-mode: async"), says_so);
        assert!(asked.contains("authorization: basic "));
    }
}
