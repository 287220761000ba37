//! The rules, each on both sides of its limit.

use domain::{
    deletion::Why,
    external_id::ExternalId,
    sweep::{LastFull, Scope},
    values::LinkId,
};

use super::*;
use crate::{commands::sample_report, doctor::State};

fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
}

#[test]
fn clocks_may_be_five_seconds_apart_and_must_not_be_a_minute() {
    let state = |told| clock("clock", Some(at(told)), at(1_000), at(1_002)).state;
    for (told, expected) in [
        (1_000, State::Ok),
        (1_002, State::Ok),
        (994, State::Ok),
        (1_007, State::Ok),
        (993, State::Warning),
        (1_008, State::Warning),
        (939, State::Warning),
        (1_062, State::Warning),
        (938, State::Problem),
        (1_063, State::Problem),
    ] {
        assert_eq!(state(told), expected, "{told}");
    }
    assert_eq!(
        clock("clock", None, at(0), at(0)).state,
        State::Ok,
        "an engine in this process tells no time"
    );
}

#[test]
fn what_is_missed_on_a_bad_day_is_no_matter_of_local_data() {
    let risky = Health { risks: vec!["it is not protected".to_owned()], ..Health::default() };
    assert_eq!((table(&risky, true).state, table(&risky, false).state), (State::Ok, State::Problem));
    let broken = Health { flaws: vec!["the index by-time is missing".to_owned()], ..risky };
    assert_eq!((table(&broken, true).state, table(&broken, false).state), (State::Problem, State::Problem));
}

#[test]
fn a_pause_is_told_before_a_full_window() {
    let found = |permits: &[Permit]| budget(permits, 10);
    assert_eq!(found(&[Permit::Granted; 3]).state, State::Ok);
    assert!(found(&[Permit::Granted, Permit::Full]).found.contains("wait"));
    assert!(found(&[Permit::Full, Permit::Paused]).found.contains("throttled"));
}

fn swept(recent: i64, full: i64) -> SweepState {
    let last_full = LastFull { finished_at: at(full), listed: 1, known: 1, first_day: None };
    SweepState { last_recent: Some(at(recent)), last_full: Some(last_full), ..SweepState::default() }
}

#[test]
fn recent_sweeps_are_missed_after_half_an_hour_and_full_ones_after_two_days() {
    let policy = Policy::default();
    let state = |swept: &SweepState, now| sweeps(swept, None, at(now), &policy)[0].state;
    assert_eq!(state(&swept(0, 0), 1_800), State::Ok);
    assert_eq!(state(&swept(0, 0), 1_801), State::Problem);
    let two_days = 2 * 86_400;
    assert_eq!(state(&swept(two_days, 0), two_days), State::Ok);
    assert_eq!(state(&swept(two_days, 0), two_days + 1), State::Problem);
    assert_eq!(state(&SweepState::default(), 0), State::Problem, "never");
}

#[test]
fn a_table_that_was_restored_is_told_for_as_long_as_nothing_is_taken_away() {
    let restored = SweepState { adopting_since: Some(at(0)), ..swept(0, 0) };
    let told = sweeps(&restored, None, at(0), &Policy::default());
    assert!(
        told.iter().any(|finding| finding.state == State::Warning && finding.mend.contains("restore end"))
    );
}

#[test]
fn a_failed_canary_is_a_problem_and_a_withheld_plan_wants_to_be_looked_at() {
    let good = Report { withheld: 0, canary: Canary::Passed, plan: None, ..sample_report(Scope::Full) };
    assert_eq!(concluded(Some(&good)).state, State::Ok);
    let withheld = Report { withheld: 3, ..good.clone() };
    assert_eq!(concluded(Some(&withheld)).state, State::Warning);
    let failed = Report { canary: Canary::Failed, ..withheld };
    assert_eq!(concluded(Some(&failed)).state, State::Problem);
}

#[test]
fn deletions_are_told_when_they_are_overdue_or_stopped() {
    let owner = ExternalId::parse("user_ana").expect("an id");
    let intent = Intent::mark(LinkId::nil(), owner, Why::Disconnect, at(0));
    let waiting = Waiting { deletions: vec![intent], ..Waiting::default() };
    let policy = Policy::default();
    assert_eq!(deletions(&waiting, at(3_600), &policy).state, State::Ok);
    assert_eq!(deletions(&waiting, at(3_601), &policy).state, State::Problem);
    let stopped = Waiting { stopped: true, ..waiting };
    assert_eq!(deletions(&stopped, at(3_601), &policy).state, State::Warning, "which is on purpose");
}
