//! `linkkeeper report`: what the latest sweeps came to.

use std::io::Write;

use adapters::config::Environment;
use domain::{change::Action, ports::Sweeps, sweep::Report};
use jiff::Unit;

use super::reconcile::{scope, word};
use crate::{args, commands::say, data::existing_store, failure::Failure};

/// Shows the latest reports.
pub(crate) async fn run(
    wanted: &args::Report,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    let reports = store.reports(usize::try_from(wanted.last).unwrap_or(usize::MAX)).await?;
    if wanted.json {
        for report in &reports {
            say(out, serde_json::to_string(report).map_err(Failure::request)?);
        }
    } else if wanted.csv {
        say(out, csv(&reports));
    } else {
        say(out, table(&reports));
    }
    Ok(())
}

fn table(reports: &[Report]) -> String {
    if reports.is_empty() {
        return "No sweep came to its end yet: `linkkeeper reconcile` makes one now.".to_owned();
    }
    let row = |report: &Report| {
        [
            format!("{:.0}", report.started_at),
            scope(&report.scope),
            format!("{:.0} s", seconds(report)),
            report.counts.listed.to_string(),
            report.counts.known.to_string(),
            changed(report).to_string(),
            report.withheld.to_string(),
            plan(report).unwrap_or("-").to_owned(),
            (report.counts.conflicts + report.counts.refused + report.counts.unreadable).to_string(),
            report.spent.belvo_calls.to_string(),
        ]
    };
    let header =
        ["began", "scope", "took", "listed", "known", "changed", "withheld", "plan", "set aside", "calls"];
    super::table(header, reports.iter().map(row))
}

/// No value has a comma or a quote in it: they are numbers, times and words of ours.
fn csv(reports: &[Report]) -> String {
    let header = columns(None).map(|(name, _)| name).join(",");
    let line = |report: &Report| columns(Some(report)).map(|(_, value)| value).join(",");
    std::iter::once(header).chain(reports.iter().map(line)).collect::<Vec<_>>().join("\n")
}

/// Each column with its value, which is empty in a header.
fn columns(report: Option<&Report>) -> [(&'static str, String); 27] {
    let of = |value: &dyn Fn(&Report) -> String| report.map(value).unwrap_or_default();
    let done = |action| of(&|report| report.count(action).to_string());
    let count = |count: fn(&Report) -> usize| of(&|report| count(report).to_string());
    [
        ("began", of(&|report| report.started_at.to_string())),
        ("seconds", of(&|report| format!("{:.3}", seconds(report)))),
        ("scope", of(&|report| scope(&report.scope))),
        ("listed", count(|report| report.counts.listed)),
        ("known", count(|report| report.counts.known)),
        ("quarantined", count(|report| report.counts.quarantined)),
        ("changed", count(changed)),
        ("bound", done(Action::Bind)),
        ("refreshed", done(Action::Refresh)),
        ("superseded", done(Action::Supersede)),
        ("noted_missing", done(Action::NoteMissing)),
        ("retired", done(Action::Retire)),
        ("withheld", count(|report| report.withheld)),
        ("plan", of(&|report| plan(report).unwrap_or_default().to_owned())),
        ("left", count(|report| report.left)),
        ("conflicts", count(|report| report.counts.conflicts)),
        ("refused", count(|report| report.counts.refused)),
        ("unreadable", count(|report| report.counts.unreadable)),
        ("absent", count(|report| report.counts.absent)),
        ("unanswered", count(|report| report.counts.unanswered)),
        ("shared_logins", count(|report| report.counts.shared_logins)),
        ("probable_duplicates", count(|report| report.counts.probable_duplicates)),
        ("canary", of(&|report| word(report.canary))),
        ("belvo_calls", of(&|report| report.spent.belvo_calls.to_string())),
        ("table_requests", of(&|report| report.spent.table_requests.to_string())),
        ("read_units", of(&|report| report.spent.read_units.to_string())),
        ("write_units", of(&|report| report.spent.write_units.to_string())),
    ]
}

fn changed(report: &Report) -> usize {
    report.counts.actions.values().sum()
}

fn plan(report: &Report) -> Option<&str> {
    report.plan.as_ref().map(domain::sweep::PlanId::as_str)
}

fn seconds(report: &Report) -> f64 {
    (report.finished_at - report.started_at).total(Unit::Second).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domain::sweep::{Counts, PlanId, Scope};

    use super::*;
    use crate::commands::reconcile::sample;

    #[test]
    fn a_spreadsheet_gets_a_header_and_as_many_values_in_each_line() {
        let days = Scope::Days {
            from: "2026-03-01".parse().expect("a day"),
            to: "2026-03-02".parse().expect("one"),
        };
        let counts = Counts { listed: 25, known: 30, ..Counts::default() };
        let plan = PlanId::parse("plan_0123456789abcdef").ok();
        let withheld = Report { withheld: 6, plan, counts, ..sample(days) };
        let csv = csv(&[withheld, sample(Scope::Full)]);
        let lines: Vec<_> = csv.lines().collect();
        assert!(lines.iter().all(|line| line.split(',').count() == 27), "{csv}");
        assert!(lines[0].starts_with("began,seconds,scope,listed,known,"), "{csv}");
        assert!(
            lines[1].starts_with("2026-03-02T10:00:00Z,1.500,2026-03-01 to 2026-03-02,25,30,0,0,"),
            "{csv}"
        );
        assert!(lines[1].contains(",6,plan_0123456789abcdef,") && lines[2].contains(",full,"), "{csv}");
    }

    #[test]
    fn where_nobody_swept_the_command_that_sweeps_is_told() {
        assert!(table(&[]).contains("linkkeeper reconcile"));
        assert_eq!(csv(&[]).lines().count(), 1);
    }
}
