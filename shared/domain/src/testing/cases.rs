//! Cases for properties: a ledger as history can have left it, and any news about it.

use jiff::SignedDuration;
use proptest::prelude::*;

use crate::{
    change::{Change, Source},
    link::{
        Claim, LinkRecord, LinkState, LinkStatus, Marker, ProviderLink, QuarantineReason, QuarantinedLink,
    },
    observe::Notice,
    plan::{Markers, News, UserPlan, plan_user},
    policy::{BindingProof, Negatives, Policy},
    session::{LinkSession, Purpose},
    user::Ledger,
    values::{Institution, LinkId},
};

use super::make::*;

/// One user's ledger, and what was learned.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) ledger: Ledger,
    pub(crate) seen: Vec<ProviderLink>,
    pub(crate) missing: Vec<LinkId>,
    pub(crate) markers: Markers,
    pub(crate) notice: Notice,
    pub(crate) policy: Policy,
}

impl Case {
    pub(crate) fn plan(&self) -> UserPlan {
        let (missing, markers) = (&self.missing, &self.markers);
        let news = News { seen: &self.seen, missing, named: None, markers, notice: self.notice };
        plan_user(&self.ledger, &news, &self.policy)
    }

    /// The same news after the plan was carried out.
    pub(crate) fn after(&self, plan: &UserPlan) -> Self {
        let mut next = Self { ledger: self.ledger.clone().with(&plan.changes), ..self.clone() };
        for change in &plan.changes {
            match change {
                Change::Own(id, owner) => next.markers.insert(*id, Marker::Owned(owner.clone())),
                Change::Quarantine(link) => {
                    next.markers.insert(link.link_id, Marker::Quarantined(link.clone()))
                }
                Change::Link(_)
                | Change::Session(_)
                | Change::Stands(_)
                | Change::Intent(_)
                | Change::Unmarked(_) => None,
            };
        }
        next
    }
}

/// How we hold a link before the news.
#[derive(Clone, Copy, Debug)]
enum Held {
    Not,
    Quarantined,
    ByAnother,
    Pending,
    Bound,
    Superseded,
    Gone,
}

#[derive(Clone, Debug)]
struct Raw {
    held: Held,
    by: usize,
    created: i64,
    claim: u8,
    then: LinkStatus,
    now: LinkStatus,
    login: Option<u8>,
    shown: bool,
    noted: Option<i64>,
}

fn status() -> impl Strategy<Value = LinkStatus> {
    let words = ["valid", "valid", "invalid", "token_required", "unconfirmed", "later"];
    prop::sample::select(words.to_vec()).prop_map(|word| LinkStatus::from(word.to_owned()))
}

fn raw() -> impl Strategy<Value = Raw> {
    use Held::{Bound, ByAnother, Gone, Not, Pending, Quarantined, Superseded};
    let held = prop::sample::select(vec![
        Not,
        Not,
        Not,
        Pending,
        Pending,
        Bound,
        Bound,
        Superseded,
        Gone,
        Quarantined,
        ByAnother,
    ]);
    let noted = prop::option::weighted(0.2, 0..100_i64);
    let logins = prop::option::weighted(0.8, 0..2_u8);
    let figures = (held, 0..4_usize, 0..60_i64, 0..12_u8, any::<bool>());
    (figures, status(), status(), logins, noted).prop_map(|(figures, then, now, login, noted)| {
        let (held, by, created, claim, shown) = figures;
        Raw { held, by, created, claim, then, now, login, shown: shown || claim > 3, noted }
    })
}

/// Any ledger of Ana's that our own rules can have left, and any news.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    let sessions = prop::collection::vec((0..60_i64, prop::bool::weighted(0.9)), 0..4);
    let choices = (any::<bool>(), any::<bool>(), 0..3_u8, 60..150_i64);
    (sessions, prop::collection::vec(raw(), 0..8), choices).prop_map(|(sessions, raws, choices)| {
        let mut case = nothing(&sessions, choices);
        for (number, raw) in (1..).zip(&raws) {
            case.add(number, raw);
        }
        case
    })
}

fn nothing(sessions: &[(i64, bool)], choices: (bool, bool, u8, i64)) -> Case {
    let (by_session, negative, source, at) = choices;
    let made = (1..).zip(sessions).map(|(number, (issued, creates))| {
        let purpose = if *creates { Purpose::Create } else { Purpose::Update(LinkId::nil()) };
        LinkSession { purpose, ..session(number, &ana(), *issued) }
    });
    let source = [Source::Sweep, Source::SessionStart, Source::Callback][usize::from(source)];
    let proof = if by_session { BindingProof::Session } else { BindingProof::ExternalId };
    let negatives = if negative { Negatives::Allowed } else { Negatives::Since(minute(1_000)) };
    Case {
        ledger: ledger(&ana(), Vec::new(), made.collect()),
        seen: Vec::new(),
        missing: Vec::new(),
        markers: Markers::new(),
        notice: notice(source, at),
        policy: Policy { proof, negatives, ..Policy::default() },
    }
}

impl Case {
    fn add(&mut self, number: u8, raw: &Raw) {
        let mut link = link(number, raw);
        let id = link.id;
        match raw.held {
            Held::Not => {}
            Held::Quarantined => {
                let held = set_aside(&link, QuarantineReason::NoSession);
                self.markers.insert(id, Marker::Quarantined(QuarantinedLink { revision: 3, ..held }));
            }
            Held::ByAnother => {
                self.markers.insert(id, Marker::Owned(bia()));
            }
            Held::Pending => {
                if let Some(session) = self.ledger.sessions.get(raw.by) {
                    let at = session.issued_at + SignedDuration::from_mins(1);
                    self.ledger.links.push(LinkRecord::pending(id, session, bank(), at));
                }
            }
            Held::Bound | Held::Superseded | Held::Gone => {
                let record = self.record(&mut link, raw);
                self.ledger.links.push(record);
                self.markers.insert(id, Marker::Owned(ana()));
            }
        }
        let known = self.ledger.link(id).is_some();
        if raw.shown || !known { self.seen.push(link) } else { self.missing.push(id) }
    }

    /// A record as binding leaves it: by a session that covers it and made nothing else.
    fn record(&mut self, link: &mut ProviderLink, raw: &Raw) -> LinkRecord {
        let by_session = self.policy.proof == BindingProof::Session;
        let free = |s: &&mut LinkSession| s.link_id.is_none() && s.purpose == Purpose::Create;
        let session = self.ledger.sessions.iter_mut().find(free).filter(|_| by_session);
        if let Some(session) = &session {
            link.created_at = session.issued_at;
        }
        let before = with_status(link.clone(), raw.then.clone());
        let record = bound(&before, &ana(), None);
        let id = session.map(|session| {
            session.link_id = Some(link.id);
            session.id.clone()
        });
        let missing_since = raw.noted.map(minute);
        let record = LinkRecord { session_id: id, missing_since, revision: 4, ..record };
        match raw.held {
            Held::Superseded => in_state(record, LinkState::Superseded),
            Held::Gone => in_state(record, LinkState::Gone),
            Held::Not | Held::Quarantined | Held::ByAnother | Held::Pending | Held::Bound => record,
        }
    }
}

fn link(number: u8, raw: &Raw) -> ProviderLink {
    let claim = match raw.claim {
        0 => Claim::Absent,
        1 => Claim::Malformed,
        2 => Claim::Named(bia()),
        _ => Claim::Named(ana()),
    };
    ProviderLink {
        claim,
        status: raw.now.clone(),
        institution_user_id: raw.login.map(|number| login(&format!("login-{number}"))),
        ..shown(number, &ana(), raw.created)
    }
}

/// Any records of one user, for the rule of duplicates.
pub(crate) fn records() -> impl Strategy<Value = Vec<LinkRecord>> {
    let states = prop::sample::select(vec![
        LinkState::Pending,
        LinkState::Active,
        LinkState::NeedsUpdate,
        LinkState::Superseded,
        LinkState::Deleting,
        LinkState::Gone,
    ]);
    let banks = prop::sample::select(vec!["erebor_mx_retail", "gringotts_br_retail"]);
    let one = (raw(), states, banks, prop::option::of(1..8_u8));
    prop::collection::vec(one, 0..8).prop_map(|all| {
        let record =
            |(number, (raw, state, bank, by)): (u8, (Raw, LinkState, &str, Option<u8>))| LinkRecord {
                institution: Institution::parse(bank).expect("valid"),
                superseded_by: by.map(link_id),
                ..in_state(bound(&link(number, &raw), &ana(), None), state)
            };
        (1..).zip(all).map(record).collect()
    })
}
