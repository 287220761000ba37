//! Every door of a value: what it refuses, by which rule, and that a refusal repeats nothing.

use super::*;
use crate::webhooks::WebhookId;

/// By which rule each door refuses this, if it does.
fn refusals(raw: &str) -> [(Option<ValueError>, ValueError); 10] {
    use ValueError as E;
    [
        (LinkId::parse(raw).err(), E::LinkId),
        (ConsentId::parse(raw).err(), E::ConsentId),
        (Institution::parse(raw).err(), E::Institution),
        (InstitutionName::parse(raw).err(), E::InstitutionName),
        (InstitutionUserId::parse(raw).err(), E::InstitutionUserId),
        (Currency::parse(raw).err(), E::Currency),
        (Reference::parse(raw).err(), E::Reference),
        (SessionId::parse(raw).err(), E::SessionId),
        (WebhookId::parse(raw).err(), E::WebhookId),
        (Code::parse(raw).err(), E::Code),
    ]
}

#[test]
fn every_door_refuses_by_its_own_rule_and_repeats_nothing() {
    let long = "hunter2".repeat(37);
    for bad in ["", "hunter2\n", "\u{0}hunter2", &long] {
        for (refused, rule) in refusals(bad) {
            assert_eq!(refused, Some(rule), "{bad:?}");
            let told = format!("{rule} {rule:?}");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}
