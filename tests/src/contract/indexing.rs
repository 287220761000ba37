//! Rules of the [`Census`](domain::ports::Census): which links the indexes tell of, as what, and until when.

use domain::{
    census::{Digest, Entry, Group, Holder, Member, Standing},
    change::{Change, Commit},
    external_id::ExternalId,
    link::{LinkRecord, LinkState, QuarantinedLink},
    values::InstitutionUserId,
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date},
};

use super::{
    Store,
    samples::{at, binding, bound, commit, link_id, next, pending, quarantined, registered, writer},
};

/// The day of the stories.
const DAY: Date = date(2026, 3, 2);

async fn made(store: &impl Store) -> Vec<Entry> {
    store.made_between(DAY, DAY).await.expect("up")
}

async fn groups(store: &impl Store) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    loop {
        let more = store.grouped(members.last()).await.expect("up");
        if more.is_empty() {
            return members;
        }
        members.extend(more);
    }
}

/// The entry that a record is to have.
fn entry(record: &LinkRecord) -> Entry {
    Entry {
        link_id: record.link_id,
        holder: Holder::User(record.owner.clone()),
        made: record.created_at.unwrap_or(record.last_observed_at),
        digest: Digest::of_record(record).expect("no tombstone"),
    }
}

fn member(record: &LinkRecord) -> Member {
    Member {
        group: Group::of(record).expect("live"),
        owner: record.owner.clone(),
        link_id: record.link_id,
        superseded: record.state == LinkState::Superseded,
    }
}

/// A bound link that nothing is missing of.
fn sound(owner: &ExternalId, number: u32) -> LinkRecord {
    LinkRecord { missing_since: None, superseded_by: None, ..bound(owner, number) }
}

fn made_at(owner: &ExternalId, number: u32, at: Timestamp) -> LinkRecord {
    LinkRecord { created_at: Some(at), ..sound(owner, number) }
}

fn of_login(record: LinkRecord, login: &str) -> LinkRecord {
    LinkRecord { institution_user_id: InstitutionUserId::parse(login).ok(), ..record }
}

async fn put(store: &impl Store, number: u8, links: impl IntoIterator<Item = LinkRecord>) {
    let changes = links.into_iter().map(Change::Link).collect();
    store.commit(&commit(writer(number), changes)).await.expect("new, or fresh");
}

/// A fresh table is no error.
pub async fn the_indexes_of_an_empty_table_are_empty(store: &impl Store) {
    assert_eq!((made(store).await, groups(store).await), (vec![], vec![]));
    assert_eq!(store.named(9).await.expect("up"), []);
    assert_eq!(store.quarantine(9).await.expect("up"), []);
    assert_eq!(store.standing(&[]).await.expect("up"), []);
}

/// As what Belvo said last, and what we made of it.
pub async fn a_bound_link_is_told_as_its_record_stands(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let first = sound(&ana, 1);
    put(store, 1, [first.clone()]).await;
    assert_eq!((made(store).await, groups(store).await), (vec![entry(&first)], vec![member(&first)]));
    let changed = next(&first);
    let missed = LinkRecord { missing_since: Some(at(90)), revision: 3, ..changed.clone() };
    let superseded = LinkRecord { state: LinkState::Superseded, revision: 4, ..missed.clone() };
    for (number, record) in (2..).zip([changed, missed, superseded]) {
        put(store, number, [record.clone()]).await;
        assert_eq!(made(store).await, [entry(&record)], "and not as it stood before");
        assert_eq!(groups(store).await, [member(&record)]);
        assert_eq!(store.standing(&[(ana.clone(), link_id(1))]).await.expect("up"), [entry(&record)]);
    }
}

/// Nothing changes it any more, so nobody need compare it (I11).
pub async fn a_tombstone_is_in_no_index(store: &impl Store) {
    let ana = registered(store, "ana").await;
    put(store, 1, [sound(&ana, 1), sound(&ana, 2)]).await;
    let buried = |number, state| LinkRecord { state, revision: 2, ..sound(&ana, number) };
    put(store, 2, [buried(1, LinkState::Gone), buried(2, LinkState::Deleting)]).await;
    assert_eq!((made(store).await, groups(store).await), (vec![], vec![]));
    let keys = [(ana.clone(), link_id(1)), (ana.clone(), link_id(2))];
    assert_eq!(store.standing(&keys).await.expect("up"), []);
}

/// Until Belvo says when it was made, it is under no day.
pub async fn a_pending_link_is_named_until_it_is_bound(store: &impl Store) {
    let ana = registered(store, "ana").await;
    put(store, 1, [pending(&ana, 1)]).await;
    assert_eq!(store.named(9).await.expect("up"), [entry(&pending(&ana, 1))]);
    assert_eq!((made(store).await, groups(store).await), (vec![], vec![]));
    let found = LinkRecord { revision: 2, ..sound(&ana, 1) };
    put(store, 2, [found.clone()]).await;
    assert_eq!(store.named(9).await.expect("up"), []);
    assert_eq!((made(store).await, groups(store).await), (vec![entry(&found)], vec![member(&found)]));
}

/// So that none waits for ever behind newer ones.
pub async fn of_pending_links_the_longest_waiting_are_told_first(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let waiting = |number, since| LinkRecord { last_observed_at: at(since), ..pending(&ana, number) };
    put(store, 1, [waiting(1, 50), waiting(2, 20), waiting(3, 40), waiting(4, 30)]).await;
    for (most, expected) in [(0, &[][..]), (3, &[2, 4, 3]), (9, &[2, 4, 3, 1])] {
        let told: Vec<_> = store.named(most).await.expect("up").iter().map(|entry| entry.link_id).collect();
        assert_eq!(told, expected.iter().copied().map(link_id).collect::<Vec<_>>());
    }
    assert!(store.named(1).await.expect("up")[0].digest.standing == Standing::Pending);
}

/// It is compared like any other, and waits in one place.
pub async fn a_quarantined_link_is_told_until_somebody_owns_it(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let first = quarantined(1);
    store.commit(&commit(writer(1), vec![Change::Quarantine(first.clone())])).await.expect("new");
    let told = |link: &QuarantinedLink| Entry {
        link_id: link_id(1),
        holder: Holder::Nobody,
        made: link.created_at,
        digest: Digest::of_quarantined(link),
    };
    assert_eq!((made(store).await, groups(store).await), (vec![told(&first)], vec![]));
    let later = QuarantinedLink { reason: domain::link::QuarantineReason::NoSession, revision: 2, ..first };
    store.commit(&commit(writer(2), vec![Change::Quarantine(later.clone())])).await.expect("fresh");
    assert_eq!(made(store).await, [told(&later)]);
    assert_eq!(store.quarantine(9).await.expect("up"), [later]);
    let owned = LinkRecord { revision: 1, ..sound(&ana, 1) };
    let changes = vec![Change::Own(link_id(1), ana), Change::Link(owned.clone())];
    store.commit(&Commit { changes, ..binding(&owned.owner, 1, writer(3)) }).await.expect("free");
    assert_eq!(made(store).await, [entry(&owned)], "its user's, and no longer nobody's");
    assert_eq!(store.quarantine(9).await.expect("up"), []);
}

/// For an operator, who begins with what lies there longest.
pub async fn of_the_quarantine_what_is_there_longest_is_told_first(store: &impl Store) {
    let seen = |number, since| QuarantinedLink { first_seen_at: at(since), ..quarantined(number) };
    let links = [seen(1, 50), seen(2, 20), seen(3, 40), seen(4, 30)];
    let changes = links.clone().map(Change::Quarantine).into();
    store.commit(&commit(writer(1), changes)).await.expect("new");
    let [one, two, three, four] = links;
    assert_eq!(store.quarantine(3).await.expect("up"), [two.clone(), four.clone(), three.clone()]);
    assert_eq!(store.quarantine(9).await.expect("up"), [two, four, three, one]);
    assert_eq!(store.quarantine(0).await.expect("up"), []);
    assert_eq!(
        (store.quarantine_size(3).await.expect("up"), store.quarantine_size(9).await.expect("up")),
        (3, 4)
    );
}

/// A day is whole, whatever month or year ends with it.
pub async fn days_are_told_from_their_first_moment_to_their_last(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let moments = [
        "2025-12-31T00:00:00Z",
        "2025-12-31T23:59:59.999999Z",
        "2026-01-01T00:00:00Z",
        "2026-02-28T23:59:59.999Z",
        "2026-03-01T00:00:00Z",
    ];
    let moments = moments.map(|moment| moment.parse::<Timestamp>().expect("a time"));
    put(store, 1, (1..).zip(moments).map(|(number, moment)| made_at(&ana, number, moment))).await;
    for (from, to, expected) in [
        (date(2025, 12, 30), date(2025, 12, 30), &moments[..0]),
        (date(2025, 12, 31), date(2025, 12, 31), &moments[..2]),
        (date(2025, 12, 31), date(2026, 1, 1), &moments[..3]),
        (date(2026, 1, 1), date(2026, 2, 28), &moments[2..4]),
        (date(2026, 1, 2), date(2026, 2, 27), &moments[..0]),
        (date(2026, 2, 28), date(2026, 3, 1), &moments[3..]),
        (date(2025, 12, 31), date(2026, 3, 1), &moments[..]),
        (date(2026, 3, 1), date(2026, 2, 28), &moments[..0]),
        (date(2026, 3, 2), date(2026, 3, 1), &moments[..0]),
    ] {
        let told = store.made_between(from, to).await.expect("up");
        let mut told: Vec<_> = told.iter().map(|entry| entry.made).collect();
        told.sort_unstable();
        assert_eq!(told, expected, "{from} {to}");
    }
}

/// Only what the user has: a link that the claim names wrongly is nobody's here.
pub async fn standing_is_told_of_links_that_their_users_have(store: &impl Store) {
    let (ana, bia) = (registered(store, "ana").await, registered(store, "bia").await);
    let (hers, named) = (sound(&ana, 1), pending(&ana, 2));
    put(store, 1, [hers.clone(), named.clone(), sound(&bia, 3)]).await;
    let keys = [(&ana, 1), (&ana, 2), (&ana, 3), (&ana, 4), (&ana, 1)];
    let keys = keys.map(|(owner, number)| (owner.clone(), link_id(number)));
    let mut told = store.standing(&keys).await.expect("up, although one was asked for twice");
    told.sort_by_key(|entry| entry.link_id);
    assert_eq!(told, [entry(&hers), entry(&named)]);
}

/// Items of one partition key lie together in an index, so whoever compares the links of a group sees them one
/// after the other. An engine that scans an index in another order is none for this.
pub async fn links_of_a_group_stand_side_by_side(store: &impl Store) {
    let (ana, bia) = (registered(store, "ana").await, registered(store, "bia").await);
    let records = (1..=40).map(|number| {
        let owner = if number % 2 == 0 { &ana } else { &bia };
        of_login(sound(owner, number), &format!("login-{}", number % 8))
    });
    put(store, 1, records).await;
    let mut order: Vec<_> = groups(store).await.iter().map(|member| member.group).collect();
    assert_eq!(order.len(), 40);
    order.dedup();
    assert_eq!(order.len(), 8, "each group is one run");
}

/// Whoever reads the groups sees each link once, and may stop anywhere and go on.
pub async fn links_in_groups_are_told_once_wherever_reading_begins(store: &impl Store) {
    let (ana, bia) = (registered(store, "ana").await, registered(store, "bia").await);
    let unnamed = |owner, number| LinkRecord { institution_user_id: None, ..sound(owner, number) };
    let superseded = LinkRecord { state: LinkState::Superseded, ..of_login(sound(&ana, 2), "shared") };
    let records = [
        of_login(sound(&ana, 1), "shared"),
        superseded,
        of_login(sound(&bia, 3), "shared"),
        of_login(sound(&ana, 4), "alone"),
        unnamed(&ana, 5),
        unnamed(&ana, 6),
        unnamed(&bia, 7),
    ];
    put(store, 1, records.clone()).await;
    let aside = (11..=15).map(|number| Change::Quarantine(quarantined(number))).collect();
    store.commit(&commit(writer(2), aside)).await.expect("new");
    let all = groups(store).await;
    let told: std::collections::BTreeSet<_> = all.iter().map(|member| member.link_id).collect();
    assert_eq!((all.len(), told.len()), (records.len(), records.len()), "and none of the quarantine");
    assert!(all.iter().all(|told| records.iter().any(|record| member(record) == *told)));
    for (number, place) in all.iter().enumerate() {
        let rest = store.grouped(Some(place)).await.expect("up");
        assert_eq!(rest, all[number + 1..], "behind {number}");
    }
}

/// The place is kept between ticks; what stood there may have changed meanwhile.
pub async fn reading_goes_on_behind_a_member_that_is_there_no_longer(store: &impl Store) {
    let ana = registered(store, "ana").await;
    put(store, 1, (1..=5).map(|number| sound(&ana, number))).await;
    let all = groups(store).await;
    let [first, rest @ ..] = &all[..] else { panic!("five groups") };
    let record = (1..=5).map(|number| sound(&ana, number)).find(|record| record.link_id == first.link_id);
    let gone = LinkRecord { state: LinkState::Gone, revision: 2, ..record.expect("one of them") };
    put(store, 2, [gone]).await;
    assert_eq!(store.grouped(Some(first)).await.expect("up"), rest);
}

/// Belvo's clock tells up to six digits, and whoever writes more does not lose the day.
pub async fn a_time_is_told_to_the_microsecond(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let fine = at(30) + SignedDuration::from_nanos(123_456_789);
    put(store, 1, [made_at(&ana, 1, fine)]).await;
    let told = made(store).await;
    assert_eq!(told[0].made, at(30) + SignedDuration::from_micros(123_456));
}
