//! Three sweepers at once, with callbacks and session starts in between, in any order of their requests.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use proptest::prelude::*;

use super::{Order, Scope, Sweeper};
use crate::{
    callbacks::{Success, ingest},
    change::Action,
    external_id::ExternalId,
    link::{LinkRecord, LinkState, Marker},
    link_sessions::{For, open},
    policy::Policy,
    testing::{
        Belvo, Hand, Life, Shaky, Table, ana, bank, bia, bound, ledger, link_id, minute, session, session_id,
        shown, tick, with_login,
    },
};

type Work<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Lets all of them work, one request of one after the other, as the numbers say.
fn interleaved(mut all: Vec<Work<'_>>, order: &[usize]) {
    for turn in (0..).map(|at: usize| order[at % order.len()] + at / order.len()) {
        if all.is_empty() {
            return;
        }
        let who = turn % all.len();
        if let Poll::Ready(()) = all[who].as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            drop(all.swap_remove(who));
        }
    }
}

/// Ana has two links of one login and a ghost; each has an orphan; a planted link names Bia.
fn scene() -> (Table, Belvo) {
    let same = |number, at| with_login(shown(number, &ana(), at), "same");
    let ghost =
        LinkRecord { missing_since: Some(minute(-60)), ..bound(&shown(3, &ana(), -90), &ana(), None) };
    let anas = vec![bound(&same(1, -90), &ana(), None), bound(&same(2, -80), &ana(), None), ghost];
    let table = Table::holding([
        ledger(&ana(), anas, vec![session(4, &ana(), -50)]),
        ledger(&bia(), vec![], vec![session(5, &bia(), -50)]),
    ]);
    let links =
        [same(1, -90), same(2, -80), shown(4, &ana(), -45), shown(5, &bia(), -45), shown(6, &bia(), -85)];
    (table, Belvo::showing(links))
}

async fn sweep(table: &Table, belvo: &Belvo, hand: &Hand, life: &Life) {
    let (policy, store, provider) = (Policy::default(), Shaky(table, life), Shaky(belvo, life));
    let sweeper =
        Sweeper { store: &store, provider: &provider, ambient: hand, policy: &policy, watcher: &() };
    let order = Order { scope: Some(Scope::Full), take_over: true, ..Order::default() };
    let _any = sweeper.tick(&order).await;
}

async fn tell(table: &Table, belvo: &Belvo, hand: &Hand, life: &Life, (user, number): (ExternalId, u8)) {
    let success = Success { user, session: session_id(number), link: link_id(number), institution: bank() };
    let (store, provider) = (Shaky(table, life), Shaky(belvo, life));
    let _any = ingest(&store, &provider, hand, &Policy::default(), &success).await;
}

async fn start(table: &Table, belvo: &Belvo, hand: &Hand, life: &Life) {
    let (store, provider) = (Shaky(table, life), Shaky(belvo, life));
    let _any = open(&store, &provider, hand, &Policy::default(), &ana(), For::Create).await;
}

fn states(table: &Table) -> Vec<(u8, Option<ExternalId>, Option<LinkState>)> {
    let of = |number| {
        let record = table.link(&ana(), link_id(number)).or_else(|| table.link(&bia(), link_id(number)));
        (number, record.as_ref().map(|record| record.owner.clone()), record.map(|record| record.state))
    };
    (1..=6).map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn three_sweepers_and_two_apps_end_where_one_sweeper_ends(order in prop::collection::vec(0..1_000_usize, 40)) {
        let (table, belvo) = scene();
        let (hand, life) = (Hand::at(minute(0)), Life::patient());
        let (anas, bias) = ((ana(), 4), (bia(), 5));
        interleaved(vec![
            Box::pin(sweep(&table, &belvo, &hand, &life)),
            Box::pin(sweep(&table, &belvo, &hand, &life)),
            Box::pin(sweep(&table, &belvo, &hand, &life)),
            Box::pin(tell(&table, &belvo, &hand, &life, anas)),
            Box::pin(tell(&table, &belvo, &hand, &life, bias)),
            Box::pin(start(&table, &belvo, &hand, &life)),
        ], &order);
        for _ in 0..2 {
            let _any = tick(&table, &belvo, &hand, &Policy::default());
        }
        let active = Some(LinkState::Active);
        prop_assert_eq!(states(&table), [
            (1, Some(ana()), Some(LinkState::Superseded)),
            (2, Some(ana()), active),
            (3, Some(ana()), Some(LinkState::Gone)),
            (4, Some(ana()), active),
            (5, Some(bia()), active),
            (6, None, None),
        ]);
        prop_assert!(table.quarantined(link_id(6)).is_some());
        prop_assert_eq!(table.marker(link_id(5)), Some(Marker::Owned(bia())));
        let once = |action| table.audit().iter().filter(|event| event.action == action).count();
        prop_assert_eq!((once(Action::Bind), once(Action::Supersede), once(Action::Retire)), (2, 1, 1));
        let before = table.commits();
        let _any = tick(&table, &belvo, &hand, &Policy::default());
        prop_assert_eq!(table.commits(), before, "I10");
    }
}
