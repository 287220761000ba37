//! One step as data: what happened, what is stored afterwards, and what was expected against what was seen.

use std::{collections::BTreeMap, fmt::Display};

use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::Value;

use super::stored::Stored;

/// One step of the tour.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) number: usize,
    pub(super) title: &'static str,
    pub(super) events: Vec<Event>,
    pub(super) stored: Vec<Stored>,
    pub(super) checks: Vec<Check>,
}

impl Step {
    /// A step that compared nothing has shown nothing.
    pub(super) fn is_ok(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(Check::is_ok)
    }
}

/// Something that happened. Nothing secret gets this far: answers come in with their tokens cut out.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Event {
    /// What it means, in plain words.
    Explained { text: &'static str },
    /// The app called the API.
    Called { user: &'static str, method: String, path: String, body: Value, status: u16, answer: Value },
    /// A person used the widget; the widget said this.
    Connected { user: &'static str, did: String, said: Value },
    /// A look at what is stored, in between.
    Looked { stored: Vec<Stored> },
    /// Belvo changed without telling anybody.
    Unseen { what: String },
    /// Time went by.
    Passed { minutes: i64, clock: String },
    /// A webhook came, and was answered so.
    Heard { webhook: String, status: u16 },
    /// The schedule ran.
    Swept { report: Value },
    /// The other schedule ran.
    FollowedUp { counts: Value },
    /// The function that deletes links ran once a minute for so long.
    Deleted { minutes: i64, asked: usize, confirmed: usize, erased: usize },
}

/// What was expected and what was seen.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) what: String,
    pub(super) expected: String,
    pub(super) observed: String,
}

impl Check {
    pub(super) fn new(what: impl Display, expected: impl Display, observed: impl Display) -> Self {
        Self { what: what.to_string(), expected: expected.to_string(), observed: observed.to_string() }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.expected == self.observed
    }

    /// What is wrong, in one line.
    pub(super) fn complaint(&self) -> String {
        format!("{}: expected {}, observed {}", self.what, self.expected, self.observed)
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let side = |of: fn(&Check) -> &str| -> BTreeMap<&str, &str> {
            self.checks.iter().map(|check| (check.what.as_str(), of(check))).collect()
        };
        let mut object = serializer.serialize_struct("Step", 7)?;
        object.serialize_field("step", &self.number)?;
        object.serialize_field("title", self.title)?;
        object.serialize_field("ok", &self.is_ok())?;
        object.serialize_field("expected", &side(|check| &check.expected))?;
        object.serialize_field("observed", &side(|check| &check.observed))?;
        object.serialize_field("events", &self.events)?;
        object.serialize_field("stored", &self.stored)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(observed: &str) -> Check {
        Check { what: "the callback".to_owned(), expected: "201".to_owned(), observed: observed.to_owned() }
    }

    #[test]
    fn a_step_is_right_when_all_of_its_checks_are_and_it_has_some() {
        let step = |checks| Step { checks, ..Step::default() };
        assert!(step(vec![check("201"), check("201")]).is_ok());
        assert!(!step(vec![check("201"), check("404")]).is_ok());
        assert!(!step(Vec::new()).is_ok());
    }

    #[test]
    fn a_machine_sees_both_sides_of_a_wrong_check() {
        let step = Step { number: 3, checks: vec![check("404")], ..Step::default() };
        let told = serde_json::to_value(&step).unwrap();
        assert_eq!(told["step"], 3);
        assert_eq!(told["ok"], false);
        assert_eq!(told["expected"]["the callback"], "201");
        assert_eq!(told["observed"]["the callback"], "404");
    }
}
