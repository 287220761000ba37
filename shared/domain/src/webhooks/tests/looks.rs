//! What a look at Belvo may come to when a list does not show a link, when Belvo fails between two calls, and when a
//! run may make no more of them.

use super::*;

/// The tally and the states of the webhooks, of a run that may make so many calls.
fn run(scene: &Scene, calls: usize) -> (Tally, Vec<WebhookState>) {
    let Scene { table: store, belvo: provider, hand: ambient, policy } = scene;
    let policy = &Policy { read_backs_per_run: calls, ..policy.clone() };
    let on = Follower { store, provider, ambient, policy, until: None };
    (finished(Desk { on, read }.work()).expect("up"), scene.states())
}

#[test]
fn a_link_that_a_list_does_not_show_is_brought_up_to_date_by_itself() {
    let scene = Scene::new(Belvo::showing([invalid(1, &ana())]));
    scene.belvo.unlist(link_id(1));
    scene.comes(1, "LINK token_required");
    assert_eq!((scene.work().refreshed, scene.state(&ana(), 1)), (1, Some(LinkState::NeedsUpdate)));
    assert_eq!(scene.belvo.calls().last(), Some(&Call::Link));
}

#[test]
fn nothing_is_concluded_of_a_link_while_belvo_does_not_answer_for_it() {
    let scene = Scene::new(Belvo::default());
    scene.belvo.fail(Call::Link);
    scene.comes(1, "LINK link_deleted");
    assert_eq!((scene.work().missing, scene.states()), (0, vec![WebhookState::Waiting]));
    scene.belvo.recover();
    scene.hand.pass(30);
    assert_eq!((scene.work().missing, scene.states()), (1, vec![WebhookState::Worked]));
}

#[test]
fn what_wants_a_second_call_waits_for_the_next_run_when_one_is_all() {
    for (number, body) in [(1, "LINK link_deleted"), (2, "ACCOUNTS historical_update")] {
        let scene = Scene::new(Belvo::showing([shown(2, &ana(), 96)]));
        scene.comes(number, body);
        scene.hand.pass(22);
        let (tally, states) = run(&scene, 1);
        assert_eq!((tally.calls, states), (1, vec![WebhookState::Waiting]), "{body}");
        assert_eq!(scene.table.commits(), 0, "{body}");
        assert_eq!(run(&scene, 2).1, [WebhookState::Worked], "{body}");
    }
}

#[test]
fn a_consent_waits_for_the_next_run_when_no_call_is_left() {
    let scene = Scene::new(Belvo::showing([shown(1, &ana(), 0)]));
    let ends_at = Some(minute(9_000));
    scene.belvo.give_consents([Consent { id: consent_id(), link_id: link_id(1), ends_at }]);
    scene.comes(1, &format!("CONSENT openfinance_consent_expired {}", consent_id()));
    let (tally, states) = run(&scene, 0);
    assert_eq!((tally.calls, states), (0, vec![WebhookState::Waiting]));
    assert_eq!(run(&scene, 2).0.consents, 1);
}

#[test]
fn a_consent_of_another_link_than_the_webhooks_changes_nothing() {
    let scene = Scene::new(Belvo::showing([shown(1, &ana(), 0)]));
    let ends_at = Some(minute(9_000));
    scene.belvo.give_consents([Consent { id: consent_id(), link_id: link_id(2), ends_at }]);
    scene.comes(1, &format!("CONSENT openfinance_consent_expired {}", consent_id()));
    assert_eq!((scene.work().consents, scene.table.commits()), (0, 0));
}
