//! Whole histories: users, attackers, a Belvo that fails and a table that refuses, then calm and two sweeps.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::{
    callbacks::{Success, ingest},
    external_id::ExternalId,
    link::{Claim, LinkRecord, LinkState, LinkStatus, Marker, ProviderLink},
    link_sessions::{For, open},
    policy::{BindingProof, Policy},
    ports::Ambient,
    testing::{
        Belvo, Call, Fault, Hand, Table, ana, bank, bia, finished, ledger, link_id, minute, shown, tick,
        with_login, with_status,
    },
};

/// Links that a history may have.
const LINKS: u8 = 5;

#[derive(Clone, Debug)]
enum Step {
    Open(bool),
    /// A link that names this user is made, by whomever.
    Make {
        link: u8,
        anas: bool,
        login: u8,
    },
    /// A user names a link, with one of their sessions.
    Tell {
        link: u8,
        anas: bool,
        session: usize,
    },
    Status(u8, LinkStatus),
    Remove(u8),
    Sweep,
    Pass(i64),
    BelvoFails(Call),
    BelvoRecovers,
    TableFails(Fault),
}

fn step() -> impl Strategy<Value = Step> {
    let words = prop::sample::select(vec!["valid", "invalid", "token_required", "unconfirmed"]);
    let calls =
        prop::sample::select(vec![Call::Link, Call::LinksOf, Call::Token, Call::Page(1), Call::ByIds]);
    let faults = prop::sample::select(vec![Fault::Stale, Fault::Busy, Fault::Refused]);
    let (link, anas) = (1..=LINKS, any::<bool>());
    prop_oneof![
        3 => any::<bool>().prop_map(Step::Open),
        4 => (link.clone(), anas, 0..2_u8).prop_map(|(link, anas, login)| Step::Make { link, anas, login }),
        5 => (link.clone(), anas, 0..3_usize)
            .prop_map(|(link, anas, session)| Step::Tell { link, anas, session }),
        1 => (link.clone(), words).prop_map(|(link, word)| Step::Status(link, LinkStatus::from(word.to_owned()))),
        1 => link.prop_map(Step::Remove),
        2 => Just(Step::Sweep),
        3 => (0..15_i64).prop_map(Step::Pass),
        1 => calls.prop_map(Step::BelvoFails),
        1 => Just(Step::BelvoRecovers),
        1 => faults.prop_map(Step::TableFails),
    ]
}

struct World {
    table: Table,
    belvo: Belvo,
    hand: Hand,
    policy: Policy,
    at_belvo: BTreeMap<u8, ProviderLink>,
    /// Belvo uses no id twice.
    made: BTreeSet<u8>,
}

fn user(anas: bool) -> ExternalId {
    if anas { ana() } else { bia() }
}

impl World {
    fn new(proof: BindingProof) -> Self {
        let table = Table::holding([ledger(&ana(), vec![], vec![]), ledger(&bia(), vec![], vec![])]);
        let policy = Policy { proof, ..Policy::default() };
        let (belvo, hand) = (Belvo::default(), Hand::at(minute(0)));
        Self { table, belvo, hand, policy, at_belvo: BTreeMap::new(), made: BTreeSet::new() }
    }

    fn sweep(&self) {
        let _any = tick(&self.table, &self.belvo, &self.hand, &self.policy);
    }

    fn show(&mut self, number: u8, link: ProviderLink) {
        self.belvo.show(link.clone());
        self.at_belvo.insert(number, link);
    }

    fn take(&mut self, step: Step) {
        let Self { table, belvo, hand, policy, .. } = &*self;
        match step {
            Step::Open(anas) => {
                let _any = finished(open(table, belvo, hand, policy, &user(anas), For::Create));
            }
            Step::Make { link, anas, login } if !self.made.contains(&link) => {
                let made = with_login(shown(link, &user(anas), 0), &format!("login-{login}"));
                let made = ProviderLink { created_at: hand.now(), ..made };
                self.made.insert(link);
                self.show(link, made);
            }
            Step::Tell { link, anas, session } => self.tell(link, &user(anas), session),
            Step::Status(number, status) => {
                if let Some(link) = self.at_belvo.get(&number).cloned() {
                    self.show(number, with_status(link, status));
                }
            }
            Step::Remove(number) if self.at_belvo.len() > 1 => {
                self.belvo.remove(link_id(number));
                self.at_belvo.remove(&number);
            }
            Step::Sweep => self.sweep(),
            Step::Pass(minutes) => hand.pass(minutes),
            Step::BelvoFails(call) => belvo.fail(call),
            Step::BelvoRecovers => belvo.recover(),
            Step::TableFails(fault) => table.fail([fault]),
            Step::Make { .. } | Step::Remove(_) => {}
        }
    }

    fn tell(&self, link: u8, user: &ExternalId, session: usize) {
        let sessions = self.table.read(user).expect("registered").sessions;
        let Some(session) = sessions.get(session).map(|session| session.id.clone()) else { return };
        let success = Success { user: user.clone(), session, link: link_id(link), institution: bank() };
        let _any = finished(ingest(&self.table, &self.belvo, &self.hand, &self.policy, &success));
    }

    fn records(&self) -> BTreeMap<(ExternalId, u8), LinkRecord> {
        let of = |user: ExternalId| {
            let held = |number| Some(((user.clone(), number), self.table.link(&user, link_id(number))?));
            (1..=LINKS).filter_map(held).collect::<Vec<_>>()
        };
        of(ana()).into_iter().chain(of(bia())).collect()
    }

    /// What must hold after every step: I1, I5, I11, I12.
    fn check(&self, before: &BTreeMap<(ExternalId, u8), LinkRecord>) {
        let records = self.records();
        for (key, was) in before {
            let is = &records[key];
            assert!(is.revision >= was.revision, "I5");
            assert!(!was.is_buried() || is == was, "I11");
        }
        let mut made = BTreeMap::new();
        for ((owner, _), record) in records.iter().filter(|(_, record)| record.holds_link()) {
            assert_eq!(self.table.marker(record.link_id), Some(Marker::Owned(owner.clone())), "I12");
            if self.policy.proof == BindingProof::Session {
                let session = record.session_id.clone().expect("I1");
                let issued = self.table.read(owner).expect("registered").session(&session).cloned();
                let issued = issued.expect("I1: a session of the owner");
                assert!(issued.covers(record.created_at.expect("bound"), &self.policy), "I1");
                assert_eq!(made.insert(session, record.link_id), None, "I1: one session, one link");
            }
        }
    }

    /// What must hold in the end: I2 and I6.
    fn check_calm(&self) {
        let records = self.records();
        for (number, link) in self.at_belvo.iter().filter(|(_, l)| l.status != LinkStatus::Unconfirmed) {
            let Claim::Named(owner) = &link.claim else { continue };
            let waits_or_held = |record: &LinkRecord| record.holds_link() || !record.state.is_bound();
            let held = records.get(&(owner.clone(), *number)).is_some_and(waits_or_held);
            assert!(held || self.table.quarantined(link.id).is_some(), "I2: {link:?} is lost");
        }
        let mut standing: BTreeMap<_, usize> = BTreeMap::new();
        for ((owner, _), record) in records.iter().filter(|(_, record)| record.is_live()) {
            let login = record.institution_user_id.as_ref().expect("all have one").as_str();
            *standing.entry((owner, login)).or_default() +=
                usize::from(record.state != LinkState::Superseded);
        }
        assert!(standing.values().all(|count| *count == 1), "I6: {standing:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_calm_comes_and_nothing_is_lost(
        steps in prop::collection::vec(step(), 1..40),
        by_session in any::<bool>(),
    ) {
        let mut world = World::new(if by_session { BindingProof::Session } else { BindingProof::ExternalId });
        for step in steps {
            let before = world.records();
            world.take(step);
            world.check(&before);
        }
        world.belvo.recover();
        world.table.fail([]);
        for _ in 0..3 {
            world.hand.pass(60);
            let before = world.records();
            world.sweep();
            world.check(&before);
        }
        world.check_calm();
        let commits = world.table.commits();
        world.hand.pass(60);
        world.sweep();
        prop_assert_eq!(world.table.commits(), commits, "I10");
    }
}
