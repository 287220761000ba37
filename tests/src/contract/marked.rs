//! A store whose writers' marks are its own. DynamoDB remembers the mark of a request (its idempotency
//! token) for ten minutes and over all tables, so rules that ran elsewhere a moment ago must not have used
//! the same one. The embedded engine is new for each rule: there the marks stay as they are.

mod parting;

use adapters::dynamo::DynamoStore;
use domain::{
    census::{Entry, Member},
    change::{AuditEvent, Commit, Filed, WriterId},
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    follow_up::Agenda,
    link::{LinkRecord, QuarantinedLink},
    plan::Markers,
    ports::{
        Aliased, Aliases, Census, FiledWebhooks, FollowUps, Inbox, Ledgers, Meter, Registered, Spent,
        Stretch, Subject, Sweeps, Trail, Users,
    },
    sweep::{Plan, PlanId, Report, SweepState},
    user::{Ledger, User},
    values::{LinkId, SessionId},
    webhooks::{Webhook, WebhookState},
};
use jiff::{Timestamp, civil::Date};

/// A store, and what makes its marks its own.
#[derive(Clone, Debug)]
pub struct Marked {
    store: DynamoStore,
    salt: Option<u128>,
}

impl Marked {
    /// With marks of its own when there is a salt.
    pub fn new(store: DynamoStore, salt: Option<[u8; 16]>) -> Self {
        Self { store, salt: salt.map(u128::from_be_bytes) }
    }

    /// The mark that this store puts for this writer: the same for the same, another for another (FNV-1a).
    #[must_use]
    pub fn mark(&self, writer: &WriterId) -> WriterId {
        let Some(salt) = self.salt else { return writer.clone() };
        let mix = |mixed: u128, byte: u8| (mixed ^ u128::from(byte)).wrapping_mul((1 << 88) + 0x13b);
        WriterId::mint(writer.as_str().bytes().fold(salt, mix).to_be_bytes())
    }
}

impl Marked {
    /// All users, page after page.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let (mut users, mut behind) = self.store.users_page(None).await?;
        while behind.is_some() {
            let (more, place) = self.store.users_page(behind).await?;
            users.extend(more);
            behind = place;
        }
        Ok(users)
    }
}

impl Users for Marked {
    async fn register(
        &self,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        self.store.register(user, event, &self.mark(writer)).await
    }

    async fn register_again(
        &self,
        user: &User,
        tombstone: &ExternalId,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        self.store.register_again(user, tombstone, event, &self.mark(writer)).await
    }
}

impl Aliases for Marked {
    async fn stand_for(
        &self,
        alias: &ExternalId,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Aliased, StoreError> {
        self.store.stand_for(alias, user, event, &self.mark(writer)).await
    }
}

impl Ledgers for Marked {
    async fn ledger(&self, user: &ExternalId) -> Result<Option<Ledger>, StoreError> {
        self.store.ledger(user).await
    }

    async fn links(&self, user: &ExternalId) -> Result<Option<Vec<LinkRecord>>, StoreError> {
        self.store.links(user).await
    }

    async fn markers(&self, ids: &[LinkId]) -> Result<Markers, StoreError> {
        self.store.markers(ids).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.store.commit(&Commit { writer: self.mark(&commit.writer), ..commit.clone() }).await
    }
}

impl Census for Marked {
    async fn made_between(&self, from: Date, to: Date) -> Result<Vec<Entry>, StoreError> {
        self.store.made_between(from, to).await
    }

    async fn named(&self, most: usize) -> Result<Vec<Entry>, StoreError> {
        self.store.named(most).await
    }

    async fn standing(&self, links: &[(ExternalId, LinkId)]) -> Result<Vec<Entry>, StoreError> {
        self.store.standing(links).await
    }

    async fn grouped(&self, behind: Option<&Member>) -> Result<Vec<Member>, StoreError> {
        self.store.grouped(behind).await
    }

    async fn quarantine(&self, most: usize) -> Result<Vec<QuarantinedLink>, StoreError> {
        self.store.quarantine(most).await
    }

    async fn quarantine_size(&self, most: usize) -> Result<usize, StoreError> {
        self.store.quarantine_size(most).await
    }
}

/// Their marks are the SDK's own, and random.
impl Sweeps for Marked {
    async fn state(&self) -> Result<SweepState, StoreError> {
        self.store.state().await
    }

    async fn put_state(&self, state: &SweepState, held: u64) -> Result<bool, StoreError> {
        self.store.put_state(state, held).await
    }

    async fn finish(
        &self,
        state: &SweepState,
        held: u64,
        report: &Report,
        plan: Option<&Plan>,
    ) -> Result<bool, StoreError> {
        self.store.finish(state, held, report, plan).await
    }

    async fn reports(&self, most: usize) -> Result<Vec<Report>, StoreError> {
        self.store.reports(most).await
    }

    async fn plan(&self, id: &PlanId) -> Result<Option<Plan>, StoreError> {
        self.store.plan(id).await
    }

    async fn mark_applied(&self, plan: &Plan, at: Timestamp) -> Result<bool, StoreError> {
        self.store.mark_applied(plan, at).await
    }
}

impl Trail for Marked {
    async fn trail(&self, of: &Subject, stretch: &Stretch) -> Result<Vec<Filed>, StoreError> {
        self.store.trail(of, stretch).await
    }
}

/// These are single puts, without marks.
impl Inbox for Marked {
    async fn file(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        self.store.file(webhook).await
    }
}

impl FiledWebhooks for Marked {
    async fn due_webhooks(&self, now: Timestamp, most: usize) -> Result<Vec<Webhook>, StoreError> {
        self.store.due_webhooks(now, most).await
    }

    async fn settle(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        self.store.settle(webhook).await
    }

    async fn webhooks(
        &self,
        state: WebhookState,
        day: Option<Date>,
        most: usize,
    ) -> Result<Vec<Webhook>, StoreError> {
        self.store.webhooks(state, day, most).await
    }

    async fn webhooks_about(&self, links: &[LinkId]) -> Result<Vec<Webhook>, StoreError> {
        self.store.webhooks_about(links).await
    }

    async fn records(&self, links: &[(ExternalId, LinkId)]) -> Result<Vec<LinkRecord>, StoreError> {
        self.store.records(links).await
    }
}

impl FollowUps for Marked {
    async fn due_sessions(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(ExternalId, SessionId)>, StoreError> {
        self.store.due_sessions(now, most).await
    }

    async fn agenda(&self) -> Result<Agenda, StoreError> {
        self.store.agenda().await
    }

    async fn put_agenda(&self, agenda: &Agenda) -> Result<bool, StoreError> {
        self.store.put_agenda(agenda).await
    }
}

impl Meter for Marked {
    fn spent(&self) -> Spent {
        self.store.spent()
    }
}
