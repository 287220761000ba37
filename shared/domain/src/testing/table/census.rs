//! The indexes of the table in memory, worked out anew at each look.

use jiff::{civil::Date, tz::Offset};

use super::Table;
use crate::{
    census::{Digest, Entry, Group, Holder, Member},
    external_id::ExternalId,
    failure::StoreError,
    link::{LinkRecord, LinkState, Marker, QuarantinedLink},
    ports::{Census, Meter, Spent},
    values::LinkId,
};

fn entry(record: &LinkRecord) -> Option<Entry> {
    Some(Entry {
        link_id: record.link_id,
        holder: Holder::User(record.owner.clone()),
        made: record.created_at.unwrap_or(record.last_observed_at),
        digest: Digest::of_record(record)?,
    })
}

fn set_aside(link: &QuarantinedLink) -> Entry {
    Entry {
        link_id: link.link_id,
        holder: Holder::Nobody,
        made: link.created_at,
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
    /// The indexes have not caught up with this link.
    pub(crate) fn lag_behind(&self, id: LinkId) {
        self.with(|items| items.late.insert(id));
    }

    fn set_aside(&self) -> Vec<QuarantinedLink> {
        self.with(|items| {
            let held = items.markers.values().filter_map(|marker| match marker {
                Marker::Quarantined(link) => Some(link.clone()),
                Marker::Owned(_) => None,
            });
            held.collect()
        })
    }
}

impl Census for Table {
    async fn made_between(&self, from: Date, to: Date) -> Result<Vec<Entry>, StoreError> {
        let within = |at| (from..=to).contains(&Offset::UTC.to_datetime(at).date());
        let bound = |record: &&LinkRecord| record.created_at.is_some_and(within) && record.holds_link();
        let mut all: Vec<Entry> =
            self.with(|items| items.links.values().filter(bound).filter_map(entry).collect());
        let nobodys = self.set_aside();
        all.extend(nobodys.iter().filter(|link| within(link.created_at)).map(set_aside));
        self.with(|items| all.retain(|entry| !items.late.contains(&entry.link_id)));
        Ok(all)
    }

    async fn named(&self, most: usize) -> Result<Vec<Entry>, StoreError> {
        let mut named: Vec<Entry> = self.with(|items| {
            items
                .links
                .values()
                .filter(|record| record.state == LinkState::Pending)
                .filter_map(entry)
                .collect()
        });
        named.sort_by_key(|entry| (entry.made, entry.link_id));
        named.truncate(most);
        Ok(named)
    }

    async fn standing(&self, links: &[(ExternalId, LinkId)]) -> Result<Vec<Entry>, StoreError> {
        Ok(self.with(|items| links.iter().filter_map(|key| items.links.get(key)).filter_map(entry).collect()))
    }

    async fn grouped(&self, behind: Option<&Member>) -> Result<Vec<Member>, StoreError> {
        let mut all: Vec<Member> = self.with(|items| items.links.values().filter_map(member).collect());
        all.sort_by_key(place);
        self.with(|items| all.retain(|member| !items.late.contains(&member.link_id)));
        all.retain(|member| behind.is_none_or(|behind| place(member) > place(behind)));
        all.truncate(if all.len() < 20 { 2 } else { 50 }); // small pages, so that groups are cut
        Ok(all)
    }

    async fn quarantine(&self, most: usize) -> Result<Vec<QuarantinedLink>, StoreError> {
        let mut links = self.set_aside();
        links.sort_by_key(|link| (link.first_seen_at, link.link_id));
        links.truncate(most);
        Ok(links)
    }

    async fn quarantine_size(&self, most: usize) -> Result<usize, StoreError> {
        Ok(self.set_aside().len().min(most))
    }
}

impl Meter for Table {
    fn spent(&self) -> Spent {
        Spent { table_requests: self.commits().try_into().expect("few commits"), ..Spent::default() }
    }
}
