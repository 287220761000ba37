//! Duplicates that gave way are deleted at Belvo once they have been kept for as long as an operator wants, and not before.

use domain::policy::Policy;
use jiff::SignedDuration;
use tests::{Story, person::is};

use super::disconnecting::on;

/// Deletion is on, and duplicates are kept for a week.
fn kept_for_a_week() -> Policy {
    Policy { superseded_kept: Some(SignedDuration::from_hours(7 * 24)), ..on() }
}

#[tokio::test]
async fn a_duplicate_goes_at_belvo_after_its_time_and_its_survivor_stays() {
    let story = Story::under(kept_for_a_week()).await;
    let ana = story.registered("ana").await;
    let older = ana.has_connected("bnk100").await;
    story.minutes(60);
    let newer = ana.has_connected("bnk100").await;
    story.delete_for(1).await; // it is marked, and its time runs
    story.minutes(6 * 24 * 60);
    story.delete_for(30).await;
    assert!(story.at_belvo(&older).is_some(), "its time is not over");

    story.minutes(2 * 24 * 60);
    story.delete_for(90).await;

    assert!(story.at_belvo(&older).is_none());
    assert!(story.at_belvo(&newer).is_some());
    assert_eq!(ana.links().await, [is(&newer, "active")]);
    story.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn a_duplicate_is_kept_when_nobody_said_for_how_long() {
    let story = Story::under(on()).await;
    let ana = story.registered("ana").await;
    let older = ana.has_connected("bnk100").await;
    story.minutes(60);
    ana.has_connected("bnk100").await;
    story.minutes(400 * 24 * 60);
    story.delete_for(30).await;
    assert!(story.at_belvo(&older).is_some());
}
