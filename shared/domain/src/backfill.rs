//! Accounts from before: what to do about one line of a file that an operator vouches for.
//!
//! A line names a user by the `external_id` that their links carry at Belvo, the app's own key for them, which
//! leads to this user from then on, and one link of theirs. What is to do is a difference to what we hold, so
//! a line that comes again changes nothing. A bad line is left out whole.

mod lanes;
mod line;
mod rehearsal;
#[cfg(test)]
mod tests;

pub use lanes::lanes;
pub use line::{Fault, Line, Said};
pub use rehearsal::Rehearsal;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    callbacks::ATTEMPTS,
    change::{Action, AuditEvent, CarriedOut, Source, WriterId, carry_out},
    external_id::ExternalId,
    failure::StoreError,
    link::{Claim, LinkStatus, Marker, ProviderLink},
    observe::Notice,
    plan::{Markers, UserPlan, plan_vouched},
    policy::Policy,
    ports::{Aliased, Aliases, Ambient, Ledgers, Registered, Users},
    register::register,
    user::{Ledger, User},
    values::LinkId,
};

/// What Belvo was asked for many lines at once.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Belvo's records of their links, as far as nobody owned them.
    pub shown: BTreeMap<LinkId, ProviderLink>,
    /// When Belvo was asked, by our clock.
    pub at: Timestamp,
}

/// What we hold that concerns a line.
#[derive(Clone, Debug)]
pub struct Held {
    leads_to: Option<ExternalId>,
    ledger: Option<Ledger>,
    markers: Markers,
}

/// What became of the link that a line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// It is the user's now.
    Adopted,
    /// It was already.
    Known,
}

/// What a line changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// The user is new.
    pub registered: bool,
    /// The reference leads to the user from now on.
    pub aliased: bool,
    /// The link, if the line names one.
    pub link: Option<Adoption>,
}

/// What a line comes to, with nothing left to decide.
#[derive(Clone, Debug)]
pub struct Todo {
    user: User,
    brought: Brought,
    plan: UserPlan,
}

/// Why a line was not brought in.
#[derive(Debug, thiserror::Error)]
pub enum Unbrought {
    /// The line is bad. The others go on.
    #[error(transparent)]
    Bad(#[from] Fault),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What many lines came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Lines that say something.
    pub lines: u64,
    /// Users who are new.
    pub registered: u64,
    /// References that lead to a user of another `external_id` from now on.
    pub references: u64,
    /// Links that became their user's.
    pub adopted: u64,
    /// Links that were their user's already.
    pub known: u64,
    /// Lines that were left out.
    pub bad: u64,
}

impl Tally {
    /// Counts one line more.
    pub fn count(&mut self, line: &Result<Brought, Fault>) {
        self.lines += 1;
        let Ok(brought) = line else {
            self.bad += 1;
            return;
        };
        self.registered += u64::from(brought.registered);
        self.references += u64::from(brought.aliased);
        self.adopted += u64::from(brought.link == Some(Adoption::Adopted));
        self.known += u64::from(brought.link == Some(Adoption::Known));
    }
}

/// Brings one line in: registers its user, makes its reference lead there and binds its link, as far as that is
/// not so already.
pub async fn bring_in(
    store: &(impl Users + Aliases + Ledgers),
    ambient: &impl Ambient,
    policy: &Policy,
    line: &Line,
    asked: &Asked,
) -> Result<Brought, Unbrought> {
    let mut brought = Brought::default();
    for _ in 0..ATTEMPTS {
        let held = look(store, line).await?;
        let Todo { mut user, brought: wanted, plan } = decide(line, &held, asked, policy)?;
        if wanted.registered {
            user = match register(store, ambient, user.external_id, Source::Backfill).await? {
                Registered::New(user) => user,
                Registered::Known(_) => continue, // somebody was quicker: decide about that user
                Registered::Erased => return Err(Fault::Erased.into()),
            };
            brought.registered = true;
        }
        if let Some(alias) = line.reference.as_ref().filter(|_| wanted.aliased) {
            brought.aliased |= stand_for(store, ambient, alias, &user).await?;
        }
        if plan.is_empty() {
            return Ok(Brought { link: wanted.link, ..brought });
        }
        match carry_out(store, ambient, plan.changes, plan.audit).await? {
            CarriedOut::Done => return Ok(Brought { link: wanted.link, ..brought }),
            CarriedOut::OwnedByAnother(_) => return Err(Fault::HeldByAnother.into()),
            CarriedOut::Stale => {}
        }
    }
    Err(StoreError::Busy("the user's records kept changing".into()).into())
}

/// Whether the alias is new.
async fn stand_for(
    store: &impl Aliases,
    ambient: &impl Ambient,
    alias: &ExternalId,
    user: &User,
) -> Result<bool, Unbrought> {
    let event = AuditEvent::new(ambient.now(), Action::Alias, Source::Backfill);
    let event = AuditEvent { external_id: Some(user.external_id.clone()), ..event };
    match store.stand_for(alias, user, &event, &WriterId::mint(ambient.random())).await? {
        Aliased::New => Ok(true),
        Aliased::Known => Ok(false),
        Aliased::Taken => Err(Fault::ReferenceTaken.into()),
        Aliased::HasAnother => Err(Fault::UserTaken.into()),
    }
}

/// Reads what we hold that concerns the line.
pub async fn look(store: &impl Ledgers, line: &Line) -> Result<Held, StoreError> {
    let led = match &line.reference {
        Some(reference) => store.ledger(reference).await?,
        None => None,
    };
    let leads_to = led.as_ref().map(|ledger| ledger.user.external_id.clone());
    let there = led.filter(|ledger| ledger.user.external_id == line.external_id);
    let ledger = if there.is_some() { there } else { store.ledger(&line.external_id).await? };
    let unheld = line.link.filter(|id| ledger.as_ref().is_none_or(|held| held.link(*id).is_none()));
    let markers = match unheld {
        Some(id) => store.markers(&[id]).await?,
        None => Markers::new(),
    };
    Ok(Held { leads_to, ledger, markers })
}

/// What is to do about the line.
pub fn decide(line: &Line, held: &Held, asked: &Asked, policy: &Policy) -> Result<Todo, Fault> {
    if held.leads_to.as_ref().is_some_and(|user| *user != line.external_id) {
        return Err(Fault::ReferenceTaken);
    }
    let aliased = line.reference.is_some() && held.leads_to.is_none();
    let new = || Ledger {
        user: User::new(line.external_id.clone(), asked.at),
        links: Vec::new(),
        sessions: Vec::new(),
    };
    let ledger = held.ledger.clone().unwrap_or_else(new);
    if aliased && ledger.user.alias.is_some() {
        return Err(Fault::UserTaken);
    }
    let (adoption, plan) = match line.link {
        Some(id) => {
            adopt(&ledger, id, &held.markers, asked, policy).map(|(adoption, plan)| (Some(adoption), plan))?
        }
        None => (None, UserPlan::default()),
    };
    let brought = Brought { registered: held.ledger.is_none(), aliased, link: adoption };
    Ok(Todo { user: ledger.user, brought, plan })
}

/// The plan for the one link. Where Belvo's record names nobody, the file's word stands.
fn adopt(
    ledger: &Ledger,
    id: LinkId,
    markers: &Markers,
    asked: &Asked,
    policy: &Policy,
) -> Result<(Adoption, UserPlan), Fault> {
    match (ledger.link(id), markers.get(&id)) {
        (Some(record), _) if record.is_buried() => return Err(Fault::Gone),
        (Some(record), _) if record.holds_link() => return Ok((Adoption::Known, UserPlan::default())),
        (_, Some(Marker::Owned(owner))) if *owner != ledger.user.external_id => {
            return Err(Fault::HeldByAnother);
        }
        (_, _) => {}
    }
    let shown = asked.shown.get(&id).ok_or(Fault::NotAtBelvo)?;
    let vouched = shown.claim == Claim::Absent || shown.claim.names(&ledger.user.external_id);
    if shown.status == LinkStatus::Unconfirmed {
        return Err(Fault::Unconfirmed);
    }
    if !vouched {
        return Err(Fault::NamesAnother);
    }
    let notice = Notice { source: Source::Backfill, asked_at: asked.at };
    Ok((Adoption::Adopted, plan_vouched(ledger, std::slice::from_ref(shown), notice, policy)))
}

/// Those of these links that Belvo has to be asked about: all that are not bound yet, so that a file that
/// comes again costs no calls.
#[must_use]
pub fn unheld(ids: &[LinkId], markers: &Markers) -> Vec<LinkId> {
    let owned = |id: &LinkId| matches!(markers.get(id), Some(Marker::Owned(_)));
    let ids: BTreeSet<_> = ids.iter().copied().filter(|id| !owned(id)).collect();
    ids.into_iter().collect()
}
