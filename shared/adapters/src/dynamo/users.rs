//! Registering users, and making ids stand for them: one transaction each, whose failed condition brings what
//! is there.

use std::time::Duration;

use aws_sdk_dynamodb::types::CancellationReason;
use domain::{
    change::{AuditEvent, WriterId},
    external_id::ExternalId,
    failure::StoreError,
    ports::{Aliased, Aliases, Registered, Users},
    user::User,
};

use super::{
    DynamoStore,
    commit::{CONFLICT, cancelled, reason_code, unbuilt, written_by},
    expression::{Expected, change, create},
    failure::{by_code, store_error},
    item::{self, ALIAS, ALIASED, USER},
    key::Key,
    record::{self, Alias},
};

/// How often a registration that met another one of the same user is tried.
const ATTEMPTS: u32 = 4;

impl Users for DynamoStore {
    async fn register(
        &self,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        settled(|| self.try_register(user, event, writer)).await
    }
}

impl Aliases for DynamoStore {
    async fn stand_for(
        &self,
        alias: &ExternalId,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Aliased, StoreError> {
        settled(|| self.try_stand_for(alias, user, event, writer)).await
    }
}

/// What the attempts come to, once no other transaction is in the way.
async fn settled<T, Fut>(attempt: impl Fn() -> Fut) -> Result<T, StoreError>
where
    Fut: Future<Output = Result<Option<T>, StoreError>>,
{
    for number in 0..ATTEMPTS {
        if number > 0 {
            tokio::time::sleep(Duration::from_millis(10 << number)).await;
        }
        if let Some(done) = attempt().await? {
            return Ok(done);
        }
    }
    Err(by_code(CONFLICT))
}

impl DynamoStore {
    /// `None` when another transaction held the user at this moment.
    async fn try_register(
        &self,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Option<Registered>, StoreError> {
        let body = item::body(&USER, user, writer)?;
        let profile = create(&self.table, &Key::user(&user.external_id), body).map_err(unbuilt)?;
        let audit = self.audit(event, writer, 0)?.into_item();
        let request = self.client.transact_write_items().client_request_token(writer.as_str());
        let Err(error) = request.transact_items(profile).transact_items(audit).send().await else {
            return Ok(Some(Registered::New(user.clone())));
        };
        let Some(reasons) = cancelled(&error) else { return Err(store_error(&error)) };
        if let Some(known) = reasons.first().and_then(|reason| reason.item()) {
            let ours = reasons.iter().any(|reason| written_by(reason, writer));
            let user = record::user_or_alias(known.clone())?;
            return Ok(Some(if ours { Registered::New(user) } else { Registered::Known(user) }));
        }
        undecided(reasons)
    }

    /// The alias and its user say of each other, so that neither can get a second.
    async fn try_stand_for(
        &self,
        alias: &ExternalId,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Option<Aliased>, StoreError> {
        let stands = item::body(&ALIAS, &Alias::of(user, alias), writer)?;
        let stands = create(&self.table, &Key::user(alias), stands).map_err(unbuilt)?;
        let known = User { alias: Some(alias.clone()), ..user.clone() };
        let (key, known) = (Key::user(&user.external_id), item::body(&USER, &known, writer)?);
        let known = change(&self.table, &key, &USER, known, Expected::Without(ALIASED)).map_err(unbuilt)?;
        let audit = self.audit(event, writer, 0)?.into_item();
        let request = self.client.transact_write_items().client_request_token(writer.as_str());
        let request = request.transact_items(stands).transact_items(known).transact_items(audit);
        let Err(error) = request.send().await else { return Ok(Some(Aliased::New)) };
        let Some(reasons) = cancelled(&error) else { return Err(store_error(&error)) };
        if reasons.iter().any(|reason| written_by(reason, writer)) {
            return Ok(Some(Aliased::New));
        }
        match reasons {
            [CancellationReason { item: Some(held), .. }, ..] => {
                let held = record::user_or_alias(held.clone())?;
                let same = held.external_id == user.external_id;
                Ok(Some(if same { Aliased::Known } else { Aliased::Taken }))
            }
            [_, CancellationReason { item: Some(_), .. }, ..] => Ok(Some(Aliased::HasAnother)),
            _ => undecided(reasons),
        }
    }
}

/// `None` when another transaction was in the way.
fn undecided<T>(reasons: &[CancellationReason]) -> Result<Option<T>, StoreError> {
    match reason_code(reasons) {
        CONFLICT => Ok(None),
        code => Err(by_code(code)),
    }
}
