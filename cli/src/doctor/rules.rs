//! The rules: from what was learned to what is said. Pure; the moment is an argument.

use adapters::dynamo::{Health, Newer};
use domain::{
    deletion::Intent,
    policy::{Policy, after},
    ports::Permit,
    sweep::{Canary, Report, SweepState},
};
use jiff::{SignedDuration, Timestamp};

use super::Finding;

/// Clocks that are further apart than this are told.
const APART: SignedDuration = SignedDuration::from_secs(5);
/// So far apart, sessions would explain links that they did not make, and AWS refuses signatures soon after.
const FAR_APART: SignedDuration = SignedDuration::from_mins(1);
/// Sweeps are due every few minutes; a silence as long as this is one.
const SILENCE: SignedDuration = SignedDuration::from_mins(30);
/// What is due is taken up within minutes.
const WAITED: SignedDuration = SignedDuration::from_mins(15);

/// Our clock beside that of somebody who answered between `before` and `now`.
pub(super) fn clock(
    check: &'static str,
    told: Option<Timestamp>,
    before: Timestamp,
    now: Timestamp,
) -> Finding {
    let Some(told) = told else { return Finding::ok(check, "no time was told: nothing to compare with") };
    // Told in whole seconds, so it may be one second behind.
    let ahead = before.duration_since(after(told, SignedDuration::from_secs(1)));
    let behind = told.duration_since(now);
    let off = ahead.max(behind).max(SignedDuration::ZERO);
    let found = format!("{} s apart", off.as_secs());
    let mend =
        "set this machine's clock (NTP); in Lambda it is AWS's, so it is the other side's that is wrong";
    if off > FAR_APART {
        Finding::problem(check, found, mend)
    } else if off > APART {
        Finding::warning(check, found, mend)
    } else {
        Finding::ok(check, found)
    }
}

/// The table's shape.
pub(super) fn table(health: &Health, local: bool) -> Finding {
    let risks = health.risks.join("; ");
    match (health.flaws.is_empty(), health.risks.is_empty() || local) {
        (false, _) => Finding::problem(
            "table",
            health.flaws.join("; "),
            "deploy template.yaml, or change the table to what it says there; local data: delete the folder",
        ),
        (true, false) => {
            Finding::problem("table", risks, "switch both on for the table, as template.yaml does")
        }
        (true, true) => Finding::ok("table", "keys, indexes, time to live and stream are as in the template"),
    }
}

/// The budget of calls in the present window.
pub(super) fn budget(permits: &[Permit], calls_per_window: u32) -> Finding {
    if permits.contains(&Permit::Paused) {
        let mend = "it ends by itself within a minute; if it comes back, something else calls Belvo from this address";
        return Finding::warning("budget", "Belvo throttled somebody: nobody calls it now", mend);
    }
    if permits.contains(&Permit::Full) {
        let mend = "nothing, if a sweep is under way; else see BELVO_CALLS_PER_30_S and the report's calls";
        return Finding::warning("budget", "some calls have to wait for the next six seconds", mend);
    }
    Finding::ok("budget", format!("there is room in this window of {calls_per_window} calls"))
}

/// How the last sweeps went.
pub(super) fn sweeps(
    state: &SweepState,
    last: Option<&Report>,
    now: Timestamp,
    policy: &Policy,
) -> Vec<Finding> {
    let is_late = |last: Option<Timestamp>, by| last.is_none_or(|last| after(last, by) < now);
    let recent = state
        .last_recent
        .map_or("nobody has swept yet".to_owned(), |at| format!("the last one began {at:.0}"));
    let full = state.last_full.map(|last| last.finished_at);
    let mend = "see the log of reconcile (in the cloud), or that `linkkeeper local` runs; `linkkeeper reconcile` sweeps now";
    let age = if is_late(state.last_recent, SILENCE) {
        Finding::problem("last sweep", recent, mend)
    } else if is_late(full, policy.full_every + policy.full_every) {
        let full = full.map_or("never".to_owned(), |at| format!("{at:.0}"));
        Finding::problem("last sweep", format!("the last one over everything ended {full}"), mend)
    } else {
        Finding::ok("last sweep", recent)
    };
    let mut findings = vec![age, concluded(last)];
    if state.adopting_since.is_some() {
        let mend = "`linkkeeper restore end`, once a full sweep was made and its plan looked through (docs/operations.md)";
        findings.push(Finding::warning(
            "restore",
            "sweeps adopt and repair only: the table is from a backup",
            mend,
        ));
    }
    findings
}

fn concluded(last: Option<&Report>) -> Finding {
    match last {
        Some(report) if report.canary == Canary::Failed => Finding::problem(
            "canary",
            "a link that must be at Belvo was not, or one that cannot be was: absence is not believed",
            "check that keys and address are those of the environment that this table belongs to",
        ),
        Some(Report { withheld: withheld @ 1.., plan, .. }) => {
            let plan = plan.as_ref().map_or("", |plan| plan.as_str());
            let mend =
                format!("look at `linkkeeper plan {plan}`, then `linkkeeper apply {plan}` or leave it");
            Finding::warning("canary", format!("the last sweep withheld {withheld} changes"), mend)
        }
        Some(_) | None => Finding::ok("canary", "nothing speaks against the last sweep"),
    }
}

/// Items that a later version wrote.
pub(super) fn versions(newer: &Newer) -> Finding {
    let looked =
        format!("looked at {}{} items", if newer.all { "all " } else { "the first " }, newer.looked_at);
    if newer.kinds.is_empty() {
        return Finding::ok("items", format!("{looked}: none is of a later version"));
    }
    let kinds: Vec<_> = newer.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let mend = "a later version of Linkkeeper wrote them: deploy that one, or later, everywhere";
    Finding::problem("items", format!("{looked}; of a later version: {}", kinds.join(", ")), mend)
}

/// What waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    /// The moment that the webhook which has waited longest came.
    pub(super) oldest_webhook: Option<Timestamp>,
    /// Webhooks that wait, and those that nobody could work.
    pub(super) webhooks: usize,
    pub(super) dead: usize,
    /// Deletions under way.
    pub(super) deletions: Vec<Intent>,
    /// Whether an operator stopped them.
    pub(super) stopped: bool,
    /// Erasures under way.
    pub(super) erasures: usize,
    /// Links of nobody.
    pub(super) quarantined: usize,
}

pub(super) fn waiting(waiting: &Waiting, now: Timestamp, policy: &Policy) -> Vec<Finding> {
    vec![inbox(waiting, now), deletions(waiting, now, policy), quarantine(waiting.quarantined)]
}

fn inbox(Waiting { oldest_webhook, webhooks, dead, .. }: &Waiting, now: Timestamp) -> Finding {
    let found = format!("{webhooks} webhooks wait, {dead} could not be worked");
    if oldest_webhook.is_some_and(|at| after(at, WAITED) < now) {
        let mend = "see the log of follow-up (in the cloud), or that `linkkeeper local` runs";
        return Finding::problem("inbox", found, mend);
    }
    match dead {
        0 => Finding::ok("inbox", found),
        _ => Finding::warning("inbox", found, "see `linkkeeper webhooks --dead`, and its `replay`"),
    }
}

fn deletions(waiting: &Waiting, now: Timestamp, policy: &Policy) -> Finding {
    let Waiting { deletions, stopped, erasures, .. } = waiting;
    let overdue = deletions.iter().filter(|intent| intent.is_overdue(now, policy)).count();
    let found =
        format!("{} links and {erasures} users are to be deleted, {overdue} overdue", deletions.len());
    if *stopped {
        let mend = "`linkkeeper deletions go-on`, once the reason is gone";
        return Finding::warning("deletions", format!("stopped by an operator; {found}"), mend);
    }
    match overdue {
        0 => Finding::ok("deletions", found),
        _ => Finding::problem(
            "deletions",
            found,
            "see `linkkeeper deletions`, and ask Belvo about these links",
        ),
    }
}

fn quarantine(links: usize) -> Finding {
    let found = format!("{links} links are nobody's");
    match links {
        0 => Finding::ok("quarantine", found),
        _ => Finding::warning("quarantine", found, "see `linkkeeper quarantine` and `linkkeeper claim`"),
    }
}

#[cfg(test)]
mod tests;
