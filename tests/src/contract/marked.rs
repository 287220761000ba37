//! A store whose writers' marks are its own. DynamoDB remembers the mark of a request (its idempotency
//! token) for ten minutes and over all tables, so rules that ran elsewhere a moment ago must not have used
//! the same one. The embedded engine is new for each rule: there the marks stay as they are.

use adapters::dynamo::DynamoStore;
use domain::{
    change::{AuditEvent, Commit, WriterId},
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    link::LinkRecord,
    plan::Markers,
    ports::{Aliased, Aliases, Book, Census, Ledgers, Registered, Users},
    sweep::Report,
    user::{Ledger, User},
    values::LinkId,
};

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

impl Users for Marked {
    async fn register(
        &self,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        self.store.register(user, event, &self.mark(writer)).await
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
    async fn book(&self) -> Result<Book, StoreError> {
        self.store.book().await
    }

    async fn file(&self, report: &Report) -> Result<(), StoreError> {
        self.store.file(report).await
    }
}
