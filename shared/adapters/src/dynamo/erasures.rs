//! Users who are being erased, and their tombstones.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{
    change::{AuditEvent, WriterId},
    deletion::erasure::{Certificate, Erasure, Remains},
    external_id::ExternalId,
    failure::StoreError,
    ports::{ErasureRequests, Erasures, Registered, Tombstones},
    user::User,
};
use jiff::Timestamp;

use super::{
    DynamoStore,
    commit::{cancelled, unbuilt, undecided, written_by},
    expression::{Expected, change, create},
    failure::store_error,
    index,
    item::{self, ALIAS, CERTIFICATE, ERASED, ERASING, Item, STANDS_FOR, USER, WRITER},
    key::{self, Key},
    meter::TOLD,
    record,
    sweeps::whole,
};

/// Marks what no writer of ours needs to know again: the revision says enough.
fn unmarked() -> WriterId {
    WriterId::mint([0; 16])
}

impl Tombstones for DynamoStore {
    async fn erasure(&self, user: &ExternalId) -> Result<Option<Erasure>, StoreError> {
        Ok(match self.profile(user).await? {
            Some(item) if item::kind_of(&item) == Some(ERASED.name) => Some(record::erased(item)?.erasure),
            Some(_) | None => None,
        })
    }

    async fn put_erasure(&self, erasure: &Erasure) -> Result<bool, StoreError> {
        self.transact(vec![self.tombstone(erasure)?]).await
    }
}

impl ErasureRequests for DynamoStore {
    /// One transaction, after a look at what the alias is.
    async fn erase(
        &self,
        user: &User,
        erasure: &Erasure,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<bool, StoreError> {
        let mut body = item::body(&ERASING, erasure, writer)?;
        body.extend(index::of_due(key::ERASING, erasure.due_at));
        let expected = Expected::User(user.alias.as_ref().map(|alias| alias.as_str().to_owned()));
        let key = Key::user(&user.external_id);
        let mut parts = vec![change(&self.table, &key, &ERASING, body, expected).map_err(unbuilt)?];
        if let Some(alias) = &user.alias {
            parts.push(self.no_alias(alias, user, erasure, writer).await?);
        }
        parts.push(self.audit(event, writer, 0)?.into_item());
        self.transact(parts).await
    }
}

impl Erasures for DynamoStore {
    async fn erasing(&self, now: Timestamp, most: usize) -> Result<Vec<Erasure>, StoreError> {
        let users = self.due_in(key::ERASING, now, most, key::user_of).await?;
        let mut due = Vec::new();
        for user in users {
            due.extend(
                self.erasure(&user).await?.filter(|erasure| erasure.due_at.is_some_and(|at| at <= now)),
            );
        }
        Ok(due)
    }

    async fn remains(&self, user: &ExternalId) -> Result<Remains, StoreError> {
        let sorted = self.range(user, None).await?;
        Ok(Remains { links: sorted.links, sessions: sorted.sessions })
    }

    async fn purge(&self, user: &ExternalId, read: &Remains) -> Result<usize, StoreError> {
        self.remove_all(user, read).await
    }

    async fn certify(&self, erasure: &Erasure, certificate: &Certificate) -> Result<bool, StoreError> {
        let key = Key::certificate(certificate.completed_at, &certificate.erasure_id);
        let filed = self.put(whole(&CERTIFICATE, certificate, &key)?, None)?;
        self.transact(vec![self.tombstone(erasure)?, filed]).await
    }

    async fn certificates(&self, most: usize) -> Result<Vec<Certificate>, StoreError> {
        let query = self.partition(key::PK, key::CERTIFICATE, "").scan_index_forward(false);
        self.each(query, Some(most), |item| item::read(&CERTIFICATE, item)).await
    }
}

impl DynamoStore {
    /// What stands where a user would.
    async fn profile(&self, user: &ExternalId) -> Result<Option<Item>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).return_consumed_capacity(TOLD);
        let get = get.set_key(Some(Key::user(user).attributes())).consistent_read(true);
        Ok(self.counted(get.send()).await.map_err(|error| store_error(&error))?.item)
    }

    fn tombstone(&self, erasure: &Erasure) -> Result<TransactWriteItem, StoreError> {
        let mut body = item::body(&ERASED, erasure, &unmarked())?;
        body.extend(index::of_due(key::ERASING, erasure.due_at));
        let write = self.record(&Key::user(&erasure.external_id), &ERASED, body, erasure.revision)?;
        Ok(write.into_item())
    }

    /// The alias stands for nobody any more: it becomes a tombstone, or stays the one that it is.
    async fn no_alias(
        &self,
        alias: &ExternalId,
        user: &User,
        erasure: &Erasure,
        writer: &WriterId,
    ) -> Result<TransactWriteItem, StoreError> {
        let there = self.profile(alias).await?;
        let (kind, body) = if there.is_some_and(|item| item::kind_of(&item) == Some(ALIAS.name)) {
            let of_alias = Erasure { external_id: alias.clone(), due_at: None, ..erasure.clone() };
            (&ERASING, item::body(&ERASING, &of_alias, writer)?)
        } else {
            let mark = AttributeValue::S(writer.as_str().to_owned());
            (&STANDING_NO_MORE, Item::from([(WRITER.to_owned(), mark)]))
        };
        let stood = Expected::StandsFor(user.external_id.as_str().to_owned());
        change(&self.table, &Key::user(alias), kind, body, stood).map_err(unbuilt)
    }

    /// `None` when another transaction held one of the items at this moment.
    pub(super) async fn try_register_again(
        &self,
        user: &User,
        tombstone: &ExternalId,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Option<Registered>, StoreError> {
        let key = Key::user(&user.external_id);
        let profile = create(&self.table, &key, item::body(&USER, user, writer)?).map_err(unbuilt)?;
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let stands = Item::from([
            (STANDS_FOR.to_owned(), text(user.external_id.as_str())),
            ("created_at".to_owned(), text(&user.created_at.to_string())),
            (WRITER.to_owned(), text(writer.as_str())),
        ]);
        let stands = change(&self.table, &Key::user(tombstone), &STANDING_IN, stands, Expected::Unused);
        let request = self.client.transact_write_items().client_request_token(writer.as_str());
        let request = request.return_consumed_capacity(TOLD).transact_items(profile);
        let request = request.transact_items(stands.map_err(unbuilt)?);
        let request = request.transact_items(self.audit(event, writer, 0)?.into_item());
        let Err(error) = self.counted(request.send()).await else {
            return Ok(Some(Registered::New(user.clone())));
        };
        let Some(reasons) = cancelled(&error) else { return Err(store_error(&error)) };
        if reasons.iter().any(|reason| written_by(reason, writer)) {
            return Ok(Some(Registered::New(user.clone())));
        }
        let held = reasons.iter().find_map(|reason| reason.item());
        match held.map(|held| record::whom(held.clone())).transpose()? {
            Some(successor) => Ok(Some(successor.map_or(Registered::Erased, Registered::Known))),
            None => undecided(reasons),
        }
    }
}

/// What a tombstone is told when somebody comes back: nothing of it is removed.
const STANDING_IN: item::Kind = item::Kind { name: ERASED.name, optional: &[] };
/// And when who came back is erased, too: how far its own erasure is stays.
const STANDING_NO_MORE: item::Kind = item::Kind { name: ERASED.name, optional: &["created_at", STANDS_FOR] };
