//! What a row may name as its proof, and whether that exists and is run.

use super::tree::{CI, Tree};

const RULES: &str = "tests/tests/store.rs";

/// Why this is no proof, if it is none.
pub(super) fn flaw(named: &str, tree: &Tree) -> Option<String> {
    if let Some(step) = named.strip_prefix(".ci/run: ") {
        let there = tree.text(CI).lines().any(|line| line == format!("step \"{step}\""));
        return (!there).then(|| format!("{CI} has no step \"{step}\""));
    }
    let Some((path, name)) = named.split_once("::") else {
        return Some(format!("`{named}` is neither file::test nor a step of {CI}"));
    };
    let Some(text) = tree.find(path) else { return Some(format!("there is no {path}")) };
    let runs = match name.split_once("::") {
        Some((theme, rule)) => path == RULES && is_rule(text, theme, rule),
        None if path.rsplit('.').next() == Some("py") => is_python_test(text, name) && is_run(path, tree),
        None => is_test(text, name) && is_compiled(path, tree),
    };
    (!runs).then(|| format!("{path} has no test {name} that is run"))
}

/// Whether the function has the attribute of a test, and is not left out.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let begins = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")
            .and_then(|line| line.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('('))
    };
    let above = |at: usize| {
        let above = lines.iter().take(at).rev();
        above
            .take_while(|line| line.starts_with("#[") || line.starts_with("///"))
            .copied()
            .collect::<Vec<_>>()
    };
    lines.iter().enumerate().filter(|(_, line)| begins(line)).any(|(at, _)| {
        let above = above(at);
        let tests = |line: &&str| *line == "#[test]" || line.starts_with("#[tokio::test");
        above.iter().any(tests) && !above.iter().any(|line| line.contains("ignore"))
    })
}

/// Whether the store is held to this rule of its contract.
fn is_rule(text: &str, theme: &str, rule: &str) -> bool {
    let lines = text.lines().map(str::trim).skip_while(|line| !line.ends_with(&format!(" {theme} {{")));
    lines.skip(1).take_while(|line| *line != "}").any(|line| line.strip_suffix(',') == Some(rule))
}

fn is_python_test(text: &str, name: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with(&format!("def {name}(")))
}

/// A file that Cargo finds by itself, or that a module of its crate names.
fn is_compiled(path: &str, tree: &Tree) -> bool {
    let Some((folder, file)) = path.rsplit_once('/') else { return false };
    let by_itself = folder == "tests/tests" || matches!(file, "lib.rs" | "main.rs");
    let Some(module) = file.strip_suffix(".rs") else { return false };
    let root = if path.starts_with("tests/tests/") {
        "tests/tests/"
    } else if let Some((root, _)) = path.split_once("/src/") {
        root
    } else {
        return false;
    };
    let declares = |text: &str| {
        let named = [format!("mod {module};"), format!("pub mod {module};")];
        text.lines().any(|line| {
            let line = line.trim();
            named.iter().any(|named| line == named) || line.ends_with(&format!(") mod {module};"))
        })
    };
    by_itself || tree.files().any(|(other, text)| other.starts_with(root) && declares(text))
}

/// A file that CI names, or whose folder it searches.
fn is_run(path: &str, tree: &Tree) -> bool {
    let ci = tree.text(CI);
    let searched = path
        .rsplit_once("/test_")
        .is_some_and(|(folder, _)| ci.contains(&format!("discover --start-directory {folder} ")));
    searched || ci.contains(path)
}
