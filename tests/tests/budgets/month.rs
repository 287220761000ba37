//! What a month of an account costs: how often each thing happens, times what it was counted to cost, times AWS's prices.
//! Pure arithmetic; the figures that are assumed stand here and are told in docs/cost.md.

use std::fmt::Write;

/// AWS's list prices in US dollars (us-east-1, on demand, ARM). Others by region: put in your own.
mod price {
    pub(super) const READ_UNIT: f64 = 0.125e-6;
    pub(super) const WRITE_UNIT: f64 = 0.625e-6;
    pub(super) const TABLE_GB: f64 = 0.25;
    pub(super) const INVOCATION: f64 = 0.20e-6;
    pub(super) const GB_SECOND: f64 = 0.000_013_333_4;
    pub(super) const GATEWAY_REQUEST: f64 = 1.00e-6;
    pub(super) const EVENT: f64 = 1.00e-6;
    pub(super) const LOG_GB: f64 = 0.50;
    pub(super) const SECRET: f64 = 0.40;
    pub(super) const SECRET_READ: f64 = 0.05 / 10_000.0;
    pub(super) const ALARM: f64 = 0.10;
    pub(super) const METRIC: f64 = 0.30;
}

/// What is assumed of the way there and back: seconds that a request to DynamoDB takes.
const TABLE_SECONDS: f64 = 0.005;
/// Seconds that a call to Belvo takes.
const BELVO_SECONDS: f64 = 0.4;
/// Seconds of our own work in an invocation, at the share of a processor that 128 MB have.
const OWN_SECONDS: f64 = 0.005;
/// Bytes that an invocation writes to the log: Lambda's three lines and ours.
const LOG_BYTES: f64 = 700.0;

/// What one go costs, as it was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    /// Calls to Belvo.
    pub(crate) belvo: f64,
    /// Requests to DynamoDB.
    pub(crate) requests: f64,
    /// Read units.
    pub(crate) read: f64,
    /// Write units.
    pub(crate) write: f64,
}

/// Which function does it, and through which door it is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// Through the gateway; a function of 128 MB.
    Gateway,
    /// By a schedule or a stream; a function of so many MB.
    Inside(f64),
    /// In the same invocation as something else: only what it costs at the table.
    Within(f64),
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// What.
    pub(crate) what: &'static str,
    /// How often in a month.
    pub(crate) times: f64,
    /// What one of it costs.
    pub(crate) each: Counted,
    /// Who does it.
    pub(crate) way: Way,
}

impl Line {
    fn table(&self) -> f64 {
        self.times * (self.each.read * price::READ_UNIT + self.each.write * price::WRITE_UNIT)
    }

    fn gateway(&self) -> f64 {
        match self.way {
            Way::Gateway => self.times * price::GATEWAY_REQUEST,
            Way::Inside(_) | Way::Within(_) => 0.0,
        }
    }

    fn gigabyte_seconds(&self) -> f64 {
        let waits = self.each.requests * TABLE_SECONDS + self.each.belvo * BELVO_SECONDS;
        let (megabytes, seconds) = match self.way {
            Way::Gateway => (128.0, OWN_SECONDS + waits),
            Way::Inside(megabytes) => (megabytes, OWN_SECONDS + waits),
            Way::Within(megabytes) => (megabytes, waits),
        };
        self.times * seconds * megabytes / 1_024.0
    }

    fn invocations(&self) -> f64 {
        match self.way {
            Way::Gateway | Way::Inside(_) => self.times,
            Way::Within(_) => 0.0,
        }
    }

    fn lambda(&self) -> f64 {
        self.invocations() * price::INVOCATION + self.gigabyte_seconds() * price::GB_SECOND
    }

    fn logs(&self) -> f64 {
        self.invocations() * LOG_BYTES / 1e9 * price::LOG_GB
    }

    fn dollars(&self) -> f64 {
        self.table() + self.gateway() + self.lambda() + self.logs()
    }
}

/// What stands there all month.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Links.
    pub(crate) links: f64,
    /// Bytes that the table holds for one, with its user, sessions, audit events and places in the indexes.
    pub(crate) bytes_a_link: f64,
    /// Events that the bus is told.
    pub(crate) events: f64,
    /// Alarms.
    pub(crate) alarms: f64,
    /// Metrics of our own.
    pub(crate) metrics: f64,
    /// Secrets.
    pub(crate) secrets: f64,
    /// Times that a secret is read.
    pub(crate) secret_reads: f64,
}

impl Standing {
    fn lines(&self) -> [(&'static str, f64); 4] {
        let watched = self.alarms * price::ALARM + self.metrics * price::METRIC;
        [
            ("the table's storage", self.links * self.bytes_a_link / 1e9 * price::TABLE_GB),
            ("events told to the bus", self.events * price::EVENT),
            ("alarms and metrics", watched),
            ("secrets", self.secrets * price::SECRET + self.secret_reads * price::SECRET_READ),
        ]
    }
}

/// The bill, as docs/cost.md has it.
pub(crate) fn bill(lines: &[Line], standing: &Standing) -> String {
    let mut page = String::from(
        "| what | times a month | calls to Belvo | read units | write units | GB-seconds | US dollars |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for line in lines {
        let Line { what, times, each, .. } = line;
        let (belvo, read, write) = (times * each.belvo, times * each.read, times * each.write);
        let (seconds, dollars) = (line.gigabyte_seconds(), line.dollars());
        writeln!(
            page,
            "| {what} | {times:.0} | {belvo:.0} | {read:.0} | {write:.0} | {seconds:.0} | {dollars:.2} |"
        )
        .expect("text grows");
    }
    for (what, dollars) in standing.lines() {
        writeln!(page, "| {what} | | | | | | {dollars:.2} |").expect("text grows");
    }
    let sum = |of: fn(&Line) -> f64| lines.iter().map(of).sum::<f64>();
    let total = sum(Line::dollars) + standing.lines().iter().map(|(_, dollars)| dollars).sum::<f64>();
    let belvo: f64 = lines.iter().map(|line| line.times * line.each.belvo).sum();
    let seconds = sum(Line::gigabyte_seconds);
    writeln!(page, "| **all** | | **{belvo:.0}** | | | **{seconds:.0}** | **{total:.2}** |")
        .expect("text grows");
    let parts = [
        ("table", sum(Line::table)),
        ("gateway", sum(Line::gateway)),
        ("functions", sum(Line::lambda)),
        ("logs", sum(Line::logs)),
    ];
    let parts: Vec<_> = parts.iter().map(|(of, dollars)| format!("{of} {dollars:.2}")).collect();
    let (parts, each) = (parts.join(", "), total / standing.links);
    writeln!(page, "\nBy service: {parts}. A link costs {each:.5} dollars a month.").expect("text grows");
    page
}
