//! How `template.yaml` sets up each function.

use std::{collections::BTreeMap, fs, path::PathBuf};

use jiff::SignedDuration;
use yaml_rust2::{Yaml, YamlLoader};

/// A function, as far as its process is concerned.
#[derive(Clone, Debug)]
pub struct Function {
    /// The names of its variables.
    pub variables: Vec<String>,
    /// How long an invocation may take.
    pub timeout: SignedDuration,
    /// Its memory in MiB.
    pub memory: u32,
}

/// Every function of the template by the name of its folder, which is the name of its binary.
#[must_use]
pub fn functions() -> BTreeMap<String, Function> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    let text = fs::read_to_string(file).expect("template.yaml");
    let template = YamlLoader::load_from_str(&text).expect("YAML").remove(0);
    let globals = &template["Globals"]["Function"];
    let resources = template["Resources"].as_hash().expect("resources").values();
    let functions = resources.filter(|one| one["Type"].as_str() == Some("AWS::Serverless::Function"));
    functions.map(|one| function(globals, &one["Properties"])).collect()
}

fn function(globals: &Yaml, own: &Yaml) -> (String, Function) {
    let name =
        own["CodeUri"].as_str().and_then(|folder| folder.strip_prefix("functions/")).expect("a folder");
    let number = |what: &str| own[what].as_i64().or(globals[what].as_i64()).expect("a number");
    let variables = [globals, own].into_iter().flat_map(|place| {
        let set = place["Environment"]["Variables"].as_hash().into_iter().flat_map(|set| set.keys());
        set.map(|name| name.as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    });
    let function = Function {
        variables: variables.collect(),
        timeout: SignedDuration::from_secs(number("Timeout")),
        memory: u32::try_from(number("MemorySize")).expect("a size"),
    };
    (name.to_owned(), function)
}
