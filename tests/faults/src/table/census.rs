//! The indexes of keys: worked out anew at each look, from the records or from what the indexes still show of them.

use domain::{
    census::{Digest, Entry, Group, Holder, Member},
    external_id::ExternalId,
    link::{LinkRecord, LinkState, Marker, QuarantinedLink},
    values::LinkId,
};
use jiff::{Timestamp, civil::Date, tz::Offset};

use super::Table;

/// Members in one answer, unless a schedule says otherwise.
const PAGE: usize = 5_000;

/// As fine as the index tells a time.
fn moment(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

fn entry(record: &LinkRecord) -> Option<Entry> {
    Some(Entry {
        link_id: record.link_id,
        holder: Holder::User(record.owner.clone()),
        made: moment(record.created_at.unwrap_or(record.last_observed_at)),
        digest: Digest::of_record(record)?,
    })
}

fn set_aside(link: &QuarantinedLink) -> Entry {
    Entry {
        link_id: link.link_id,
        holder: Holder::Nobody,
        made: moment(link.created_at),
        digest: Digest::of_quarantined(link),
    }
}

fn member(record: &LinkRecord) -> Option<Member> {
    Some(Member {
        group: Group::of(record)?,
        owner: record.owner.clone(),
        link_id: record.link_id,
        superseded: record.state == LinkState::Superseded,
    })
}

fn place(member: &Member) -> (Group, bool, ExternalId, LinkId) {
    (member.group, member.superseded, member.owner.clone(), member.link_id)
}

impl Table {
    /// The records as the indexes show them.
    fn shown(&mut self) -> Vec<&LinkRecord> {
        let Some(lag) = &self.lag else { return self.records.links.values().collect() };
        self.stale_readings += u64::from(!lag.links.is_empty());
        let as_shown = |(key, record)| match lag.links.get(key) {
            Some(old) => old.as_ref(),
            None => Some(record),
        };
        self.records.links.iter().filter_map(as_shown).collect()
    }

    fn shown_aside(&mut self) -> Vec<&QuarantinedLink> {
        let lag = self.lag.as_ref();
        self.stale_readings += u64::from(lag.is_some_and(|lag| !lag.markers.is_empty()));
        let as_shown = |(id, marker)| match lag.and_then(|lag| lag.markers.get::<LinkId>(id)) {
            Some(old) => quarantined(old.as_ref()),
            None => quarantined(Some(marker)),
        };
        self.records.markers.iter().filter_map(as_shown).collect()
    }

    pub(crate) fn made_between(&mut self, from: Date, to: Date) -> Vec<Entry> {
        let within = |at| (from..=to).contains(&Offset::UTC.to_datetime(at).date());
        let bound = |record: &&LinkRecord| record.created_at.is_some_and(within) && record.holds_link();
        let mut all: Vec<Entry> = self.shown().into_iter().filter(bound).filter_map(entry).collect();
        all.extend(self.shown_aside().into_iter().filter(|link| within(link.created_at)).map(set_aside));
        all.sort_by_key(|entry| (entry.made, entry.link_id));
        all
    }

    pub(crate) fn named(&mut self, most: usize) -> Vec<Entry> {
        let pending = |record: &&LinkRecord| record.state == LinkState::Pending;
        let mut named: Vec<Entry> = self.shown().into_iter().filter(pending).filter_map(entry).collect();
        named.sort_by_key(|entry| (entry.made, entry.link_id));
        named.truncate(most);
        named
    }

    pub(crate) fn standing(&self, links: &[(ExternalId, LinkId)]) -> Vec<Entry> {
        let once: std::collections::BTreeSet<_> = links.iter().collect();
        once.into_iter().filter_map(|key| self.records.links.get(key)).filter_map(entry).collect()
    }

    /// Whether there is a link that would be asked for first.
    pub fn has_canary(&self) -> bool {
        self.records.links.values().any(|record| member(record).is_some())
    }

    pub(crate) fn grouped(&mut self, behind: Option<&Member>) -> Vec<Member> {
        let mut all: Vec<Member> = self.shown().into_iter().filter_map(member).collect();
        all.sort_by_key(place);
        all.retain(|member| behind.is_none_or(|behind| place(member) > place(behind)));
        all.truncate(self.members.unwrap_or(PAGE));
        all
    }

    /// What the index names, as it stands now.
    pub(crate) fn quarantine(&mut self, most: usize) -> Vec<QuarantinedLink> {
        let mut ids: Vec<_> =
            self.shown_aside().into_iter().map(|link| (link.first_seen_at, link.link_id)).collect();
        ids.sort_unstable();
        ids.truncate(most);
        let now = ids.iter().filter_map(|(_, id)| match self.records.markers.get(id) {
            Some(Marker::Quarantined(link)) => Some(link.clone()),
            Some(Marker::Owned(_)) | None => None,
        });
        let mut links: Vec<_> = now.collect();
        links.sort_by_key(|link| (link.first_seen_at, link.link_id));
        links
    }

    pub(crate) fn quarantine_size(&mut self, most: usize) -> usize {
        self.shown_aside().len().min(most)
    }
}

fn quarantined(marker: Option<&Marker>) -> Option<&QuarantinedLink> {
    match marker {
        Some(Marker::Quarantined(link)) => Some(link),
        Some(Marker::Owned(_)) | None => None,
    }
}
