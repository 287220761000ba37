//! The errors of ours, variant by variant, as the sources have them: what `rustfmt` makes of an enum is read by
//! its indentation.

use super::tree::Tree;

/// An enum that is no error by its traits, and says to clients what went wrong.
const TOLD: &str = "pub enum Problem {";

/// The variants of all error enums of `shared` and `functions`, each as `Enum::Variant`; else what is odd.
pub(super) fn variants(tree: &Tree) -> Result<Vec<String>, String> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    let mut variants = Vec::new();
    let ours = |path: &str| {
        let room = path.starts_with("shared/") || path.starts_with("functions/");
        room && path.contains("/src/") && !path.contains("/testing") && path.rsplit('.').next() == Some("rs")
    };
    for (path, text) in tree.files().filter(|(path, _)| ours(path)) {
        let lines: Vec<_> = text.lines().collect();
        for (at, name) in enums(&lines, text).map_err(|odd| format!("{path}: {odd}"))? {
            if let Some((other, _)) = found.iter().find(|(_, known)| *known == name) {
                return Err(format!("{name} is an error enum in {other} and in {path}: rename one of them"));
            }
            found.push((path, name));
            variants.extend(of(&lines, at).map(|variant| format!("{name}::{variant}")));
        }
    }
    Ok(variants)
}

/// The error enums of a file, each with the line that it begins in.
fn enums<'a>(lines: &[&'a str], text: &str) -> Result<Vec<(usize, &'a str)>, String> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if is_derived(line) {
            let below = lines.iter().enumerate().skip(at + 1);
            let (at, item) = below
                .skip_while(|(_, line)| !line.contains("struct ") && !line.contains("enum "))
                .map(|(at, line)| (at, *line))
                .next()
                .ok_or_else(|| format!("line {} derives Error for nothing", at + 1))?;
            if let Some(name) = named(item) {
                found.push((at, name));
            }
        } else if *line == TOLD || named(line).is_some_and(|name| is_written(text, name)) {
            found.extend(named(line).map(|name| (at, name)));
        }
    }
    Ok(found)
}

fn is_derived(line: &str) -> bool {
    let Some((_, traits)) = line.split_once("#[derive(") else { return false };
    let mut traits = traits.split([',', ')']).map(str::trim);
    traits.any(|one| one == "Error" || one.ends_with("::Error"))
}

/// Whether the trait is written out by hand.
fn is_written(text: &str, name: &str) -> bool {
    text.contains(&format!("Error for {name} {{"))
}

fn named(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("enum ")?;
    let is_item = before.trim().is_empty() || before.trim_start().starts_with("pub");
    let name = rest.split([' ', '<', '{']).next()?;
    (is_item && !name.is_empty()).then_some(name)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn of<'a>(lines: &'a [&'a str], at: usize) -> impl Iterator<Item = &'a str> {
    let own = lines.get(at).map_or(0, |line| indent(line));
    let body = lines.iter().skip(at + 1).take_while(move |line| line.trim() != "}" || indent(line) != own);
    body.filter(move |line| indent(line) == own + 4)
        .filter(|line| line.trim_start().starts_with(|first: char| first.is_ascii_uppercase()))
        .filter_map(|line| line.trim_start().split(|letter: char| !letter.is_alphanumeric()).next())
}
