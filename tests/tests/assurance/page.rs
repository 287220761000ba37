//! The rows of the page, and what is wrong with them.

use std::collections::BTreeMap;

use super::{enums, references, tree::Tree};

/// Threats, invariants, and the faults of our own place, of DynamoDB and of Belvo: so many of each.
pub(super) const NUMBERED: [(char, usize); 5] = [('T', 21), ('I', 15), ('F', 10), ('D', 12), ('B', 12)];

/// Rows that nothing proves, which the page says in a section of its own. To be kept short.
pub(super) const OPEN: &[&str] = &["BuildError::Http", "BuildError::Tls"];

const NOT_PROVEN: &str = "not proven";
const SECTION: &str = "## What is not proven";

/// A row of a table that begins with `id`.
struct Row<'a> {
    id: &'a str,
    proof: &'a str,
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(str::trim).collect()
}

fn rows(page: &str) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut counts = false;
    for line in page.lines() {
        if !line.starts_with('|') {
            counts = false;
            continue;
        }
        let cells = cells(line);
        let (Some(first), Some(last)) = (cells.first(), cells.last()) else { continue };
        if *first == "id" {
            counts = true;
        } else if counts && !first.starts_with("---") {
            rows.push(Row { id: first.trim_matches('`'), proof: last });
        }
    }
    rows
}

/// The names in a cell of nothing but names in backticks.
fn named(proof: &str) -> Option<Vec<&str>> {
    let parts = proof.split("<br>").map(str::trim);
    let inside = |part: &'_ str| -> Option<std::ops::Range<usize>> {
        let whole = part.len() > 2 && part.starts_with('`') && part.ends_with('`');
        whole.then(|| 1..part.len() - 1)
    };
    parts.map(|part| part.get(inside(part)?).filter(|name| !name.contains('`'))).collect()
}

/// All that is wrong with the page.
pub(super) fn flaws(page: &str, tree: &Tree) -> Vec<String> {
    let variants = match enums::variants(tree) {
        Ok(variants) => variants,
        Err(odd) => return vec![odd],
    };
    let numbered =
        NUMBERED.iter().flat_map(|(letter, most)| (1..=*most).map(move |n| format!("{letter}{n}")));
    let mut wanted: BTreeMap<String, usize> = numbered.chain(variants).map(|id| (id, 0)).collect();
    let mut found = Vec::new();
    let said = page.split_once(SECTION).map_or("", |(_, rest)| rest.split("\n## ").next().unwrap_or(rest));
    for row in rows(page) {
        match wanted.get_mut(row.id) {
            Some(count) => *count += 1,
            None => found.push(format!("{}: nothing of ours has that name", row.id)),
        }
        found.extend(flaws_of(&row, said, tree).into_iter().map(|flaw| format!("{}: {flaw}", row.id)));
    }
    let odd = wanted.iter().filter(|(_, count)| **count != 1);
    found.extend(odd.map(|(id, count)| format!("{id}: {count} rows instead of one")));
    found
}

fn flaws_of(row: &Row<'_>, said: &str, tree: &Tree) -> Vec<String> {
    let open = OPEN.contains(&row.id);
    if row.proof == NOT_PROVEN {
        let listed = open && said.contains(&format!("`{}`", row.id));
        let flaw = || format!("is not proven, and neither in OPEN nor under \"{SECTION}\"");
        return if listed { Vec::new() } else { vec![flaw()] };
    }
    if open {
        return vec!["is in OPEN and has a proof: take it out there".to_owned()];
    }
    match named(row.proof) {
        Some(names) => names.into_iter().filter_map(|name| references::flaw(name, tree)).collect(),
        None => vec![format!("its last cell must be `file::test`, more of them after <br>, or {NOT_PROVEN}")],
    }
}
