//! An operator's desk: the program's own command line, over the folder of a local stack.

use adapters::config::{BELVO_CALLS_PER_30_S, BINDING_PROOF, Environment};
use clap::Parser;
use cli::{args::Program, commands::perform, data::Folder, engine::Engine, failure::Failure};
use domain::policy::{BindingProof, Policy};
use serde_json::Value;
use tempfile::TempDir;

use crate::Story;

/// A story whose data is in a folder, which an operator works on at the same time.
pub struct Office {
    /// The story.
    pub story: Story,
    folder: TempDir,
    belvo: String,
}

impl Office {
    /// A story that began an hour ago, under the plain rule.
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = Folder::take(folder.path()).expect("nobody else's").engine();
        let policy = Policy { proof: BindingProof::ExternalId, ..Policy::default() };
        let story = Story::of_today(Engine::open(&file).expect("a file of ours"), policy).await;
        let hosted = story.registered("clerk").await.opens().await.answer["widget"]["hosted_url"].clone();
        let (belvo, _) = hosted.as_str().and_then(|url| url.split_once("/widget/")).expect("an address");
        let belvo = belvo.to_owned();
        Self { story, folder, belvo }
    }

    /// What a command tells.
    pub async fn told(&self, words: &str) -> Result<String, Failure> {
        let (told, done) = self.performed(words).await;
        done.map(|()| told)
    }

    /// What a command tells, and whether it fails. The folder and, if it is asked, Belvo's address are added to its
    /// words.
    pub async fn performed(&self, words: &str) -> (String, Result<(), Failure>) {
        let mut line = vec!["linkkeeper"];
        line.extend(words.split_whitespace());
        line.extend(["--data", self.folder.path().to_str().expect("a plain path")]);
        if ["reconcile", "apply", "doctor"].iter().any(|command| words.starts_with(command)) {
            line.extend(["--belvo-url", &self.belvo]);
        }
        let command = Program::try_parse_from(line).expect("a command line").command.expect("a command");
        let environment =
            Environment::made_of([(BINDING_PROOF, "external_id"), (BELVO_CALLS_PER_30_S, "80")]);
        let mut out = Vec::new();
        let done = perform(&command, &environment, &mut out).await;
        (String::from_utf8(out).expect("text"), done)
    }

    /// The JSON objects that a command tells, one a line.
    pub async fn objects(&self, words: &str) -> Vec<Value> {
        let told = self.told(words).await.expect("it works");
        told.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
    }

    /// Why a command does nothing.
    pub async fn refused(&self, words: &str) -> String {
        self.told(words).await.expect_err("it is refused").to_string()
    }
}
