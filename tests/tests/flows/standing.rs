//! How things stand, as the scheduled function tells it to whoever watches.

use belvo_simulator::Mode;
use lambda_runtime::{Context, LambdaEvent};
use reconcile::standing::{Standing, read};
use serde_json::json;
use tests::Story;

#[tokio::test]
async fn what_waits_what_is_set_aside_and_the_age_of_the_last_sweep_are_known() {
    let story = Story::begin().await;
    let table = story.world.stack.reconcile().store;
    let nothing = Standing { swept_at: None, waits_since: None, quarantined: 0 };
    assert_eq!(read(&table).await.expect("up"), nothing);

    let (ana, mule) = (story.registered("ana").await, story.registered("mule").await);
    let mut session = mule.opens().await;
    session.config["external_id"] = ana.external_id.clone().into();
    mule.connects(&session, "planted");
    story.minutes(30);
    let swept = story.sweep().await.finished_at;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    story.switch(|switches| switches.mode = Mode::Down);
    let named = story.now();
    assert_eq!(ana.reports(&session, &link).await.status, 202);

    let standing = read(&table).await.expect("up");

    assert_eq!((standing.swept_at, standing.quarantined), (Some(swept), 1));
    assert!(standing.waits_since.is_some_and(|since| since >= named), "{standing:?} {named}");
}

#[tokio::test]
async fn a_tick_of_the_schedule_looks_at_it() {
    let story = Story::begin().await;
    let tick = LambdaEvent::new(json!({}), Context::default());
    let answer = reconcile::handle(&story.world.stack.reconcile(), tick).await.expect("a tick");
    assert_eq!(answer.outcome, "finished");
    let looked = ("Query".to_owned(), "index/by-group".to_owned());
    assert!(story.world.engine.usage()["reconcile"].contains(&looked), "the quarantine is counted");
}
