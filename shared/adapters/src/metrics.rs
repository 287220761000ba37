//! Metrics: one line on standard output in CloudWatch's embedded metric format, which CloudWatch Logs turns into
//! metrics without a further call. Names are fixed and values are numbers, so nothing of a person can get in.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Where CloudWatch files them.
const NAMESPACE: &str = "Linkkeeper";
/// What tells them apart.
const DIMENSION: &str = "Function";

/// What a value counts, in CloudWatch's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Time.
    Seconds,
}

impl Unit {
    fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Seconds => "Seconds",
        }
    }
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// The value.
    pub value: f64,
}

/// The line that tells CloudWatch these values of a function.
#[must_use]
pub fn line(function: &'static str, at: Timestamp, metrics: &[Metric]) -> String {
    let defined: Vec<_> =
        metrics.iter().map(|metric| json!({"Name": metric.name, "Unit": metric.unit.as_str()})).collect();
    let values = metrics.iter().map(|metric| (metric.name.to_owned(), json!(metric.value)));
    let head = [
        (
            "_aws".to_owned(),
            json!({
                "Timestamp": at.as_millisecond(),
                "CloudWatchMetrics": [
                    {"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": defined},
                ],
            }),
        ),
        (DIMENSION.to_owned(), json!(function)),
    ];
    Value::Object(head.into_iter().chain(values).collect::<Map<_, _>>()).to_string()
}

/// Writes such a line to where Lambda reads it.
pub fn emit(line: &str) {
    // Without standard output nobody counts; the work is done all the same.
    let _unheard = writeln!(io::stdout().lock(), "{line}");
}

#[cfg(test)]
mod tests {
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
}
