//! Working webhooks off: each error path first, then what each kind comes to.

mod looks;
mod unknown;

use super::*;
use crate::{
    change::{Action, Source},
    external_id::ExternalId,
    failure::Outage,
    follow_up::Follower,
    link::{Claim, LinkState, LinkStatus, ProviderLink, QuarantineReason},
    policy::{BindingProof, Policy},
    ports::{Ambient, Consent, FiledWebhooks, Inbox},
    testing::{
        Belvo, Call, Fault, Hand, Table, ana, bia, bound, finished, ledger, link_id, minute, session, shown,
        with_status,
    },
    values::{Code, ConsentId},
};

/// A table, a Belvo, a clock, and the rules.
struct Scene {
    table: Table,
    belvo: Belvo,
    hand: Hand,
    policy: Policy,
}

/// `type code`, and the consent if there is one.
fn read(body: &str) -> Option<Said> {
    let mut words = body.split(' ');
    let (kind, code) = (words.next()?, words.next()?);
    let consent = words.next().and_then(|word| ConsentId::parse(word).ok());
    Some(Said { kind: Code::parse(kind).ok()?, code: Code::parse(code).ok()?, consent })
}

fn consent_id() -> ConsentId {
    ConsentId::parse(&link_id(99).to_string()).expect("valid")
}

impl Scene {
    /// Ana has link 1 and an open session; it is minute 100.
    fn new(belvo: Belvo) -> Self {
        let held = bound(&shown(1, &ana(), 0), &ana(), None);
        let table = Table::holding([
            ledger(&ana(), vec![held], vec![session(2, &ana(), 95)]),
            ledger(&bia(), vec![], vec![]),
        ]);
        Self { table, belvo, hand: Hand::at(minute(100)), policy: Policy::default() }
    }

    fn comes(&self, number: u8, body: &str) -> bool {
        let unlike = format!("{body} {number}"); // bodies about different links differ
        let webhook = Webhook::new(unlike.as_bytes(), Some(link_id(number)), self.hand.now());
        finished(self.table.file(&webhook)).expect("up")
    }

    fn try_work(&self) -> Result<Tally, Outage> {
        let Self { table: store, belvo: provider, hand: ambient, policy } = self;
        let on = Follower { store, provider, ambient, policy, until: None };
        finished(Desk { on, read }.work())
    }

    fn work(&self) -> Tally {
        self.try_work().expect("everything is up")
    }

    fn state(&self, user: &ExternalId, number: u8) -> Option<LinkState> {
        self.table.link(user, link_id(number)).map(|record| record.state)
    }

    fn states(&self) -> Vec<WebhookState> {
        self.table.filed_webhooks().iter().map(|webhook| webhook.state).collect()
    }
}

fn invalid(number: u8, user: &ExternalId) -> ProviderLink {
    with_status(shown(number, user, 0), LinkStatus::Invalid)
}

#[test]
fn what_cannot_be_read_dies_at_once_and_leaves_nothing_of_its_text() {
    let scene = Scene::new(Belvo::default());
    for (body, link) in [("one-word", Some(link_id(1))), ("LINK token_required", None), ("a<b c", None)] {
        finished(scene.table.file(&Webhook::new(body.as_bytes(), link, minute(100)))).expect("up");
    }
    let tally = scene.work();
    assert_eq!((tally.dead, tally.calls, scene.belvo.calls().len()), (3, 0, 0));
    for dead in scene.table.filed_webhooks() {
        assert_eq!((dead.state, dead.reason), (WebhookState::Dead, Some(DeadReason::Unreadable)));
        assert_eq!((dead.body.clone(), dead.clone().revived(minute(101))), (None, None));
    }
}

#[test]
fn while_belvo_or_the_table_is_down_webhooks_wait_and_no_attempt_is_counted() {
    let scene = Scene::new(Belvo::showing([invalid(1, &ana())]));
    scene.comes(1, "LINK invalid_credentials");
    scene.belvo.fail(Call::ByIds);
    assert!(matches!(scene.try_work(), Err(Outage::Provider(_))));
    scene.belvo.recover();
    scene.table.fail([Fault::Busy]);
    assert!(matches!(scene.try_work(), Err(Outage::Store(_))));
    let waiting = &scene.table.filed_webhooks()[0];
    assert_eq!((waiting.state, waiting.attempts, waiting.revision), (WebhookState::Waiting, 0, 1));
    assert_eq!((scene.work().worked, scene.state(&ana(), 1)), (1, Some(LinkState::NeedsUpdate)));
}

#[test]
fn work_that_fails_five_times_is_a_dead_letter_that_can_be_revived() {
    let scene = Scene::new(Belvo::showing([invalid(1, &ana())]));
    scene.comes(1, "LINK invalid_credentials");
    for attempt in 1..=5 {
        scene.table.fail([Fault::Refused]);
        let tally = scene.work();
        assert_eq!((tally.failed, tally.dead), if attempt < 5 { (1, 0) } else { (0, 1) }, "{attempt}");
        assert_eq!(scene.work(), Tally::default(), "not before its time");
        scene.hand.pass(60);
    }
    let dead = scene.table.filed_webhooks().remove(0);
    assert_eq!((dead.state, dead.reason), (WebhookState::Dead, Some(DeadReason::Failed)));
    let revived = dead.revived(scene.hand.now()).expect("it was read");
    assert_eq!(
        (revived.due_at, revived.attempts, revived.reason),
        (scene.hand.now(), 0, None),
        "at once, and as if for the first time"
    );
    assert!(finished(scene.table.settle(&revived)).expect("up"));
    assert_eq!((scene.work().worked, scene.state(&ana(), 1)), (1, Some(LinkState::NeedsUpdate)));
}

#[test]
fn a_users_damaged_records_fail_that_users_webhooks_only() {
    let scene = Scene::new(Belvo::showing([invalid(1, &ana()), shown(3, &bia(), 0)]));
    scene.comes(1, "LINK invalid_credentials");
    scene.comes(3, "ACCOUNTS historical_update");
    scene.table.damage(ana());
    let scene = Scene { policy: Policy { proof: BindingProof::ExternalId, ..scene.policy }, ..scene };
    let tally = scene.work();
    assert_eq!((tally.failed, tally.worked, tally.bound), (1, 1, 1));
    assert_eq!(scene.state(&bia(), 3), Some(LinkState::Active));
}

#[test]
fn a_webhook_is_taken_once_however_often_it_comes() {
    let scene = Scene::new(Belvo::showing([invalid(1, &ana())]));
    assert_eq!([(); 3].map(|()| scene.comes(1, "LINK invalid_credentials")), [true, false, false]);
    assert_eq!(scene.work().worked, 1);
    assert!(!scene.comes(1, "LINK invalid_credentials"), "also after it was worked");
    assert_eq!(scene.states(), [WebhookState::Worked]);
}

#[test]
fn several_webhooks_of_one_link_are_one_look() {
    let scene = Scene::new(Belvo::showing([invalid(1, &ana())]));
    for body in ["LINK invalid_credentials", "LINK token_required", "ACCOUNTS historical_update", "X y"] {
        scene.comes(1, body);
    }
    let tally = scene.work();
    assert_eq!((tally.worked, tally.unknown, tally.refreshed), (4, 1, 1));
    assert_eq!(scene.belvo.calls(), [Call::ByIds]);
    assert_eq!(scene.table.audit().iter().map(|event| event.source).collect::<Vec<_>>(), [Source::Webhook]);
}

#[test]
fn a_visit_to_a_link_that_works_costs_no_call_and_one_that_did_not_is_looked_at() {
    let scene = Scene::new(Belvo::showing([shown(1, &ana(), 0)]));
    scene.comes(1, "TRANSACTIONS new_transactions_available");
    assert_eq!((scene.work().worked, scene.belvo.calls().len()), (1, 0));
    let held = bound(&invalid(1, &ana()), &ana(), None);
    let scene = Scene { table: Table::holding([ledger(&ana(), vec![held], vec![])]), ..scene };
    scene.comes(1, "TRANSACTIONS historical_update");
    assert_eq!((scene.work().refreshed, scene.state(&ana(), 1)), (1, Some(LinkState::Active)));
}

#[test]
fn a_new_link_waits_until_its_rivals_would_show_and_is_then_adopted_by_its_session() {
    let new = shown(2, &ana(), 97);
    let scene = Scene::new(Belvo::showing([shown(1, &ana(), 0), new]));
    scene.comes(2, "ACCOUNTS historical_update");
    assert_eq!((scene.work().put_off, scene.belvo.calls().len()), (1, 0), "its callback may still come");
    assert_eq!(scene.work(), Tally::default());
    scene.hand.pass(22);
    let tally = scene.work();
    assert_eq!((tally.worked, tally.bound, tally.calls), (1, 1, 2));
    assert_eq!(scene.belvo.calls(), [Call::ByIds, Call::LinksOf]);
    assert_eq!(scene.state(&ana(), 2), Some(LinkState::Active));
}

#[test]
fn a_planted_link_and_the_real_one_are_both_set_aside() {
    let scene = Scene::new(Belvo::showing([shown(2, &ana(), 96), shown(3, &ana(), 98)]));
    scene.comes(2, "ACCOUNTS historical_update");
    scene.hand.pass(22);
    assert_eq!((scene.work().quarantined, scene.state(&ana(), 2)), (2, None));
    let reason = scene.table.quarantined(link_id(3)).map(|held| held.reason);
    assert_eq!(reason, Some(QuarantineReason::Ambiguous));
}

#[test]
fn where_external_ids_prove_a_new_link_is_adopted_at_once() {
    let scene = Scene::new(Belvo::showing([shown(2, &bia(), 99)]));
    let scene = Scene { policy: Policy { proof: BindingProof::ExternalId, ..scene.policy }, ..scene };
    scene.comes(2, "ACCOUNTS historical_update");
    assert_eq!((scene.work().bound, scene.state(&bia(), 2)), (1, Some(LinkState::Active)));
}

#[test]
fn a_link_of_nobody_is_set_aside_once_and_one_that_belvo_lacks_is_forgotten() {
    let stranger = ExternalId::parse("stranger").expect("valid");
    let silent = ProviderLink { claim: Claim::Absent, ..shown(5, &ana(), 0) };
    let scene = Scene::new(Belvo::showing([shown(4, &stranger, 0), silent]));
    for number in [4, 5, 6] {
        scene.comes(number, "ACCOUNTS historical_update");
    }
    scene.hand.pass(22);
    let tally = scene.work();
    assert_eq!((tally.worked, tally.quarantined, tally.calls), (3, 2, 1));
    let reason = |number| scene.table.quarantined(link_id(number)).map(|held| held.reason);
    assert_eq!(reason(4), Some(QuarantineReason::UnknownUser));
    assert_eq!((reason(5), reason(6)), (Some(QuarantineReason::NoExternalId), None));
}

#[test]
fn a_link_that_belvo_lacks_is_noted_and_never_retired_by_webhooks() {
    let scene = Scene::new(Belvo::default());
    scene.comes(1, "LINK link_deleted");
    assert_eq!((scene.work().missing, scene.belvo.calls().last().copied()), (1, Some(Call::Link)));
    scene.hand.pass(60);
    scene.comes(1, "LINK token_required");
    assert_eq!((scene.work().missing, scene.state(&ana(), 1)), (0, Some(LinkState::Active)));
    let actions: Vec<_> = scene.table.audit().iter().map(|event| event.action).collect();
    assert_eq!(actions, [Action::NoteMissing]);
}

#[test]
fn a_webhook_of_a_buried_link_changes_nothing_and_costs_no_call() {
    let scene = Scene::new(Belvo::showing([shown(1, &ana(), 0)]));
    let buried = crate::testing::in_state(bound(&shown(1, &ana(), 0), &ana(), None), LinkState::Gone);
    let scene = Scene { table: Table::holding([ledger(&ana(), vec![buried], vec![])]), ..scene };
    scene.comes(1, "LINK invalid_credentials");
    assert_eq!((scene.work().worked, scene.belvo.calls().len(), scene.table.commits()), (1, 0, 0));
}

#[test]
fn a_consent_that_ends_is_noted_once_for_each_end() {
    let scene = Scene::new(Belvo::showing([shown(1, &ana(), 0)]));
    let ends = |minutes| Some(minute(minutes));
    scene.belvo.give_consents([Consent { id: consent_id(), link_id: link_id(1), ends_at: ends(9_000) }]);
    for code in ["openfinance_consent_about_to_expire", "openfinance_consent_expired"] {
        scene.comes(1, &format!("CONSENT {code} {}", consent_id()));
        assert_eq!(scene.work().consents, usize::from(code.ends_with("about_to_expire")), "{code}");
    }
    assert_eq!(scene.table.link(&ana(), link_id(1)).and_then(|record| record.consent_ends_at), ends(9_000));
}

#[test]
fn a_run_makes_no_more_calls_than_it_may_and_the_rest_waits() {
    let scene = Scene::new(Belvo::default());
    let scene =
        Scene { policy: Policy { read_backs_per_run: 2, webhooks_at_once: 60, ..scene.policy }, ..scene };
    for number in 0..=250 {
        scene.comes(number, "ACCOUNTS historical_update");
    }
    scene.hand.pass(22);
    for calls in [2, 4] {
        assert!(scene.work().calls <= 2);
        assert!(scene.belvo.calls().len() <= calls, "{:?}", scene.belvo.calls());
    }
    assert!(
        scene.states().contains(&WebhookState::Waiting) && scene.states().contains(&WebhookState::Worked)
    );
}
