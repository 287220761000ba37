//! The table that is printed.

use std::{fs, path::Path};

use jiff::SignedDuration;

use crate::{
    args::Args,
    prepare::Target,
    start::{Invocation, Start, median},
};

/// The medians of one binary.
struct Row {
    size: f64,
    init: f64,
    first: Figures,
    warm: Option<Figures>,
    peak: f64,
}

/// Milliseconds of an invocation.
struct Figures {
    took: f64,
    own: f64,
    cpu: f64,
}

/// The whole table.
pub(crate) fn of(folder: &Path, starts: &[Vec<Start>], args: &Args) -> String {
    let rows: Vec<_> = Target::ALL
        .into_iter()
        .zip(starts)
        .map(|(target, starts)| (target, Row::of(folder, target, starts)))
        .collect();
    let hello = &rows[0].1;
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    if args.throttled {
        table.set_header(["binary", "invocation", "init ms", "first ms", "of that its own", "first CPU ms"]);
    } else {
        table.set_header([
            "binary",
            "invocation",
            "MB",
            "init ms",
            "init ÷ hello",
            "first ms",
            "first CPU ms",
            "warm ms",
            "warm CPU µs",
            "warm CPU ÷ hello",
            "peak MiB",
        ]);
    }
    for (target, row) in &rows {
        table.add_row(if args.throttled { row.throttled(*target) } else { row.cells(*target, hello) });
    }
    let way = if args.plain { "in clear" } else { "over TLS" };
    let how =
        if args.throttled { ", throttled to 128/1769 of a core from the first invocation on" } else { "" };
    format!("Medians of {} starts, {way}{how}.\n\n{table}", args.starts)
}

impl Row {
    fn of(folder: &Path, target: Target, starts: &[Start]) -> Self {
        let size = fs::metadata(folder.join(target.binary())).expect("the binary").len();
        let first: Vec<_> = starts.iter().map(|start| start.first).collect();
        let warm: Vec<_> = starts.iter().filter_map(|start| start.warm).collect();
        let mut peaks: Vec<_> = starts.iter().map(|start| start.peak).collect();
        peaks.sort_unstable_by(f64::total_cmp);
        let inits = starts.iter().map(|start| start.init).collect();
        Self {
            size: f64::from(u32::try_from(size).expect("below 4 GiB")) / 1e6,
            init: median(inits).expect("a start").as_millis_f64(),
            first: Invocation::median(&first).map(Figures::of).expect("a start"),
            warm: Invocation::median(&warm).map(Figures::of),
            peak: peaks[peaks.len() / 2],
        }
    }

    fn cells(&self, target: Target, hello: &Self) -> Vec<String> {
        let warm = |figure: fn(&Figures) -> f64| self.warm.as_ref().map_or(0.0, figure);
        let beside = hello.warm.as_ref().map_or(1.0, |warm| warm.cpu);
        vec![
            target.binary().to_owned(),
            target.work().to_owned(),
            format!("{:.2}", self.size),
            format!("{:.1}", self.init),
            format!("{:.1}", self.init / hello.init),
            format!("{:.1}", self.first.took),
            format!("{:.1}", self.first.cpu),
            format!("{:.1}", warm(|warm| warm.took)),
            format!("{:.0}", warm(|warm| warm.cpu) * 1e3),
            format!("{:.1}", warm(|warm| warm.cpu) / beside),
            format!("{:.1}", self.peak),
        ]
    }

    fn throttled(&self, target: Target) -> Vec<String> {
        vec![
            target.binary().to_owned(),
            target.work().to_owned(),
            format!("{:.1}", self.init),
            format!("{:.1}", self.first.took),
            format!("{:.1}", self.first.own),
            format!("{:.1}", self.first.cpu),
        ]
    }
}

impl Figures {
    fn of(invocation: Invocation) -> Self {
        let Invocation { took, own, cpu } = invocation;
        let [took, own, cpu] = [took, own, cpu].map(|one: SignedDuration| one.as_millis_f64());
        Self { took, own, cpu }
    }
}
