//! Rules of damaged items: told, never skipped, and told without quoting what they hold (I15).

use std::error::Error;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    change::{Action, Change},
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    ports::{Aliases, Census, Ledgers, Subject, Sweeps, Trail, Users},
};

use super::{
    Place,
    samples::{
        at_rest, binding, bound, commit, link_id, next, plan, quarantined, registered, report, session, user,
        writer,
    },
    trailing::WHOLE,
};

const PROFILE: &str = "PROFILE";
const ANA: &str = "USER#user_ana";
/// What no error may repeat.
const SECRET: &str = "maria.lopez@example.com";

/// A place with one item of each kind that is read.
async fn furnished(place: &Place) -> ExternalId {
    let ana = registered(&place.store, "ana").await;
    place.store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    let changes = vec![Change::Session(session(&ana, 1)), Change::Quarantine(quarantined(2))];
    place.store.commit(&commit(writer(2), changes)).await.expect("new");
    ana
}

fn link() -> String {
    format!("LINK#{}", link_id(1))
}

fn secret() -> AttributeValue {
    AttributeValue::S(SECRET.to_owned())
}

/// Told as corrupt, with nothing of the item anywhere in the chain.
fn corrupt<T: std::fmt::Debug>(result: Result<T, StoreError>, expected: &str) {
    let error = result.expect_err("damage is told");
    assert!(matches!(&error, StoreError::Corrupt { kind, .. } if *kind == expected), "{error:?}");
    discreet(&error);
}

/// Neither the error nor its causes quote what the store holds or was asked.
pub fn discreet(error: &StoreError) {
    let mut said = format!("{error:?}");
    let mut link: Option<&dyn Error> = Some(error);
    while let Some(error) = link {
        said = format!("{said}\n{error} {error:?}");
        link = error.source();
    }
    for quoted in [SECRET, "maria", "user_ana", "lk_", "00000000-", "login-", "erebor"] {
        assert!(!said.contains(quoted), "{said}");
    }
}

/// A link whose fields do not hold what they should.
pub async fn a_damaged_link_fails_every_reading_of_it(place: &Place) {
    let ana = furnished(place).await;
    for field in ["institution_user_id", "created_at", "state", "rev"] {
        let sound = place.item(ANA, &link()).await.expect("there");
        let bad = if field == "institution_user_id" { "a b maria".to_owned() } else { SECRET.to_owned() };
        place.set(ANA, &link(), field, AttributeValue::S(bad)).await;
        corrupt(place.store.ledger(&ana).await, "link");
        corrupt(place.store.links(&ana).await, "link");
        place.put(sound).await;
    }
    place.unset(ANA, &link(), "institution").await;
    corrupt(place.store.links(&ana).await, "link");
}

/// A session explains owners: half of one would explain the wrong one.
pub async fn a_damaged_session_fails_the_ledger_and_not_the_links(place: &Place) {
    let ana = furnished(place).await;
    place.set(ANA, &format!("SESSION#{}", session(&ana, 1).id), "purpose", secret()).await;
    corrupt(place.store.ledger(&ana).await, "session");
    assert_eq!(place.store.links(&ana).await.expect("not read").map(|links| links.len()), Some(1));
}

/// Neither registering nor reading guesses what is under the profile's key.
pub async fn a_damaged_user_is_neither_known_nor_new(place: &Place) {
    let ana = furnished(place).await;
    place.set(ANA, PROFILE, "created_at", secret()).await;
    corrupt(place.store.ledger(&ana).await, "user");
    corrupt(place.store.users().await, "user");
    let (again, event) = user("ana");
    corrupt(place.store.register(&again, &event, &writer(9)).await, "user");
}

/// An alias that does not say for whom it stands, or stands under another id: a wrong guess would show one user
/// another's links.
pub async fn a_damaged_alias_leads_to_nobody(place: &Place) {
    furnished(place).await;
    let (ana, event) = user("ana");
    let me = ExternalId::parse("user_me").expect("an id");
    place.store.stand_for(&me, &ana, &event, &writer(3)).await.expect("new");
    for (field, bad) in [("stands_for", secret()), ("external_id", AttributeValue::S("user_you".to_owned()))]
    {
        let sound = place.item("USER#user_me", PROFILE).await.expect("there");
        place.set("USER#user_me", PROFILE, field, bad).await;
        corrupt(place.store.ledger(&me).await, "alias");
        corrupt(place.store.links(&me).await, "alias");
        let (me, event) = user("me");
        corrupt(place.store.register(&me, &event, &writer(4)).await, "alias");
        place.put(sound).await;
    }
}

/// Who holds a link decides whose it is.
pub async fn a_damaged_holder_is_nobodys_marker(place: &Place) {
    furnished(place).await;
    let (owned, aside) = (format!("LINK#{}", link_id(1)), format!("LINK#{}", link_id(2)));
    place.set(&owned, "HOLDER", "external_id", secret()).await;
    corrupt(place.store.markers(&[link_id(1)]).await, "owner");
    place.set(&aside, "HOLDER", "reason", secret()).await;
    corrupt(place.store.markers(&[link_id(2)]).await, "quarantine");
    corrupt(place.store.quarantine(9).await, "quarantine");
}

/// Where one kind belongs, another is damage.
pub async fn an_item_of_another_kind_is_not_read_as_what_it_is_not(place: &Place) {
    let ana = furnished(place).await;
    for (kind, told) in [("session", "session"), ("owner", "user"), ("from_the_future", "user")] {
        place.set(ANA, &link(), "kind", AttributeValue::S(kind.to_owned())).await;
        corrupt(place.store.links(&ana).await, told);
        corrupt(place.store.ledger(&ana).await, told);
    }
    let holder = format!("LINK#{}", link_id(1));
    place.set(&holder, "HOLDER", "kind", AttributeValue::S("link".to_owned())).await;
    corrupt(place.store.markers(&[link_id(1)]).await, "owner");
}

/// A change finds its own kind there, or is too late.
pub async fn an_item_of_another_kind_is_not_changed(place: &Place) {
    let ana = furnished(place).await;
    place.set(ANA, &link(), "kind", AttributeValue::S("from_the_future".to_owned())).await;
    let kept = place.item(ANA, &link()).await;
    let wanted = commit(writer(3), vec![Change::Link(next(&bound(&ana, 1)))]);
    let result = place.store.commit(&wanted).await;
    assert!(matches!(result, Err(CommitError::Stale)), "{result:?}");
    assert_eq!(place.item(ANA, &link()).await, kept);
}

/// It may be any record, so nobody may be listed without it.
pub async fn an_item_without_a_kind_fails_the_list_of_users(place: &Place) {
    let ana = furnished(place).await;
    place.unset(ANA, &link(), "kind").await;
    corrupt(place.store.links(&ana).await, "user");
    corrupt(place.store.users().await, "user");
}

/// A trail with a gap would be no trail; and what says less than today's events do is no damage.
pub async fn a_damaged_event_fails_its_trail_and_one_of_the_first_version_does_not(place: &Place) {
    let trail = Subject::User(furnished(place).await);
    let item = place.items(ANA, "AUDIT#").await.pop().expect("the latest");
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).expect("text");
    place.unset(ANA, sk, "evidence").await;
    let events = place.store.trail(&trail, &WHOLE).await.expect("readable");
    assert_eq!(
        events.last().map(|filed| (filed.event.evidence, filed.event.action)),
        Some((None, Action::Bind))
    );
    place.set(ANA, sk, "action", secret()).await;
    corrupt(place.store.trail(&trail, &WHOLE).await, "audit");
    let moved = format!("{sk}1");
    place.put(item.into_iter().chain([("sk".to_owned(), AttributeValue::S(moved))]).collect()).await;
    corrupt(place.store.trail(&trail, &WHOLE).await, "audit");
}

/// A record that was copied to where it does not belong would give one user another's link (I12).
pub async fn a_record_under_another_users_key_is_damage(place: &Place) {
    furnished(place).await;
    let bia = registered(&place.store, "bia").await;
    let mut item = place.item(ANA, &link()).await.expect("there");
    item.insert("pk".to_owned(), AttributeValue::S("USER#user_bia".to_owned()));
    place.put(item).await;
    corrupt(place.store.ledger(&bia).await, "link");
}

/// A sweep that does not see a link would take it for new.
pub async fn a_damaged_entry_of_an_index_fails_its_reading(place: &Place) {
    let ana = furnished(place).await;
    let sound = place.item(ANA, &link()).await.expect("there");
    for (name, bad) in [("made", SECRET), ("group", SECRET), ("standing", SECRET)] {
        place.set(ANA, &link(), name, AttributeValue::S(bad.to_owned())).await;
        if name == "made" {
            corrupt(place.store.standing(&[(ana.clone(), link_id(1))]).await, "link");
        } else {
            corrupt(place.store.grouped(None).await, "link");
        }
        place.put(sound.clone()).await;
    }
    let made = format!("2026-03-02T10:00:30#{SECRET}");
    place.set(ANA, &link(), "made", AttributeValue::S(made)).await;
    let day = jiff::civil::date(2026, 3, 2);
    corrupt(place.store.made_between(day, day).await, "link");
}

/// Whoever sweeps on from half a state does not know what was done.
pub async fn a_damaged_state_report_or_plan_is_told(place: &Place) {
    let plan = plan(5);
    assert!(place.store.finish(&at_rest(1), 0, &report(0), Some(&plan)).await.expect("up"));
    place.set("SWEEP", "STATE", "last_full", secret()).await;
    corrupt(place.store.state().await, "sweep");
    let filed = place.items("SWEEP", "20").await;
    let [key] = filed.iter().filter_map(|item| item["sk"].as_s().ok()).collect::<Vec<_>>()[..] else {
        panic!("one report");
    };
    place.set("SWEEP", key, "scope", secret()).await;
    corrupt(place.store.reports(9).await, "report");
    place.set("PLAN", plan.id.as_str(), "hash", AttributeValue::Bool(true)).await;
    corrupt(place.store.plan(&plan.id).await, "plan");
}
