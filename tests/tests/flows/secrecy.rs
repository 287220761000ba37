//! I15 at the edge: refusals tell a code and a request id, and nothing of anybody; answers never tell which
//! login at an institution a link is.

use belvo_simulator::Mode;
use serde_json::json;
use tests::{Reply, Story};

#[tokio::test]
async fn no_refusal_repeats_an_id_a_token_a_secret_or_what_was_sent() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana-secret").await, story.registered("bia").await);
    let (hers, mine) = (ana.opens().await, bia.opens().await);
    let link = ana.connects(&hers, "bnk100");
    let login = story.at_belvo(&link).and_then(|link| link.institution_user_id).expect("a login");
    let admin = json!({"external_id": "ana@example.com"});

    let mut refusals = vec![
        bia.reports(&hers, &link).await,
        bia.reports(&mine, &link).await,
        ana.forwards(&hers, &json!({"type": "success", "link": "canary-link", "institution": "canary"}))
            .await,
        ana.forwards(&hers, &json!({"type": "success", "canary-field": link})).await,
        ana.asks_for_a_session(&json!({"link_id": link})).await,
        ana.asks_for_a_session(&json!({"locale": "canary-locale"})).await,
        story.call(axum::http::Method::POST, "/users", "dev:ops:links:admin", &admin).await,
        story.call(axum::http::Method::GET, "/users/canary-user/links", ana.token(), &json!(null)).await,
        story.call(axum::http::Method::GET, "/users/me/links", "canary-token", &json!(null)).await,
    ];
    story.switch(|switches| switches.mode = Mode::Down);
    refusals.push(ana.asks_for_a_session(&json!({})).await);

    let ids = [&ana.external_id, &bia.external_id, &hers.id, &mine.id, &hers.token, &link, &login];
    let words = ["canary", "example.com", "ana-secret", "sandbox-", "127.0.0.1", "protects-nothing"];
    for refusal in &refusals {
        assert!(refusal.status >= 400, "{}", refusal.text);
        for told in ids.iter().map(|id| id.as_str()).chain(words) {
            assert!(!refusal.text.contains(told), "{told} in {}", refusal.text);
        }
    }
}

#[tokio::test]
async fn no_answer_tells_which_login_a_link_is_or_the_app_key_of_its_user() {
    let story = Story::begin().await;
    let ana = story.registered("ana-secret").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    let login = story.at_belvo(&link).and_then(|link| link.institution_user_id).expect("a login");

    let answers: [Reply; 4] = [
        ana.reports(&session, &link).await,
        ana.reports(&session, &link).await,
        ana.asks_for_links().await,
        ana.asks_for_a_session(&json!({})).await,
    ];

    for answer in answers {
        assert!(answer.status < 300, "{}", answer.text);
        assert!(!answer.text.contains(&login) && !answer.text.contains("ana-secret"), "{}", answer.text);
        assert!(!answer.text.contains("institution_user_id"), "{}", answer.text);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn the_apps_key_for_a_user_is_not_stored() {
    let story = Story::begin().await;
    story.registered("ana-secret").await.has_connected("bnk100").await;

    assert!(!format!("{:?}", story.table().await).contains("ana-secret"));
}
