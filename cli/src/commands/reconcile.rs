//! `linkkeeper reconcile`: a sweep now, or what it would change.

use std::{io::Write, time::Duration};

use adapters::{
    ambient::SystemAmbient,
    config::{Environment, Reader},
};
use domain::{
    budget::Class,
    link::LinkState,
    policy::Policy,
    sweep::{AccountPlan, Mode, Report, Step, SweepError, sweep},
};
use indicatif::ProgressBar;
use jiff::SignedDuration;
use serde::Serialize;

use crate::{
    args::{GRACE, Reconcile},
    belvo,
    commands::say,
    data::existing_store,
    failure::Failure,
};

#[derive(Serialize)]
struct Told<'a> {
    plan: Vec<Step>,
    report: &'a Report,
}

/// Sweeps, and tells what came of it.
pub(crate) async fn run(
    wanted: &Reconcile,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    let settings = belvo::settings(&wanted.place, wanted.belvo_url.as_deref(), environment)?;
    let provider = belvo::through_the_budget(&store, settings.patient(), Class::Sweep, environment)?;
    let policy = policy(wanted, environment)?;
    let mode = if wanted.dry_run { Mode::DryRun } else { Mode::Apply };
    let spinner = ProgressBar::new_spinner().with_message("comparing Belvo's links with ours");
    spinner.enable_steady_tick(Duration::from_millis(100));
    let swept = sweep(&store, &provider, &SystemAmbient, &policy, mode).await;
    spinner.finish_and_clear();
    let (plan, report) = swept.map_err(explained)?;
    if wanted.json {
        let told = Told { plan: plan.steps(), report: &report };
        say(out, serde_json::to_string_pretty(&told).map_err(Failure::request)?);
    } else {
        say(out, table(&plan));
        say(out, summary(&report));
    }
    Ok(())
}

/// The figures of the stack that keeps this data.
fn policy(wanted: &Reconcile, environment: &Environment) -> Result<Policy, Failure> {
    let mut reader = Reader::new(environment);
    let policy = Some(reader.policy());
    let policy = reader.finish(policy).map_err(|error| Failure::Value(error.to_string()))?;
    let local = wanted.place.is_local().then_some(GRACE);
    let grace = wanted.grace.or(local).map(|seconds| SignedDuration::from_secs(seconds.into()));
    Ok(match grace {
        Some(grace) => Policy { young: grace, ghost_grace: grace, ..policy },
        None => policy,
    })
}

fn explained(error: SweepError) -> Failure {
    match error {
        SweepError::Store(error) => Failure::Store(error),
        SweepError::Provider(error) => belvo::explained(&error),
    }
}

fn table(plan: &AccountPlan) -> String {
    let steps = plan.steps();
    if steps.is_empty() {
        return "Nothing to change.".to_owned();
    }
    let state = |state: Option<LinkState>| state.map_or_else(|| "-".to_owned(), word);
    let row = |step: Step| {
        [
            word(step.action),
            step.link_id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
            step.external_id.map_or_else(|| "nobody".to_owned(), String::from),
            state(step.before),
            state(step.after),
        ]
    };
    super::table(["action", "link", "user", "before", "after"], steps.into_iter().map(row))
}

/// The word that JSON uses, so that table and JSON speak alike.
pub(crate) fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn summary(report: &Report) -> String {
    let done = if report.dry_run { "would change" } else { "changed" };
    let changes: usize = report.actions.values().sum();
    let mut lines = vec![format!(
        "Belvo lists {} links; here are {} links of {} users. The sweep {done} {changes}.",
        report.listed, report.known, report.users
    )];
    let noted = [
        (
            report.withheld,
            "changes that take something away were withheld: too many at once, or too short a listing",
        ),
        (report.conflicts, "users changed meanwhile and are left to the next sweep"),
        (report.unanswered, "absent links could not be asked about and are left to the next sweep"),
        (report.unreadable, "records of Belvo's could not be read and were set aside"),
        (report.shared_logins, "logins are shared by several users: reported, never merged"),
    ];
    lines
        .extend(noted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}.")));
    lines.join("\n")
}
