//! The command line of restores from a backup.

use clap::{Args, Subcommand};

use super::Place;
use crate::confirm::Consent;

/// After a restore from a backup: adopt only, until everything was seen.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper restore            whether this table only adopts, and since when
  linkkeeper restore begin      before any function uses a restored table
  linkkeeper reconcile          one full sweep: what is missing here is adopted or set aside
  linkkeeper restore end        takes things away again; refused before such a sweep

A restored table is behind Belvo. While it only adopts, sweeps bind and repair, withhold as a plan whatever they would take
away, and nothing is deleted at Belvo. docs/operations.md goes through it step by step.")]
pub struct Restore {
    /// What to do; without it the mode is shown
    #[command(subcommand)]
    pub step: Option<Step>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

/// What can be done about a restored table.
#[derive(Debug, Subcommand)]
pub enum Step {
    /// Only adopt from now on, and stop all deletions at Belvo
    Begin,
    /// Take away again what is to be taken away; deletions stay stopped until `linkkeeper deletions go-on`
    End(Consent),
}
