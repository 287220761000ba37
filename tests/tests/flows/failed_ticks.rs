//! Ticks of the schedules that come to nothing: what Lambda is told of them, which counts it and so rings the alarm,
//! and that the next tick makes them good.

use belvo_simulator::Mode;
use cli::stack::Stack;
use domain::{ports::Sweeps, sweep::SweepState};
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde_json::{Value, json};
use tests::{
    Story,
    fault::{Fault, failing_store},
    person::is,
};

use super::disconnecting::on;

fn event(payload: Value) -> LambdaEvent<Value> {
    LambdaEvent::new(payload, Context::default())
}

/// The code by which each scheduled function fails, if it does: sweeps, follow-ups, deletions.
async fn codes(story: &Story) -> [Option<String>; 3] {
    let stack = &story.world.stack;
    let code = |failed: Diagnostic| {
        assert!(!failed.error_message.contains("http"), "{}", failed.error_message);
        failed.error_type
    };
    let swept = Box::pin(reconcile::handle(&stack.reconcile(), event(json!({})))).await;
    let followed = Box::pin(follow_up::handle(&stack.follow_up(), event(json!({})))).await;
    let deleted = Box::pin(delete_links::handle(&stack.delete_links(), event(json!({})))).await;
    [
        swept.err().map(|failed| code(failed.into())),
        followed.err().map(|failed| code(failed.into())),
        deleted.err().map(|failed| code(failed.into())),
    ]
}

/// Each schedule has something to do: a link to delete, a session without a callback.
async fn busy(story: &Story) -> (String, String) {
    let ana = story.registered("ana").await;
    let gone = ana.has_connected("bnk100").await;
    ana.disconnects(&gone).await;
    let session = ana.opens().await;
    let lost = ana.connects_and_closes_the_app(&session, "bnk101");
    story.minutes(30);
    (gone, lost)
}

async fn is_made_good(story: &Story, gone: &str, lost: &str) {
    assert_eq!(codes(story).await, [None, None, None]);
    story.delete_for(15).await;
    assert!(story.at_belvo(gone).is_none());
    assert_eq!(story.unregistered("ana").links().await, [is(lost, "active")]);
}

#[tokio::test]
async fn while_belvo_is_down_each_schedule_fails_by_its_code_and_is_made_good_later() {
    let story = Story::under(on()).await;
    let (gone, lost) = busy(&story).await;
    story.switch(|switches| switches.mode = Mode::Down);
    let down = || Some("BelvoUnavailable".to_owned());
    assert_eq!(codes(&story).await, [down(), down(), down()]);
    assert!(story.at_belvo(&gone).is_some());
    assert_eq!(story.unregistered("ana").links().await, []);
    story.switch(|switches| switches.mode = Mode::Up);
    story.minutes(30);
    is_made_good(&story, &gone, &lost).await;
}

#[tokio::test]
async fn while_the_table_is_down_each_schedule_fails_by_its_code_and_is_made_good_later() {
    for fault in [Fault::NotSent, Fault::AnswerLost] {
        let story = Story::under(on()).await;
        let (gone, lost) = busy(&story).await;
        let (failing, switch) = failing_store(&story.world.engine, fault);
        let stack = Stack { store: failing, ..story.world.stack.clone() };
        let story = story.over(stack);
        switch.breaks_after(0);
        let down = || Some("StoreUnavailable".to_owned());
        assert_eq!(codes(&story).await, [down(), down(), down()], "{fault:?}");
        switch.heals();
        story.minutes(30);
        is_made_good(&story, &gone, &lost).await;
    }
}

#[tokio::test]
async fn an_event_that_asks_for_what_cannot_be_done_is_told_by_its_rule_and_not_repeated() {
    let story = Story::begin().await;
    let before = story.table().await;
    let asked = reconcile::handle(&story.world.stack.reconcile(), event(json!({"mode": "hunter2"}))).await;
    let told = Diagnostic::from(asked.expect_err("refused"));
    assert_eq!(
        (told.error_type.as_str(), told.error_message.as_str()),
        ("BadEvent", "the event: mode is full or recent")
    );
    assert_eq!(story.table().await, before);
}

/// The table was filled from one environment, and the keys are those of another.
#[tokio::test]
async fn a_sweep_of_another_environment_is_told_by_its_code_and_changes_nothing() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    story.minutes(30);
    story.sweep().await;
    let table = &story.world.stack.store;
    let state = table.state().await.expect("up");
    assert!(state.environment.is_some(), "the table notes which Belvo it goes with");
    let another = SweepState { environment: Some("production".to_owned()), ..state };
    assert!(table.put_state(&another, another.token).await.expect("up"));
    story.minutes(60 * 24);
    let before = story.table().await.but_for_reports();
    let swept = reconcile::handle(&story.world.stack.reconcile(), event(json!({}))).await;
    let told = Diagnostic::from(swept.expect_err("refused"));
    assert_eq!(told.error_type, "OtherEnvironment");
    assert!(told.error_message.contains("BELVO_API_URL"), "{}", told.error_message);
    assert_eq!(story.table().await.but_for_reports(), before);
    assert_eq!(story.unregistered("ana").links().await, [is(&link, "active")]);
}
