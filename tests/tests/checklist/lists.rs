//! Rows about what Belvo lists, and what Linkkeeper's sweep concludes from it over time.

use belvo_simulator::NewLink;
use domain::{change::Action, policy::BindingProof, sweep::Canary};
use jiff::SignedDuration;
use serde_json::Value;
use tests::{Story, person::is};

use super::{
    client::Bench,
    flows::play,
    http::{ask, get},
};

#[tokio::test]
async fn deleted_late_the_link_is_there_until_it_is_gone_and_two_sweeps_a_grace_apart_retire_it() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (late, canary) = (ana.has_connected("late").await, ana.has_connected("canary").await);
    play(&story, "deleted-late");
    let accepted = ask(&story.world.belvo, &format!("DELETE /api/links/{late}/ async"), &Value::Null).await;
    assert_eq!((accepted.status, accepted.json["request_id"].is_string()), (202, true));

    story.minutes(9);
    let while_there = story.sweep().await;
    assert_eq!((while_there.counts.absent, while_there.counts.actions.len()), (0, 0));
    assert_eq!(ana.links().await.len(), 2);

    story.minutes(2);
    assert_eq!(get(&story.world.belvo, &format!("/api/links/{late}/")).await.status, 404);
    assert_eq!(story.sweep().await.count(Action::NoteMissing), 1);
    assert_eq!(ana.links().await.len(), 2, "one look proves nothing");
    story.minutes(21);
    assert_eq!(story.sweep().await.count(Action::Retire), 1);
    assert_eq!(ana.links().await, [is(&canary, "active")]);
}

#[tokio::test]
async fn monthly_wipe_everything_is_404_and_no_sweep_takes_anything_from_the_user() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    play(&story, "monthly-wipe");
    let before = story.table().await.but_for_reports();

    story.world.pass(SignedDuration::from_hours(31 * 24));
    assert_eq!(get(&story.world.belvo, &format!("/api/links/{link}/")).await.status, 404);
    assert_eq!(get(&story.world.belvo, "/api/links/").await.json["count"], 0);
    for _ in 0..2 {
        let report = story.sweep().await;
        assert_eq!((report.canary, report.counts.listed, report.counts.absent), (Canary::Failed, 0, 1));
        assert_eq!(report.counts.actions.len(), 0);
        story.minutes(21);
    }

    assert_eq!(story.table().await.but_for_reports(), before);
    assert_eq!(ana.links().await, [is(&link, "active")]);
    assert_eq!(ana.opens().await.told("connected"), [is(&link, "active")]);
}

/// More than the client asks for at once, which is a thousand.
const MANY: usize = 1_500;

#[tokio::test]
async fn drift_a_list_of_two_pages_repeats_one_and_skips_one_that_a_lookup_finds() {
    let met = Bench::new().await.met_while_drifting(MANY).await;
    assert_eq!((met.listed, met.different), (MANY, MANY - 1));
    assert_eq!(met.lookup, "found");
}

/// The fault skips the same record at each reading, so that the second does not help.
#[tokio::test]
async fn drift_is_noticed_and_what_slips_through_both_readings_the_next_sweep_finds() {
    let story = Story::proven_by(BindingProof::ExternalId).await;
    story.switch(|switches| switches.rate_limit = None);
    let ana = story.registered("ana").await;
    let oldest = ana.gets_planted("the oldest");
    story.minutes(1);
    for _ in 1..MANY {
        story.plant(NewLink::default());
    }
    story.minutes(30);
    play(&story, "drift");

    let first = story.sweep().await;
    assert_eq!((first.counts.listed, first.counts.shifting, first.count(Action::Bind)), (MANY - 1, 1, 1));
    story.world.belvo.clear_faults();
    let second = story.sweep().await;
    assert_eq!((second.counts.listed, second.counts.shifting), (MANY, 0));
    assert_eq!(second.count(Action::Quarantine), 1, "the one that was skipped");

    play(&story, "drift");
    let third = story.sweep().await;
    assert_eq!((third.counts.shifting, third.counts.actions.len()), (1, 0), "nothing is taken for gone");
    assert_eq!(ana.links().await, [is(&oldest, "active")]);
}
