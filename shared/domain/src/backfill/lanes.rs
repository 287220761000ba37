//! Which lines may be brought in side by side: those that have nothing in common. Where two name one user, one
//! reference or one link, the first decides, as in the file.

use std::collections::{BTreeMap, BTreeSet};

use crate::{external_id::ExternalId, values::LinkId};

use super::Line;

/// A line with its number.
type Numbered = (u64, Line);

/// What lines can have in common. A reference alone is a user, so the two are of one kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    User(ExternalId),
    Link(LinkId),
}

/// The lines in groups that have nothing in common, each in the order of the file.
#[must_use]
pub fn lanes(chunk: Vec<Numbered>) -> Vec<Vec<Numbered>> {
    let mut lane_of: BTreeMap<Name, usize> = BTreeMap::new();
    let mut lanes: BTreeMap<usize, Vec<Numbered>> = BTreeMap::new();
    for (place, numbered) in chunk.into_iter().enumerate() {
        let names = names(&numbered.1);
        let met: BTreeSet<usize> = names.iter().filter_map(|name| lane_of.get(name).copied()).collect();
        let lane = met.first().copied().unwrap_or(place);
        for joined in met.into_iter().skip(1) {
            lane_of.values_mut().filter(|at| **at == joined).for_each(|at| *at = lane);
            let moved = lanes.remove(&joined).unwrap_or_default();
            lanes.entry(lane).or_default().extend(moved);
        }
        lane_of.extend(names.into_iter().map(|name| (name, lane)));
        lanes.entry(lane).or_default().push(numbered);
    }
    let mut lanes: Vec<_> = lanes.into_values().collect();
    for lane in &mut lanes {
        lane.sort_by_key(|(number, _)| *number);
    }
    lanes
}

fn names(line: &Line) -> Vec<Name> {
    let users = [Some(&line.external_id), line.reference.as_ref()].into_iter().flatten();
    users.cloned().map(Name::User).chain(line.link.map(Name::Link)).collect()
}
