//! Whatever becomes of the calls to the bus: everything is told, each user's events in order, under one name each.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use domain::ports::Unpublished;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// What becomes of one call.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// Everything is taken.
    Taken,
    /// This entry is not taken, and all others are.
    Without(usize),
    /// Nothing is taken.
    Refused,
    /// Everything is taken, but the answer is lost.
    Unheard,
}

/// A bus that fails as it is told, and remembers what it took.
#[derive(Default)]
struct Bus {
    fates: Mutex<Vec<Fate>>,
    taken: Mutex<Vec<Published>>,
}

impl Publisher for Bus {
    async fn publish(&self, events: &[Published]) -> Result<(), Unpublished> {
        let fate = self.fates.lock().expect("one thread").pop().unwrap_or(Fate::Taken);
        let (taken, first): (Vec<_>, _) = match fate {
            Fate::Taken => (events.to_vec(), None),
            Fate::Unheard => (events.to_vec(), Some(0)),
            Fate::Refused => (Vec::new(), Some(0)),
            Fate::Without(entry) => {
                let missing = entry % events.len();
                let taken = events.iter().enumerate().filter(|(at, _)| *at != missing);
                (taken.map(|(_, event)| event.clone()).collect(), Some(missing))
            }
        };
        self.taken.lock().expect("one thread").extend(taken);
        first.map_or(Ok(()), |first| Err(Unpublished { first, cause: "throttled".into() }))
    }
}

/// A clock whose every look takes a second.
struct Slow(Mutex<i64>);

impl Ambient for Slow {
    fn now(&self) -> Timestamp {
        let mut second = self.0.lock().expect("one thread");
        *second += 1;
        Timestamp::from_second(1_772_445_600 + *second).expect("a time")
    }

    fn random(&self) -> [u8; 16] {
        [0; 16]
    }
}

/// The record of the `number`-th event, which is this user's.
fn record(number: usize, user: &str) -> Value {
    let (writer, at) = ("a".repeat(28), "2026-03-02T10:00:00Z");
    let sk = format!("AUDIT#2026-03-02T10:00:00.000000Z#{writer}#{number:03}");
    json!({
        "eventName": "INSERT",
        "dynamodb": {
            "SequenceNumber": format!("1{number:020}"),
            "NewImage": {
                "pk": {"S": format!("USER#{user}")}, "sk": {"S": sk}, "kind": {"S": "audit"}, "v": {"N": "1"},
                "at": {"S": at}, "action": {"S": "refresh"}, "source": {"S": "sweep"},
                "external_id": {"S": user}, "link_id": {"NULL": true}, "session_id": {"NULL": true},
                "before": {"NULL": true}, "after": {"NULL": true},
            },
        },
    })
}

fn batch(records: &[Value]) -> Batch {
    serde_json::from_value(json!({"Records": records})).expect("a batch")
}

fn ran<T>(task: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(task)
}

/// The number of the first record that was not told.
fn handled(deps: &Deps<Bus, Slow>, records: &[Value], deadline: Option<Timestamp>) -> Option<String> {
    let (answer, counts) = ran(tell(deps, &batch(records), deadline));
    let mut failures = answer.batch_item_failures.into_iter();
    let first = failures.next().map(|failure| failure.item_identifier);
    assert_eq!(failures.next(), None, "the first says it all");
    assert_eq!(first.is_some(), counts.unpublished > 0);
    first
}

fn deps(fates: Vec<Fate>) -> Deps<Bus, Slow> {
    let publisher = Bus { fates: Mutex::new(fates), taken: Mutex::default() };
    Deps { publisher, ambient: Slow(Mutex::new(0)) }
}

/// Brings the records as Lambda does: again from the first that was not told.
fn bring(deps: &Deps<Bus, Slow>, records: &[Value], batch: usize) -> Vec<Published> {
    let mut from = 0;
    while from < records.len() {
        let brought = &records[from..records.len().min(from + batch)];
        match handled(deps, brought, None) {
            None => from += brought.len(),
            Some(number) => {
                let at = brought.iter().position(|record| record["dynamodb"]["SequenceNumber"] == number);
                from += at.expect("one of those that were brought");
            }
        }
    }
    deps.publisher.taken.lock().expect("one thread").clone()
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::Taken),
        (0_usize..10).prop_map(Fate::Without),
        Just(Fate::Refused),
        Just(Fate::Unheard),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn everything_is_told_and_the_first_time_in_the_order_of_its_user(
        users in prop::collection::vec(0_usize..6, 1..60),
        fates in prop::collection::vec(fate(), 0..40),
        batch in 1_usize..40,
    ) {
        let name = |user: &usize| format!("user_{}", ["a", "b", "c", "d", "e", "f"][*user]);
        let records: Vec<_> = users.iter().enumerate().map(|(at, user)| record(at, &name(user))).collect();
        let told = bring(&deps(fates), &records, batch);
        let mut first: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for event in told {
            let user = event.external_id.clone().expect("a user").as_str().to_owned();
            prop_assert_eq!(&user, &name(&users[event.id.number]), "one name, one event");
            if seen.insert(event.id.number) {
                first.entry(user).or_default().push(event.id.number);
            }
        }
        prop_assert_eq!(seen.len(), users.len(), "everything is told");
        prop_assert!(first.values().all(|numbers| numbers.is_sorted()), "{:?}", first);
    }
}

#[test]
fn what_cannot_be_read_or_concerns_nobody_holds_nothing_up() {
    let with = |number, name: &str, value: Value| {
        let mut record = record(number, "user_a");
        record["dynamodb"]["NewImage"][name] = value;
        record
    };
    let mut removed = record(5, "user_a");
    removed["eventName"] = json!("REMOVE");
    let records = [
        with(1, "action", json!({"S": "of a later version"})),
        with(2, "pk", json!({"S": "USER#user_b"})),
        with(3, "kind", json!({"S": "session"})),
        with(4, "action", json!({"S": "alias"})),
        removed,
        record(6, "user_a"),
    ];
    let deps = deps(vec![Fate::Taken, Fate::Refused]);
    assert_eq!(handled(&deps, &records, None), Some(format!("1{:020}", 6)), "the only one that is told");
    let told = bring(&deps, &records, 10);
    assert_eq!(told.iter().map(|event| event.id.number).collect::<Vec<_>>(), [6]);
}

#[test]
fn what_there_is_no_time_for_comes_again() {
    let records: Vec<_> = (0..20).map(|number| record(number, "user_a")).collect();
    let deps = deps(Vec::new());
    let deadline = Timestamp::from_second(1_772_445_600 + 12).expect("a time");
    let first = handled(&deps, &records, Some(deadline));
    let told = deps.publisher.taken.lock().expect("one thread").len();
    assert!(told > 0 && told < 10, "{told}");
    assert_eq!(first, Some(format!("1{told:020}")));
}

#[test]
fn an_answer_is_as_lambda_reads_it() {
    assert_eq!(serde_json::to_value(Answer::default()).expect("JSON"), json!({"batchItemFailures": []}));
    let failures = vec![Failure { item_identifier: "100".to_owned() }];
    let answer = serde_json::to_value(Answer { batch_item_failures: failures }).expect("JSON");
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "100"}]}));
}

#[test]
fn a_deadline_that_was_over_before_it_began_is_none() {
    let at = |second: i64| Timestamp::from_second(1_772_445_600 + second).expect("a time");
    let of = |millis: i64| {
        let mut context = Context::default();
        context.deadline = u64::try_from(millis).expect("after 1970");
        deadline(&context, at(0))
    };
    assert_eq!((of(0), of(at(0).as_millisecond())), (None, None));
    assert_eq!(of(at(60).as_millisecond()), Some(at(60)));
}
