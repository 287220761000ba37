//! Metrics: one line on standard output in CloudWatch's embedded metric format, which CloudWatch Logs turns into
//! metrics without a further call. Names are fixed and values are numbers, so nothing of a person can get in.

use std::{
    io::{self, Write},
    sync::OnceLock,
};

use domain::ports::Ambient;
use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::ambient::SystemAmbient;

/// Where CloudWatch files them.
const NAMESPACE: &str = "Linkkeeper";
/// What tells them apart.
const DIMENSION: &str = "Function";

/// What tells calls to Belvo apart, beside the function.
const OUTCOME: &str = "Outcome";

/// The name of the function that this process is: in Lambda, and nowhere else.
static FUNCTION: OnceLock<String> = OnceLock::new();

/// From now on metrics are written, and told by this name. A second call changes nothing.
pub(crate) fn of_function(name: &str) {
    // A name that is there already was given by whoever came first, and stays.
    let _already = FUNCTION.set(name.to_owned());
}

/// The name of the function that this process is; elsewhere, where functions share a process, none.
#[must_use]
pub fn function() -> Option<&'static str> {
    FUNCTION.get().map(String::as_str)
}

/// What a value counts, in CloudWatch's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Things.
    Count,
    /// Time.
    Seconds,
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// The value: beside the definitions, under its name.
    #[serde(skip)]
    pub value: f64,
}

/// The line that tells CloudWatch these values of a function. In Lambda it goes by the name that it has there, so that
/// two stacks in one account are told apart.
#[must_use]
pub fn line(function: &'static str, at: Timestamp, metrics: &[Metric]) -> String {
    written(self::function().unwrap_or(function), None, at, metrics)
}

/// Counts one call to Belvo.
pub(crate) fn called(outcome: &'static str) {
    if let Some(function) = function() {
        emit(&call(function, outcome, SystemAmbient.now()));
    }
}

/// The line that counts one call to Belvo by what it came to: for each outcome, and for all together.
fn call(function: &str, outcome: &'static str, at: Timestamp) -> String {
    let one = Metric { name: "Calls", unit: Unit::Count, value: 1.0 };
    written(function, Some(outcome), at, &[one])
}

fn written(function: &str, outcome: Option<&'static str>, at: Timestamp, metrics: &[Metric]) -> String {
    // Texts and numbers under keys that are text: there is nothing that could not be written.
    serde_json::to_string(&Line { function, outcome, at, metrics }).unwrap_or_default()
}

/// What a line says, written as it is: every run of a function makes one.
struct Line<'a> {
    function: &'a str,
    outcome: Option<&'static str>,
    at: Timestamp,
    metrics: &'a [Metric],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Head<'a> {
    timestamp: i64,
    cloud_watch_metrics: [Definition<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition<'a> {
    namespace: &'static str,
    dimensions: &'static [&'static [&'static str]],
    metrics: &'a [Metric],
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let dimensions: &[&[&str]] =
            if self.outcome.is_none() { &[&[DIMENSION]] } else { &[&[DIMENSION], &[DIMENSION, OUTCOME]] };
        let definition = Definition { namespace: NAMESPACE, dimensions, metrics: self.metrics };
        let head = Head { timestamp: self.at.as_millisecond(), cloud_watch_metrics: [definition] };
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("_aws", &head)?;
        line.serialize_entry(DIMENSION, self.function)?;
        if let Some(outcome) = self.outcome {
            line.serialize_entry(OUTCOME, outcome)?;
        }
        for metric in self.metrics {
            line.serialize_entry(metric.name, &metric.value)?;
        }
        line.end()
    }
}

/// Writes such a line to where Lambda reads it. Elsewhere standard output is for people.
pub fn emit(line: &str) {
    if function().is_some() {
        // Without standard output nobody counts; the work is done all the same.
        let _unheard = writeln!(io::stdout().lock(), "{line}");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_line_is_one_object_that_defines_each_of_its_values() {
        let metrics = [
            Metric { name: "Listed", unit: Unit::Count, value: 3.0 },
            Metric { name: "Seconds", unit: Unit::Seconds, value: 0.5 },
        ];
        let at = Timestamp::from_millisecond(1_772_445_600_123).expect("a time");
        let line = line("reconcile", at, &metrics);
        assert!(!line.contains('\n'));
        let read: Value = serde_json::from_str(&line).expect("JSON");
        let expected = json!({
            "_aws": {
                "Timestamp": 1_772_445_600_123_u64,
                "CloudWatchMetrics": [{
                    "Namespace": "Linkkeeper",
                    "Dimensions": [["Function"]],
                    "Metrics": [{"Name": "Listed", "Unit": "Count"}, {"Name": "Seconds", "Unit": "Seconds"}],
                }],
            },
            "Function": "reconcile",
            "Listed": 3.0,
            "Seconds": 0.5,
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn a_call_counts_for_its_outcome_and_for_all_together() {
        let line = call("prod-reconcile", "throttled", Timestamp::UNIX_EPOCH);
        let read: Value = serde_json::from_str(&line).expect("JSON");
        let definition = &read["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(definition["Dimensions"], json!([["Function"], ["Function", "Outcome"]]));
        assert_eq!((&read["Function"], &read["Outcome"]), (&json!("prod-reconcile"), &json!("throttled")));
        assert_eq!(read["Calls"], json!(1.0));
    }
}
