//! I2 and I10: once nothing more goes wrong, two sweeps reach a fixpoint at which nothing is lost, and a
//! third changes nothing.

use belvo_simulator::{Connect, Mode, NewLink, Outcome, Status};
use domain::policy::BindingProof;
use serde_json::json;
use tests::{Story, story::BOTH_PROOFS};

/// Everything that can have gone wrong, all at once.
async fn a_bad_day(story: &Story) {
    story.switch(|switches| switches.rate_limit = None);
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let caio = story.registered("caio").await;
    // orphans: one alone, one beside a planted link
    let session = ana.opens().await;
    ana.connects_and_closes_the_app(&session, "orphan");
    let session = bia.opens().await;
    bia.connects_and_closes_the_app(&session, "orphan");
    bia.gets_planted("mule");
    // duplicates: reported, and not
    ana.has_connected("twice").await;
    story.minutes(25);
    ana.has_connected("twice").await;
    story.minutes(25);
    let session = ana.opens().await;
    ana.connects_and_closes_the_app(&session, "twice");
    // a ghost, links that stopped working, one that was never finished, and logins that are shared
    let ghost = caio.has_connected("ghost").await;
    let broken = caio.has_connected("family").await;
    story.world.belvo.set_status(&broken, Status::Invalid);
    bia.has_connected("family").await;
    let session = caio.opens().await;
    let unfinished =
        Connect { username: "mfa_x".to_owned(), outcome: Outcome::CloseEarly, ..Connect::default() };
    caio.visits(&session, unfinished);
    // nobody's links
    story.plant(NewLink::default());
    story.plant(NewLink { external_id: Some("not ours!".to_owned()), ..NewLink::default() });
    story.unregistered("nobody").gets_planted("stranger");
    // callbacks during an outage: true, invented and stolen
    let (session, stolen) = (caio.opens().await, bia.opens().await);
    let waiting = caio.connects(&session, "waiting");
    story.switch(|switches| switches.mode = Mode::Down);
    caio.reports(&session, &waiting).await;
    caio.reports(&session, "0b6a1f3e-0000-4000-8000-00000000000a").await;
    bia.reports(&stolen, &waiting).await;
    caio.forwards(&session, &json!({"type": "exit"})).await;
    story.switch(|switches| switches.mode = Mode::Up);
    story.world.belvo.remove(&ghost);
}

#[tokio::test]
async fn after_a_bad_day_two_sweeps_reach_a_fixpoint_and_a_third_changes_nothing() {
    for proof in BOTH_PROOFS {
        let story = Story::proven_by(proof).await;
        a_bad_day(&story).await;

        for _ in 0..2 {
            story.minutes(30);
            story.sweep().await;
        }
        let fixpoint = story.table().await.but_for_reports();
        for _ in 0..2 {
            story.minutes(30);
            let report = story.sweep().await;
            assert_eq!(
                (report.counts.actions.len(), report.counts.conflicts, report.withheld),
                (0, 0, 0),
                "{proof:?}"
            );
        }

        assert_eq!(story.table().await.but_for_reports(), fixpoint, "{proof:?}");
        story.assert_nothing_is_lost().await;
        if proof == BindingProof::Session {
            story.assert_every_owner_is_proven().await;
        }
    }
}

#[tokio::test]
async fn session_starts_after_the_fixpoint_change_nothing_but_their_sessions() {
    let story = Story::begin().await;
    a_bad_day(&story).await;
    for _ in 0..2 {
        story.minutes(30);
        story.sweep().await;
    }
    let people = ["ana", "bia", "caio"];
    for name in people {
        story.unregistered(name).opens().await; // learns what they recognise their links by
    }
    let before = story.table().await;

    for name in people {
        story.unregistered(name).opens().await;
    }

    let after = story.table().await;
    for kind in ["link", "owner", "quarantine", "user"] {
        assert_eq!(after.of_kind(kind), before.of_kind(kind));
    }
}

#[tokio::test]
async fn every_change_of_a_link_has_its_audit_event() {
    let story = Story::begin().await;
    a_bad_day(&story).await;
    for _ in 0..2 {
        story.minutes(30);
        story.sweep().await;
    }

    let table = story.table().await;
    for record in table.of_kind("link") {
        let events = table.of_kind("audit").into_iter();
        let own = |event: &&serde_json::Value| {
            event["link_id"] == record["link_id"] && event["external_id"] == record["external_id"]
        };
        let last = events.filter(own).max_by_key(|event| event["at"].to_string());
        let last = last.expect("a record has an event");
        assert_eq!(last["after"], record["state"], "{record}");
    }
}
