//! Belvo's lists, of links, accounts, institutions and consents: no more than was asked for, a bad record alone is set
//! aside, `next` is not looked into, and what was read reads the same when it is written again.

use std::fmt::Debug;

use adapters::belvo::wire::{self, Listed, Named, Record};
use domain::{
    census::{Digest, Standing},
    change::Source,
    external_id::ExternalId,
    link::{Claim, LinkStatus, ProviderLink, QuarantinedLink},
    observe::{Notice, is_left_to_its_callback, observe, unowned},
    policy::Policy,
    ports::{Account, Consent},
    session::{LinkSession, Purpose},
    user::{Ledger, User},
    values::SessionId,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use crate::{quiet::tells_nothing, values};

/// Belvo's largest page.
const MOST: usize = 1_000;

/// The first byte chooses the list.
pub fn check(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else { return };
    match kind % 4 {
        0 => page(body, link),
        1 => page(body, account),
        2 => page(body, institution),
        _ => page(body, consent),
    }
}

/// Reads a page; each of its records is looked at.
fn page<R: Record<Key: Debug>>(body: &[u8], each: fn(&R)) {
    let listed = wire::page::<R>(body).inspect_err(tells_nothing);
    let Ok(Listed { records, unreadable, count, more }) = listed else { return };
    assert!(records.len() + unreadable <= MOST, "more than was asked for");
    if let Ok(page) = serde_json::from_slice::<Value>(body) {
        assert_eq!(page["results"].as_array().map(Vec::len), Some(records.len() + unreadable));
        assert_eq!((page["count"].as_u64(), more), (Some(count as u64), !page["next"].is_null()));
    }
    among_bad_ones::<R>(body, (records.len(), unreadable));
    for (_, record) in &records {
        each(record);
    }
}

/// A page's records as they came.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
}

/// The same page reads the same with bad records before and behind it, and wherever its `next` leads.
fn among_bad_ones<R: Record>(body: &[u8], (readable, unreadable): (usize, usize)) {
    if readable + unreadable > 8 {
        return;
    }
    let Raw { results } = serde_json::from_slice(body).expect("it was read before");
    let bad = ["null", r#"{"id":7}"#];
    let among: Vec<_> = bad.into_iter().chain(results.iter().map(|raw| raw.get())).chain(bad).collect();
    let next = "https://user@elsewhere.example/";
    let page = format!(r#"{{"count":1,"next":"{next}","results":[{}]}}"#, among.join(","));
    let again = wire::page::<R>(page.as_bytes()).expect("a page");
    assert_eq!((again.records.len(), again.unreadable), (readable, unreadable + 4));
    assert!(again.more);
}

/// What is written of it reads as the same link.
pub fn written(link: &ProviderLink) -> Value {
    let claim = match &link.claim {
        Claim::Absent => Value::Null,
        Claim::Named(id) => Value::from(id.as_str()),
        Claim::Malformed => Value::from("?"),
    };
    json!({
        "id": link.id.to_string(), "institution": link.institution.as_str(), "access_mode": link.access_mode,
        "status": link.status.as_str(), "external_id": claim, "created_at": link.created_at.to_string(),
        "institution_user_id": link.institution_user_id,
    })
}

fn link(link: &ProviderLink) {
    let again = wire::link(written(link).to_string().as_bytes()).expect("what was written");
    assert_eq!(again, *link);
    assert!(link.status.as_str().len() <= 64, "no word");
    let known = ["valid", "token_required", "invalid", "unconfirmed"].contains(&link.status.as_str());
    assert_eq!(known, !matches!(link.status, LinkStatus::Other(_)));
    values::door(
        link.institution.as_str(),
        true,
        domain::values::Institution::parse(link.institution.as_str()),
    );
    if let Claim::Named(id) = &link.claim {
        assert_eq!(ExternalId::parse(id.as_str()).as_ref(), Ok(id));
    }
    decided(link);
}

/// Whatever Belvo says of a link's time or user, it is nobody's unless a user's own session covers it.
fn decided(link: &ProviderLink) {
    let (now, policy) = (Timestamp::UNIX_EPOCH, Policy::default());
    let user = User::new(ExternalId::parse("user_ana").expect("an id"), now);
    let named = link.claim.names(&user.external_id);
    let ledger = Ledger { user, links: Vec::new(), sessions: Vec::new() };
    for source in [Source::Callback, Source::Sweep, Source::Webhook] {
        let notice = Notice { source, asked_at: now };
        let decision = format!("{:?}", observe(link, &ledger, None, notice, &policy));
        assert!(!decision.starts_with("Bind") && !decision.starts_with("Refresh"), "{decision}");
        assert!(named || !decision.contains("NoSession"), "{decision}");
        assert!(!is_left_to_its_callback(link, notice, &policy) || source != Source::Callback);
    }
    let covers = session(now).covers(link.created_at, &policy);
    assert_eq!(
        covers,
        (-120..=1_320).contains(&link.created_at.duration_since(now).as_millis().div_euclid(1_000))
    );
    let quarantined = QuarantinedLink {
        link_id: link.id,
        institution: link.institution.clone(),
        status: link.status.clone(),
        claim: link.claim.clone(),
        created_at: link.created_at,
        reason: unowned(&link.claim),
        first_seen_at: now,
        revision: 1,
    };
    let digest = Digest::of_quarantined(&quarantined);
    assert!(digest.agrees(link) && matches!(digest.standing, Standing::Quarantined(_)));
}

fn session(at: Timestamp) -> LinkSession {
    LinkSession {
        id: SessionId::mint([1; 16]),
        owner: ExternalId::parse("user_ana").expect("an id"),
        purpose: Purpose::Create,
        issued_at: at,
        expires_at: at,
        link_id: None,
        outcome: None,
        due_at: None,
        revision: 1,
    }
}

fn account(account: &Account) {
    let again = json!({
        "id": "1", "link": account.link_id.to_string(), "institution": {"name": account.institution.as_str()},
        "name": account.name, "number": account.number, "category": account.category, "currency": account.currency,
    });
    let (_, again) = Account::read(&again.to_string()).expect("what was written");
    assert_eq!(format!("{again:?}"), format!("{account:?}"));
    let told = |text: &Option<String>| text.as_deref().is_none_or(|text| !text.trim().is_empty());
    assert!(told(&account.name) && told(&account.number), "an empty name");
    let masked = domain::masked::of_link(account.link_id, std::slice::from_ref(account));
    let kept = serde_json::to_value(&masked).expect("a form");
    let again: Vec<domain::masked::MaskedAccount> = serde_json::from_value(kept).expect("what was kept");
    assert_eq!(again, masked);
}

fn institution(named: &Named) {
    let again = json!({"name": named.institution, "display_name": named.name});
    let (key, again) = Named::read(&again.to_string()).expect("what was written");
    assert_eq!(
        (&key, &again.institution, &again.name),
        (&named.institution, &named.institution, &named.name)
    );
}

fn consent(consent: &Consent) {
    let again = json!({
        "id": consent.id.to_string(), "link_id": consent.link_id.to_string(),
        "expired_at": consent.ends_at.map(|at| at.to_string()),
    });
    let (_, again) = Consent::read(&again.to_string()).expect("what was written");
    assert_eq!(format!("{again:?}"), format!("{consent:?}"));
}
