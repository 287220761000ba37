//! Belvo over HTTPS: the port [`Provider`].
//!
//! Every attempt goes through a [`Gate`], which alone decides when it may be made and whether again, is under
//! a deadline, and its answer is read under a cap; what it came to is one of the outcomes of
//! [`ProviderError`]. There are no redirects, no proxies, and no address is ever taken from an answer: of
//! `next` only its being there counts, the URL is built anew.

use std::{collections::BTreeMap, fmt, pin::Pin};

use domain::{
    calls::{Gate, Ungated},
    external_id::ExternalId,
    failure::ProviderError,
    link::ProviderLink,
    ports::{Account, Lookup, Meter, Page, Provider, Recognised, Spent, TokenRequest, WidgetToken},
    values::{Institution, LinkId},
};
use jiff::{Timestamp, civil::Date};

use crate::metrics;

use self::{
    answer::{is_not_found, keys_refused, keys_taken},
    call::Call,
    query::Filter,
    recognised::Names,
    route::Route,
    wire::{Listed, Record},
};
pub use self::{
    client::BuildError,
    keys::{KeyRing, Keys, KeysError},
    open_finance::{OpenFinance, OpenFinanceError},
    settings::{BaseUrl, BaseUrlError, Settings, Timeouts},
    webhook::{webhook_link, webhook_said},
};

pub mod answer;
mod call;
mod client;
mod consents;
mod delete;
mod keys;
mod open_finance;
mod query;
mod recognised;
mod route;
mod settings;
#[cfg(test)]
mod tests;
mod webhook;
pub mod wire;

/// Most ids in one filter: Belvo names no limit, and the URL stays under 2 kB.
const MOST_IDS: usize = 50;

/// Most pages that the links of one user, or of fifty ids, are read from. More is a server gone wrong.
const MOST_PAGES: u32 = 10;

/// Most bytes of one page of a list: 1,000 records of some 300 bytes, with room for Belvo to grow.
const PAGE_CAP: usize = 8 * 1024 * 1024;

/// Most bytes of any other answer.
const SINGLE_CAP: usize = 256 * 1024;

/// How an answer is read.
type Reading<T> = fn(&[u8]) -> Result<T, ProviderError>;

/// Belvo, reached with our keys and through a gate. Cheap to clone: the clones share their connections.
#[derive(Clone)]
pub struct Belvo<G = Ungated> {
    settings: Settings,
    http: reqwest::Client,
    names: Names,
    gate: G,
}

impl Belvo {
    /// Prepares the client. Nothing is sent before the first call, and each call is one attempt.
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        let http = client::build(&settings)?;
        Ok(Self { settings, http, names: Names::default(), gate: Ungated })
    }
}

impl<G> Belvo<G> {
    /// The same Belvo through another gate.
    #[must_use]
    pub fn through<H>(self, gate: H) -> Belvo<H> {
        let Self { settings, http, names, .. } = self;
        Belvo { settings, http, names, gate }
    }

    /// What names Belvo's environment.
    #[must_use]
    pub fn account(&self) -> String {
        self.settings.account()
    }

    /// What the calls go through.
    #[must_use]
    pub fn gate(&self) -> &G {
        &self.gate
    }
}

impl<G: Gate> Belvo<G> {
    /// Whether Belvo takes our keys.
    pub async fn check(&self) -> Result<(), ProviderError> {
        let call = Call::get(Route::Root, self.settings.base_url.join(Route::Root), SINGLE_CAP);
        self.call(call, wire::anything).await
    }

    /// Whether Belvo takes our keys and lets them read links, and what time it is there: one link is asked for.
    pub async fn greets(&self) -> (Result<(), ProviderError>, Option<Timestamp>) {
        let mut url = self.settings.base_url.join(Route::Links);
        url.set_query(Some("page_size=1&fields=id"));
        let call = Call::get(Route::Links, url, SINGLE_CAP);
        let heard = call.heard();
        let answer = self.call(call, wire::anything).await;
        (answer, heard.date())
    }

    /// Makes the call, whatever that takes, within the deadline for everything that belongs to it.
    async fn call<T: Send>(&self, call: Call, read: Reading<T>) -> Result<T, ProviderError> {
        let whole = self.call_with_good_keys(&call, read);
        let ended = tokio::time::timeout(self.settings.timeouts.whole, whole).await;
        let answer = ended.unwrap_or_else(|_| {
            metrics::called("cut_off");
            Err(ProviderError::Unknown("no whole answer in time"))
        });
        if let Err(ProviderError::Unsent(_)) = answer {
            metrics::called("unsent");
        }
        answer
    }

    /// Keys that Belvo refuses are read again before their time, so that a replacement is not waited for.
    async fn call_with_good_keys<T: Send>(&self, call: &Call, read: Reading<T>) -> Result<T, ProviderError> {
        let ring = self.settings.keys.present().await;
        let answer = self.call_with_ring(&ring, call, read).await;
        if !answer.as_ref().is_err_and(keys_refused) {
            return answer;
        }
        let Some(newer) = self.settings.keys.instead_of(&ring).await else { return answer };
        self.call_with_ring(&newer, call, read).await
    }

    /// Keys that Belvo does not know are tried in turn while they are being replaced.
    async fn call_with_ring<T: Send>(
        &self,
        ring: &KeyRing,
        call: &Call,
        read: Reading<T>,
    ) -> Result<T, ProviderError> {
        let present = ring.present();
        let answer = self.call_with(ring.keys(present), call, read).await;
        let Some(other) = ring.beside(present) else { return answer };
        if !answer.as_ref().is_err_and(keys_refused) {
            return answer;
        }
        let answer = self.call_with(ring.keys(other), call, read).await;
        if keys_taken(&answer) {
            tracing::warn!("Belvo took the other keys");
            ring.turn_to(other);
        }
        answer
    }

    /// Boxed, so that what calls it stays a future of bearable depth.
    fn call_with<'a, T: Send + 'a>(
        &'a self,
        keys: &'a Keys,
        call: &'a Call,
        read: Reading<T>,
    ) -> Pin<Box<dyn Future<Output = Result<T, ProviderError>> + Send + 'a>> {
        Box::pin(self.gate.pass(move || call.make(&self.http, keys, read)))
    }

    async fn listed<R: Record>(
        &self,
        route: Route,
        filter: &Filter<'_>,
        page: u32,
    ) -> Result<Listed<R>, ProviderError> {
        let url = query::list(self.settings.base_url.join(route), R::FIELDS, filter, page);
        match self.call(Call::get(route, url, PAGE_CAP), wire::page).await {
            // Records were deleted while we paged, and this page with them.
            Err(past_the_end) if page > 1 && is_not_found(&past_the_end) => Ok(Listed::default()),
            answer => answer,
        }
    }

    async fn page_of(&self, filter: &Filter<'_>, page: u32) -> Result<Page, ProviderError> {
        let Listed { records, unreadable, count, more } = self.listed(Route::Links, filter, page).await?;
        Ok(Page { links: records.into_iter().map(|(_, link)| link).collect(), unreadable, count, more })
    }

    /// All pages of a short list. A page with nothing new ends it: the server is going round in circles.
    async fn every<R: Record>(&self, route: Route, filter: &Filter<'_>) -> Result<Vec<R>, ProviderError> {
        let mut found: BTreeMap<R::Key, R> = BTreeMap::new();
        for number in 1..=MOST_PAGES {
            let page = self.listed(route, filter, number).await?;
            let before = found.len();
            found.extend(page.records);
            if !page.more || found.len() == before {
                return Ok(found.into_values().collect());
            }
        }
        Err(ProviderError::Unknown("more pages than such a list can have"))
    }
}

/// The answers to these calls are used for decisions, so each is checked against its question: a server
/// that ignores a filter must not make a stranger's link ours.
impl<G: Gate> Provider for Belvo<G> {
    fn environment(&self) -> String {
        self.account()
    }

    async fn links_of(&self, user: &ExternalId) -> Result<Vec<ProviderLink>, ProviderError> {
        let links: Vec<ProviderLink> = self.every(Route::Links, &Filter::User(user)).await?;
        Ok(links.into_iter().filter(|link| link.claim.names(user)).collect())
    }

    async fn link(&self, id: LinkId) -> Result<Lookup, ProviderError> {
        let route = Route::Link(id);
        let call = Call::get(route, self.settings.base_url.join(route), SINGLE_CAP);
        match self.call(call, wire::link).await {
            Ok(link) if link.id == id => Ok(Lookup::Found(link)),
            Ok(_) => Err(ProviderError::Unknown("the record of another link")),
            Err(refusal) if is_not_found(&refusal) => Ok(Lookup::NotFound),
            Err(error) => Err(error),
        }
    }

    async fn token(&self, request: &TokenRequest) -> Result<WidgetToken, ProviderError> {
        let url = self.settings.base_url.join(Route::Token);
        let app = self.settings.open_finance.clone();
        if request.consent.is_some() && app.is_none() {
            return Err(ProviderError::Unsent("the widget is not set up for consents"));
        }
        self.call(Call::token(url, request.clone(), app, SINGLE_CAP), wire::token).await
    }

    async fn made_on(&self, from: Date, to: Date, page: u32) -> Result<Page, ProviderError> {
        self.page_of(&Filter::Days { from, to }, page).await
    }

    async fn unusable(&self, page: u32) -> Result<Page, ProviderError> {
        self.page_of(&Filter::Unusable, page).await
    }

    async fn links_by_id(&self, ids: &[LinkId]) -> Result<Vec<ProviderLink>, ProviderError> {
        let mut found = Vec::new();
        for ids in ids.chunks(MOST_IDS) {
            let links: Vec<ProviderLink> = self.every(Route::Links, &Filter::Ids(ids)).await?;
            found.extend(links.into_iter().filter(|link| ids.contains(&link.id)));
        }
        Ok(found)
    }

    async fn recognised(&self, institutions: &[Institution], links: &[LinkId]) -> Recognised {
        self.recognise(institutions, links).await
    }

    async fn accounts_of(&self, links: &[LinkId]) -> Result<Vec<Account>, ProviderError> {
        let mut found = Vec::new();
        for links in links.chunks(MOST_IDS) {
            let accounts: Vec<Account> = self.every(Route::Accounts, &Filter::OfLinks(links)).await?;
            found.extend(accounts.into_iter().filter(|account| links.contains(&account.link_id)));
        }
        Ok(found)
    }
}

/// Only the gate knows how often a call was sent.
impl<G: Meter> Meter for Belvo<G> {
    fn spent(&self) -> Spent {
        self.gate.spent()
    }
}

impl<G> fmt::Debug for Belvo<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Belvo").field("settings", &self.settings).finish_non_exhaustive()
    }
}
