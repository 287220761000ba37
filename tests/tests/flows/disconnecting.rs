//! A user disconnects an account: what the app sees, what Belvo is asked, and what stays.

use domain::{deletion::Mode, policy::Policy, ports::Deletions};
use jiff::SignedDuration;
use serde_json::json;
use tests::{Story, person::is};

/// Deletion is on.
pub(crate) fn on() -> Policy {
    Policy { provider_deletion: true, ..Policy::default() }
}

#[tokio::test]
async fn a_disconnected_account_is_not_shown_any_more_and_goes_at_belvo() {
    let story = Story::under(on()).await;
    let ana = story.registered("ana").await;
    let (gone, kept) = (ana.has_connected("gone").await, ana.has_connected("kept").await);
    let reply = ana.disconnects(&gone).await;
    assert_eq!((reply.status, &reply.json["state"]), (202, &json!("deleting")));
    assert_eq!(ana.disconnects(&gone).await.json, reply.json, "asked twice, answered alike");
    assert_eq!(ana.links().await, [is(&kept, "active")]);
    assert_eq!(ana.opens().await.told("connected"), [is(&kept, "active")]);
    assert!(story.at_belvo(&gone).is_some(), "nothing is asked of Belvo while the user waits");

    story.delete_for(15).await;
    assert!(story.at_belvo(&gone).is_none() && story.at_belvo(&kept).is_some());
    assert_eq!(ana.disconnects(&gone).await.refusal(), (404, "not_found"));
    story.minutes(30);
    story.sweep().await;
    assert_eq!(ana.links().await, [is(&kept, "active")]);
    assert_eq!(story.table().await.events("confirm_deletion"), 1);
}

#[tokio::test]
async fn what_is_not_the_callers_is_not_there_and_nothing_happens() {
    let story = Story::under(on()).await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let hers = ana.has_connected("ana").await;
    let before = story.table().await;
    for link in [hers.as_str(), "0b6a1f3e-0000-4000-8000-00000000000a", "nonsense"] {
        assert_eq!(bia.disconnects(link).await.refusal(), (404, "not_found"), "{link}");
    }
    assert_eq!(story.unregistered("caio").disconnects(&hers).await.refusal(), (404, "not_found"));
    assert_eq!(story.table().await, before);
}

#[tokio::test]
async fn a_disconnected_account_does_not_come_back_by_its_duplicate() {
    let story = Story::under(on()).await;
    let ana = story.registered("ana").await;
    let first = ana.has_connected("same").await;
    story.minutes(1);
    let second = ana.has_connected("same").await;
    assert_eq!(ana.links().await, [is(&second, "active")]);
    ana.disconnects(&second).await;
    story.delete_for(15).await;
    story.minutes(30);
    story.sweep().await;
    assert_eq!(ana.links().await, []);
    assert!(story.at_belvo(&first).is_none() && story.at_belvo(&second).is_none());
    let again = ana.has_connected("same").await;
    assert_eq!(ana.links().await, [is(&again, "active")], "connecting again is a new link");
}

#[tokio::test]
async fn nothing_goes_while_deletion_is_off_and_everything_stands_still_while_it_is_stopped() {
    for (policy, stopped) in [(Policy::default(), false), (on(), true)] {
        let story = Story::under(policy).await;
        let ana = story.registered("ana").await;
        let link = ana.has_connected("ana").await;
        story.world.stack.store.stop(stopped).await.expect("up");
        ana.disconnects(&link).await;
        story.delete_for(90).await;
        story.minutes(30);
        story.sweep().await;
        assert!(story.at_belvo(&link).is_some());
        assert_eq!(ana.links().await, [], "parked all the same");
    }
}

#[tokio::test]
async fn where_belvo_deletes_at_once_it_is_asked_no_more_than_five_times_a_minute() {
    let policy = Policy { deletion_mode: Mode::Synchronous, ..on() };
    let story = Story::under(policy).await;
    let ana = story.registered("ana").await;
    let mut links = Vec::new();
    for number in 0..12 {
        links.push(ana.has_connected(&format!("login-{number}")).await);
    }
    for link in &links {
        ana.disconnects(link).await;
    }
    let began = story.now();
    story.world.delete().await.expect("a run");
    assert!(story.now().duration_since(began) > SignedDuration::from_mins(2), "they take turns");
    assert_eq!(story.world.belvo.links().len(), 0);
    story.delete_for(2).await;
    assert_eq!(story.table().await.events("confirm_deletion"), 12);
}
