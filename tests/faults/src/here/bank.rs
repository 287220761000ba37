//! Belvo as a process reaches it: through the real governor, with the budget of the account.

use domain::{
    budget::{Class, Limits},
    calls::{Gate, Governor},
    deletion::step::Deleted,
    external_id::ExternalId,
    failure::ProviderError,
    link::ProviderLink,
    ports::{
        Account, Consent, ConsentPage, Consents, Lookup, Meter, Page, Provider, ProviderDeletion, Recognised,
        Spent, TokenRequest, WidgetToken,
    },
    values::{ConsentId, Institution, LinkId},
};
use jiff::{SignedDuration, civil::Date};

use super::{Ask, Here};
use crate::{invariants, rare::Rare, weather::Kind, world::World};

/// The name of the environment.
pub const ACCOUNT: &str = "belvo.test";

/// Belvo, for calls of this class.
#[derive(Clone, Debug)]
pub struct Bank {
    /// The world.
    pub here: Here,
    /// What calls are made for.
    pub class: Class,
}

impl Bank {
    /// The gate of the process at work: each has its own knowledge of the budget.
    fn gate(&self) -> Governor<Here, Here> {
        self.here.with(|world| {
            let here = || self.here.clone();
            let class = self.class;
            let new = || Governor::new(here(), here(), Limits::default(), class, ACCOUNT);
            world.task().gate.get_or_insert_with(new).clone()
        })
    }

    async fn call<T: Send>(
        &self,
        name: &'static str,
        kind: Ask,
        act: impl Fn(&mut World) -> T + Send + Sync,
    ) -> Result<T, ProviderError> {
        let act = &act;
        let attempt = || async move {
            self.here.with(|world| {
                let now = world.now;
                world.belvo.called(now);
                invariants::after_call(world);
            });
            self.here.ask(name, kind, |world| Ok::<_, ProviderError>(act(world))).await
        };
        self.gate().pass(attempt).await
    }
}

impl World {
    /// Whether the process at work looks at another environment.
    fn elsewhere(&mut self) -> bool {
        self.task().wrong_keys
    }

    /// What a list shows of these: sometimes less, sometimes nothing.
    fn listed(&mut self, wanted: impl Fn(&ProviderLink) -> bool) -> Vec<ProviderLink> {
        let now = self.now;
        if self.elsewhere() {
            return Vec::new();
        }
        let mut links: Vec<_> = self.belvo.listed(now).filter(|link| wanted(link)).cloned().collect();
        self.spoil(&mut links);
        self.trace.tell(|| format!("    shows {:?}", links.iter().map(|link| link.id).collect::<Vec<_>>()));
        links
    }

    fn spoil(&mut self, links: &mut Vec<ProviderLink>) {
        if !links.is_empty() && self.strikes(Kind::Nothing) {
            self.seen.saw(Rare::EmptyListing);
            links.clear();
        }
        if !links.is_empty() && self.strikes(Kind::Gap) {
            let gap = self.chance.usize(0..links.len());
            links.remove(gap);
        }
    }

    fn looked_up(&mut self, id: LinkId) -> Lookup {
        let now = self.now;
        let shown = if self.elsewhere() { None } else { self.belvo.shown(id, now).cloned() };
        if shown.is_none() && self.belvo.there(id, now).is_some() {
            self.seen.saw(Rare::CallbackTooEarly);
        }
        if shown.is_none() {
            let at = self.clock();
            self.not_found.push((id, at));
        }
        shown.map_or(Lookup::NotFound, Lookup::Found)
    }

    fn page(&mut self, window: (Date, Date), number: u32) -> Page {
        let now = self.now;
        if self.elsewhere() {
            return Page::default();
        }
        let mut page = self.belvo.made_on(window, number, now);
        let mut pass = self.task().pass.take();
        self.belvo.follow(&mut pass, (window, number), &page, now, &mut self.seen);
        self.task().pass = pass;
        if !page.links.is_empty() && self.strikes(Kind::Nothing) {
            self.seen.saw(Rare::EmptyListing);
            return Page::default();
        }
        self.spoil(&mut page.links);
        self.trace.tell(|| {
            let shown = page.links.iter().map(|link| link.id).collect::<Vec<_>>();
            format!("    {} to {}, page {number} of {} links: {shown:?}", window.0, window.1, page.count)
        });
        page
    }
}

impl Provider for Bank {
    fn environment(&self) -> String {
        ACCOUNT.to_owned()
    }

    async fn links_of(&self, user: &ExternalId) -> Result<Vec<ProviderLink>, ProviderError> {
        self.call("links of", Ask::Call, |world| world.listed(|link| link.claim.names(user))).await
    }

    async fn link(&self, id: LinkId) -> Result<Lookup, ProviderError> {
        self.call("link", Ask::Call, |world| world.looked_up(id)).await
    }

    async fn token(&self, _: &TokenRequest) -> Result<WidgetToken, ProviderError> {
        self.call("token", Ask::Call, |_| WidgetToken::from("a-widget-token")).await
    }

    async fn made_on(&self, from: Date, to: Date, page: u32) -> Result<Page, ProviderError> {
        self.call("made on", Ask::Call, |world| world.page((from, to), page)).await
    }

    async fn unusable(&self, page: u32) -> Result<Page, ProviderError> {
        self.call("unusable", Ask::Call, |world| {
            let now = world.now;
            if world.elsewhere() { Page::default() } else { world.belvo.unusable(page, now) }
        })
        .await
    }

    async fn links_by_id(&self, ids: &[LinkId]) -> Result<Vec<ProviderLink>, ProviderError> {
        self.call("links by id", Ask::Call, |world| world.listed(|link| ids.contains(&link.id))).await
    }

    async fn recognised(&self, institutions: &[Institution], links: &[LinkId]) -> Recognised {
        let mut told = Recognised::default();
        if !institutions.is_empty() {
            told.names =
                self.call("institutions", Ask::Call, |_| std::collections::BTreeMap::new()).await.ok();
        }
        if !links.is_empty() {
            told.accounts = self.accounts_of(links).await.ok();
        }
        told
    }

    async fn accounts_of(&self, _: &[LinkId]) -> Result<Vec<Account>, ProviderError> {
        self.call("accounts", Ask::Call, |_| Vec::new()).await
    }
}

impl ProviderDeletion for Bank {
    async fn delete(&self, id: LinkId) -> Result<Deleted, ProviderError> {
        self.call("delete", Ask::Order, |world| {
            if world.elsewhere() {
                return Deleted::NotFound;
            }
            invariants::before_delete(world, id);
            let (now, later) = (world.now, SignedDuration::from_secs(world.chance.i64(1..1_200)));
            let there = world.belvo.delete(id, now, later);
            world.task().unrecorded = there;
            match (there, world.belvo.at_once) {
                (false, _) => Deleted::NotFound,
                (true, true) => Deleted::Done,
                (true, false) => Deleted::Accepted,
            }
        })
        .await
    }
}

impl Consents for Bank {
    async fn consents(&self, _: u32) -> Result<ConsentPage, ProviderError> {
        self.call("consents", Ask::Call, |_| ConsentPage::default()).await
    }

    async fn consent(&self, _: ConsentId) -> Result<Option<Consent>, ProviderError> {
        self.call("consent", Ask::Call, |_| None).await
    }
}

impl Meter for Bank {
    fn spent(&self) -> Spent {
        self.gate().spent()
    }
}
