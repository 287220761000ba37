//! The filters of `GET /api/links/`: all of them, as Belvo's description lists them. A value that cannot
//! be meant (no UUID, no date, no status) is a 400.

use std::{borrow::Cow, collections::BTreeSet};

use jiff::Timestamp;

use super::days::Days;
use super::paging::Question;
use super::refusal::{Complaint, Refusal};
use crate::book::{Book, Entry, Slot};
use crate::link::{AccessMode, Status};
use crate::state::State;
use crate::switches::Switches;

/// What a link must be like. `None`: not asked for.
pub(super) struct Filters<'q> {
    ids: Option<Vec<&'q str>>,
    users: Option<Vec<&'q str>>,
    pseudonyms: Option<Vec<&'q str>>,
    /// The statuses that pass. `None`: all.
    statuses: Option<Vec<Status>>,
    made: Days,
    one_of: Vec<(Field, Vec<&'q str>)>,
    not_by: Vec<&'q str>,
}

/// How to read a field of a link as text.
type Field = fn(&Entry) -> Option<Cow<'_, str>>;

impl<'q> Filters<'q> {
    /// Reads the filters of a question.
    pub(super) fn read(question: &'q Question, switches: &Switches) -> Result<Self, Refusal> {
        let mut complaints = Vec::new();
        for name in ["id", "id__in", "created_by__not_in"] {
            let uuid = |value: &str| uuid::Uuid::parse_str(value).is_ok();
            check(question, name, "invalid", uuid, &mut complaints);
        }
        for name in ["status", "status__in"] {
            let status = |value: &str| Status::parse(value).is_some();
            check(question, name, "invalid_choice", status, &mut complaints);
        }
        let access = |value: &str| AccessMode::parse(value).is_some();
        check(question, "access_mode", "invalid_choice", access, &mut complaints);
        let rate = |value: &str| matches!(value, "6h" | "12h" | "24h" | "7d" | "30d");
        check(question, "refresh_rate", "invalid_choice", rate, &mut complaints);
        let made = Days::read(question, switches, &mut complaints);
        if !complaints.is_empty() {
            return Err(Refusal::bad_request(complaints));
        }
        let one_of = FIELDS
            .into_iter()
            .flat_map(|(name, field)| both(question, name).map(move |values| (field, values)));
        Ok(Self {
            ids: both(question, "id").reduce(|one, other| common(one, &other)),
            users: both(question, "external_id").reduce(|one, other| common(one, &other)),
            pseudonyms: both(question, "institution_user_id").next(),
            statuses: both(question, "status")
                .reduce(|one, other| common(one, &other))
                .map(|words| words.into_iter().filter_map(Status::parse).collect()),
            made,
            one_of: one_of.collect(),
            not_by: question.list("created_by__not_in").unwrap_or_default(),
        })
    }

    /// The links that pass, oldest first, by the shortest way to them.
    pub(super) fn select<'s>(&self, state: &'s State, now: Timestamp) -> Cow<'s, [Slot]> {
        let book = &state.book;
        let found = if let Some(ids) = &self.ids {
            Cow::Owned(book.in_order(ids.iter().filter_map(|id| book.slot(id))))
        } else if let Some(users) = &self.users {
            Cow::Owned(book.of_users(users))
        } else if let Some(pseudonyms) = &self.pseudonyms {
            Cow::Owned(book.of_pseudonyms(pseudonyms))
        } else {
            let found = self.of_statuses(book);
            if self.is_plain() && state.switches.visibility_lag_seconds == 0 {
                // Every one of them passes: a page can be taken without looking at the others.
                return found;
            }
            found
        };
        let passes = |entry: &Entry| self.pass(entry) && state.sees(entry.made_at, now);
        Cow::Owned(found.iter().copied().filter(|slot| book.entry(*slot).is_some_and(passes)).collect())
    }

    /// The links of the stretch of time and the statuses asked for.
    fn of_statuses<'s>(&self, book: &'s Book) -> Cow<'s, [Slot]> {
        let made = |status| book.made_between(status, self.made.from(), self.made.before());
        match self.statuses.as_deref() {
            None => Cow::Borrowed(made(None)),
            Some([one]) => Cow::Borrowed(made(Some(*one))),
            Some(several) => {
                let several: BTreeSet<_> = several.iter().map(|status| status.as_str()).collect();
                let statuses = several.into_iter().filter_map(Status::parse);
                Cow::Owned(book.in_order(statuses.flat_map(|status| made(Some(status)).iter().copied())))
            }
        }
    }

    /// Whether nothing is asked for but a stretch of time and statuses.
    fn is_plain(&self) -> bool {
        self.not_by.is_empty() && self.one_of.is_empty()
    }

    fn pass(&self, link: &Entry) -> bool {
        let user = link.external_id.as_deref();
        self.users.as_ref().is_none_or(|users| user.is_some_and(|user| users.contains(&user)))
            && self.made.include(link.created_at)
            && self.statuses.as_ref().is_none_or(|statuses| statuses.contains(&link.status))
            && !self.not_by.contains(&link.terms.created_by.as_str())
            && self
                .one_of
                .iter()
                .all(|(field, values)| field(link).is_some_and(|value| values.contains(&value.as_ref())))
    }
}

/// The fields that are compared as text, each with an `…__in` of its own where Belvo has one.
const FIELDS: [(&str, Field); 4] = [
    ("institution", |link| Some(link.terms.institution.as_str().into())),
    ("access_mode", |link| Some(link.terms.access_mode.as_str().into())),
    ("institution_user_id", |link| link.institution_user_id().map(Cow::Owned)),
    ("refresh_rate", |link| link.terms.refresh_rate.as_deref().map(Cow::Borrowed)),
];

/// The values of `name` and of `name__in`: a link has to pass both.
fn both<'q>(question: &'q Question, name: &str) -> impl Iterator<Item = Vec<&'q str>> {
    let one = question.get(name).map(|value| vec![value]);
    // Belvo has no `access_mode__in` and no `refresh_rate__in`: unknown, hence ignored.
    let has_list = !matches!(name, "access_mode" | "refresh_rate");
    let many = question.list(&format!("{name}__in"));
    one.into_iter().chain(many.filter(|_| has_list))
}

fn common<'q>(one: Vec<&'q str>, other: &[&'q str]) -> Vec<&'q str> {
    one.into_iter().filter(|value| other.contains(value)).collect()
}

fn check(
    question: &Question,
    name: &str,
    code: &'static str,
    means_something: impl Fn(&str) -> bool,
    complaints: &mut Vec<Complaint>,
) {
    let values = match name.split_once("__") {
        None => question.get(name).map(|value| vec![value]),
        Some(_) => question.list(name),
    };
    if !values.unwrap_or_default().into_iter().all(means_something) {
        let message = "This is not one of the values it takes.";
        complaints.push(Complaint::about(name, code, message));
    }
}
