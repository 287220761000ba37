//! The command line, and the help that teaches it.

mod account;

use std::path::PathBuf;

use belvo_simulator::{Scenario, Settings, Switches, Target, WrongTarget};
use clap::{Parser, ValueEnum};

const EXAMPLES: &str = "\
Examples (from a checkout, `cargo run -p belvo-simulator --` stands for `belvo-simulator`):
  Start it on a free port and be told the address:
    belvo-simulator --port 0

  Keep the links in a file, and page like production:
    belvo-simulator --port 9100 --data .linkkeeper/belvo.json --page-size-default 100

  List the links of one user:
    curl -u sandbox-id:sandbox-password 'http://127.0.0.1:9100/api/links/?external_id=usr_8Yq2'

  Make up a million links, and see what a reconciliation must make of them, at once or line by line:
    belvo-simulator --links 1000000 --users 300000 --seed 7 --no-rate-limit
    curl 'http://127.0.0.1:9100/_sim/truth?summary'
    curl 'http://127.0.0.1:9100/_sim/truth?from=0&most=10000'

  Plant a link, break it, and delete it behind everybody's back:
    curl http://127.0.0.1:9100/_sim/links -d '{\"external_id\": \"usr_8Yq2\"}'
    curl -X PATCH http://127.0.0.1:9100/_sim/links/ID -d '{\"status\": \"invalid\"}'
    curl -X DELETE http://127.0.0.1:9100/_sim/links/ID

  Connect an account as a person in the widget would (ACCESS comes from POST /api/token/):
    curl http://127.0.0.1:9100/widget/connect -d '{\"access_token\": \"ACCESS\", \"external_id\": \"usr_8Yq2\",
      \"institution\": \"erebor_mx_retail\", \"username\": \"bnk100\", \"password\": \"full\"}'
    ... with \"outcome\": \"lose_callback\" the link is made and nobody hears of it; with \"close_early\" it is not

  Break Belvo, and repair it:
    curl -X PATCH http://127.0.0.1:9100/_sim/switches -d '{\"mode\": \"down\"}'
    curl -X PATCH http://127.0.0.1:9100/_sim/switches -d '{\"mode\": \"up\"}'

  Begin with a scenario, play another while it runs, and set a fault by hand:
    belvo-simulator --list-scenarios
    belvo-simulator --scenario drift
    curl -X POST http://127.0.0.1:9100/_sim/scenarios/outage
    curl http://127.0.0.1:9100/_sim/faults -d '{\"kind\": \"html_403\", \"rate\": 0.2, \"seconds\": 60}'
    curl -X DELETE http://127.0.0.1:9100/_sim/faults

  See every switch, and how often each route was called:
    curl http://127.0.0.1:9100/_sim/switches
    curl http://127.0.0.1:9100/_sim/calls";

/// A faithful Belvo on this machine: links, widget tokens, accounts and a Connect Widget.
///
/// It listens on loopback only. Nothing in it is real: institutions and logins are those of Belvo's
/// published sandbox. Its Basic credentials are sandbox-id and sandbox-password unless told otherwise.
#[derive(Debug, Parser)]
#[command(version, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where to listen on 127.0.0.1; 0 takes any free port and tells which
    #[arg(long, default_value_t = 9100)]
    pub(crate) port: u16,

    /// Keep links and widget tokens in this file; without it they are gone at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,

    /// Results per page when a request does not say: 10 as Belvo's sandbox, 100 as its production
    #[arg(long, value_enum, default_value = "10", value_name = "N")]
    page_size_default: PageSize,

    /// Do not refuse the 81st request in 30 seconds, nor the 6th deletion in a minute
    #[arg(long)]
    no_rate_limit: bool,

    /// Begin with this ready scenario
    #[arg(long, value_name = "NAME", conflicts_with = "scenario_file")]
    scenario: Option<String>,

    /// Begin with the scenario in this JSON file: name, about, switches, faults
    #[arg(long, value_name = "FILE")]
    scenario_file: Option<PathBuf>,

    /// Show the ready scenarios, and end
    #[arg(long)]
    pub(crate) list_scenarios: bool,

    #[command(flatten)]
    pub(crate) account: account::Account,

    /// The user name of Basic auth
    #[arg(long, default_value = "sandbox-id", value_name = "ID")]
    pub(crate) secret_id: String,

    /// The password of Basic auth
    #[arg(long, default_value = "sandbox-password", value_name = "PASSWORD")]
    pub(crate) secret_password: String,

    /// Tell this receiver by webhooks; plain http on this machine only
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,

    /// The exact Authorization header of each webhook: `Basic …` or `Bearer …`
    #[arg(long, value_name = "VALUE", requires = "webhook_url")]
    webhook_authorization: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PageSize {
    #[value(name = "10")]
    Sandbox,
    #[value(name = "100")]
    Production,
}

impl Args {
    /// The scenario to begin with. `Err`: one sentence.
    pub(crate) fn scenario(&self) -> Result<Option<Scenario>, String> {
        if let Some(name) = &self.scenario {
            return Scenario::named(name).map(Some).map_err(|error| error.to_string());
        }
        let Some(path) = &self.scenario_file else { return Ok(None) };
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| told(&error))?;
        Scenario::parse(&text).map(Some).map_err(|error| told(&error))
    }

    /// What the simulator starts with.
    pub(crate) fn settings(&self) -> Result<Settings, WrongTarget> {
        let mut switches = Switches {
            page_size_default: match self.page_size_default {
                PageSize::Sandbox => 10,
                PageSize::Production => 100,
            },
            ..Switches::default()
        };
        if self.no_rate_limit {
            switches.rate_limit = None;
            switches.delete_limit = None;
        }
        let authorization = self.webhook_authorization.as_deref();
        let webhooks =
            self.webhook_url.as_deref().map(|url| Target::parse(url, authorization)).transpose()?;
        Ok(Settings {
            secret_id: self.secret_id.clone(),
            secret_password: self.secret_password.clone(),
            base_url: None,
            switches,
            webhooks,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_made() {
        Args::command().debug_assert();
    }

    #[test]
    fn wrong_arguments_are_refused() {
        for arguments in [
            &["belvo-simulator", "--page-size-default", "50"][..],
            &["belvo-simulator", "--port", "70000"],
            &["belvo-simulator", "serve"],
            &["belvo-simulator", "--users", "3"],
            &["belvo-simulator", "--links", "10", "--users", "0"],
            &["belvo-simulator", "--orphans", "101"],
        ] {
            assert!(Args::try_parse_from(arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn an_account_is_made_up_only_when_links_are_asked_for() {
        assert_eq!(Args::parse_from(["belvo-simulator"]).account.population(), None);
        let given = ["belvo-simulator", "--links", "100", "--orphans", "5", "--from", "2025-01-01"];
        let population = Args::parse_from(given).account.population().unwrap();
        assert_eq!((population.users, population.orphans, population.duplicates), (30, 5, 2));
        assert_eq!(population.from, Some("2025-01-01T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn an_unknown_scenario_and_a_missing_file_are_told() {
        for arguments in [
            ["belvo-simulator", "--scenario", "sunshine"],
            ["belvo-simulator", "--scenario-file", "/nowhere"],
        ] {
            assert!(Args::parse_from(arguments).scenario().is_err(), "{arguments:?}");
        }
        let known = Args::parse_from(["belvo-simulator", "--scenario", "drift"]).scenario().unwrap();
        assert_eq!(known.unwrap().name, "drift");
    }

    #[test]
    fn arguments_become_switches() {
        let plain = Args::parse_from(["belvo-simulator"]).settings().unwrap();
        assert_eq!(plain.switches, Switches::default());

        let given = ["belvo-simulator", "--no-rate-limit", "--page-size-default", "100"];
        let switches = Args::parse_from(given).settings().unwrap().switches;
        assert_eq!((switches.rate_limit, switches.delete_limit), (None, None));
        assert_eq!(switches.page_size_default, 100);
    }

    #[test]
    fn webhooks_go_to_this_machine_only() {
        let settings = |url| Args::parse_from(["belvo-simulator", "--webhook-url", url]).settings();
        assert_eq!(settings("http://example.com/hook").err(), Some(WrongTarget::Foreign));
        assert!(settings("http://127.0.0.1:9000/hook").unwrap().webhooks.is_some());
    }
}
