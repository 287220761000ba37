//! Reading what we hold of one user, and who holds link ids. Always consistent: decisions rest on it.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    change::Commit,
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    link::LinkRecord,
    plan::Markers,
    ports::Ledgers,
    session::LinkSession,
    user::{Ledger, User},
    values::LinkId,
};

use super::{
    DynamoStore,
    item::{self, ALIAS, ERASED, Item, LINK, SESSION},
    key::{FIRST_OF_LEDGER, Key, PK, PROFILE, SK, partition},
    record,
};

/// A ledger while its items come in.
#[derive(Default)]
pub(super) struct Sorted {
    user: Option<User>,
    stands_for: Option<ExternalId>,
    pub(super) links: Vec<LinkRecord>,
    pub(super) sessions: Vec<LinkSession>,
}

impl Sorted {
    fn take(&mut self, item: Item) -> Result<(), StoreError> {
        match item::kind_of(&item) {
            Some(kind) if kind == LINK.name => self.links.push(record::link(item)?),
            Some(kind) if kind == SESSION.name => self.sessions.push(record::session(item)?),
            Some(kind) if kind == ALIAS.name => {
                self.stands_for = Some(record::alias(item)?.user().external_id);
            }
            Some(kind) if kind == ERASED.name => {
                self.stands_for = record::erased(item)?.successor().map(|user| user.external_id);
            }
            _ => self.user = Some(record::user(item)?),
        }
        Ok(())
    }
}

impl Ledgers for DynamoStore {
    async fn ledger(&self, user: &ExternalId) -> Result<Option<Ledger>, StoreError> {
        let Sorted { user, links, mut sessions, .. } = self.sorted(user, None).await?;
        sessions.sort_by_key(|session| session.issued_at);
        Ok(user.map(|user| Ledger { user, links, sessions }))
    }

    async fn links(&self, user: &ExternalId) -> Result<Option<Vec<LinkRecord>>, StoreError> {
        let sorted = self.sorted(user, Some(PROFILE)).await?;
        Ok(sorted.user.map(|_| sorted.links))
    }

    async fn markers(&self, ids: &[LinkId]) -> Result<Markers, StoreError> {
        let once: BTreeSet<LinkId> = ids.iter().copied().collect(); // a batch with a repeated key is refused
        let keys = once.into_iter().map(Key::holder);
        let items = self.batches(keys, |wanted| wanted.consistent_read(true)).await?;
        items.into_iter().map(record::marker).collect()
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.make(commit).await
    }
}

impl DynamoStore {
    /// What a ledger is made of. Only who asks by an alias pays a second query.
    async fn sorted(&self, user: &ExternalId, until: Option<&str>) -> Result<Sorted, StoreError> {
        let found = self.range(user, until).await?;
        match &found.stands_for {
            Some(user) => self.range(user, until).await,
            None => Ok(found),
        }
    }

    /// The items of a user's ledger, up to a sort key or all of them.
    pub(super) async fn range(&self, user: &ExternalId, until: Option<&str>) -> Result<Sorted, StoreError> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let range = if until.is_some() { " AND #sk BETWEEN :from AND :until" } else { " AND #sk >= :from" };
        let query = self
            .partition(PK, &partition(user), range)
            .consistent_read(true)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":from", text(FIRST_OF_LEDGER));
        let query = match until {
            Some(until) => query.expression_attribute_values(":until", text(until)),
            None => query,
        };
        let mut sorted = Sorted::default();
        self.each(query, None, |item| sorted.take(item)).await?;
        Ok(sorted)
    }
}
