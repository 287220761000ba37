//! How a link comes to be, whether by the API or by the widget: the login, the code, the opt-in
//! against duplicates, and what the new link looks like.

use jiff::Timestamp;

use crate::book::{Book, Entry, Record};
use crate::encoding::{digest, hex};
use crate::link::{AccessMode, Link, Status};
use crate::sandbox::{self, Answer, Institution};
use crate::state::State;
use crate::switches::DuplicatePrevention;

/// Somebody asks for a link.
pub(crate) struct Application {
    pub(crate) institution: Institution,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) code: Option<String>,
    /// After the rule about personal data.
    pub(crate) external_id: Option<String>,
    pub(crate) access_mode: AccessMode,
    pub(crate) credentials_storage: Option<String>,
    pub(crate) stale_in: Option<String>,
    pub(crate) fetch_resources: Vec<String>,
    /// The link that an earlier attempt left waiting for its code.
    pub(crate) unconfirmed: Option<String>,
}

/// What surrounds a creation.
pub(crate) struct Surroundings<'a> {
    pub(crate) secret: &'a str,
    pub(crate) created_by: String,
    pub(crate) prevention: DuplicatePrevention,
    pub(crate) now: Timestamp,
    pub(crate) new_id: String,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Creation {
    /// The link is there and works.
    Made(Link),
    /// The link is there, `unconfirmed`, and waits for a code.
    CodeNeeded(Link),
    /// The institution refused the login.
    Refused,
    /// There is a link of the same person already; this is its `institution_user_id`.
    Duplicated(String),
}

/// Tries to make the link.
pub(crate) fn create(state: &mut State, application: Application, around: Surroundings<'_>) -> Creation {
    let institution = application.institution;
    let username = application.username.as_str();
    let status =
        match sandbox::log_in(institution, username, &application.password, application.code.as_deref()) {
            Answer::Refused => return Creation::Refused,
            Answer::CodeNeeded => Status::Unconfirmed,
            Answer::Welcome => Status::Valid,
        };
    let pseudonym = sandbox::institution_user_id(around.secret, institution.name, &application.username);
    let now = around.now;
    if blocked(&state.book, &application, &pseudonym, around.prevention) {
        return Creation::Duplicated(pseudonym);
    }
    let withheld = status == Status::Unconfirmed && !state.switches.unconfirmed_has_institution_user_id;
    let shown = Some(pseudonym.clone()).filter(|_| !withheld);
    let record = record(&state.book, application, around, status, shown);
    let link = record.link.clone();
    state.upkeep.watch(&link);
    if withheld {
        state.upkeep.withheld.insert(link.id.clone(), pseudonym);
    }
    state.book.put(record);
    if link.status == Status::Valid {
        state.fetched(&link.id, now);
    }
    match link.status {
        Status::Unconfirmed => Creation::CodeNeeded(link),
        Status::Valid | Status::Invalid | Status::TokenRequired => Creation::Made(link),
    }
}

fn blocked(book: &Book, application: &Application, pseudonym: &str, prevention: DuplicatePrevention) -> bool {
    let same_user = |link: &Entry| match prevention {
        DuplicatePrevention::Off => false,
        DuplicatePrevention::PerInstitutionUser => true,
        DuplicatePrevention::PerExternalId => {
            link.external_id.as_deref() == application.external_id.as_deref()
        }
    };
    prevention != DuplicatePrevention::Off
        && book
            .of_pseudonyms(&[pseudonym])
            .into_iter()
            .filter_map(|slot| book.entry(slot))
            .any(|link| same_user(link) && link.status != Status::Unconfirmed)
}

/// The new record, or the waiting one of the same person, now with its new status.
fn record(
    book: &Book,
    application: Application,
    around: Surroundings<'_>,
    status: Status,
    pseudonym: Option<String>,
) -> Record {
    let person = person(application.institution.name, &application.username);
    let waiting = application
        .unconfirmed
        .and_then(|id| book.get(&id))
        .filter(|record| record.person == person && record.link.status == Status::Unconfirmed);
    let (id, created_at) =
        waiting.map_or((around.new_id, around.now), |record| (record.link.id, record.link.created_at));
    let mode = application.access_mode;
    Record {
        person,
        made_at: Some(created_at),
        link: Link {
            id,
            institution: application.institution.name.to_owned(),
            access_mode: mode,
            status,
            refresh_rate: refresh_rate(mode),
            created_by: around.created_by,
            last_accessed_at: (status == Status::Valid).then_some(around.now),
            external_id: application.external_id,
            created_at,
            institution_user_id: pseudonym,
            credentials_storage: application.credentials_storage.unwrap_or_else(|| credentials_storage(mode)),
            stale_in: application.stale_in,
            fetch_resources: application.fetch_resources,
        },
    }
}

/// Whose accounts a link shows: the same for the same login, without telling the login.
pub(crate) fn person(institution: &str, username: &str) -> String {
    hex(&digest(&["person", institution, username]))
}

/// How often Belvo comes back.
pub(crate) fn refresh_rate(mode: AccessMode) -> Option<String> {
    (mode == AccessMode::Recurrent).then(|| "7d".to_owned())
}

/// How long Belvo keeps credentials when nobody says otherwise.
pub(crate) fn credentials_storage(mode: AccessMode) -> String {
    match mode {
        AccessMode::Recurrent => "store".to_owned(),
        AccessMode::Single => "365d".to_owned(),
    }
}
