//! The command line of what happened: the audit trail of one user or link.

use clap::Args;
use jiff::Timestamp;

use super::Place;

/// Show what happened to a user or a link: what, when, by whom, and on what evidence.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  linkkeeper audit ana                          everything about the user whom the app calls ana
  linkkeeper audit lk_a…                        the same by external_id
  linkkeeper audit 0b6a1f3e-…                   everything about one link, whoever had it
  linkkeeper audit ana --from 2026-03-01 --to 2026-03-02
  linkkeeper audit ana --most 1000 --json

The trail is told oldest first. Where it is cut, the last line says how to go on. It is written together with each change
and never altered, and names nobody but by opaque ids.

A link that a callback named while Belvo could not be asked is nobody's yet: look at its user.")]
pub struct Audit {
    /// The user (the app's own key, or an `external_id`), or a link's id
    pub subject: String,
    /// From this day or moment on (UTC)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Timestamp>,
    /// Up to this day, included, or before this moment (UTC)
    #[arg(long, value_name = "TIME", value_parser = end)]
    pub to: Option<Timestamp>,
    /// How many events at most
    #[arg(long, default_value_t = 200, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub most: u32,
    /// Behind this event: go on where a trail was cut
    #[arg(long, value_name = "TIME/EVENT", value_parser = place)]
    pub behind: Option<domain::ports::Place>,
    /// For a machine: one JSON object per event
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap shows the flattened fields' own help")]
    pub place: Place,
}

const RULE: &str = "write a day such as 2026-03-01, or a moment such as 2026-03-01T12:00:00Z";

/// A moment, or the first of a day.
fn moment(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().or_else(|_| format!("{text}T00:00:00Z").parse()).map_err(|_| RULE)
}

/// A moment, or the end of a day.
fn end(text: &str) -> Result<Timestamp, &'static str> {
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let day: jiff::civil::Date = text.parse().map_err(|_| RULE)?;
    let next = day.tomorrow().map_err(|_| RULE)?;
    format!("{next}T00:00:00Z").parse().map_err(|_| RULE)
}

/// Where a trail was cut, as the last line tells it.
fn place(text: &str) -> Result<domain::ports::Place, &'static str> {
    let parsed = text.split_once('/').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    let (at, id) = parsed.ok_or("copy it from the last line of the trail that was cut")?;
    Ok(domain::ports::Place { at, id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_meant_whole_and_a_moment_as_it_is() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        assert_eq!(moment("2026-03-01"), Ok(at("2026-03-01T00:00:00Z")));
        assert_eq!(end("2026-03-01"), Ok(at("2026-03-02T00:00:00Z")));
        for same in [moment, end] {
            assert_eq!(same("2026-03-01T12:00:00Z"), Ok(at("2026-03-01T12:00:00Z")));
            assert_eq!(same("yesterday"), Err(RULE));
        }
    }

    #[test]
    fn a_place_is_taken_only_as_it_is_told() {
        let id = "a".repeat(28);
        let told = place(&format!("2026-03-01T12:00:00.5Z/{id}-001")).expect("as told");
        assert_eq!((told.at.to_string().as_str(), told.id.number), ("2026-03-01T12:00:00.5Z", 1));
        for bad in ["", "/", &id, "2026-03-01T12:00:00Z/a-1", &format!("2026-03-01/{id}-001")] {
            assert!(place(bad).is_err(), "{bad}");
        }
    }
}
