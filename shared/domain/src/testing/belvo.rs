//! A Belvo in memory that shows what it is told to show, and fails where it is told to fail.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use jiff::{Timestamp, civil::Date, tz::Offset};

use crate::{
    deletion::step::Deleted,
    external_id::ExternalId,
    failure::ProviderError,
    link::{LinkStatus, ProviderLink},
    ports::{
        Account, Consent, ConsentPage, Consents, Lookup, Meter, Page, Provider, ProviderDeletion, Recognised,
        Spent, TokenRequest, WidgetToken,
    },
    values::{ConsentId, Institution, InstitutionName, LinkId},
};

/// One kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    /// One link.
    Link,
    /// The links of one user.
    LinksOf,
    /// A widget token.
    Token,
    /// This page of the links of some days.
    Page(u32),
    /// A page of unusable links.
    Unusable,
    /// Links by their ids.
    ByIds,
    /// The accounts of links.
    Accounts,
    /// The deletion of a link.
    Delete,
    /// A page of consents, or one of them.
    Consents,
    /// The institutions' own names.
    Names,
}

#[derive(Default)]
struct Scene {
    links: BTreeMap<LinkId, ProviderLink>,
    unlisted: BTreeSet<LinkId>,
    failing: BTreeSet<Call>,
    calls: Vec<Call>,
    looping: bool,
    repeating: bool,
    smudged: BTreeSet<u32>,
    lingering: bool,
    refused: BTreeMap<LinkId, u16>,
    zone: i8,
    accounts: Vec<Account>,
    consents: Vec<Consent>,
    names: BTreeMap<Institution, InstitutionName>,
}

/// Belvo.
#[derive(Default)]
pub(crate) struct Belvo(Mutex<Scene>);

/// Links on one page.
const PAGE: usize = 2;

impl Belvo {
    pub(crate) fn showing(links: impl IntoIterator<Item = ProviderLink>) -> Self {
        let belvo = Self::default();
        links.into_iter().for_each(|link| belvo.show(link));
        belvo
    }

    fn with<T>(&self, act: impl FnOnce(&mut Scene) -> T) -> T {
        act(&mut self.0.lock().expect("one thread"))
    }

    pub(crate) fn show(&self, link: ProviderLink) {
        self.with(|scene| scene.links.insert(link.id, link));
    }

    pub(crate) fn remove(&self, id: LinkId) {
        self.with(|scene| scene.links.remove(&id));
    }

    /// Answers with this link whoever asks for that id.
    pub(crate) fn confuse(&self, asked: LinkId, link: ProviderLink) {
        self.with(|scene| scene.links.insert(asked, link));
    }

    /// Keeps a link out of every list; it can still be read by id.
    pub(crate) fn unlist(&self, id: LinkId) {
        self.with(|scene| scene.unlisted.insert(id));
    }

    /// The last page says for ever that there is one more, with an unreadable record on it.
    pub(crate) fn run_in_circles(&self) {
        self.with(|scene| scene.looping = true);
    }

    /// Nothing on this page of any list can be read.
    pub(crate) fn smudge(&self, page: u32) {
        self.with(|scene| scene.smudged.insert(page));
    }

    /// Every page is the first, and says that there is one more.
    pub(crate) fn repeat_itself(&self) {
        self.with(|scene| scene.repeating = true);
    }

    /// Belvo's days begin so many hours before UTC's.
    pub(crate) fn lie_east(&self, hours: i8) {
        self.with(|scene| scene.zone = hours);
    }

    /// Accounts that links have.
    pub(crate) fn open_accounts(&self, accounts: impl IntoIterator<Item = Account>) {
        self.with(|scene| scene.accounts.extend(accounts));
    }

    /// Links whose deletion was accepted stay, until the test removes them.
    pub(crate) fn linger(&self, lingering: bool) {
        self.with(|scene| scene.lingering = lingering);
    }

    /// Belvo refuses to delete this link.
    pub(crate) fn refuse_to_delete(&self, id: LinkId) {
        self.refuse_with(400, [id]);
    }

    /// Belvo refuses with this status to delete these links.
    pub(crate) fn refuse_with(&self, status: u16, ids: impl IntoIterator<Item = LinkId>) {
        self.with(|scene| scene.refused.extend(ids.into_iter().map(|id| (id, status))));
    }

    /// How many links there are.
    pub(crate) fn size(&self) -> usize {
        self.with(|scene| scene.links.len())
    }

    /// Consents that links have.
    pub(crate) fn give_consents(&self, consents: impl IntoIterator<Item = Consent>) {
        self.with(|scene| scene.consents.extend(consents));
    }

    /// Knows an institution by its own name.
    pub(crate) fn name(&self, institution: &Institution, name: &str) {
        let name = InstitutionName::parse(name).expect("a name");
        self.with(|scene| scene.names.insert(institution.clone(), name));
    }

    fn name_of(&self, institution: &Institution) -> Option<InstitutionName> {
        self.with(|scene| scene.names.get(institution).cloned())
    }

    pub(crate) fn fail(&self, call: Call) {
        self.with(|scene| scene.failing.insert(call));
    }

    pub(crate) fn recover(&self) {
        self.with(|scene| scene.failing.clear());
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.with(|scene| scene.calls.clone())
    }

    fn answer<T>(&self, call: Call, answer: impl FnOnce(&Scene) -> T) -> Result<T, ProviderError> {
        self.with(|scene| {
            scene.calls.push(call);
            if scene.failing.contains(&call) {
                return Err(ProviderError::Unknown("down"));
            }
            Ok(answer(scene))
        })
    }
}

impl Scene {
    /// The day that Belvo takes this moment for: its zone is whatever a test says.
    fn day(&self, at: Timestamp) -> Date {
        Offset::from_hours(self.zone).expect("a zone").to_datetime(at).date()
    }

    fn cut(&self, all: &[ProviderLink], page: u32) -> Page {
        let page = if self.repeating { 1 } else { page };
        let before = PAGE * usize::try_from(page - 1).expect("few pages");
        let mut links: Vec<_> = all.iter().skip(before).take(PAGE).cloned().collect();
        let smudged = if self.smudged.contains(&page) { std::mem::take(&mut links).len() } else { 0 };
        let more = self.looping || self.repeating || all.len() > before + PAGE;
        Page { links, unreadable: smudged + usize::from(self.looping), count: all.len(), more }
    }

    fn listed(&self) -> Vec<ProviderLink> {
        self.links.values().filter(|link| !self.unlisted.contains(&link.id)).cloned().collect()
    }
}

impl Provider for Belvo {
    fn environment(&self) -> String {
        "belvo.test".to_owned()
    }

    async fn links_of(&self, user: &ExternalId) -> Result<Vec<ProviderLink>, ProviderError> {
        let theirs = |link: &ProviderLink| link.claim.names(user);
        self.answer(Call::LinksOf, |scene| scene.listed().into_iter().filter(theirs).collect())
    }

    async fn link(&self, id: LinkId) -> Result<Lookup, ProviderError> {
        self.answer(Call::Link, |scene| scene.links.get(&id).cloned().map_or(Lookup::NotFound, Lookup::Found))
    }

    async fn token(&self, _: &TokenRequest) -> Result<WidgetToken, ProviderError> {
        self.answer(Call::Token, |_| "a-widget-token".into())
    }

    async fn made_on(&self, from: Date, to: Date, page: u32) -> Result<Page, ProviderError> {
        self.answer(Call::Page(page), |scene| {
            let within = |link: &&ProviderLink| (from..=to).contains(&scene.day(link.created_at));
            let listed = scene.listed();
            scene.cut(&listed.iter().filter(within).cloned().collect::<Vec<_>>(), page)
        })
    }

    async fn unusable(&self, page: u32) -> Result<Page, ProviderError> {
        self.answer(Call::Unusable, |scene| {
            let unusable =
                |link: &&ProviderLink| matches!(link.status, LinkStatus::Invalid | LinkStatus::TokenRequired);
            let listed = scene.listed();
            scene.cut(&listed.iter().filter(unusable).cloned().collect::<Vec<_>>(), page)
        })
    }

    async fn links_by_id(&self, ids: &[LinkId]) -> Result<Vec<ProviderLink>, ProviderError> {
        self.answer(Call::ByIds, |scene| {
            scene.listed().into_iter().filter(|link| ids.contains(&link.id)).collect()
        })
    }

    async fn recognised(&self, institutions: &[Institution], links: &[LinkId]) -> Recognised {
        let name = |institution: &Institution| Some((institution.clone(), self.name_of(institution)?));
        let names = match institutions {
            [] => Some(BTreeMap::new()),
            _ => {
                self.answer(Call::Names, |_| ()).ok().map(|()| institutions.iter().filter_map(name).collect())
            }
        };
        let accounts = if links.is_empty() { Some(Vec::new()) } else { self.accounts_of(links).await.ok() };
        Recognised { names, accounts }
    }

    async fn accounts_of(&self, links: &[LinkId]) -> Result<Vec<Account>, ProviderError> {
        self.answer(Call::Accounts, |scene| {
            scene.accounts.iter().filter(|account| links.contains(&account.link_id)).cloned().collect()
        })
    }
}

impl ProviderDeletion for Belvo {
    async fn delete(&self, id: LinkId) -> Result<Deleted, ProviderError> {
        if let Some(status) = self.with(|scene| scene.refused.get(&id).copied()) {
            return Err(ProviderError::Refused { status, code: None });
        }
        let there = self.answer(Call::Delete, |scene| scene.links.contains_key(&id))?;
        if !self.with(|scene| scene.lingering) {
            self.remove(id);
        }
        Ok(if there { Deleted::Accepted } else { Deleted::NotFound })
    }
}

impl Consents for Belvo {
    async fn consents(&self, page: u32) -> Result<ConsentPage, ProviderError> {
        self.answer(Call::Consents, |scene| {
            let before = PAGE * usize::try_from(page - 1).expect("few pages");
            let consents = scene.consents.iter().skip(before).take(PAGE).cloned().collect();
            ConsentPage { consents, more: scene.consents.len() > before + PAGE }
        })
    }

    async fn consent(&self, id: ConsentId) -> Result<Option<Consent>, ProviderError> {
        self.answer(Call::Consents, |scene| scene.consents.iter().find(|consent| consent.id == id).cloned())
    }
}

impl Meter for Belvo {
    fn spent(&self) -> Spent {
        Spent { belvo_calls: self.calls().len().try_into().expect("few calls"), ..Spent::default() }
    }
}
