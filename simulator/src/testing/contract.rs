//! The contract with Belvo's own description of its API: every answer that a test gets from the simulator is
//! held against the schema for its address, method and status. Where the description is not what
//! Belvo does, `openapi/deviations.json` says so, with the reason.

mod description;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::Method;
use jsonschema::{Draft, Validator};
use serde_json::Value;

pub(super) static BELVO: LazyLock<Contract> = LazyLock::new(|| Contract::of(&description::patched()));

/// The answers that a description allows.
pub(super) struct Contract {
    /// By template, method and status.
    answers: HashMap<(String, String, u16), Allowed>,
}

/// The schema of each media type. None: the body must be empty.
type Allowed = HashMap<String, Validator>;

/// An answer as it is checked.
pub(super) struct Given<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) status: u16,
    pub(super) kind: &'a str,
    pub(super) text: &'a str,
}

impl Contract {
    fn of(description: &Value) -> Self {
        let mut answers = HashMap::new();
        for (template, operations) in description["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                for (status, response) in operation["responses"].as_object().unwrap() {
                    let place = (template.clone(), method.to_uppercase(), status.parse().unwrap());
                    answers.insert(place, allowed(&schema::translated(response, description)));
                }
            }
        }
        Self { answers }
    }

    /// What is wrong with an answer.
    pub(super) fn check(&self, given: &Given<'_>) -> Result<(), String> {
        let Given { method, path, status, kind, text } = given;
        let Some(template) = self.template(path) else {
            // The gate comes before the address.
            return if matches!(status, 401 | 403 | 404 | 429 | 500) {
                Ok(())
            } else {
                Err(format!("{path} has no description"))
            };
        };
        let mut methods = self.answers.keys().filter(|(known, ..)| known == template);
        if *status == 405 && methods.all(|(_, known, _)| known != method.as_str()) {
            return Ok(());
        }
        let place = (template.to_owned(), method.to_string(), *status);
        let allowed = self.answers.get(&place).ok_or("a status that is not described")?;
        if allowed.is_empty() {
            return if text.is_empty() { Ok(()) } else { Err("a body where none is described".to_owned()) };
        }
        let kind = kind.split(';').next().unwrap_or_default();
        let schema = allowed.get(kind).ok_or("a media type that is not described")?;
        let body = if kind == "application/json" {
            serde_json::from_str(text).map_err(|error| error.to_string())?
        } else {
            Value::from(*text)
        };
        let complaints = schema.iter_errors(&body);
        let complaints: Vec<_> =
            complaints.map(|error| format!("{}: {error}", error.instance_path())).collect();
        if complaints.is_empty() { Ok(()) } else { Err(complaints.join("; ")) }
    }

    fn template(&self, path: &str) -> Option<&str> {
        let matches = |template: &str| {
            let (mut wanted, mut given) = (template.split('/'), path.split('/'));
            loop {
                match (wanted.next(), given.next()) {
                    (None, None) => return true,
                    (Some(wanted), Some(given)) if wanted == given => {}
                    (Some("{id}"), Some(given)) if !given.is_empty() => {}
                    _ => return false,
                }
            }
        };
        self.answers.keys().map(|(template, ..)| template.as_str()).find(|template| matches(template))
    }
}

fn allowed(response: &Value) -> Allowed {
    let content = response["content"].as_object().into_iter().flatten();
    content
        .map(|(kind, media)| {
            let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
            (kind.clone(), options.build(&media["schema"]).unwrap())
        })
        .collect()
}
