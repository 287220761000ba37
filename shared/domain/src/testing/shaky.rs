//! A table and a Belvo that make whoever asks wait a turn, so that others come in between; and that die at a
//! chosen request, before or after its effect, and stay dead.

mod deletions;

use std::{
    future::poll_fn,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    task::Poll,
};

use jiff::{Timestamp, civil::Date};

use super::{Belvo, Table};
use crate::{
    census::{Entry, Member},
    change::Commit,
    external_id::ExternalId,
    failure::{CommitError, ProviderError, StoreError},
    link::{LinkRecord, ProviderLink, QuarantinedLink},
    plan::Markers,
    ports::{
        Account, Census, Ledgers, Lookup, Meter, Page, Provider, Recognised, Spent, Sweeps, TokenRequest,
        WidgetToken,
    },
    sweep::{Plan, PlanId, Report, SweepState},
    user::Ledger,
    values::{Institution, LinkId},
};

/// How long one process lives, and whether it lets others in.
pub(crate) struct Life {
    left: AtomicUsize,
    dies_after: bool,
    waits: AtomicBool,
}

impl Life {
    /// Dies at this request of all that it makes: after its effect or before.
    pub(crate) fn of(requests: usize, dies_after: bool) -> Self {
        Self { left: AtomicUsize::new(requests), dies_after, waits: AtomicBool::new(false) }
    }

    /// Lives as long as it takes, and waits a turn at each request.
    pub(crate) fn patient() -> Self {
        Self { left: AtomicUsize::new(usize::MAX), dies_after: false, waits: AtomicBool::new(true) }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    async fn request<T, E>(
        &self,
        act: impl Future<Output = Result<T, E>>,
        dead: impl Fn() -> E,
    ) -> Result<T, E> {
        if self.waits.load(Ordering::Relaxed) {
            let mut waited = false;
            poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending })
                .await;
        }
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        match left {
            1 if self.dies_after => {
                let _done = act.await;
                Err(dead())
            }
            0 | 1 => Err(dead()),
            _ => act.await,
        }
    }
}

/// Something shaky, as one process sees it.
pub(crate) struct Shaky<'a, T>(pub(crate) &'a T, pub(crate) &'a Life);

fn busy() -> StoreError {
    StoreError::Busy("the process died".into())
}

fn unknown() -> ProviderError {
    ProviderError::Unknown("the process died")
}

impl Ledgers for Shaky<'_, Table> {
    async fn ledger(&self, user: &ExternalId) -> Result<Option<Ledger>, StoreError> {
        self.1.request(self.0.ledger(user), busy).await
    }
    async fn links(&self, user: &ExternalId) -> Result<Option<Vec<LinkRecord>>, StoreError> {
        self.1.request(self.0.links(user), busy).await
    }
    async fn markers(&self, ids: &[LinkId]) -> Result<Markers, StoreError> {
        self.1.request(self.0.markers(ids), busy).await
    }
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.1.request(self.0.commit(commit), || busy().into()).await
    }
}

impl Census for Shaky<'_, Table> {
    async fn made_between(&self, from: Date, to: Date) -> Result<Vec<Entry>, StoreError> {
        self.1.request(self.0.made_between(from, to), busy).await
    }
    async fn named(&self, most: usize) -> Result<Vec<Entry>, StoreError> {
        self.1.request(self.0.named(most), busy).await
    }
    async fn standing(&self, links: &[(ExternalId, LinkId)]) -> Result<Vec<Entry>, StoreError> {
        self.1.request(self.0.standing(links), busy).await
    }
    async fn grouped(&self, behind: Option<&Member>) -> Result<Vec<Member>, StoreError> {
        self.1.request(self.0.grouped(behind), busy).await
    }
    async fn quarantine(&self, most: usize) -> Result<Vec<QuarantinedLink>, StoreError> {
        self.1.request(self.0.quarantine(most), busy).await
    }
    async fn quarantine_size(&self, most: usize) -> Result<usize, StoreError> {
        self.1.request(self.0.quarantine_size(most), busy).await
    }
}

impl Sweeps for Shaky<'_, Table> {
    async fn state(&self) -> Result<SweepState, StoreError> {
        self.1.request(self.0.state(), busy).await
    }
    async fn put_state(&self, state: &SweepState, held: u64) -> Result<bool, StoreError> {
        self.1.request(self.0.put_state(state, held), busy).await
    }
    async fn finish(
        &self,
        state: &SweepState,
        held: u64,
        report: &Report,
        plan: Option<&Plan>,
    ) -> Result<bool, StoreError> {
        self.1.request(self.0.finish(state, held, report, plan), busy).await
    }
    async fn reports(&self, most: usize) -> Result<Vec<Report>, StoreError> {
        self.1.request(self.0.reports(most), busy).await
    }
    async fn plan(&self, id: &PlanId) -> Result<Option<Plan>, StoreError> {
        self.1.request(self.0.plan(id), busy).await
    }
    async fn mark_applied(&self, plan: &Plan, at: Timestamp) -> Result<bool, StoreError> {
        self.1.request(self.0.mark_applied(plan, at), busy).await
    }
}

impl Meter for Shaky<'_, Table> {
    fn spent(&self) -> Spent {
        self.0.spent()
    }
}

impl Provider for Shaky<'_, Belvo> {
    fn environment(&self) -> String {
        self.0.environment()
    }

    async fn links_of(&self, user: &ExternalId) -> Result<Vec<ProviderLink>, ProviderError> {
        self.1.request(self.0.links_of(user), unknown).await
    }
    async fn link(&self, id: LinkId) -> Result<Lookup, ProviderError> {
        self.1.request(self.0.link(id), unknown).await
    }
    async fn token(&self, request: &TokenRequest) -> Result<WidgetToken, ProviderError> {
        self.1.request(self.0.token(request), unknown).await
    }
    async fn made_on(&self, from: Date, to: Date, page: u32) -> Result<Page, ProviderError> {
        self.1.request(self.0.made_on(from, to, page), unknown).await
    }
    async fn unusable(&self, page: u32) -> Result<Page, ProviderError> {
        self.1.request(self.0.unusable(page), unknown).await
    }
    async fn links_by_id(&self, ids: &[LinkId]) -> Result<Vec<ProviderLink>, ProviderError> {
        self.1.request(self.0.links_by_id(ids), unknown).await
    }
    async fn recognised(&self, institutions: &[Institution], links: &[LinkId]) -> Recognised {
        self.0.recognised(institutions, links).await // sweeps never ask
    }
    async fn accounts_of(&self, links: &[LinkId]) -> Result<Vec<Account>, ProviderError> {
        self.1.request(self.0.accounts_of(links), unknown).await
    }
}

impl Meter for Shaky<'_, Belvo> {
    fn spent(&self) -> Spent {
        self.0.spent()
    }
}
