//! What schedules, operators and the table's stream hand over: a tick asks for one thing or is refused by its rule; of a
//! batch every event that can be read is told once and under its own name, and nothing else; and a bus that takes nothing
//! has it brought again from the first.

use std::{
    collections::BTreeSet,
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
};

use adapters::dynamo::Batch;
use domain::{
    external_id::ExternalId,
    ports::{Ambient, Publisher, Unpublished},
    published::{MOST_IN_A_CALL, Published},
    sweep::Scope,
};
use jiff::Timestamp;
use lambda_runtime::LambdaEvent;
use publish_events::{Answer, Deps, handle};
use reconcile::order;
use serde_json::Value;

use crate::quiet::tells_nothing;

/// What is told of an event, and nothing else is.
const FIELDS: [&str; 10] =
    ["id", "type", "version", "at", "external_id", "link_id", "session_id", "before", "after", "cause"];

/// The first byte chooses what the rest is.
pub fn check(data: &[u8]) {
    let Some((kind, json)) = data.split_first() else { return };
    match kind % 3 {
        0 => tick(json),
        1 => batch(json, true),
        _ => batch(json, false),
    }
}

fn tick(json: &[u8]) {
    let Ok(tick) = serde_json::from_slice::<Value>(json) else { return };
    match order::of(&tick) {
        Ok(order) => {
            assert!(order.until.is_none(), "a tick does not set its own time");
            let said = ["mode", "window", "user"].map(|name| tick.get(name).is_some());
            let scope = order.scope.map(|scope| match scope {
                Scope::Full => tick["mode"] == "full",
                Scope::Recent => tick["mode"] == "recent",
                Scope::Days { from, to } => {
                    let days = &tick["window"];
                    from <= to && days["from"] == from.to_string() && days["to"] == to.to_string()
                }
                Scope::User(id) => ExternalId::parse(id.as_str()).is_ok() && tick["user"] == id.as_str(),
            });
            assert_eq!(scope, said.contains(&true).then_some(true), "something else than was said");
            assert!(said.iter().filter(|said| **said).count() <= 1, "several things");
        }
        Err(error) => tells_nothing(&error),
    }
}

/// A bus that takes everything or nothing.
struct Bus {
    takes: bool,
    taken: Mutex<Vec<Published>>,
}

impl Publisher for Bus {
    async fn publish(&self, events: &[Published]) -> Result<(), Unpublished> {
        assert!((1..=MOST_IN_A_CALL).contains(&events.len()), "{} in a call", events.len());
        let users: BTreeSet<_> = events.iter().filter_map(|event| event.external_id.as_ref()).collect();
        let of_users = events.iter().filter(|event| event.external_id.is_some()).count();
        assert_eq!(users.len(), of_users, "two of one user in a call");
        if self.takes {
            self.taken.lock().expect("one thread").extend_from_slice(events);
            Ok(())
        } else {
            Err(Unpublished { first: 0, cause: "refused".into() })
        }
    }
}

/// A day that stands still.
struct Still;

impl Ambient for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn random(&self) -> [u8; 16] {
        [7; 16]
    }
}

fn batch(json: &[u8], takes: bool) {
    let Ok(batch) = serde_json::from_slice::<Batch>(json) else { return };
    let filed = batch.records.iter().map(|record| (record.sequence_number(), record.filed()));
    let (mut expected, mut numbers) = (Vec::new(), Vec::new());
    for (number, filed) in filed {
        match filed {
            Ok(filed) => {
                if let Some(event) = filed.as_ref().and_then(Published::of) {
                    expected.push(event);
                    numbers.push(number.to_owned());
                }
            }
            Err(error) => tells_nothing(&error),
        }
    }
    let (answer, published) = told_to(Bus { takes, taken: Mutex::default() }, batch);
    let again: Vec<_> = answer.batch_item_failures.into_iter().map(|failed| failed.item_identifier).collect();
    if takes {
        assert_eq!(published, expected, "each once, and in order");
        assert!(again.is_empty());
    } else {
        assert_eq!(again.first(), numbers.first(), "it comes again from the first");
    }
    expected.iter().for_each(lasting);
}

fn told_to(publisher: Bus, batch: Batch) -> (Answer, Vec<Published>) {
    let deps = Deps { publisher, ambient: Still };
    let event = LambdaEvent::new(batch, lambda_runtime::Context::default());
    let Poll::Ready(answer) = pin!(handle(&deps, event)).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("nothing has to be waited for");
    };
    let Ok(answer) = answer;
    (answer, deps.publisher.taken.into_inner().expect("one thread"))
}

/// The form that lasts, with opaque ids and words alone.
fn lasting(event: &Published) {
    let told = serde_json::to_value(event).expect("a form");
    let fields = told.as_object().expect("an object");
    for (name, value) in fields {
        assert!(FIELDS.contains(&name.as_str()), "{name} is told");
        let text = value.as_str().unwrap_or_default();
        assert!(text.len() <= 256 && text.chars().all(|c| c.is_ascii_graphic()), "{name}: {text}");
    }
}
