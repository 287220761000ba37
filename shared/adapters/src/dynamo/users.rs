//! Registering users: one transaction, whose failed condition brings the user that is there.

use std::time::Duration;

use domain::{
    change::{AuditEvent, WriterId},
    failure::StoreError,
    ports::{Registered, Users},
    user::User,
};

use super::{
    DynamoStore,
    commit::{CONFLICT, cancelled, reason_code, unbuilt, written_by},
    expression::create,
    failure::{by_code, store_error},
    item::{self, USER},
    key::Key,
    record,
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
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(10 << attempt)).await;
            }
            if let Some(registered) = self.try_register(user, event, writer).await? {
                return Ok(registered);
            }
        }
        Err(by_code(CONFLICT))
    }
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
            let user = record::user(known.clone())?;
            return Ok(Some(if ours { Registered::New(user) } else { Registered::Known(user) }));
        }
        match reason_code(reasons) {
            CONFLICT => Ok(None),
            code => Err(by_code(code)),
        }
    }
}
