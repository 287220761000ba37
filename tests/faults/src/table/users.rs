//! Users, and ids that stand for them.

use domain::{
    change::{AuditEvent, EventId, Filed, WriterId},
    external_id::ExternalId,
    failure::StoreError,
    ports::{Aliased, Registered},
    user::User,
};

use super::Table;
use crate::planted::Bug;

impl Table {
    fn file(&mut self, event: &AuditEvent, writer: &WriterId) {
        let id = EventId { writer: writer.clone(), number: 0 };
        self.trail.push(Filed { id, event: event.clone() });
        self.writers.insert(writer.clone());
    }

    pub(crate) fn register(&mut self, user: &User, event: &AuditEvent, writer: &WriterId) -> Registered {
        if self.writers.contains(writer) {
            return Registered::New(user.clone()); // DynamoDB knows its request again, whatever came since
        }
        match self.user(&user.external_id) {
            Some(_) if self.is_planted(Bug::RegistersAnew) => self.enter(user, event, writer),
            Some((kept, _)) => Registered::Known(kept.clone()),
            None if self.is_buried(&user.external_id) => Registered::Erased,
            None => self.enter(user, event, writer),
        }
    }

    fn is_buried(&self, id: &ExternalId) -> bool {
        self.records.tombstones.contains_key(id) && !self.is_planted(Bug::ForgetsTombstones)
    }

    fn enter(&mut self, user: &User, event: &AuditEvent, writer: &WriterId) -> Registered {
        self.records.users.insert(user.external_id.clone(), (user.clone(), writer.clone()));
        self.file(event, writer);
        Registered::New(user.clone())
    }

    pub(crate) fn register_again(
        &mut self,
        user: &User,
        tombstone: &ExternalId,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        if self.writers.contains(writer) {
            return Ok(Registered::New(user.clone()));
        }
        if user.external_id == *tombstone {
            return Err(StoreError::Refused("a transaction writes each item once".into()));
        }
        let is_dead = |id| self.records.tombstones.contains_key(id);
        let held = self.user(&user.external_id).or_else(|| self.user(tombstone));
        match held.map(|(kept, _)| Registered::Known(kept.clone())) {
            _ if self.user(&user.external_id).is_none() && is_dead(&user.external_id) => {
                Ok(Registered::Erased)
            }
            Some(known) => Ok(known),
            None if is_dead(tombstone) => {
                let stands = (user.external_id.clone(), writer.clone());
                self.records.aliases.insert(tombstone.clone(), stands);
                Ok(self.enter(user, event, writer))
            }
            None => Err(StoreError::Refused("no such tombstone".into())),
        }
    }

    pub(crate) fn stand_for(
        &mut self,
        alias: &ExternalId,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Aliased, StoreError> {
        if self.writers.contains(writer) {
            return Ok(Aliased::New);
        }
        if user.external_id == *alias {
            return Err(StoreError::Refused("a transaction writes each item once".into()));
        }
        if let Some((kept, _)) = self.records.aliases.get(alias) {
            return Ok(if *kept == user.external_id { Aliased::Known } else { Aliased::Taken });
        }
        let taken = self.records.users.contains_key(alias) || self.records.tombstones.contains_key(alias);
        match self.records.users.get_mut(&user.external_id) {
            _ if taken => return Ok(Aliased::Taken),
            Some((kept, _)) if kept.alias.is_some() => return Ok(Aliased::HasAnother),
            Some((kept, _)) => kept.alias = Some(alias.clone()),
            None => return Err(StoreError::Refused("no such user".into())),
        }
        self.records.aliases.insert(alias.clone(), (user.external_id.clone(), writer.clone()));
        self.file(event, writer);
        Ok(Aliased::New)
    }

    pub(crate) fn erase(
        &mut self,
        user: &User,
        erasure: &domain::deletion::erasure::Erasure,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> bool {
        if self.again.get(&user.external_id) == Some(writer) {
            return true;
        }
        let records = &mut self.records;
        if records.users.get(&user.external_id).is_none_or(|(kept, _)| kept != user) {
            return false;
        }
        records.users.remove(&user.external_id);
        if let Some(alias) = &user.alias {
            records.aliases.remove(alias);
            let of_alias = || domain::deletion::erasure::Erasure {
                external_id: alias.clone(),
                due_at: None,
                ..erasure.clone()
            };
            records.tombstones.entry(alias.clone()).or_insert_with(of_alias);
        }
        records.tombstones.insert(user.external_id.clone(), erasure.clone());
        self.again.insert(user.external_id.clone(), writer.clone());
        self.file(event, writer);
        true
    }
}
