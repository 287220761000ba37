//! What people recognise a link by: the institution's own name, and its accounts, masked. Asked for at the start
//! of a session, once a link, and never waited for.

use std::collections::BTreeSet;

use crate::{
    change::{Action, AuditEvent, Change},
    link::LinkRecord,
    masked,
    observe::Notice,
    plan::UserPlan,
    policy::{Policy, after},
    ports::Recognised,
    user::Ledger,
    values::{Institution, InstitutionName, LinkId},
};

/// Most links that one start asks about: it is one call, and the rest is asked for at the next start.
const MOST: usize = 20;

/// What is to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Links whose accounts are not known.
    pub(crate) links: Vec<LinkId>,
    /// Institutions whose own names are not known.
    pub(crate) institutions: Vec<Institution>,
}

/// What is not known of the connected links, once `plan` is made.
pub(crate) fn wanted(ledger: &Ledger, plan: &UserPlan) -> Wanted {
    let ledger = ledger.clone().with(&plan.changes);
    let connected = || ledger.links.iter().filter(|record| record.state.is_connected());
    let links = connected().filter(|record| record.accounts.is_none()).map(|record| record.link_id);
    let nameless = connected().filter(|record| record.institution_name.is_none());
    let institutions: BTreeSet<_> = nameless.map(|record| record.institution.clone()).collect();
    Wanted { links: links.take(MOST).collect(), institutions: institutions.into_iter().take(MOST).collect() }
}

/// Adds to the plan what Belvo told. What it did not tell is asked for again at the next start, unless the link is
/// old enough for "none" to be the last word: Belvo gathers a young link's accounts after it was made.
pub(crate) fn recognise(
    ledger: &Ledger,
    plan: &mut UserPlan,
    wanted: &Wanted,
    told: &Recognised,
    notice: Notice,
    policy: &Policy,
) {
    let planned = ledger.clone().with(&plan.changes);
    for record in planned.links.iter().filter(|record| record.state.is_connected()) {
        let settled =
            record.created_at.is_some_and(|at| after(at, policy.accounts_within) <= notice.asked_at);
        let known = LinkRecord {
            accounts: record.accounts.clone().or_else(|| accounts(record, wanted, told, settled)),
            institution_name: record.institution_name.clone().or_else(|| name(record, wanted, told, settled)),
            ..record.clone()
        };
        if known != *record {
            change(ledger, plan, known, notice);
        }
    }
}

fn accounts(
    record: &LinkRecord,
    wanted: &Wanted,
    told: &Recognised,
    settled: bool,
) -> Option<Vec<masked::MaskedAccount>> {
    let asked = told.accounts.as_ref().filter(|_| wanted.links.contains(&record.link_id));
    let accounts = masked::of_link(record.link_id, asked?);
    Some(accounts).filter(|accounts| settled || !accounts.is_empty())
}

/// The institution's own name. One that Belvo has none for goes by the name that the API has for it.
fn name(record: &LinkRecord, wanted: &Wanted, told: &Recognised, settled: bool) -> Option<InstitutionName> {
    let asked = told.names.as_ref().filter(|_| wanted.institutions.contains(&record.institution));
    let technical = || settled.then(|| InstitutionName::of(&record.institution));
    asked?.get(&record.institution).cloned().or_else(technical)
}

/// Puts the record into the plan: in the place of its other change, or of the condition that it must not change.
fn change(ledger: &Ledger, plan: &mut UserPlan, known: LinkRecord, notice: Notice) {
    let of_this =
        |change: &&mut Change| matches!(change, Change::Link(other) if other.link_id == known.link_id);
    if let Some(planned) = plan.changes.iter_mut().find(of_this) {
        *planned = Change::Link(known);
        return;
    }
    plan.changes.retain(|change| !matches!(change, Change::Stands(kept) if kept.link_id == known.link_id));
    let known = LinkRecord { revision: known.revision + 1, ..known };
    let event = AuditEvent::of_link(Action::Refresh, ledger.link(known.link_id), &known, notice);
    plan.audit.push(event);
    plan.changes.push(Change::Link(known));
}

#[cfg(test)]
mod tests;
