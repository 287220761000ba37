//! `linkkeeper backfill`: brings accounts from before in from a file, and tells how far it is.

use std::{
    fs::File,
    io::{BufReader, Write, stderr, stdin},
    path::Path,
    time::Duration,
};

use adapters::{
    ambient::SystemAmbient,
    config::{Environment, REFERENCE_KEY, REFERENCE_KEY_ARN, TABLE_NAME},
};
use domain::{
    backfill::{Fault, Tally},
    budget::Class,
    policy::Policy,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{say, table};
use crate::{
    args,
    backfill::{Backfill, Format, Lines, Progress, Reached, Teller},
    belvo,
    data::{existing_store, reference_key},
    failure::Failure,
};

/// Brings the file in, and tells what came of it.
pub(crate) async fn run(
    wanted: &args::Backfill,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let format = wanted.format.or_else(|| by_ending(&wanted.file)).ok_or(Failure::Format)?;
    let store = existing_store(&wanted.place, environment).await?;
    let settings = belvo::settings(&wanted.place, wanted.belvo_url.as_deref(), environment).await?;
    let key = reference_key(&wanted.place, environment).await?;
    let key =
        key.ok_or_else(|| Failure::Value(format!("{REFERENCE_KEY} is not set, nor is {REFERENCE_KEY_ARN}")))?;
    let what =
        format!("{:?} {:?} {:?} {format:?}", wanted.place, environment.get(TABLE_NAME), settings.account());
    let provider = belvo::of_table(&store, settings.patient(), Class::Sweep, environment).await?;
    let work = Backfill { store, provider, ambient: SystemAmbient, policy: Policy::default(), key };
    let length = std::fs::metadata(&wanted.file).ok().map(|file| file.len());
    let mut shown = Shown { bar: bar(length), json: wanted.json, out, lines_before: 0 };
    let tally = bring_in(&work, wanted, format, &what, &mut shown).await;
    shown.bar.finish_and_clear();
    let tally = tally?;
    conclude(wanted, &tally, out)
}

async fn bring_in(
    work: &Backfill<SystemAmbient>,
    wanted: &args::Backfill,
    format: Format,
    what: &str,
    shown: &mut Shown<'_>,
) -> Result<Tally, Failure> {
    if wanted.file == Path::new("-") {
        let mut lines = Lines::open(BufReader::new(stdin()), format)?;
        if wanted.dry_run {
            return work.rehearse(&mut lines, shown).await;
        }
        return work.run(&mut lines, None, Tally::default(), shown).await;
    }
    let unreadable = |cause| Failure::File { path: wanted.file.clone(), cause };
    let file = File::open(&wanted.file).map_err(unreadable)?;
    let mut lines = Lines::open(BufReader::new(file), format)?;
    if wanted.dry_run {
        return work.rehearse(&mut lines, shown).await;
    }
    let progress = Progress::of(&wanted.file, what)?;
    let reached = progress.found().filter(|_| !wanted.from_start);
    if let Some(reached) = &reached {
        lines.resume(reached.at).map_err(unreadable)?;
        shown.begins_at(reached);
    }
    let tally = reached.map(|reached| reached.tally).unwrap_or_default();
    work.run(&mut lines, Some(&progress), tally, shown).await
}

fn by_ending(file: &Path) -> Option<Format> {
    match file.extension()?.to_str()? {
        "csv" => Some(Format::Csv),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        _ => None,
    }
}

/// What a person or a machine is shown meanwhile: the bar on standard error, if that is a terminal.
struct Shown<'a> {
    bar: ProgressBar,
    json: bool,
    out: &'a mut dyn Write,
    lines_before: u64,
}

impl Shown<'_> {
    /// The lines up to here are no work of this run.
    fn begins_at(&mut self, reached: &Reached) {
        self.lines_before = reached.tally.lines;
        self.bar.set_position(reached.at.bytes);
        self.bar.reset_eta();
        let told = format!("going on after line {}; --from-start begins anew", reached.at.lines);
        self.bar.suspend(|| say(&mut stderr(), told));
    }
}

impl Teller for Shown<'_> {
    fn bad(&mut self, line: u64, fault: Fault) {
        if self.json {
            say(self.out, json!({"line": line, "bad": fault.to_string()}));
        } else {
            self.bar.suspend(|| say(&mut stderr(), format_args!("line {line}: {fault}")));
        }
    }

    fn reached(&mut self, reached: &Reached) {
        let lines = reached.tally.lines;
        let done = u128::from(lines.saturating_sub(self.lines_before));
        let rate = done * 1000 / self.bar.elapsed().as_millis().max(1);
        self.bar.set_message(format!("{lines} lines, {rate} a second"));
        self.bar.set_position(reached.at.bytes);
    }
}

/// A bar with the time left, or what can be told of an input without an end.
fn bar(length: Option<u64>) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{wide_bar} {percent} %  {msg}  {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}"),
    };
    bar.enable_steady_tick(Duration::from_millis(100));
    ProgressStyle::with_template(template).map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

/// Tells what the file came to. A run that could do nothing at all failed.
fn conclude(wanted: &args::Backfill, tally: &Tally, out: &mut dyn Write) -> Result<(), Failure> {
    if wanted.json {
        say(out, json!({"dry_run": wanted.dry_run, "report": tally}));
    } else {
        say(out, counts(tally));
        say(out, summary(tally, wanted.dry_run));
    }
    match tally.bad {
        0 => Ok(()),
        bad if wanted.strict => Err(Failure::BadLines(bad)),
        bad if bad == tally.lines => {
            Err(Failure::Value("every line is bad: nothing was brought in".to_owned()))
        }
        _ => Ok(()),
    }
}

fn counts(tally: &Tally) -> String {
    let rows = [
        ("lines", tally.lines),
        ("users registered", tally.registered),
        ("references led to their user", tally.references),
        ("links adopted", tally.adopted),
        ("links bound already", tally.known),
        ("bad lines", tally.bad),
    ];
    table(["what", "count"], rows.map(|(what, count)| [what.to_owned(), count.to_string()]))
}

fn summary(tally: &Tally, dry_run: bool) -> String {
    let many = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (users, links) = (many(tally.registered, "user"), many(tally.adopted, "link"));
    let bad = format!("{} {} bad", many(tally.bad, "line"), if tally.bad == 1 { "is" } else { "are" });
    let (register, adopt) = if dry_run { ("Would register", "adopt") } else { ("Registered", "adopted") };
    format!("{register} {users}, {adopt} {links}; {bad}.")
}
