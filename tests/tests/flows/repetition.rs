//! I4 and I5: each message delivered any number of times, in any order, with sweeps and session starts in
//! between, has the effect of one, and no record's revision ever falls.

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::Value;
use tests::{Person, Session, Story, Table};

/// What can arrive at any time.
#[derive(Clone, Copy, Debug)]
enum Message {
    Success(usize),
    Exit,
    Sweep,
    List,
}

/// Three links that were made, and a session that was left.
struct Stage<'a> {
    ana: Person<'a>,
    made: Vec<(Session, String)>,
    left: Session,
}

impl<'a> Stage<'a> {
    async fn set(story: &'a Story) -> Self {
        story.switch(|switches| switches.rate_limit = None);
        let ana = story.registered("ana").await;
        let mut made = Vec::new();
        for login in ["one", "two", "one"] {
            let session = ana.opens().await;
            let link = ana.connects(&session, login);
            made.push((session, link));
            story.minutes(25);
        }
        let left = ana.opens().await;
        Self { ana, made, left }
    }

    async fn deliver(&self, story: &Story, message: Message) {
        let exit = serde_json::json!({"type": "exit", "meta_data": {"step": "abandon-survey"}});
        let status = match message {
            Message::Success(number) => {
                let (session, link) = &self.made[number];
                self.ana.reports(session, link).await.status
            }
            Message::Exit => self.ana.forwards(&self.left, &exit).await.status,
            Message::List => self.ana.asks_for_links().await.status,
            Message::Sweep => {
                story.sweep().await;
                200
            }
        };
        assert!((200..=201).contains(&status), "{message:?}: {status}");
    }
}

/// What the records say, but for when and by whose hand they came to say it.
fn effect(table: &Table) -> Vec<Value> {
    let records = ["user", "link", "session", "owner", "quarantine"];
    let items = records.iter().flat_map(|kind| table.of_kind(kind)).cloned();
    let mut items: Vec<Value> = items.map(without_when_and_who).collect();
    items.sort_by_key(Value::to_string);
    items
}

fn without_when_and_who(mut item: Value) -> Value {
    let fields = item.as_object_mut().expect("an item");
    for passing in ["writer", "rev", "last_observed_at"] {
        fields.remove(passing);
    }
    if let Some(outcome) = fields.get_mut("outcome").and_then(Value::as_object_mut) {
        outcome.remove("at");
    }
    item
}

fn assert_no_revision_fell(before: &Table, after: &Table) {
    for (key, item) in &before.0 {
        let revision = |item: &Value| item["rev"].as_u64().unwrap_or_default();
        let now = after.0.get(key).expect("no record is ever removed");
        assert!(revision(now) >= revision(item), "{item} became {now}");
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Every message 1 to 20 times, shuffled.
fn deliveries() -> impl Strategy<Value = Vec<Message>> {
    use Message::{Exit, List, Success, Sweep};
    let kinds = [Success(0), Success(1), Success(2), Exit, Sweep, List];
    vec(1_usize..=20, kinds.len())
        .prop_map(move |times| {
            let repeated = kinds.iter().zip(times).map(|(kind, times)| vec![*kind; times]);
            repeated.flatten().collect::<Vec<_>>()
        })
        .prop_shuffle()
}

#[test]
fn each_message_delivered_up_to_twenty_times_in_any_order_counts_once() {
    let once = runtime().block_on(async {
        let story = Story::begin().await;
        let stage = Stage::set(&story).await;
        for message in [Message::Success(0), Message::Success(1), Message::Success(2), Message::Exit] {
            stage.deliver(&story, message).await;
        }
        story.table().await
    });
    let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
    let delivered = TestRunner::new(config).run(&deliveries(), |messages| {
        runtime().block_on(async {
            let story = Story::begin().await;
            let stage = Stage::set(&story).await;
            let mut before = story.table().await;
            for message in messages {
                stage.deliver(&story, message).await;
                let after = story.table().await;
                assert_no_revision_fell(&before, &after);
                before = after;
            }
            assert_eq!(effect(&before), effect(&once));
            assert_eq!(before.events("bind"), once.events("bind"));
            story.assert_every_owner_is_proven().await;
        });
        Ok(())
    });
    delivered.expect("once is as good as often");
}
