//! The commands, one file each.

mod apply;
mod audit;
mod backfill;
mod claim;
mod deletions;
mod doctor;
mod erasures;
mod events;
mod links;
pub mod local;
mod plan;
mod quarantine;
mod reconcile;
mod report;
mod restore;
mod sessions;
mod users;
mod webhooks;

use std::io::{Write, stdout};

use adapters::{
    config::Environment,
    telemetry::{self, Format},
};

use tracing::level_filters::LevelFilter;

use crate::{
    args::{Command, Local, Program},
    failure::Failure,
    openapi, tour,
};

#[cfg(test)]
pub(crate) use reconcile::sample as sample_report;

/// Does what was asked for.
pub async fn run(program: Program) -> Result<(), Failure> {
    let environment = Environment::of_process();
    let command = program.command.unwrap_or_else(|| Command::Local(Local::default()));
    // A stack that runs tells what it does; a command tells by its output, and its failure.
    let quiet = if matches!(command, Command::Local(_)) { LevelFilter::INFO } else { LevelFilter::ERROR };
    telemetry::init(Format::Text, environment.log_level().unwrap_or(quiet));
    perform(&command, &environment, &mut stdout()).await
}

/// Does it in this environment; what it tells goes to `out`.
pub async fn perform(
    command: &Command,
    environment: &Environment,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    match command {
        Command::Local(local) => local::run(local, environment, out).await,
        Command::Tour(tour) => tour::play(tour.json, out).await,
        Command::Reconcile(wanted) => reconcile::run(wanted, environment, out).await,
        Command::Report(wanted) => report::run(wanted, environment, out).await,
        Command::Plan(wanted) => plan::run(wanted, environment, out).await,
        Command::Apply(wanted) => apply::run(wanted, environment, out).await,
        Command::Quarantine(wanted) => quarantine::run(wanted, environment, out).await,
        Command::Doctor(wanted) => doctor::run(wanted, environment, out).await,
        Command::Backfill(wanted) => backfill::run(wanted, environment, out).await,
        Command::Users(wanted) => users::run(wanted, environment, out).await,
        Command::Links(wanted) => links::run(wanted, environment, out).await,
        Command::Claim(wanted) => claim::run(wanted, environment, out).await,
        Command::Audit(wanted) => audit::run(wanted, environment, out).await,
        Command::Openapi => {
            say(out, openapi::document().map_err(Failure::request)?);
            Ok(())
        }
        Command::Events(wanted) => events::run(wanted, environment, out).await,
        Command::Deletions(wanted) => deletions::run(wanted, environment, out).await,
        Command::Erasures(wanted) => erasures::run(wanted, environment, out).await,
        Command::Restore(wanted) => restore::run(wanted, environment, out).await,
        Command::Sessions(wanted) => sessions::run(wanted, environment, out).await,
        Command::Webhooks(wanted) => webhooks::run(wanted, environment, out).await,
    }
}

/// Writes lines; a reader that went away, such as `head`, is no failure.
pub(crate) fn say(out: &mut dyn Write, lines: impl std::fmt::Display) {
    let _reader_went_away = writeln!(out, "{lines}").and_then(|()| out.flush());
}

/// A table for a person.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY).set_header(header).add_rows(rows);
    table.to_string()
}

/// Tells why the program stops, in one sentence on standard error.
pub fn complain(failure: &Failure) {
    say(&mut std::io::stderr(), format_args!("linkkeeper: {}", telemetry::chain(failure)));
}
