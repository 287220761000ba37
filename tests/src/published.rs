//! What is told to the outside, held against its schemas in `events/published/`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use cli::{
    engine::Engine,
    stream::{Reader, Start},
    world::TABLE,
};
use domain::{change::Filed, published::Published};
use jsonschema::{Draft, Validator};
use serde_json::Value;

/// The schemas, by the type that each is of.
pub struct Schemas(BTreeMap<String, Validator>);

impl Schemas {
    /// Reads all of them.
    pub fn read() -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../events/published");
        let files = fs::read_dir(folder).expect("the folder of the schemas");
        let read = |file: fs::DirEntry| {
            let name = file.file_name().into_string().expect("a plain name");
            let name = name.strip_suffix(".v1.json").expect("type, version, json").to_owned();
            let text = fs::read_to_string(file.path()).expect("text");
            (name, validator(&serde_json::from_str(&text).expect("JSON")))
        };
        Self(files.map(|file| read(file.expect("readable"))).collect())
    }

    /// The types that there are schemas of.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Why this is not as its schema says, if it is not.
    pub fn fault(&self, event: &Value) -> Option<String> {
        let Some(schema) = event["type"].as_str().and_then(|name| self.0.get(name)) else {
            return Some(format!("no schema: {event}"));
        };
        schema.validate(event).err().map(|error| format!("{error}: {event}"))
    }

    /// Holds these events against their schemas, and gives them as JSON.
    pub fn hold(&self, events: &[Published]) -> Vec<Value> {
        let told: Vec<_> = events.iter().map(|event| serde_json::to_value(event).expect("JSON")).collect();
        let faults: Vec<_> = told.iter().filter_map(|event| self.fault(event)).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        told
    }
}

fn validator(schema: &Value) -> Validator {
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
    options.build(schema).expect("a schema")
}

/// Everything that the stream of an engine's table told since its first day.
pub async fn filed(engine: &Engine) -> Vec<Filed> {
    let stream = adapters::dynamo::stream_of(&engine.client(), TABLE).await.expect("a table");
    let stream = stream.expect("it has a stream");
    let mut reader = Reader::open(engine.streams(), stream, Start::Oldest).await.expect("a stream");
    let mut filed = Vec::new();
    loop {
        let more = reader.more().await.expect("it can be read");
        if more.is_empty() {
            return filed;
        }
        filed.extend(more);
    }
}

/// The events that these are told as.
pub fn told(filed: &[Filed]) -> Vec<Published> {
    filed.iter().filter_map(Published::of).collect()
}
