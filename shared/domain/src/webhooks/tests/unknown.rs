//! Webhooks about links that nobody has: many of them, and of a user who is no more.

use super::*;
use crate::{deletion::erasure::erase, ports::Tombstones, values::LinkId};

#[test]
fn a_link_of_an_erased_user_is_not_set_aside_and_opens_the_erasure_again() {
    let scene = Scene::new(Belvo::showing([shown(7, &bia(), 90)]));
    let erasure = finished(erase(&scene.table, &scene.hand, &bia())).expect("up").expect("a user");
    assert!(finished(scene.table.put_erasure(&erasure.complete())).expect("up"));
    scene.comes(7, "ACCOUNTS historical_update");
    scene.hand.pass(23);
    let tally = scene.work();
    assert_eq!((tally.worked, tally.quarantined, scene.table.quarantined(link_id(7))), (1, 0, None));
    let again = finished(scene.table.erasure(&bia())).expect("up").expect("a tombstone");
    assert!(again.due_at.is_some());
}

#[test]
fn ten_thousand_about_unknown_links_are_worked_off_within_the_calls_of_each_run() {
    let scene = Scene::new(Belvo::default());
    for number in 0..10_000 {
        let link = LinkId::parse(&format!("{number:08x}-1111-4000-8000-000000000000")).expect("an id");
        let body = format!("ACCOUNTS historical_update {number}");
        let webhook = Webhook::new(body.as_bytes(), Some(link), scene.hand.now());
        assert!(finished(scene.table.file(&webhook)).expect("up"), "each is new");
    }
    let first = scene.work();
    assert_eq!((first.put_off, first.calls), (10_000, 0), "their callbacks may still come");
    scene.hand.pass(23);
    let (mut worked, mut runs) = (0, 0);
    while worked < 10_000 {
        let tally = scene.work();
        assert!(tally.calls <= scene.policy.read_backs_per_run, "{}", tally.calls);
        (worked, runs) = (worked + tally.worked, runs + 1);
        assert!(runs <= 10, "it ends");
    }
    assert_eq!((scene.belvo.calls().len(), runs), (200, 5), "fifty links a call, forty calls a run");
}
