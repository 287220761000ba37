//! I8: whatever Belvo says, one run takes away no more than its cap, nothing on a doubtful listing,
//! and one bad record spoils no other.

use belvo_simulator::NewLink;
use domain::{change::Action, policy::BindingProof, sweep::Canary};
use jiff::SignedDuration;
use tests::{Story, Table, person::is};

/// A user with so many bound links.
async fn with_links(number: usize) -> (Story, Vec<String>) {
    let story = Story::proven_by(BindingProof::ExternalId).await;
    let ana = story.registered("ana").await;
    let links = (0..number).map(|login| ana.gets_planted(&format!("login-{login}"))).collect();
    story.minutes(30);
    let report = story.sweep().await;
    assert_eq!(report.count(Action::Bind), number);
    (story, links)
}

fn states(table: &Table, state: &str) -> usize {
    table.of_kind("link").iter().filter(|record| record["state"] == state).count()
}

fn vanish(story: &Story, links: &[String]) {
    for link in links {
        assert!(story.world.belvo.remove(link));
    }
    story.minutes(30);
}

#[tokio::test]
async fn as_many_as_are_always_allowed_are_retired() {
    let (story, links) = with_links(30).await;
    vanish(&story, &links[..5]);

    let first = story.sweep().await;
    story.minutes(21);
    let second = story.sweep().await;

    assert_eq!((first.count(Action::NoteMissing), second.count(Action::Retire)), (5, 5));
    assert_eq!(states(&story.table().await, "gone"), 5);
}

#[tokio::test]
async fn too_many_at_once_are_all_withheld() {
    let (story, links) = with_links(30).await;
    vanish(&story, &links[..6]);
    let before = story.table().await.but_for_reports();

    for _ in 0..3 {
        let report = story.sweep().await;
        assert_eq!((report.withheld, report.counts.actions.len()), (6, 0));
        story.minutes(21);
    }

    assert_eq!(story.table().await.but_for_reports(), before);
}

#[tokio::test]
async fn what_is_added_does_not_wait_for_what_is_withheld() {
    let (story, links) = with_links(30).await;
    let bia = story.registered("bia").await;
    let new = bia.gets_planted("new");
    vanish(&story, &links[..6]);

    let report = story.sweep().await;

    assert_eq!((report.count(Action::Bind), report.withheld), (1, 6));
    assert_eq!(story.table().await.owner(&new), Some(bia.external_id.as_str()));
}

#[tokio::test]
async fn an_empty_listing_proves_nothing() {
    let (story, links) = with_links(3).await;
    vanish(&story, &links);
    let before = story.table().await.but_for_reports();

    for _ in 0..2 {
        let report = story.sweep().await;
        assert_eq!(
            (report.canary, report.counts.listed, report.counts.absent, report.counts.unanswered),
            (Canary::Failed, 0, 3, 3)
        );
        story.minutes(21);
    }

    assert_eq!(story.table().await.but_for_reports(), before);
}

#[tokio::test]
async fn a_listing_that_has_shrunk_proves_nothing_even_within_the_cap() {
    let (story, links) = with_links(20).await;
    vanish(&story, &links[..5]);
    let before = story.table().await.but_for_reports();

    for _ in 0..2 {
        let report = story.sweep().await;
        assert_eq!((report.counts.absent, report.withheld, report.counts.actions.len()), (5, 5, 0));
        story.minutes(21);
    }

    assert_eq!(story.table().await.but_for_reports(), before);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_counted_and_the_rest_goes_on() {
    let story = Story::proven_by(BindingProof::ExternalId).await;
    let ana = story.registered("ana").await;
    let poisoned = |id: &str| NewLink { id: Some(id.to_owned()), ..NewLink::default() };
    story.plant(poisoned("link-id-1"));
    story.plant(NewLink { institution: Some("no institution\n".to_owned()), ..NewLink::default() });
    let good: Vec<_> = (0..25).map(|login| ana.gets_planted(&format!("login-{login}"))).collect();
    story.plant(poisoned("../../users"));
    story.minutes(30);

    let report = story.sweep().await;

    assert_eq!((report.counts.unreadable, report.counts.listed, report.count(Action::Bind)), (3, 25, 25));
    let table = story.table().await;
    assert!(good.iter().all(|link| table.owner(link).is_some()));
}

#[tokio::test]
async fn a_link_from_the_far_future_is_set_aside_and_its_date_believed_of_nobody_else() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let real = ana.has_connected("bnk100").await;
    let far = story.now() + SignedDuration::from_hours(24 * 365 * 50);
    let external_id = Some(ana.external_id.clone());
    let odd = story.plant(NewLink { external_id, created_at: Some(far), ..NewLink::default() });

    story.sweep().await;

    assert_eq!(story.table().await.quarantine(&odd), "no_session");
    assert_eq!(ana.links().await, [is(&real, "active")]);
}
