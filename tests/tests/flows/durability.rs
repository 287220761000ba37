//! I3: a 2xx leaves only after the write is durable, wherever the store breaks, and what was refused can
//! simply be asked for again.

use cli::stack::Stack;
use domain::sweep::Order;
use tests::{
    Story,
    fault::{Fault, Switch, failing_store},
    person::is,
};

const FAULTS: [Fault; 2] = [Fault::NotSent, Fault::AnswerLost];
/// No use case makes more requests to the store.
const REQUESTS: i64 = 4;

async fn breakable(fault: Fault) -> (Story, Switch) {
    let story = Story::begin().await;
    let (failing, switch) = failing_store(&story.world.engine, fault);
    let stack = Stack { store: failing, ..story.world.stack.clone() };
    (story.over(stack), switch)
}

#[tokio::test]
async fn a_registration_is_acknowledged_only_when_it_is_durable() {
    for fault in FAULTS {
        let (story, switch) = breakable(fault).await;
        let ana = story.unregistered("ana");
        switch.breaks_after(0);

        let reply = ana.registers().await;

        assert_eq!(reply.refusal(), (503, "store_unavailable"), "{fault:?}");
        assert_eq!(reply.header("retry-after"), "2");
        switch.heals();
        assert!(ana.registers().await.status <= 201, "{fault:?}");
        assert_eq!(story.table().await.events("register"), 1);
    }
}

#[tokio::test]
async fn a_callback_is_acknowledged_only_when_it_is_durable() {
    for fault in FAULTS {
        for good in 0..REQUESTS {
            let (story, switch) = breakable(fault).await;
            let ana = story.registered("ana").await;
            let session = ana.opens().await;
            let link = ana.connects(&session, "bnk100");
            switch.breaks_after(good);

            let reply = ana.reports(&session, &link).await;

            switch.heals();
            let stored = story.table().await.owner(&link).is_some();
            assert!(stored || reply.status == 503, "{fault:?} after {good}: {}", reply.text);
            assert!(ana.reports(&session, &link).await.status <= 201, "{fault:?} after {good}");
            assert_eq!(story.table().await.events("bind"), 1);
            assert_eq!(ana.links().await, [is(&link, "active")]);
        }
    }
}

#[tokio::test]
async fn a_session_leaves_only_when_it_is_durable() {
    for fault in FAULTS {
        for good in 0..REQUESTS {
            let (story, switch) = breakable(fault).await;
            let ana = story.registered("ana").await;
            let first = ana.opens().await;
            let orphan = ana.connects_and_closes_the_app(&first, "bnk100");
            switch.breaks_after(good);

            let reply = ana.asks_for_a_session(&serde_json::json!({})).await;

            switch.heals();
            let table = story.table().await;
            match reply.json["session_id"].as_str() {
                Some(id) => assert!(!table.session(&ana.external_id, id).is_null(), "{fault:?} after {good}"),
                None => assert_eq!(reply.refusal(), (503, "store_unavailable"), "{fault:?} after {good}"),
            }
            ana.opens().await;
            assert_eq!(ana.links().await, [is(&orphan, "active")]);
            assert_eq!(story.table().await.events("bind"), 1);
        }
    }
}

#[tokio::test]
async fn a_sweep_that_breaks_anywhere_is_made_good_by_the_next() {
    for fault in FAULTS {
        for good in 0..REQUESTS {
            let (story, switch) = breakable(fault).await;
            let ana = story.registered("ana").await;
            let session = ana.opens().await;
            let orphan = ana.connects_and_closes_the_app(&session, "bnk100");
            story.minutes(30);
            switch.breaks_after(good);
            let broken = story.world.tick(&Order::default()).await;
            switch.heals();

            story.sweep().await;

            assert_eq!(ana.links().await, [is(&orphan, "active")], "{fault:?} after {good}: {broken:?}");
            assert_eq!(story.table().await.events("bind"), 1);
            story.assert_every_owner_is_proven().await;
        }
    }
}
