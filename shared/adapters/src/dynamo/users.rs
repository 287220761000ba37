//! Registering users, and making ids stand for them: one transaction each, whose failed condition brings what
//! is there. And, for operators, all users.

use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason};
use domain::{
    change::{AuditEvent, WriterId},
    external_id::ExternalId,
    failure::StoreError,
    ports::{Aliased, Aliases, Registered, Users},
    user::User,
};

use super::{
    DynamoStore,
    commit::{cancelled, settled, unbuilt, undecided, written_by},
    expression::{Expected, change, create},
    failure::store_error,
    item::{self, ALIAS, ALIASED, Item, KIND, USER},
    key::Key,
    meter::TOLD,
    record::{self, Alias},
};

impl Users for DynamoStore {
    async fn register(
        &self,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        settled(|| self.try_register(user, event, writer)).await
    }

    async fn register_again(
        &self,
        user: &User,
        tombstone: &ExternalId,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        settled(|| self.try_register_again(user, tombstone, event, writer)).await
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

/// A place in the table, between two pages of users.
#[derive(Clone, Debug)]
pub struct UsersCursor(Item);

impl DynamoStore {
    /// The users in one page of the table, which may be none, and where the next page begins. Reads everything:
    /// for operators. An item that does not say what it is fails it: it may be a record that lost its kind.
    pub async fn users_page(
        &self,
        behind: Option<UsersCursor>,
    ) -> Result<(Vec<User>, Option<UsersCursor>), StoreError> {
        let scan = self
            .client
            .scan()
            .table_name(&self.table)
            .return_consumed_capacity(TOLD)
            .set_exclusive_start_key(behind.map(|UsersCursor(key)| key))
            .filter_expression("#kind = :user OR attribute_not_exists(#kind)")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_values(":user", AttributeValue::S(USER.name.to_owned()));
        let page = self.counted(scan.send()).await.map_err(|error| store_error(&error))?;
        let users = page.items.unwrap_or_default().into_iter().map(record::user).collect::<Result<_, _>>()?;
        Ok((users, page.last_evaluated_key.map(UsersCursor)))
    }

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
        let request = request.return_consumed_capacity(TOLD).transact_items(profile).transact_items(audit);
        let Err(error) = self.counted(request.send()).await else {
            return Ok(Some(Registered::New(user.clone())));
        };
        let Some(reasons) = cancelled(&error) else { return Err(store_error(&error)) };
        if let Some(known) = reasons.first().and_then(|reason| reason.item()) {
            let ours = reasons.iter().any(|reason| written_by(reason, writer));
            let Some(user) = record::whom(known.clone())? else { return Ok(Some(Registered::Erased)) };
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
        let request = request.return_consumed_capacity(TOLD).transact_items(stands);
        let request = request.transact_items(known).transact_items(audit);
        let Err(error) = self.counted(request.send()).await else { return Ok(Some(Aliased::New)) };
        let Some(reasons) = cancelled(&error) else { return Err(store_error(&error)) };
        if reasons.iter().any(|reason| written_by(reason, writer)) {
            return Ok(Some(Aliased::New));
        }
        match reasons {
            [CancellationReason { item: Some(held), .. }, ..] => {
                let held = record::whom(held.clone())?;
                let same = held.is_some_and(|held| held.external_id == user.external_id);
                Ok(Some(if same { Aliased::Known } else { Aliased::Taken }))
            }
            [_, CancellationReason { item: Some(held), .. }, ..]
                if item::kind_of(held) == Some(USER.name) =>
            {
                Ok(Some(Aliased::HasAnother))
            }
            _ => undecided(reasons),
        }
    }
}
