//! Ten thousand listings that are not what they should be: empty, cut, foreign, going in circles, lying about
//! their count, with links of nobody and of others. Whatever is listed, what is taken away stays within the cap
//! and the evidence; what is rightly listed is added.

use std::sync::Mutex;

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;
use crate::{
    failure::ProviderError,
    link::{Claim, LinkRecord, LinkState, LinkStatus, ProviderLink},
    ports::{Account, Lookup, Page, Recognised, Spent, TokenRequest, WidgetToken},
    testing::{
        Hand, Table, ana, bia, bound, finished, ledger, link_id, minute, session, shown, with_login,
        with_status,
    },
    values::Institution,
};

/// How one page is spoiled.
#[derive(Clone, Debug)]
enum Poison {
    Nothing,
    Empty,
    Cut(usize),
    Foreign(u8),
    Circle,
    Count(usize),
    Unreadable(usize),
    Claims(u8),
    Dates(i64),
    Statuses(u8),
    Fails,
}

fn poison() -> impl Strategy<Value = Poison> {
    let lies = vec![0, 1, 7, 61, 999, 1_001, 2_500, 5_000];
    prop_oneof![
        80 => Just(Poison::Nothing),
        20 => Just(Poison::Empty),
        20 => (0..8_usize).prop_map(Poison::Cut),
        20 => any::<u8>().prop_map(Poison::Foreign),
        20 => Just(Poison::Circle),
        20 => prop::sample::select(lies).prop_map(Poison::Count),
        20 => (0..20_usize).prop_map(Poison::Unreadable),
        20 => any::<u8>().prop_map(Poison::Claims),
        20 => (-60_000_i64..60_000).prop_map(Poison::Dates),
        20 => any::<u8>().prop_map(Poison::Statuses),
        20 => Just(Poison::Fails),
        1 => Just(Poison::Count(1_000_000)), // rare: every window is cut down to a day then
    ]
}

/// A Belvo whose lists are spoiled and whose single answers may be, too.
struct Spoiled {
    links: Vec<ProviderLink>,
    pages: Vec<Poison>,
    asked: Mutex<usize>,
    /// Whether it denies everything that it is asked for by id: another environment.
    denies: bool,
}

impl Spoiled {
    fn page(&self, mut page: Page) -> Result<Page, ProviderError> {
        let number = {
            let mut asked = self.asked.lock().expect("one thread");
            *asked += 1;
            *asked
        };
        assert!(number < 20_000, "it comes to an end");
        let spoil = |link: &mut ProviderLink, by: u8| match by % 3 {
            0 => link.claim = Claim::Absent,
            20 => link.claim = Claim::Malformed,
            _ => link.claim = Claim::Named(bia()),
        };
        match self.pages.get(number % self.pages.len().max(1)).unwrap_or(&Poison::Nothing) {
            Poison::Nothing => {}
            Poison::Empty => page = Page::default(),
            Poison::Cut(at) => page.links.truncate(*at),
            Poison::Foreign(by) => {
                let foreign = |n| ProviderLink { claim: Claim::Absent, ..shown(200 + n, &ana(), 0) };
                page.links.extend((0..by % 20).map(foreign));
            }
            Poison::Circle => page.more = true,
            Poison::Count(count) => page.count = *count,
            Poison::Unreadable(count) => page.unreadable = *count,
            Poison::Claims(by) => page.links.iter_mut().for_each(|link| spoil(link, *by)),
            Poison::Dates(minutes) => {
                for link in &mut page.links {
                    link.created_at = minute(*minutes);
                }
            }
            Poison::Statuses(by) => page.links.iter_mut().step_by(2).for_each(|link| {
                link.status =
                    if by % 2 == 0 { LinkStatus::Unconfirmed } else { LinkStatus::Other("odd".to_owned()) };
            }),
            Poison::Fails => return Err(ProviderError::Unknown("down")),
        }
        Ok(page)
    }
}

impl Provider for Spoiled {
    fn environment(&self) -> String {
        "belvo.test".to_owned()
    }

    async fn links_of(&self, user: &ExternalId) -> Result<Vec<ProviderLink>, ProviderError> {
        Ok(self.links.iter().filter(|link| link.claim.names(user)).cloned().collect())
    }
    async fn link(&self, id: LinkId) -> Result<Lookup, ProviderError> {
        let found = self.links.iter().find(|link| link.id == id && !self.denies);
        Ok(found.map_or(Lookup::NotFound, |link| Lookup::Found(link.clone())))
    }
    async fn token(&self, _: &TokenRequest) -> Result<WidgetToken, ProviderError> {
        Err(ProviderError::Throttled)
    }
    async fn made_on(&self, from: Date, to: Date, _: u32) -> Result<Page, ProviderError> {
        let within = |link: &&ProviderLink| (from..=to).contains(&scope::day(link.created_at));
        let links: Vec<_> = self.links.iter().filter(within).cloned().collect();
        self.page(Page { count: links.len(), links, unreadable: 0, more: false })
    }
    async fn unusable(&self, _: u32) -> Result<Page, ProviderError> {
        self.page(Page::default())
    }
    async fn links_by_id(&self, _: &[LinkId]) -> Result<Vec<ProviderLink>, ProviderError> {
        Ok(Vec::new())
    }
    async fn recognised(&self, _: &[Institution], _: &[LinkId]) -> Recognised {
        Recognised::default()
    }
    async fn accounts_of(&self, _: &[LinkId]) -> Result<Vec<Account>, ProviderError> {
        Ok(Vec::new())
    }
}

impl Meter for Spoiled {
    fn spent(&self) -> Spent {
        Spent::default()
    }
}

/// Sixty links of Ana's that all are there, two of them one login; an orphan; a tombstone.
fn scene() -> (Table, Vec<ProviderLink>) {
    let mut links: Vec<_> = (1..=60).map(|n| shown(n, &ana(), i64::from(n) * 300)).collect();
    links[1] = with_login(links[1].clone(), "login-1");
    let mut records: Vec<LinkRecord> = links.iter().map(|link| bound(link, &ana(), None)).collect();
    records[0].state = LinkState::Superseded;
    records[0].superseded_by = Some(link_id(2));
    records.push(LinkRecord { state: LinkState::Gone, ..bound(&shown(70, &ana(), 0), &ana(), None) });
    links.push(shown(80, &bia(), 9_005));
    links.push(with_status(shown(81, &bia(), 100), LinkStatus::Unconfirmed));
    let table = Table::holding([
        ledger(&ana(), records, vec![]),
        ledger(&bia(), vec![], vec![session(1, &bia(), 9_000)]),
    ]);
    (table, links)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_poisoned_listing_takes_nothing_away(
        pages in prop::collection::vec(poison(), 1..12),
        denies in prop::bool::weighted(0.2),
        sweeps in 1..3_i64,
        lasting in prop::bool::weighted(0.75),
    ) {
        let (table, links) = scene();
        let before = table.read(&ana()).expect("registered").links;
        let belvo = Spoiled { links, pages, asked: Mutex::default(), denies };
        let policy = Policy::default();
        for hour in 0..sweeps {
            let hand = Hand::at(minute(60 * (400 + hour)));
            let order = Order { scope: Some(Scope::Full), take_over: true, ..Order::default() };
            let sweeper = Sweeper { store: &table, provider: &belvo, ambient: &hand, policy: &policy, watcher: &() };
            let _any = finished(sweeper.tick(&order));
        }
        let after = table.read(&ana()).expect("registered").links;
        for (was, is) in before.iter().zip(&after) {
            prop_assert_eq!(&was.owner, &is.owner);
            prop_assert!(was.state == LinkState::Gone || is.state != LinkState::Gone, "all of them are there");
            prop_assert!(is.missing_since.is_none(), "a canary that is denied is no proof");
        }
        let taken = table.audit().iter().filter(|event| event.action.is_negative()).count();
        prop_assert!(taken <= policy.negatives_free, "{taken}");
        let orphan = table.link(&bia(), link_id(80));
        prop_assert!(orphan.is_none_or(|record| record.owner == bia()));
        prop_assert!(table.link(&bia(), link_id(81)).is_none(), "never confirmed");
        if lasting {
            return Ok(()); // the rest of the story is told of every fourth, as it takes most of the time
        }
        // And when Belvo has come to itself, all is well.
        let belvo = Spoiled { pages: vec![Poison::Nothing], denies: false, ..belvo };
        for hour in 0..2 {
            let hand = Hand::at(minute(60 * (500 + hour)));
            let order = Order { scope: Some(Scope::Full), take_over: true, ..Order::default() };
            let sweeper = Sweeper { store: &table, provider: &belvo, ambient: &hand, policy: &policy, watcher: &() };
            prop_assert!(matches!(finished(sweeper.tick(&order)), Ok(Outcome::Finished(_))));
        }
        let live = table.read(&ana()).expect("registered").links;
        prop_assert!(live[1..60].iter().all(|record| record.state == LinkState::Active), "{live:#?}");
        let orphan = table.link(&bia(), link_id(80));
        let set_aside = table.quarantined(link_id(80)).is_some();
        prop_assert!(orphan.is_some_and(|record| record.state == LinkState::Active) || set_aside);
    }
}
