//! Users of the table in memory, and ids that stand for them.

use super::Table;
use crate::{
    change::{AuditEvent, WriterId},
    external_id::ExternalId,
    failure::StoreError,
    ports::{Aliased, Aliases, Registered, Users},
    user::User,
};

impl Users for Table {
    async fn register(
        &self,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        self.with(|items| match items.user(&user.external_id) {
            Some((kept, by)) if by == writer => Ok(Registered::New(kept.clone())),
            Some((kept, _)) => Ok(Registered::Known(kept.clone())),
            None if items.tombstones.contains_key(&user.external_id) => Ok(Registered::Erased),
            None => {
                items.users.insert(user.external_id.clone(), (user.clone(), writer.clone()));
                items.audit.push(event.clone());
                Ok(Registered::New(user.clone()))
            }
        })
    }

    async fn register_again(
        &self,
        user: &User,
        tombstone: &ExternalId,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        self.with(|items| match items.user(tombstone) {
            Some((kept, by)) if by == writer => Ok(Registered::New(kept.clone())),
            Some((kept, _)) => Ok(Registered::Known(kept.clone())),
            None => {
                items.users.insert(user.external_id.clone(), (user.clone(), writer.clone()));
                items.aliases.insert(tombstone.clone(), (user.external_id.clone(), writer.clone()));
                items.audit.push(event.clone());
                Ok(Registered::New(user.clone()))
            }
        })
    }
}

impl Aliases for Table {
    async fn stand_for(
        &self,
        alias: &ExternalId,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Aliased, StoreError> {
        self.with(|items| {
            if let Some((kept, by)) = items.aliases.get(alias) {
                let same = *kept == user.external_id;
                let done = if by == writer { Aliased::New } else { Aliased::Known };
                return Ok(if same { done } else { Aliased::Taken });
            }
            let taken = items.users.contains_key(alias) || items.tombstones.contains_key(alias);
            match items.users.get_mut(&user.external_id) {
                _ if taken => return Ok(Aliased::Taken),
                Some((kept, _)) if kept.alias.is_some() => return Ok(Aliased::HasAnother),
                Some((kept, _)) => kept.alias = Some(alias.clone()),
                None => return Err(StoreError::Refused("no such user".into())),
            }
            items.aliases.insert(alias.clone(), (user.external_id.clone(), writer.clone()));
            items.audit.push(event.clone());
            Ok(Aliased::New)
        })
    }
}
