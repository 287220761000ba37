//! Keys of items. No key is put together anywhere else.
//!
//! | item | `pk` | `sk` |
//! | --- | --- | --- |
//! | user, or the alias of one | `USER#<external_id>` | `PROFILE` |
//! | link of a user | `USER#<external_id>` | `LINK#<link_id>` |
//! | link session | `USER#<external_id>` | `SESSION#<session_id>` |
//! | who holds a link | `LINK#<link_id>` | `HOLDER` |
//! | tombstone of a user who was erased | `USER#<external_id>` | `PROFILE` |
//! | deletion intent | `LINK#<link_id>` | `DELETION` |
//! | the switch that stops deletions | `DELETION` | `CONTROL` |
//! | certificate of an erasure | `CERTIFICATE` | `<time>#<erasure_id>` |
//! | audit event | as its subject | `AUDIT#<time>#<writer>#<n>` |
//! | who sweeps, and how far they are | `SWEEP` | `STATE` |
//! | the token of who sweeps, for fences | `SWEEP` | `LEASE` |
//! | report of a sweep | `SWEEP` | `<time>` |
//! | withheld plan | `PLAN` | `<plan_id>` |
//! | webhook | `LINK#<link_id>`, or as its `sk` if it names no link | `WEBHOOK#<digest>` |
//! | how far follow-ups are | `FOLLOW_UP` | `STATE` |
//! | calls to Belvo in a window | `BUDGET#<host of Belvo>` | `<number of the window>` |
//!
//! The order within a user's partition is chosen: audit events, links, profile, sessions. So a ledger is
//! everything from `LINK#` on, and the links with their user are one range that ends at `PROFILE`.
//!
//! Two sparse indexes, of keys only, tell of links that may still change (see [`super::index`]):
//!
//! | index | of | hash | range |
//! | --- | --- | --- | --- |
//! | `by-time` | a link, of a user or of nobody | `month`: the month that Belvo made it in | `made`: `<time>#<digest>` |
//! | | a link that waits for Belvo | `PENDING` | `<time that it was named>#<digest>` |
//! | | a deletion that is not over | `DELETION` | `<time that it is due>` |
//! | | a user who is being erased | `ERASING` | `<time that it is due>` |
//! | | a session that is to be looked up | `DUE` | `<time that it is due>` |
//! | | a webhook | `WEBHOOK` while it waits, then `WORKED` or `DEAD` | `<time that it is due>`, then `<time that it came>` |
//! | `by-group` | a live link of a user | `group`: `LOGIN#<hash>` or `UNNAMED#<hash>` | `standing`: `kept` or `superseded` |
//! | | a link of nobody | `QUARANTINE` | `<time>` |

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    budget::Window,
    census::{Digest, Group, Holder},
    change::{EventId, WriterId},
    deletion::erasure::ErasureId,
    external_id::ExternalId,
    ports::Place,
    sweep::PlanId,
    values::{LinkId, SessionId},
    webhooks::WebhookId,
};
use jiff::{Timestamp, civil::Date};

/// Name of the partition key.
pub(super) const PK: &str = "pk";
/// Name of the sort key.
pub(super) const SK: &str = "sk";
/// Where a ledger begins.
pub(super) const FIRST_OF_LEDGER: &str = "LINK#";
/// Where the links of a ledger end, and the key of its user.
pub(super) const PROFILE: &str = "PROFILE";
/// The partition of the sweeps, and the sort key of their state; those of the reports lie before it.
pub(super) const SWEEP: &str = "SWEEP";
const STATE: &str = "STATE";
/// The sort key of the lease: reports, whose keys are times, lie before it.
pub(super) const LEASE: &str = "LEASE";
/// What the sort key of an audit event begins with.
const EVENT: &str = "AUDIT#";
/// The sort key of a holder item.
const HOLDER: &str = "HOLDER";
/// The index of links by the time that Belvo made them, and its keys.
pub(super) const BY_TIME: &str = "by-time";
pub(super) const MONTH: &str = "month";
pub(super) const MADE: &str = "made";
/// The index of links by their groups, and its keys.
pub(super) const BY_GROUP: &str = "by-group";
pub(super) const GROUP: &str = "group";
pub(super) const STANDING: &str = "standing";
/// Instead of a month: links that wait for Belvo.
pub(super) const PENDING: &str = "PENDING";
/// Instead of a month: deletions that are not over; and the partition of their switch.
pub(super) const DELETION: &str = "DELETION";
/// Instead of a month: users who are being erased.
pub(super) const ERASING: &str = "ERASING";
/// The partition of the certificates.
pub(super) const CERTIFICATE: &str = "CERTIFICATE";
/// Instead of a month: sessions that are to be looked up, and webhooks by what has become of them.
pub(super) const DUE: &str = "DUE";
pub(super) const WAITING: &str = "WEBHOOK";
pub(super) const WORKED: &str = "WORKED";
pub(super) const DEAD: &str = "DEAD";
/// Where the webhooks of a link begin.
pub(super) const WEBHOOKS: &str = "WEBHOOK#";
/// Instead of a group: links of nobody.
pub(super) const QUARANTINE: &str = "QUARANTINE";
/// Standings in a group.
pub(super) const KEPT: &str = "kept";
pub(super) const SUPERSEDED: &str = "superseded";

/// A full primary key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pk: String,
    sk: String,
}

impl Key {
    pub(super) fn user(user: &ExternalId) -> Self {
        Self { pk: partition(user), sk: PROFILE.to_owned() }
    }

    pub(super) fn link(owner: &ExternalId, link: LinkId) -> Self {
        Self { pk: partition(owner), sk: format!("{FIRST_OF_LEDGER}{link}") }
    }

    pub(super) fn session(owner: &ExternalId, session: &SessionId) -> Self {
        Self { pk: partition(owner), sk: format!("SESSION#{session}") }
    }

    pub(super) fn holder(link: LinkId) -> Self {
        Self { pk: link_partition(link), sk: HOLDER.to_owned() }
    }

    pub(super) fn intent(link: LinkId) -> Self {
        Self { pk: link_partition(link), sk: DELETION.to_owned() }
    }

    pub(super) fn control() -> Self {
        Self { pk: DELETION.to_owned(), sk: "CONTROL".to_owned() }
    }

    pub(super) fn certificate(at: Timestamp, erasure: &ErasureId) -> Self {
        Self { pk: CERTIFICATE.to_owned(), sk: format!("{}#{erasure}", sortable(at)) }
    }

    /// Beside the link, so that whoever erases a user finds it.
    pub(super) fn webhook(id: &WebhookId, link: Option<LinkId>) -> Self {
        let sk = format!("{WEBHOOKS}{id}");
        Self { pk: link.map_or_else(|| sk.clone(), link_partition), sk }
    }

    pub(super) fn agenda() -> Self {
        Self { pk: "FOLLOW_UP".to_owned(), sk: STATE.to_owned() }
    }

    /// An audit event beside its user, or beside the link when nobody owns it.
    pub(super) fn audit(user: Option<&ExternalId>, link: Option<LinkId>, place: &Place) -> Self {
        let pk = match (user, link) {
            (Some(user), _) => partition(user),
            (None, Some(link)) => link_partition(link),
            (None, None) => "AUDIT".to_owned(),
        };
        Self { pk, sk: self::place(place) }
    }

    pub(super) fn state() -> Self {
        Self { pk: SWEEP.to_owned(), sk: STATE.to_owned() }
    }

    pub(super) fn lease() -> Self {
        Self { pk: SWEEP.to_owned(), sk: LEASE.to_owned() }
    }

    pub(super) fn report(at: Timestamp) -> Self {
        Self { pk: SWEEP.to_owned(), sk: sortable(at) }
    }

    pub(super) fn plan(id: &PlanId) -> Self {
        Self { pk: "PLAN".to_owned(), sk: id.as_str().to_owned() }
    }

    pub(super) fn budget(account: &str, window: Window) -> Self {
        Self { pk: format!("BUDGET#{account}"), sk: format!("{:012}", window.number()) }
    }

    /// The key that an item stands under.
    pub(super) fn of(item: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name: &str| item.get(name)?.as_s().ok().cloned();
        Some(Self { pk: text(PK)?, sk: text(SK)? })
    }

    /// The two key attributes.
    pub(super) fn attributes(&self) -> HashMap<String, AttributeValue> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        HashMap::from([(PK.to_owned(), text(&self.pk)), (SK.to_owned(), text(&self.sk))])
    }
}

/// Which link the item under this key tells of, and who has the link. Taken apart by hand: a million are read.
pub(super) fn holder(pk: &str, sk: &str) -> Option<(LinkId, Holder)> {
    if let Some(user) = pk.strip_prefix("USER#") {
        let link = LinkId::parse(sk.strip_prefix(FIRST_OF_LEDGER)?).ok()?;
        return Some((link, Holder::User(ExternalId::parse(user).ok()?)));
    }
    let link = LinkId::parse(pk.strip_prefix("LINK#")?).ok()?;
    (sk == HOLDER).then_some((link, Holder::Nobody))
}

/// Whose session the item under this key is, and which.
pub(super) fn session_of(pk: &str, sk: &str) -> Option<(ExternalId, SessionId)> {
    let user = ExternalId::parse(pk.strip_prefix("USER#")?).ok()?;
    Some((user, SessionId::parse(sk.strip_prefix("SESSION#")?).ok()?))
}

/// The last place of what is due by then.
pub(super) fn by(at: Timestamp) -> String {
    format!("{}~", sortable(at))
}

/// The partition of a month in the index by time.
pub(super) fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// Where a link stands in the index by time.
pub(super) fn made(at: Timestamp, digest: Digest) -> String {
    format!("{}#{digest}", sortable(at))
}

/// A range of days in the index by time. No time of a day is as short as its date, nor has a `~` behind it.
pub(super) fn days(from: Date, to: Date) -> (String, String) {
    (from.to_string(), format!("{to}~"))
}

/// When the link was made, and the digest.
pub(super) fn made_parts(made: &str) -> Option<(Timestamp, Digest)> {
    let (at, digest) = made.split_once('#')?;
    Some((at.parse().ok()?, Digest::parse(digest).ok()?))
}

/// The partition of a group.
pub(super) fn group(group: Group) -> String {
    match group {
        Group::Login(hash) => format!("LOGIN#{:032x}", u128::from_be_bytes(hash)),
        Group::Unnamed(hash) => format!("UNNAMED#{:032x}", u128::from_be_bytes(hash)),
    }
}

/// The group of a partition.
pub(super) fn group_of(text: &str) -> Option<Group> {
    let (kind, hash) = text.split_once('#')?;
    let hash = (hash.len() == 32).then(|| u128::from_str_radix(hash, 16).ok()).flatten()?.to_be_bytes();
    match kind {
        "LOGIN" => Some(Group::Login(hash)),
        "UNNAMED" => Some(Group::Unnamed(hash)),
        _ => None,
    }
}

/// The link that this part of a key names.
pub(super) fn link_of(part: &str) -> Option<LinkId> {
    LinkId::parse(part.strip_prefix("LINK#")?).ok()
}

/// The user whose profile stands under this key.
pub(super) fn user_of(pk: &str) -> Option<ExternalId> {
    ExternalId::parse(pk.strip_prefix("USER#")?).ok()
}

/// The partition of a user.
pub(super) fn partition(user: &ExternalId) -> String {
    format!("USER#{}", user.as_str())
}

/// The partition of a link id, where its holder is.
pub(super) fn link_partition(link: LinkId) -> String {
    format!("LINK#{link}")
}

/// Where an event stands among those of its subject.
pub(super) fn place(Place { at, id: EventId { writer, number } }: &Place) -> String {
    format!("{EVENT}{}#{}#{number:03}", sortable(*at), writer.as_str())
}

/// The name of the event under this sort key.
pub(super) fn event_id(sk: &str) -> Option<EventId> {
    let (_at, name) = sk.strip_prefix(EVENT)?.split_once('#')?;
    let (writer, number) = name.split_once('#')?;
    Some(EventId { writer: WriterId::parse(writer)?, number: number.parse().ok()? })
}

/// A range of events; no event stands at its ends. No time is as short as a bare prefix, nor has a `~` in it.
pub(super) fn events(
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    behind: Option<&Place>,
) -> (String, String) {
    let at = |time: Option<Timestamp>, end: &str| match time {
        Some(time) => format!("{EVENT}{}", sortable(time)),
        None => format!("{EVENT}{end}"),
    };
    let behind = behind.map(|behind| format!("{}~", place(behind)));
    let from = at(from, "");
    (behind.map_or(from.clone(), |behind| behind.max(from)), at(until, "~"))
}

/// A time of one length, so that text order is time order.
pub(super) fn sortable(at: Timestamp) -> String {
    format!("{at:.6}")
}
