//! Ready scenarios: a Belvo that behaves in one way, by name. Each is a set of switches and faults; they are
//! data, and more of them can be read from files.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::belvo::Belvo;
use crate::faults::{Fault, Plan};
use crate::switches::Switches;

const READY: &str = include_str!("scenarios/ready.json");

/// A way to behave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called: words with hyphens.
    pub name: String,
    /// What it does, in one sentence.
    pub about: String,
    /// What it belongs to: a heading of the list.
    #[serde(default)]
    pub group: String,
    /// The switches that differ from the defaults. One may be named with its default, to say so.
    #[serde(default)]
    pub switches: Map<String, Value>,
    /// The faults.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum UnknownScenario {
    /// No ready one has this name.
    #[error("there is no scenario {0}; --list-scenarios shows all of them")]
    Name(String),
    /// Its text or its switches cannot be read.
    #[error("this is no scenario: {0}")]
    Malformed(#[from] serde_json::Error),
}

impl Scenario {
    /// All ready ones, in the order of the list.
    pub fn ready() -> Result<Vec<Self>, UnknownScenario> {
        Ok(serde_json::from_str(READY)?)
    }

    /// The ready one of this name.
    pub fn named(name: &str) -> Result<Self, UnknownScenario> {
        let mut all = Self::ready()?.into_iter();
        all.find(|one| one.name == name).ok_or_else(|| UnknownScenario::Name(name.to_owned()))
    }

    /// One from a file's text.
    pub fn parse(text: &str) -> Result<Self, UnknownScenario> {
        let scenario: Self = serde_json::from_str(text)?;
        scenario.switched(&Switches::default())?;
        Ok(scenario)
    }

    /// These switches, but for those that it names.
    pub fn switched(&self, switches: &Switches) -> Result<Switches, UnknownScenario> {
        let mut all = serde_json::to_value(switches)?;
        if let Some(all) = all.as_object_mut() {
            all.extend(self.switches.clone());
        }
        Ok(serde_json::from_value(all)?)
    }
}

/// How a test, a program or the control API makes it misbehave.
impl Belvo {
    /// Behaves as the scenario says from the next request on. What it does not name goes back to how this
    /// Belvo began, and faults that were set are gone.
    pub fn play(&self, scenario: &Scenario) -> Result<(), UnknownScenario> {
        let now = self.now();
        let mut state = self.lock();
        state.switches = scenario.switched(&state.first_switches)?;
        state.faults = Plan::default();
        scenario.faults.iter().for_each(|fault| state.faults.add(fault.clone(), now));
        Ok(())
    }

    /// The faults that are set, whether they still hit or not.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.lock().faults.faults()
    }

    /// Sets one more fault.
    pub fn add_fault(&self, fault: Fault) {
        let now = self.now();
        self.lock().faults.add(fault, now);
    }

    /// Sets these faults and no others. Their counts and times begin now.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        let now = self.now();
        let mut state = self.lock();
        state.faults = Plan::default();
        for fault in faults {
            state.faults.add(fault, now);
        }
    }

    /// No faults from now on.
    pub fn clear_faults(&self) {
        self.lock().faults = Plan::default();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_unknown_name_and_a_wrong_file_are_told() {
        assert!(Scenario::named("nice-weather").unwrap_err().to_string().contains("--list-scenarios"));
        for wrong in [
            "",
            "{}",
            r#"{"name": "x", "about": "y", "switches": {"mod": "up"}}"#,
            r#"{"name": "x", "about": "y", "faults": [{"kind": "plague"}]}"#,
        ] {
            assert!(Scenario::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_ready_scenario_has_a_name_of_its_own_and_does_something_or_names_a_default() {
        let ready = Scenario::ready().unwrap();
        let names: BTreeSet<_> = ready.iter().map(|scenario| &scenario.name).collect();
        assert_eq!(names.len(), ready.len());
        for scenario in &ready {
            let switches = scenario.switched(&Switches::default()).unwrap();
            let changes = switches != Switches::default() || !scenario.faults.is_empty();
            let says_so = scenario.about.contains("the default") && !scenario.switches.is_empty();
            assert!(changes != says_so, "{}", scenario.name);
            assert!(scenario.about.ends_with('.') && !scenario.group.is_empty(), "{}", scenario.name);
        }
    }

    #[test]
    fn every_open_question_has_both_answers() {
        let ready = Scenario::ready().unwrap();
        for question in 1..=11 {
            let heading = format!("Open question {question}:");
            let answers: Vec<_> = ready.iter().filter(|one| one.group.starts_with(&heading)).collect();
            let different: BTreeSet<_> = answers
                .iter()
                .map(|one| format!("{:?}", one.switched(&Switches::default()).unwrap()))
                .collect();
            assert!(different.len() >= 2, "{heading} {answers:?}");
        }
    }

    #[test]
    fn a_scenario_ends_with_the_next_and_leaves_the_first_switches() {
        let first = Switches { rate_limit: None, ..Switches::default() };
        let belvo = crate::testing::World::with(first.clone()).belvo;
        for scenario in Scenario::ready().unwrap() {
            belvo.play(&scenario).unwrap();
            assert_eq!(belvo.faults(), scenario.faults);
            assert_eq!(belvo.switches(), scenario.switched(&first).unwrap());
        }
    }
}
