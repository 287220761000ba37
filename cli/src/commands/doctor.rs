//! `linkkeeper doctor`: what is wrong with an environment, and how to mend it.

use std::io::Write;

use adapters::config::Environment;

use crate::{
    args::Doctor,
    commands::say,
    doctor::{Finding, State, examine},
    failure::Failure,
};

/// Looks at everything and tells it. A problem is a failure; a warning is none.
pub(crate) async fn run(
    asked: &Doctor,
    environment: &Environment,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let findings = examine(asked, environment).await;
    if asked.json {
        for finding in &findings {
            say(out, serde_json::to_string(finding).map_err(Failure::request)?);
        }
    } else {
        say(out, table(&findings));
    }
    match findings.iter().filter(|finding| finding.state == State::Problem).count() {
        0 => Ok(()),
        problems => Err(Failure::Unwell(problems)),
    }
}

fn table(findings: &[Finding]) -> String {
    let row = |finding: &Finding| {
        let Finding { check, state, found, mend } = finding;
        [(*check).to_owned(), state.as_str().to_owned(), found.clone(), mend.clone()]
    };
    super::table(["check", "state", "what was found", "how to mend it"], findings.iter().map(row))
}
