//! The command line of what is told: the events that go out, as they go.

use clap::Args;

use super::Place;

/// Show the events that the rest of the company is told: the same that go to the event bus in the cloud.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper events                             all that the stream still has, and no more
  linkkeeper events --follow                    what happens from now on, until Ctrl-C
  linkkeeper events --follow --from-start --json
  linkkeeper events --user ana --follow --for 60
  linkkeeper events --follow --count 1          until something happens

The events are read from the table's stream. In the cloud it reaches back a day, in the embedded engine to its first day.
They name nobody but by opaque ids; events/published/ has their schemas.")]
pub struct Events {
    /// Go on with whatever happens, until Ctrl-C
    #[arg(long)]
    pub follow: bool,
    /// With --follow: begin with the oldest event that the stream still has
    #[arg(long, requires = "follow")]
    pub from_start: bool,
    /// Only of this user: the app's own key, or an `external_id`
    #[arg(long)]
    pub user: Option<String>,
    /// Stop after so many seconds
    #[arg(long = "for", value_name = "SECONDS")]
    pub seconds: Option<u64>,
    /// Stop after so many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// For a machine: one JSON object per event
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}
