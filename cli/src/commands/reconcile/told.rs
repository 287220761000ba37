//! What a sweep came to, for people.

use domain::{
    change::Action,
    link::LinkState,
    sweep::{Breaker, Report, Scope, Step},
};

use super::word;
use crate::commands::table;

/// The changes as a table; `more` are not among them.
pub(super) fn steps(steps: &[Step], more: usize) -> String {
    if steps.is_empty() {
        return "Nothing to change.".to_owned();
    }
    let state = |state: Option<LinkState>| state.map_or_else(|| "-".to_owned(), word);
    let row = |step: &Step| {
        [
            word(step.action),
            step.link_id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
            step.external_id.clone().map_or_else(|| "nobody".to_owned(), String::from),
            state(step.before),
            state(step.after),
        ]
    };
    let table = table(["action", "link", "user", "before", "after"], steps.iter().map(row));
    if more == 0 { table } else { format!("{table}\n… and {more} more.") }
}

/// What was looked at.
pub(crate) fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Full => "full".to_owned(),
        Scope::Recent => "recent".to_owned(),
        Scope::Days { from, to } => format!("{from} to {to}"),
        Scope::User(_) => "one user".to_owned(),
    }
}

/// What was counted, what is left, and what it cost.
pub(super) fn summary(report: &Report) -> String {
    let counts = &report.counts;
    let mut lines = vec![format!(
        "Belvo listed {} links; {} were known here, {} of them in quarantine. The sweep {}.",
        counts.listed,
        counts.known,
        counts.quarantined,
        changes(report)
    )];
    let noted = [
        (counts.conflicts, "users changed meanwhile and are left to the next sweep"),
        (counts.refused, "users have records that cannot be read or changed: see to the table"),
        (counts.unreadable, "records of Belvo's could not be read and were set aside"),
        (counts.shifting, "lists changed while they were read, and were read twice"),
        (counts.unanswered, "absent links could not be asked about and are left to the next sweep"),
        (report.left, "changes are beyond what one sweep may take away, and left to the next"),
        (counts.shared_logins, "logins are shared by several users: reported, never merged"),
        (
            counts.probable_duplicates,
            "pairs of links without a login look like one account: reported, never merged",
        ),
    ];
    lines
        .extend(noted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}.")));
    lines.extend(withheld(report));
    lines.push(cost(report));
    lines.join("\n")
}

fn changes(report: &Report) -> String {
    let done = if report.dry_run { "would change" } else { "changed" };
    let total: usize = report.counts.actions.values().sum();
    let each = |(action, count): (&Action, &usize)| format!("{} {count}", word(action));
    let each: Vec<_> = report.counts.actions.iter().map(each).collect();
    if each.is_empty() { format!("{done} nothing") } else { format!("{done} {total}: {}", each.join(", ")) }
}

/// Why a breaker's trip holds changes back, in one sentence.
pub(crate) fn why(breakers: impl IntoIterator<Item = Breaker>) -> String {
    breakers.into_iter().map(Breaker::meaning).collect::<Vec<_>>().join("; ")
}

fn withheld(report: &Report) -> Vec<String> {
    if report.withheld == 0 {
        return Vec::new();
    }
    let (count, why) = (report.withheld, why(report.breakers.iter().copied()));
    let held = format!("{count} changes that take something away were withheld: {why}.");
    let next = match &report.plan {
        Some(plan) => {
            format!("Look at them with `linkkeeper plan {plan}`; `linkkeeper apply {plan}` makes them.")
        }
        None => "Without --dry-run they are kept as a plan, which waits for `linkkeeper apply`.".to_owned(),
    };
    vec![held, next]
}

fn cost(report: &Report) -> String {
    let spent = &report.spent;
    format!(
        "It took {} calls to Belvo and {} requests to the table, {} read units and {} write units.",
        spent.belvo_calls, spent.table_requests, spent.read_units, spent.write_units
    )
}
