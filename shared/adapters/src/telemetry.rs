//! Logs. Our own modules speak at the chosen level; libraries are held at warnings, because below that the
//! HTTP stacks print headers and bodies, and those hold credentials and tokens.

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{config::Environment, metrics};

/// The crates whose log lines are written with personal data in mind.
const OURS: &[&str] = &[
    "adapters",
    "belvo_simulator",
    "belvo_webhook",
    "cli",
    "delete_links",
    "follow_up",
    "linkkeeper",
    "publish_events",
    "reconcile",
    "register_user",
    "user_links",
    "widget_callback",
];

/// The variable in which Lambda tells a function its name.
const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For machines: one JSON object a line.
    Json,
    /// For a person at a terminal; on standard error.
    Text,
}

/// Starts logging and counting as a Lambda function does: JSON, at `LOG_LEVEL` or `info`, under the name that Lambda
/// gives it.
pub fn of_function(environment: &Environment) {
    if let Some(name) = environment.get(FUNCTION_NAME) {
        metrics::of_function(name);
    }
    init(Format::Json, environment.log_level().unwrap_or(LevelFilter::INFO));
}

/// Starts logging. A second call changes nothing.
pub fn init(format: Format, level: LevelFilter) {
    let registry = tracing_subscriber::registry().with(filter(level));
    // A failure means that logging runs already, which is what was asked for.
    let _already = match format {
        Format::Json => registry.with(fmt::layer().json().flatten_event(true)).try_init(),
        Format::Text => {
            registry.with(fmt::layer().with_target(false).with_writer(std::io::stderr)).try_init()
        }
    };
}

/// The same lines for machines, written elsewhere: for whoever looks them through.
pub fn written_to<W>(writer: W, level: LevelFilter) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().json().flatten_event(true).with_writer(writer);
    tracing_subscriber::registry().with(filter(level)).with(lines)
}

/// One line for each tick that Lambda asked for: which, how it ended, and for a failure its kind. By allow-list, as the
/// line of a request is.
pub fn ticked(function: &'static str, request_id: &str, outcome: &str, code: &str) {
    let function = metrics::function().unwrap_or(function);
    tracing::info!(function, request_id, outcome, code, "tick");
}

/// An error with all its causes: for the log and for operators, never for a client.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut told: Vec<String> = causes.map(ToString::to_string).collect();
    told.dedup(); // a transparent error says what its source says
    told.join(": ")
}

fn filter(level: LevelFilter) -> Targets {
    let others = Targets::new().with_default(LevelFilter::WARN).with_target("dynoxide", LevelFilter::ERROR);
    others.with_targets(OURS.iter().map(|target| (*target, level)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn no_level_makes_a_library_talk() {
        let filter = filter(LevelFilter::TRACE);
        assert!(filter.would_enable("adapters::belvo", &Level::TRACE));
        for library in ["hyper", "reqwest::connect", "aws_smithy_runtime", "rustls"] {
            assert!(!filter.would_enable(library, &Level::INFO), "{library}");
        }
    }
}
