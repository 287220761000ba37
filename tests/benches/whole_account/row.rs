//! One line of the table that the benchmark prints.

use serde_json::Value;
use tests::whole_account::Cost;

/// What one sweep took.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) links: f64,
    pub(crate) calls: f64,
    pub(crate) requests: f64,
    pub(crate) read_units: f64,
    pub(crate) write_units: f64,
    pub(crate) seconds: f64,
    pub(crate) cost: Option<Cost>,
    pub(crate) wrong: Option<usize>,
}

impl Row {
    /// Of a sweep's report.
    pub(crate) fn of(what: &str, report: &Value, cost: Option<Cost>, wrong: Option<usize>) -> Self {
        let spent = |name: &str| report["spent"][name].as_f64().unwrap_or_default();
        Self {
            what: what.to_owned(),
            links: report["listed"].as_f64().unwrap_or_default(),
            calls: spent("belvo_calls"),
            requests: spent("table_requests"),
            read_units: spent("read_units"),
            write_units: spent("write_units"),
            seconds: cost.map_or(0.0, |cost| cost.wall),
            cost,
            wrong,
        }
    }
}

/// The whole table.
pub(crate) fn table(links: u32, rows: Vec<Row>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN).set_header([
        "sweep of the account",
        "Belvo calls",
        "table requests",
        "read units",
        "write units",
        "seconds",
        "CPU s per million links",
        "links/s of CPU",
        "peak MiB",
        "wrong in the end",
    ]);
    for row in rows {
        let cpu = row.cost.map(|cost| cost.cpu);
        let or_none = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
        table.add_row([
            row.what.clone(),
            format!("{:.0}", row.calls),
            format!("{:.0}", row.requests),
            format!("{:.0}", row.read_units),
            format!("{:.0}", row.write_units),
            format!("{:.1}", row.seconds),
            or_none(cpu.map(|cpu| cpu * 1e6 / row.links)),
            cpu.map_or("-".to_owned(), |cpu| format!("{:.0}", row.links / cpu)),
            or_none(row.cost.map(|cost| cost.peak)),
            row.wrong.map_or("-".to_owned(), |wrong| wrong.to_string()),
        ]);
    }
    format!("{links} links\n\n{table}")
}
