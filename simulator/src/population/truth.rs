//! What a perfect reconciliation must end with, worked out from the book as it is now: who owns each
//! link, and how it stands at Linkkeeper. The rules are those of the design, said again here so that
//! Linkkeeper is not measured with its own ruler.

use axum::Json;
use axum::Router;
use axum::extract::{Query, State as Handle};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::Group;
use crate::belvo::Belvo;
use crate::book::{Entry, Slot};
use crate::link::Status;
use crate::state::State;

/// How many lines an answer has when the question does not say, and at most.
const LINES: usize = 10_000;

/// How a link has to stand at Linkkeeper in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Bound, and it works.
    Active,
    /// Bound; the person has to log in again.
    NeedsUpdate,
    /// Bound, but another link of the same user and person took its place.
    Superseded,
    /// Not bound: no session explains it, or nobody registered owns it.
    Quarantined,
    /// Not bound: it was never finished.
    Unbound,
}

/// What is true of one link.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Truth {
    /// The link's id.
    pub link: String,
    /// The registered user whose `external_id` it carries.
    pub owner: Option<String>,
    /// How it has to stand.
    pub state: Expected,
    /// The link that took its place, if it is superseded.
    pub survivor: Option<String>,
    /// Whether a session of the owner explains it.
    pub explained: bool,
    /// When that session was issued: five minutes before the link was made.
    pub issued_at: Option<Timestamp>,
    /// Whether Linkkeeper is to learn of it only by comparing.
    pub orphan: bool,
}

/// How many links have to end how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// All links.
    pub links: usize,
    /// Registered users, whether or not they have links.
    pub users: usize,
    /// See [`Expected::Active`].
    pub active: usize,
    /// See [`Expected::NeedsUpdate`].
    pub needs_update: usize,
    /// See [`Expected::Superseded`].
    pub superseded: usize,
    /// See [`Expected::Quarantined`].
    pub quarantined: usize,
    /// See [`Expected::Unbound`].
    pub unbound: usize,
    /// Those that a session explains.
    pub explained: usize,
    /// Those of which Linkkeeper has heard nothing.
    pub orphans: usize,
}

impl Belvo {
    /// What is true of the links from one place on, oldest first, so many at most. Without a made-up
    /// account nobody is registered, and every link is a stranger.
    #[must_use]
    pub fn truth_page(&self, from: usize, most: usize) -> Vec<Truth> {
        let state = self.lock();
        let all = state.book.made_between(None, Timestamp::MIN, Timestamp::MAX);
        all.iter().skip(from).take(most).filter_map(|slot| truth(&state, *slot)).collect()
    }

    /// What is true of every link, oldest first. Takes them in pages, so that others get a turn; a
    /// book that changes meanwhile may shift them.
    pub fn truth(&self) -> impl Iterator<Item = Truth> {
        let pages = (0..).step_by(LINES).map(|from| self.truth_page(from, LINES));
        pages.take_while(|page| !page.is_empty()).flatten()
    }

    /// The counts of [`Belvo::truth`].
    #[must_use]
    pub fn truth_summary(&self) -> Summary {
        let users = self.lock().generated.as_ref().map_or(0, |generated| generated.registered.len());
        let start = Summary { users, ..Summary::default() };
        self.truth().fold(start, |mut sum, truth| {
            sum.links += 1;
            sum.explained += usize::from(truth.explained);
            sum.orphans += usize::from(truth.orphan);
            *match truth.state {
                Expected::Active => &mut sum.active,
                Expected::NeedsUpdate => &mut sum.needs_update,
                Expected::Superseded => &mut sum.superseded,
                Expected::Quarantined => &mut sum.quarantined,
                Expected::Unbound => &mut sum.unbound,
            } += 1;
            sum
        })
    }
}

fn truth(state: &State, slot: Slot) -> Option<Truth> {
    let entry = state.book.entry(slot)?;
    let owner = entry.external_id.as_deref().filter(|owner| registered(state, owner));
    let explained = explained(state, entry);
    let survivor = (explained && entry.status != Status::Unconfirmed)
        .then(|| survivor(state, entry))
        .filter(|survivor| survivor.id != entry.id);
    let expected = match entry.status {
        Status::Unconfirmed => Expected::Unbound,
        _ if !explained => Expected::Quarantined,
        _ if survivor.is_some() => Expected::Superseded,
        Status::Valid => Expected::Active,
        Status::Invalid | Status::TokenRequired => Expected::NeedsUpdate,
    };
    Some(Truth {
        link: entry.id.text(),
        owner: owner.map(str::to_owned),
        state: expected,
        survivor: survivor.map(|survivor| survivor.id.text()),
        explained,
        issued_at: entry.created_at.checked_sub(5.minutes()).ok().filter(|_| explained),
        orphan: mark(state, entry) == Some(Group::Orphan),
    })
}

fn registered(state: &State, owner: &str) -> bool {
    state.generated.as_ref().is_some_and(|generated| generated.registered.contains(owner))
}

fn mark(state: &State, entry: &Entry) -> Option<Group> {
    state.generated.as_ref()?.marked.get(&entry.id).copied()
}

fn explained(state: &State, entry: &Entry) -> bool {
    entry.external_id.as_deref().is_some_and(|owner| registered(state, owner))
        && mark(state, entry) != Some(Group::Planted)
}

/// Of the finished, explained links of the same user and person: usable first, then newest, then id.
fn survivor<'s>(state: &'s State, entry: &'s Entry) -> &'s Entry {
    let Some(pseudonym) = &entry.pseudonym else { return entry };
    let rank = |entry: &Entry| match entry.status {
        Status::Valid => 3,
        Status::TokenRequired => 2,
        Status::Invalid => 1,
        Status::Unconfirmed => 0,
    };
    let group = state.book.of_pseudonym(pseudonym).filter_map(|slot| state.book.entry(slot));
    group
        .filter(|other| other.external_id == entry.external_id)
        .filter(|other| other.status != Status::Unconfirmed && explained(state, other))
        .max_by(|one, other| rank(one).cmp(&rank(other)).then_with(|| one.by_age(other)))
        .unwrap_or(entry)
}

/// The routes of the truth, for the control API.
pub(crate) fn routes() -> Router<Belvo> {
    Router::new().route("/_sim/truth", get(tell))
}

#[derive(Deserialize)]
struct Question {
    summary: Option<String>,
    #[serde(default)]
    from: usize,
    #[serde(default = "lines")]
    most: usize,
}

fn lines() -> usize {
    LINES
}

/// One JSON object a line, from a place on; an empty answer is the end. With `summary`: the counts.
async fn tell(Handle(belvo): Handle<Belvo>, Query(question): Query<Question>) -> Response {
    if question.summary.is_some() {
        return Json(belvo.truth_summary()).into_response();
    }
    let mut body = Vec::new();
    for truth in belvo.truth_page(question.from, question.most.min(LINES)) {
        if let Err(error) = serde_json::to_writer(&mut body, &truth) {
            return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
        }
        body.push(b'\n');
    }
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}
