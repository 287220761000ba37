//! Registering a user: what comes before every link.

use crate::{
    change::{Action, AuditEvent, Source, WriterId},
    external_id::ExternalId,
    failure::StoreError,
    ports::{Ambient, Registered, Users},
    user::User,
};

/// Registers the user with this id, or tells that it is registered. One request to the store.
pub async fn register(
    users: &impl Users,
    ambient: &impl Ambient,
    external_id: ExternalId,
    source: Source,
) -> Result<Registered, StoreError> {
    let user = User::new(external_id, ambient.now());
    let event = AuditEvent::new(user.created_at, Action::Register, source);
    let event = AuditEvent { external_id: Some(user.external_id.clone()), ..event };
    users.register(&user, &event, &WriterId::mint(ambient.random())).await
}

/// Registers the user whose reference derives to this id: somebody new, should the one who had it have been erased.
pub async fn register_reference(
    users: &impl Users,
    ambient: &impl Ambient,
    derived: ExternalId,
    source: Source,
) -> Result<Registered, StoreError> {
    match register(users, ambient, derived.clone(), source).await? {
        Registered::Erased => {}
        known @ (Registered::New(_) | Registered::Known(_)) => return Ok(known),
    }
    let fresh = ExternalId::mint(&derived, ambient.random());
    let user = User { alias: Some(derived.clone()), ..User::new(fresh, ambient.now()) };
    let event = AuditEvent::new(user.created_at, Action::Register, source);
    let event = AuditEvent { external_id: Some(user.external_id.clone()), ..event };
    users.register_again(&user, &derived, &event, &WriterId::mint(ambient.random())).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Hand, Table, ana, finished, minute};

    #[test]
    fn registering_again_finds_the_user_and_writes_nothing() {
        let (table, hand) = (Table::default(), Hand::at(minute(0)));
        let registered = || register(&table, &hand, ana(), Source::Registration);
        let first = finished(registered()).expect("registered");
        let user = User::new(ana(), minute(0));
        assert_eq!(first, Registered::New(user.clone()));
        hand.pass(5);
        assert_eq!(finished(registered()).expect("known"), Registered::Known(user));
        let [event] = table.audit().try_into().expect("one event");
        assert_eq!((event.action, event.external_id), (Action::Register, Some(ana())));
    }
}
