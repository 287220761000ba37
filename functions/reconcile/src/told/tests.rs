//! What a tick tells: words, and metrics that CloudWatch takes.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    external_id::ExternalId,
    ports::Spent,
    sweep::{Breaker, Canary, Counts, PlanId},
    values::LinkId,
};
use serde_json::Value;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_772_445_600 + second).expect("a time")
}

/// A report with everything in it that could point at somebody.
fn report() -> Report {
    let link = LinkId::parse("0b6a1f3e-0000-4000-8000-00000000000a").expect("an id");
    Report {
        scope: Scope::User(ExternalId::parse("lk_somebody").expect("an id")),
        started_at: at(0),
        finished_at: at(9),
        dry_run: false,
        remaining_days: 0,
        counts: Counts {
            listed: 25,
            known: 30,
            actions: BTreeMap::from([(Action::Bind, 2)]),
            ..Counts::default()
        },
        canary: Canary::Passed,
        withheld: 6,
        breakers: BTreeSet::from([Breaker::TooMany]),
        plan: Some(PlanId::parse("plan_0123456789abcdef").expect("an id")),
        left: 0,
        shared: vec![vec![link]],
        probable: vec![vec![link]],
        spent: Spent { belvo_calls: 12, table_requests: 7, read_units: 3.5, write_units: 4.0 },
    }
}

fn told(outcome: Outcome) -> Option<Value> {
    metrics(&Answer::from(outcome), at(0), at(9)).map(|line| serde_json::from_str(&line).expect("JSON"))
}

#[test]
fn a_tick_that_did_not_sweep_counts_nothing() {
    assert_eq!(told(Outcome::Busy(at(60))), None);
    assert_eq!(told(Outcome::NothingDue), None);
}

#[test]
fn an_unfinished_sweep_tells_that_and_its_time_only() {
    for line in [told(Outcome::Unfinished(report())), told(Outcome::Overtaken(report()))] {
        let line = line.expect("it swept");
        assert_eq!((&line["Finished"], &line["Seconds"]), (&0.0.into(), &9.0.into()));
        assert_eq!(line.get("Listed"), None, "told at the end, once");
    }
    let cut_off = metrics(&Answer::CUT_OFF, at(0), at(9)).expect("it swept");
    assert!(cut_off.contains(r#""Finished":0.0"#), "{cut_off}");
}

#[test]
fn a_finished_sweep_tells_every_count_in_a_unit_of_cloudwatchs() {
    let line = told(Outcome::Finished(report())).expect("it swept");
    let defined = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().expect("a list");
    let names: BTreeSet<_> = defined.iter().map(|metric| metric["Name"].as_str().expect("a name")).collect();
    assert_eq!((names.len(), defined.len()), (21, 21), "each once, and at most a hundred: {names:?}");
    for metric in defined {
        let name = metric["Name"].as_str().expect("a name");
        assert!(name.bytes().all(|byte| byte.is_ascii_alphabetic()), "{name}");
        assert!(["Count", "Seconds"].contains(&metric["Unit"].as_str().expect("a unit")), "{name}");
        assert!(line[name].is_f64(), "{name}");
    }
    let of = |name: &str| line[name].as_f64().expect("a number");
    assert_eq!((of("Finished"), of("Listed"), of("Bound"), of("Withheld")), (1.0, 25.0, 2.0, 6.0));
    assert_eq!((of("BelvoCalls"), of("ReadUnits"), of("Retired")), (12.0, 3.5, 0.0));
}

#[test]
fn nothing_in_the_metrics_points_at_anybody() {
    let line = told(Outcome::Finished(report())).expect("it swept").to_string();
    for id in ["lk_somebody", "0b6a1f3e", "plan_0123456789abcdef"] {
        assert!(!line.contains(id), "{line}");
    }
}

#[test]
fn an_answer_carries_its_outcome_and_the_report() {
    let answer = serde_json::to_value(Answer::from(Outcome::Finished(report()))).expect("JSON");
    assert_eq!((&answer["outcome"], &answer["report"]["listed"]), (&"finished".into(), &25.into()));
    let busy = serde_json::to_value(Answer::from(Outcome::Busy(at(60)))).expect("JSON");
    assert_eq!((&busy["outcome"], &busy["report"]), (&"busy".into(), &Value::Null));
    assert_eq!(busy["busy_until"], "2026-03-02T10:01:00Z");
}
