//! The checklist of what Belvo can do to us: for each row the ready scenario that switches it on, and what
//! the raw client makes of it, which is one call and one answer. What the whole flow makes of a row is in
//! `flows`, in `lists` where time has to pass, and in `webhooks`; what Belvo does on its good days too is in
//! `must_have` and, verb by verb, in `verbs`.

#[path = "checklist/client.rs"]
mod client;
#[path = "checklist/flows.rs"]
mod flows;
#[path = "checklist/http.rs"]
mod http;
#[path = "checklist/lists.rs"]
mod lists;
#[path = "checklist/must_have.rs"]
mod must_have;
#[path = "checklist/verbs.rs"]
mod verbs;
#[path = "checklist/webhooks.rs"]
mod webhooks;

use std::collections::BTreeSet;

use belvo_simulator::Scenario;
use client::{Answers, Bench};

/// A row: what can happen, the scenario, and the answers to "the links of Ana", "her link" and "the first
/// page".
type Row = (&'static str, &'static str, [&'static str; 3]);

const THROTTLED: [&str; 3] = ["throttled"; 3];
const UNKNOWN: [&str; 3] = ["unknown"; 3];
const FINE: [&str; 3] = ["2 links", "found", "3 of 3, 0 unreadable"];

const ROWS: &[Row] = &[
    ("HTML 403 throttle", "html-403", THROTTLED),
    ("429 without Retry-After", "throttled-429", THROTTLED),
    ("429 with Retry-After", "throttled-429-retry-after", THROTTLED),
    ("5xx for all", "outage", UNKNOWN),
    ("a 5xx that says so", "service-unavailable", UNKNOWN),
    ("502 of a proxy", "bad-gateway", UNKNOWN),
    ("408", "request-timeout", UNKNOWN),
    ("a 401 about a consent", "consent-without-accounts", ["refused 401"; 3]),
    ("a session too many", "too-many-sessions", ["refused 400"; 3]),
    ("errors as an object", "object-errors", UNKNOWN),
    ("nothing comes", "never-answers", UNKNOWN),
    ("bytes trickle", "slow-drip", UNKNOWN),
    ("the answer is cut", "cut-body", UNKNOWN),
    ("the answer is lost", "lost-answer", UNKNOWN),
    ("the answer is huge", "oversized-body", UNKNOWN),
    ("the answer is deep", "deep-json", UNKNOWN),
    ("the answer is a bomb", "gzip-bomb", UNKNOWN),
    ("HTML with 200", "html-200", UNKNOWN),
    ("nothing with 200", "empty-200", UNKNOWN),
    ("a redirect", "redirect", UNKNOWN),
    ("values of other types", "wrong-types", UNKNOWN),
    ("next leads elsewhere", "hostile-next", ["2 links", "found", "3 of 3, 0 unreadable, more"]),
    ("next leads back", "next-loop", ["2 links", "found", "3 of 3, 0 unreadable, more"]),
    ("records twice", "repeated-records", ["2 links", "found", "6 of 3, 0 unreadable"]),
    ("records of others", "foreign-records", ["2 links", "unknown", "3 of 3, 0 unreadable"]),
    ("a bad record", "one-bad-record", ["1 links", "unknown", "2 of 3, 1 unreadable"]),
    ("a count that lies", "lying-count", ["2 links", "found", "3 of 4000000000, 0 unreadable"]),
    // one page is never torn: `lists` has 1,500 links for it
    ("a list that changes", "drift", FINE),
    ("optional fields are missing", "missing-optional-fields", FINE),
    ("unknown fields", "unknown-fields", FINE),
    ("an unknown status", "unknown-status", FINE),
    ("external_id is null", "null-external-id", ["0 links", "found", "3 of 3, 0 unreadable"]),
    ("institution_user_id is null", "null-institution-user-id", FINE),
    ("institution_user_id of 43 characters", "short-institution-user-id", FINE),
    // what time brings shows in `flows` and `lists`, where the clock is turned; here only that nothing else changes
    ("a new link is listed late", "listed-late", FINE),
    ("a deletion takes long", "deleted-late", FINE),
    ("the monthly wipe", "monthly-wipe", FINE),
];

/// Rows of which the client sees nothing, or only half of the calls: see `flows`.
const ELSEWHERE: &[&str] = &["server-errors", "callback-lost", "callback-foreign-link"];

#[tokio::test]
async fn each_row_is_switched_on_by_name_and_answered_as_promised() {
    for (happens, scenario, expected) in ROWS {
        let Answers(answers) = Bench::new().await.answers(scenario).await;
        assert_eq!(answers, *expected, "{happens}: {scenario}");
    }
}

/// Belvo's documents leave eleven questions open. Whichever answer is the right one, the client reads the same.
#[tokio::test]
async fn both_answers_to_each_open_question_are_one_to_the_client() {
    let ready = Scenario::ready().unwrap().into_iter().filter(|one| one.group.starts_with("Open question "));
    let ready: Vec<String> = ready.map(|one| one.name).collect();
    assert!(ready.len() >= 22, "{ready:?}");
    for scenario in ready {
        let Answers(answers) = Bench::new().await.answers(&scenario).await;
        assert_eq!(answers, FINE, "{scenario}");
    }
}

#[test]
fn every_ready_fault_has_a_row() {
    let rows = ROWS.iter().map(|(_, scenario, _)| *scenario).chain(ELSEWHERE.iter().copied());
    let rows: BTreeSet<String> = rows.map(str::to_owned).collect();
    let ready = Scenario::ready().unwrap().into_iter().filter(|one| one.group.starts_with("Faults: "));
    assert_eq!(rows, ready.map(|one| one.name).collect());
}
