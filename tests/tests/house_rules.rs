//! Rules of the house that the compiler does not know, each with its reason. Plain text search.

use std::{
    fs,
    path::{Path, PathBuf},
};

const FUNCTIONS: &[&str] = &[
    "belvo-webhook",
    "delete-links",
    "follow-up",
    "publish-events",
    "reconcile",
    "register-user",
    "user-links",
    "widget-callback",
];
/// Those that know nothing of Belvo.
const WITHOUT_BELVO: &[&str] = &["belvo-webhook", "publish-events", "register-user"];

/// Variables that hold a secret itself: for a laptop, never in the cloud.
const IN_PLAIN: &[&str] = &[
    "BELVO_OTHER_SECRET_ID",
    "BELVO_OTHER_SECRET_PASSWORD",
    "BELVO_SECRET_ID",
    "BELVO_SECRET_PASSWORD",
    "REFERENCE_KEY",
    "WEBHOOK_AUTHORIZATION",
    "WEBHOOK_OTHER_AUTHORIZATION",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|_| panic!("{path} is missing"))
}

/// Every Rust file of the rooms, with its text.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for room in ["cli", "functions", "shared", "simulator", "tests"] {
        collect(&root().join(room), &mut found);
    }
    assert!(found.len() > 100, "the search finds the sources");
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).expect("text");
            found.push((path, text));
        }
    }
}

/// The code of a file without its tests.
fn production(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

fn offenders(broken: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let name = |path: &Path| path.strip_prefix(root()).expect("below the root").display().to_string();
    let named = sources().into_iter().map(|(path, text)| (name(&path), text));
    named.filter(|(path, text)| broken(path, text)).map(|(path, _)| path).collect()
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = offenders(|_, text| !text.starts_with("//!"));
    assert!(silent.is_empty(), "these files do not open with `//!`: {silent:?}");
}

#[test]
fn no_room_outgrows_three_hundred_lines() {
    let big = offenders(|_, text| text.lines().count() > 300);
    assert!(big.is_empty(), "redesign the room: {big:?}");
}

#[test]
fn a_main_wires_and_decides_nothing() {
    let busy = offenders(|path, text| {
        let decides = path.starts_with("functions") && (text.contains(" if ") || text.contains("match "));
        path.ends_with("main.rs") && (text.lines().count() > 30 || decides)
    });
    assert!(busy.is_empty(), "what is in main cannot be tested: {busy:?}");
}

#[test]
fn modules_have_names() {
    let nameless = offenders(|path, _| path.ends_with("mod.rs"));
    assert!(nameless.is_empty(), "foo.rs beside foo/, never mod.rs: {nameless:?}");
}

#[test]
fn the_environment_has_one_room() {
    let readers = offenders(|path, text| {
        let rooms = ["shared/adapters/src/config.rs", "tests/"];
        text.contains("std::env::") && !rooms.iter().any(|room| path.starts_with(room))
    });
    assert!(readers.is_empty(), "the environment is read in config.rs only: {readers:?}");
}

#[test]
fn the_domain_knows_nobody_outside() {
    let manifest = read("shared/domain/Cargo.toml");
    let dependencies = manifest.split("[dependencies]").nth(1).expect("a section");
    let dependencies = dependencies.split("[dev-dependencies]").next().expect("a section");
    let names: Vec<_> =
        dependencies.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["hmac", "jiff", "secrecy", "serde", "sha2", "thiserror", "uuid"],
        "no I/O, no runtime"
    );
}

#[test]
fn adapters_do_not_know_each_other() {
    let rooms = ["belvo", "dynamo", "eventbridge", "http"];
    let sideways = offenders(|path, text| {
        let Some(own) = rooms.iter().find(|room| path.starts_with(&format!("shared/adapters/src/{room}")))
        else {
            return false;
        };
        rooms.iter().any(|room| room != own && text.contains(&format!("crate::{room}")))
    });
    assert!(sideways.is_empty(), "no arrows sideways: {sideways:?}");
    let knowing = offenders(|path, text| {
        let shared =
            ["aws", "secrets"].iter().any(|room| path.starts_with(&format!("shared/adapters/src/{room}")));
        shared && rooms.iter().any(|room| text.contains(&format!("crate::{room}")))
    });
    assert!(knowing.is_empty(), "what others share knows none of them: {knowing:?}");
}

#[test]
fn keys_are_put_together_in_one_file() {
    let writers = offenders(|path, text| {
        let elsewhere = !path.contains("tests") && !path.ends_with("dynamo/key.rs");
        elsewhere
            && ["\"USER#", "\"LINK#", "\"SESSION#", "\"BUDGET#", "\"WEBHOOK#"]
                .iter()
                .any(|key| production(text).contains(key))
    });
    assert!(writers.is_empty(), "keys come from dynamo/key.rs: {writers:?}");
}

#[test]
fn production_code_does_not_panic() {
    let panicking = offenders(|path, text| {
        let shipped =
            path.starts_with("functions") || path.starts_with("shared/adapters") || path.starts_with("cli");
        let tests = path.contains("tests") || path.contains("/testing");
        shipped && !tests && [".unwrap()", ".expect(\""].iter().any(|call| production(text).contains(call))
    });
    assert!(panicking.is_empty(), "no panic is reachable from input: {panicking:?}");
}

#[test]
fn template_events_and_functions_are_the_same_list() {
    let template = read("template.yaml");
    for function in FUNCTIONS {
        assert!(
            template.contains(&format!("CodeUri: functions/{function}\n")),
            "{function} in template.yaml"
        );
        assert!(root().join("events").join(function).is_dir(), "events/{function}");
    }
    assert_eq!(template.matches("Type: AWS::Serverless::Function\n").count(), FUNCTIONS.len());
    let folders = fs::read_dir(root().join("functions")).expect("a folder").count();
    assert_eq!(folders, FUNCTIONS.len(), "a function in the list for each folder");
}

#[test]
fn every_variable_is_in_the_readme_and_set_by_the_template() {
    let (config, readme, template) =
        (read("shared/adapters/src/config.rs"), read("README.md"), read("template.yaml"));
    let names = config.lines().filter(|line| line.contains("const ") && line.contains(": &str = \""));
    let names: Vec<_> =
        names.filter_map(|line| line.split('"').nth(1)).filter(|name| !name.contains(':')).collect();
    assert!(names.len() > 10, "the search finds the variables: {names:?}");
    for name in names {
        assert!(readme.contains(&format!("`{name}`")), "{name} in README");
        // the rest is set by Lambda itself, has a default that suits the cloud, is for other networks than Lambda's own
        // (AWS_CA_BUNDLE) or is a secret in plain
        let ours = !name.starts_with("AWS_") && name != "WIDGET_URL" && !IN_PLAIN.contains(&name);
        assert!(!ours || template.contains(&format!("{name}: ")), "{name} in template.yaml");
    }
}

#[test]
fn the_template_knows_secrets_by_arn_only() {
    let template = read("template.yaml");
    assert!(
        !template.contains("{{resolve:"),
        "a value that is resolved at deployment is an environment value"
    );
    for name in IN_PLAIN {
        assert!(read("shared/adapters/src/config.rs").contains(&format!("\"{name}\"")), "{name} is known");
        assert!(!template.contains(&format!(" {name}: ")), "{name} in template.yaml");
    }
}

#[test]
fn no_function_calls_belvo_past_the_budget() {
    for function in FUNCTIONS.iter().filter(|function| !WITHOUT_BELVO.contains(function)) {
        let main = read(&format!("functions/{function}/src/main.rs"));
        assert!(main.contains("Governor::new(") && main.contains(".through(gate)"), "{function}");
    }
    for function in WITHOUT_BELVO {
        let main = read(&format!("functions/{function}/src/main.rs"));
        assert!(!main.contains("reader.belvo()") && !main.contains("adapters::belvo"), "{function}");
    }
    let elsewhere = offenders(|path, text| {
        let production = production(text);
        !path.starts_with("tests/")
            && !path.contains("/tests")
            && path != "shared/adapters/src/belvo.rs"
            && production.matches("Belvo::new(").count() > production.matches(".through(gate)").count()
            && production.contains("adapters::belvo")
    });
    assert!(elsewhere.is_empty(), "a Belvo without a gate: {elsewhere:?}");
}

#[test]
fn the_deadlines_of_a_request_fit_into_its_functions_time() {
    let template = read("template.yaml");
    let timeout = template.lines().find_map(|line| line.trim().strip_prefix("Timeout: ")).expect("a timeout");
    let seconds: u64 = timeout.split(' ').next().and_then(|word| word.parse().ok()).expect("seconds");
    let permit = adapters::dynamo::GRANT_TIMEOUT;
    let adapters::belvo::Timeouts { call, whole: belvo, .. } = adapters::belvo::Timeouts::default();
    let ordinary = domain::calls::longest_interactive(permit, call);
    assert!(ordinary <= belvo, "{ordinary:?}: only a rare mishap is cut off at {belvo:?}");
    let table = adapters::dynamo::OPERATION_TIMEOUT;
    let ways = [
        ("a session start: ledger, list, token, holders, commit", table * 3 + belvo * 2),
        ("a prevented duplicate: ledger, commit, ledger, list, holders, commit", table * 5 + belvo),
        ("a claim: ledger, holders, link, commit", table * 3 + belvo),
    ];
    for (way, longest) in ways {
        let fits = longest.as_secs() < seconds && seconds < 30;
        assert!(fits, "{way}: {longest:?} in {seconds} s, which the gateway waits 30 for");
    }
}

/// Whether the file is part of what runs in the cloud.
fn shipped(path: &str) -> bool {
    let room = path.starts_with("functions/") || path.starts_with("shared/");
    room && !path.contains("/tests") && !path.contains("/testing")
}

/// Lambda freezes a process with its answer: what is left running then goes on minutes later, or never.
#[test]
fn nothing_is_left_running_behind_an_answer() {
    let detached = offenders(|path, text| {
        let spawns = ["tokio::spawn(", "task::spawn", "thread::spawn(", "spawn_blocking("];
        shipped(path) && spawns.iter().any(|spawn| production(text).contains(spawn))
    });
    assert!(detached.is_empty(), "work that nobody waits for: {detached:?}");
}

/// Keys go where the configuration says, and nowhere else that a server, a proxy or the environment may name.
#[test]
fn one_file_builds_the_client_that_carries_belvos_keys_and_it_follows_nobody() {
    let builders = offenders(|path, text| {
        let production = production(text);
        let builds = ["reqwest::Client::", "reqwest::get(", "ClientBuilder::", "reqwest::blocking"];
        let imported = production.contains("use reqwest::") && production.contains("Client::builder()");
        shipped(path) && (imported || builds.iter().any(|build| production.contains(build)))
    });
    assert_eq!(builders, ["shared/adapters/src/belvo/client.rs"]);
    let client = read("shared/adapters/src/belvo/client.rs");
    for rule in [".redirect(redirect::Policy::none())", ".no_proxy()"] {
        assert!(production(&client).contains(rule), "{rule}");
    }
}
