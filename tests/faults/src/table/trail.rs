//! The audit trail, to be read.

use domain::{
    change::Filed,
    external_id::ExternalId,
    link::Marker,
    ports::{Place, Stretch, Subject},
};

use super::Table;

fn owner(marker: &Marker) -> Option<&ExternalId> {
    match marker {
        Marker::Owned(owner) => Some(owner),
        Marker::Quarantined(_) => None,
    }
}

impl Table {
    pub(crate) fn trail(&self, of: &Subject, stretch: &Stretch) -> Vec<Filed> {
        let owner = match of {
            Subject::User(user) => Some(user),
            Subject::Link(link) => self.records.markers.get(link).and_then(owner),
        };
        let about = |filed: &&Filed| match of {
            Subject::User(_) => filed.event.external_id.as_ref() == owner,
            Subject::Link(link) => {
                filed.event.link_id == Some(*link)
                    && filed.event.external_id.as_ref().is_none_or(|whose| Some(whose) == owner)
            }
        };
        let place = |filed: &Filed| (filed.event.at, filed.id.clone());
        let behind = stretch.behind.as_ref().map(|Place { at, id }| (*at, id.clone()));
        let mut told: Vec<_> = self.trail.iter().filter(about).cloned().collect();
        told.sort_by_key(place);
        told.retain(|filed| {
            let at = filed.event.at;
            stretch.from.is_none_or(|from| at >= from)
                && stretch.until.is_none_or(|until| at < until)
                && behind.as_ref().is_none_or(|behind| place(filed) > *behind)
        });
        told.truncate(stretch.most);
        told
    }
}
