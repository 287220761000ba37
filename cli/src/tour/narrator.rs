//! Tells a step: to a person, in lines of at most a hundred columns, or to a machine, as one JSON object.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};

use super::{
    step::{Check, Event, Step},
    stored::{LinkRow, Stored},
    told,
    words::{WIDTH, short, time, wrapped},
};
use crate::failure::Failure;

const TITLE: &str = "A tour of Linkkeeper";

const INTRODUCTION: [&str; 3] = [
    "Ana and Bruno use an app. In it they connect their bank accounts through Belvo's Connect Widget, and \
     each connection becomes a link at Belvo. Linkkeeper is the back end that remembers which link \
     belongs to whom, even when messages are lost, arrive twice, or are not true.",
    "In this tour the functions, the store and its database engine are the real ones, all in this process. \
     Belvo is a simulator, the people and the banks are invented, and the clock is turned by hand, so half \
     an hour takes no time.",
    "Each step shows what was sent and answered, what is stored now, and what was checked. Ids are cut \
     short and tokens are not shown.",
];

/// Where the text of a step begins.
const MARGIN: usize = 4;
/// Only the header is set off: a dozen tables with all their rules would drown the story.
const UNDERLINED: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
/// Where a line goes on after who speaks in it.
const SPEAKER: usize = 10;

/// Tells the story in one of two forms.
pub(super) struct Narrator<'a> {
    out: &'a mut dyn Write,
    json: bool,
}

impl<'a> Narrator<'a> {
    /// For people.
    pub(super) fn text(out: &'a mut dyn Write) -> Self {
        Self { out, json: false }
    }

    /// For machines: steps only, one a line.
    pub(super) fn json(out: &'a mut dyn Write) -> Self {
        Self { out, json: true }
    }

    /// Says what this is.
    pub(super) fn open(&mut self) -> Result<(), Failure> {
        let mut page = vec![TITLE.to_owned(), "=".repeat(TITLE.len())];
        for paragraph in INTRODUCTION {
            page.push(String::new());
            page.extend(wrapped(paragraph, WIDTH));
        }
        self.prose(&page)
    }

    /// Says that it went well.
    pub(super) fn close(&mut self, steps: usize) -> Result<(), Failure> {
        let end = format!(
            "All {steps} steps came out as expected. `linkkeeper local` starts the same system for your own \
             calls, with data that stays; README.md has the calls as curl commands."
        );
        self.prose(&[vec![String::new()], wrapped(&end, WIDTH)].concat())
    }

    /// Tells a step.
    pub(super) fn step(&mut self, step: &Step) -> Result<(), Failure> {
        if self.json {
            let line = serde_json::to_string(step).map_err(Failure::request)?;
            return written(writeln!(self.out, "{line}").and_then(|()| self.out.flush()));
        }
        let title = format!("{:>2}  {}", step.number, step.title);
        let mut page = vec![String::new(), String::new(), title.clone(), "-".repeat(title.chars().count())];
        step.events.iter().for_each(|event| event_lines(event, &mut page));
        stored_lines(&step.stored, &mut page);
        page.extend([String::new(), indented("checked")]);
        step.checks.iter().for_each(|check| check_lines(check, &mut page));
        self.prose(&page)
    }

    fn prose(&mut self, page: &[String]) -> Result<(), Failure> {
        if self.json {
            return Ok(());
        }
        let mut lines = page.iter();
        written(lines.try_for_each(|line| writeln!(self.out, "{line}")).and_then(|()| self.out.flush()))
    }
}

/// A reader that went away, such as `head`, has read enough; the tour's outcome is still the program's.
fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Value(format!("the tour cannot be written: {cause}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn indented(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("{:MARGIN$}{line}", "") }
}

fn event_lines(event: &Event, page: &mut Vec<String>) {
    if let Event::Explained { text } = event {
        page.push(String::new());
        page.extend(wrapped(text, WIDTH - MARGIN).iter().map(|line| indented(line)));
        page.push(String::new());
        return;
    }
    if let Event::Looked { stored } = event {
        return stored_lines(stored, page);
    }
    for (speaker, words) in told::spoken(event) {
        beside(speaker, &words, page);
    }
}

/// Words that stand to the right of who says them.
fn beside(speaker: &str, words: &str, page: &mut Vec<String>) {
    for (at, line) in wrapped(&short(words), WIDTH - MARGIN - SPEAKER).iter().enumerate() {
        let speaker = if at == 0 { speaker } else { "" };
        page.push(indented(&format!("{speaker:<SPEAKER$}{line}")));
    }
}

fn stored_lines(stored: &[Stored], page: &mut Vec<String>) {
    if !stored.is_empty() {
        page.extend([String::new(), indented("stored now")]);
        page.extend(table(stored).lines().map(|line| indented(line.trim_end())));
    }
}

fn check_lines(check: &Check, page: &mut Vec<String>) {
    let (mark, words) = if check.is_ok() {
        ("ok", format!("{}: {}", check.what, check.observed))
    } else {
        ("WRONG", check.complaint())
    };
    beside(mark, &words, page);
}

fn table(rows: &[Stored]) -> String {
    let mut table = Table::new();
    table.load_style(UNDERLINED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(WIDTH - MARGIN).unwrap_or(u16::MAX));
    if rows.iter().any(|row| matches!(row, Stored::Link(_))) {
        table.set_header(["whose", "link", "institution", "at Belvo", "here", "note"]);
    } else {
        table.set_header(["user", "external_id", "registered at"]);
    }
    for row in rows {
        match row {
            Stored::User { user, external_id, created_at } => {
                table.add_row([user, external_id.as_str(), &time(*created_at)]);
            }
            Stored::Link(row) => {
                table.add_row(cells(row));
            }
        }
    }
    // Ids and words of a table are read as wholes; only the last column may be broken.
    let columns = table.column_count();
    for column in table.column_iter_mut().take(columns.saturating_sub(1)) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    table.to_string()
}

fn cells(row: &LinkRow) -> [String; 6] {
    [
        row.user.unwrap_or("nobody").to_owned(),
        short(&row.link_id),
        row.institution.clone(),
        row.at_belvo.unwrap_or("not there").to_owned(),
        row.state.clone(),
        short(&row.note),
    ]
}
