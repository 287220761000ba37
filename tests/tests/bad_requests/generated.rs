//! Ten thousand generated bad requests over all routes.

use std::{cell::RefCell, collections::BTreeMap};

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tests::Story;
use tokio::runtime::Runtime;

use super::broken::{Broken, Stage, broken};

const REQUESTS: u32 = 10_000;
/// What writes to the table, by DynamoDB's names.
const WRITES: [&str; 4] = ["PutItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"];
/// Each of these must have been seen, or the requests were not bad in enough ways.
const CODES: [&str; 10] = [
    "unauthenticated",
    "forbidden",
    "not_found",
    "method_not_allowed",
    "unsupported_media_type",
    "body_too_large",
    "invalid_json",
    "invalid_body",
    "invalid_external_id",
    "pii_suspected",
];

async fn set() -> (Story, Stage) {
    let story = Story::begin().await;
    story.switch(|switches| switches.rate_limit = None);
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let (hers, theirs) = (ana.opens().await, bia.opens().await);
    let stage = Stage {
        session: ana.opens().await.id,
        link: ana.connects(&hers, "ana"),
        others_session: bia.opens().await.id,
        others_link: bia.connects(&theirs, "bia"),
    };
    assert_eq!(ana.reports(&hers, &stage.link).await.status, 201);
    assert_eq!(bia.reports(&theirs, &stage.others_link).await.status, 201);
    (story, stage)
}

/// Sends it, and says what it was refused with.
async fn refused(story: &Story, stage: &Stage, broken: &Broken) -> Result<String, TestCaseError> {
    let reply = story.send(broken.request(stage)).await;
    match reply.flaw() {
        Some(_) if broken.asks_for_no_body() && (400..500).contains(&reply.status) => Ok(String::new()),
        Some(flaw) => Err(TestCaseError::fail(flaw)),
        None => Ok(reply.code().to_owned()),
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[test]
fn ten_thousand_bad_requests_are_refused_clearly_and_store_nothing() {
    let runtime = runtime();
    let (story, stage) = runtime.block_on(set());
    let before = runtime.block_on(story.table());
    story.world.engine.reset_meter();
    story.world.belvo.reset_calls();
    let codes: RefCell<BTreeMap<String, usize>> = RefCell::default();

    let config = Config { cases: REQUESTS, failure_persistence: None, ..Config::default() };
    let refusals = TestRunner::new(config).run(&broken(&stage), |broken| {
        let code = runtime.block_on(refused(&story, &stage, &broken))?;
        *codes.borrow_mut().entry(code).or_default() += 1;
        Ok(())
    });

    refusals.expect("every one of them is refused clearly");
    let meter = story.world.engine.meter();
    assert_eq!(WRITES.map(|write| meter.of(write)), [0; 4], "writes were asked for");
    assert_eq!(meter.of("UpdateItem"), story.world.belvo.calls().total(), "but for counting calls to Belvo");
    assert_eq!(runtime.block_on(story.table()), before);
    let codes = codes.into_inner();
    let unseen: Vec<_> = CODES.iter().filter(|code| !codes.contains_key(**code)).collect();
    assert!(unseen.is_empty(), "never refused with {unseen:?}: {codes:?}");
}
