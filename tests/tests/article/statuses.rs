//! Links that are not `valid`: Update Mode brings them back. Links that are `unconfirmed` are nobody's.

use belvo_simulator::{Connect, Connected, Outcome, Status};
use tests::{Session, Story, person::is};

fn leaves_at_the_code(story: &Story, person: &tests::Person<'_>, session: &Session) -> String {
    let visit =
        Connect { username: "mfa_default".to_owned(), outcome: Outcome::CloseEarly, ..Connect::default() };
    person.visits(session, visit);
    story.world.belvo.links().first().expect("it stays, unconfirmed").id.clone()
}

#[tokio::test]
async fn an_invalid_link_works_again_after_update_mode() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    story.world.belvo.set_status(&link, Status::Invalid);
    assert_eq!(ana.opens().await.attention(), [is(&link, "update_mode")]);

    let update = ana.opens_update_mode(&link).await;
    let again = ana.visits(&update, Connect { username: "bnk100".to_owned(), ..Connect::default() });
    assert_eq!(again, Connected::Success { link: link.clone(), institution: "erebor_mx_retail".to_owned() });
    let reply = ana.reports(&update, &link).await;

    assert_eq!((reply.status, reply.state()), (200, "active"));
    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn an_update_whose_callback_is_lost_is_seen_at_the_next_session_start() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    story.world.belvo.set_status(&link, Status::TokenRequired);
    let update = ana.opens_update_mode(&link).await;
    assert_eq!(update.told("needs_attention"), [is(&link, "needs_update")]);
    ana.visits(&update, Connect { otp: Some("12345".to_owned()), ..Connect::default() });

    let next = ana.opens().await;

    assert_eq!(next.told("connected"), [is(&link, "active")]);
    assert_eq!(next.attention(), []);
}

#[tokio::test]
async fn a_status_that_changed_at_belvo_is_seen_by_the_schedule() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    story.world.belvo.set_status(&link, Status::Invalid);

    story.sweep().await;
    assert_eq!(ana.links().await, [is(&link, "needs_update")]);

    story.world.belvo.set_status(&link, Status::Valid);
    story.sweep().await;
    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn connecting_again_instead_replaces_an_invalid_link() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let broken = ana.has_connected("bnk100").await;
    story.world.belvo.set_status(&broken, Status::Invalid);

    let fresh = ana.has_connected("bnk100").await;

    assert_eq!(ana.links().await, [is(&fresh, "active")]);
    assert_eq!(story.table().await.link(&ana.external_id, &broken)["state"], "superseded");
}

#[tokio::test]
async fn an_unconfirmed_link_is_never_bound() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let unconfirmed = leaves_at_the_code(&story, &ana, &session);

    let next = ana.opens().await;
    story.minutes(30);
    story.sweep().await;

    assert_eq!((next.told("connected"), next.told("recovered"), next.attention()), (vec![], vec![], vec![]));
    let table = story.table().await;
    assert!(table.link(&ana.external_id, &unconfirmed).is_null() && table.holder(&unconfirmed).is_null());
}

#[tokio::test]
async fn an_unconfirmed_link_does_not_use_up_the_session_of_a_real_one() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    leaves_at_the_code(&story, &ana, &session);
    let real = ana.connects_and_closes_the_app(&session, "bnk100");

    story.minutes(30);
    story.sweep().await;

    assert_eq!(ana.links().await, [is(&real, "active")]);
}

#[tokio::test]
async fn an_unconfirmed_link_that_gets_its_code_later_is_bound() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let unconfirmed = leaves_at_the_code(&story, &ana, &session);
    let visit = Connect {
        username: "mfa_default".to_owned(),
        otp: Some("12345".to_owned()),
        outcome: Outcome::LoseCallback,
        ..Connect::default()
    };
    ana.visits(&session, visit);

    story.minutes(30);
    story.sweep().await;

    assert_eq!(ana.links().await, [is(&unconfirmed, "active")]);
}
