//! Planting: somebody who knows a victim's `external_id` makes a link under it, so that a bank account of
//! theirs shows up as the victim's.

use belvo_simulator::Status;
use tests::{Person, Session, Story, person::is};

/// The attacker opens the widget with a session of their own, and writes the victim's id in the browser.
async fn plants(attacker: &Person<'_>, victim: &Person<'_>) -> (Session, String) {
    let mut session = attacker.opens().await;
    session.config["external_id"] = victim.external_id.clone().into();
    let link = attacker.connects(&session, "mule");
    (session, link)
}

#[tokio::test]
async fn a_link_planted_while_the_victim_has_no_session_is_set_aside() {
    let story = Story::begin().await;
    let (victim, attacker) = (story.registered("victim").await, story.registered("attacker").await);
    let (session, link) = plants(&attacker, &victim).await;

    assert_eq!(attacker.reports(&session, &link).await.refusal(), (404, "not_found"));
    story.minutes(30);
    story.sweep().await;

    assert_eq!(story.table().await.quarantine(&link), "no_session");
    assert_eq!((victim.links().await, attacker.links().await), (vec![], vec![]));
}

#[tokio::test]
async fn the_victim_is_asked_whether_it_is_theirs() {
    let story = Story::begin().await;
    let (victim, attacker) = (story.registered("victim").await, story.registered("attacker").await);
    let (_, link) = plants(&attacker, &victim).await;
    story.minutes(30);

    let session = victim.opens().await;

    assert_eq!(session.attention(), [is(&link, "claim")]);
    assert_eq!(session.told("needs_attention"), [is(&link, "quarantined")]);
    assert_eq!((session.told("connected"), session.told("recovered")), (vec![], vec![]));
}

#[tokio::test]
async fn of_two_links_in_one_sessions_window_neither_is_believed() {
    let story = Story::begin().await;
    let (victim, attacker) = (story.registered("victim").await, story.registered("attacker").await);
    let session = victim.opens().await;
    let (_, planted) = plants(&attacker, &victim).await;
    let real = victim.connects_and_closes_the_app(&session, "bnk100");

    story.minutes(30);
    story.sweep().await;

    let table = story.table().await;
    assert_eq!((table.quarantine(&real), table.quarantine(&planted)), ("ambiguous", "ambiguous"));
    story.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn the_callback_tells_which_of_two_links_is_the_victims() {
    let story = Story::begin().await;
    let (victim, attacker) = (story.registered("victim").await, story.registered("attacker").await);
    let session = victim.opens().await;
    let (_, planted) = plants(&attacker, &victim).await;
    let real = victim.connects(&session, "bnk100");

    assert_eq!(victim.reports(&session, &real).await.status, 201);
    story.minutes(30);
    story.sweep().await;

    assert_eq!(victim.links().await, [is(&real, "active")]);
    assert_eq!(story.table().await.quarantine(&planted), "session_used");
    story.assert_every_owner_is_proven().await;
}

#[tokio::test]
async fn a_late_callback_takes_its_link_out_of_quarantine() {
    let story = Story::begin().await;
    let (victim, attacker) = (story.registered("victim").await, story.registered("attacker").await);
    let session = victim.opens().await;
    let (_, planted) = plants(&attacker, &victim).await;
    let real = victim.connects(&session, "bnk100");
    story.minutes(30);
    story.sweep().await;

    let reply = victim.reports(&session, &real).await;

    assert_eq!((reply.status, reply.state()), (201, "active"));
    let table = story.table().await;
    assert_eq!(table.owner(&real), Some(victim.external_id.as_str()));
    assert!(table.holder(&real)["reason"].is_null(), "nothing of the quarantine is left");
    assert_ne!(table.quarantine(&planted), "");
}

#[tokio::test]
async fn the_attackers_own_session_explains_nothing_under_the_victims_name() {
    let story = Story::begin().await;
    let (victim, attacker) = (story.registered("victim").await, story.registered("attacker").await);
    let (session, link) = plants(&attacker, &victim).await;

    let forged = victim.reports(&session, &link).await;

    assert_eq!(forged.refusal(), (404, "not_found"), "the session is not the victim's");
    assert_eq!(victim.links().await, []);
}

#[tokio::test]
async fn a_link_from_before_or_long_after_the_session_is_not_explained_by_it() {
    let story = Story::begin().await;
    let victim = story.registered("victim").await;
    let before = victim.gets_planted("mule-1");
    story.minutes(3);
    let session = victim.opens().await;
    story.minutes(23);
    let after = victim.gets_planted("mule-2");

    for link in [&before, &after] {
        let reply = victim.reports(&session, link).await;
        assert_eq!((reply.status, reply.state()), (202, "quarantined"));
        assert_eq!(story.table().await.quarantine(link), "no_session");
    }
    assert_eq!(victim.links().await, []);
}

#[tokio::test]
async fn a_session_binds_one_link_and_no_second() {
    let story = Story::begin().await;
    let victim = story.registered("victim").await;
    let session = victim.opens().await;
    let real = victim.connects(&session, "bnk100");
    assert_eq!(victim.reports(&session, &real).await.status, 201);
    let second = victim.gets_planted("mule");

    let reply = victim.reports(&session, &second).await;

    assert_eq!((reply.status, reply.state()), (202, "quarantined"));
    assert_eq!(victim.links().await, [is(&real, "active")]);
}

#[tokio::test]
async fn a_session_for_update_mode_binds_no_new_link() {
    let story = Story::begin().await;
    let victim = story.registered("victim").await;
    let real = victim.has_connected("bnk100").await;
    story.minutes(60);
    story.world.belvo.set_status(&real, Status::Invalid);
    let update = victim.opens_update_mode(&real).await;
    let planted = victim.gets_planted("mule");

    let reply = victim.reports(&update, &planted).await;

    assert_eq!((reply.status, reply.state()), (202, "quarantined"));
    assert_eq!(victim.links().await, [is(&real, "needs_update")]);
}
