//! Before an operator's command changes what cannot be taken back: whoever asks for it types where it is to happen.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};

use adapters::belvo::Settings;
use clap::Args;

use crate::{args::Place, commands::say, edge::is_this_machine, failure::Failure};

/// The hosts of Belvo's own environments, with the names that people have for them.
const BELVOS: [(&str, &str); 2] = [("sandbox.belvo.com", "sandbox"), ("api.belvo.com", "production")];

/// The answer to the question, given with the command.
#[derive(Args, Clone, Debug, Default)]
pub struct Consent {
    /// Do not ask; for scripts, together with --environment
    #[arg(long, requires = "environment")]
    pub yes: bool,
    /// The environment that is meant: local, sandbox, production, or Belvo's host
    #[arg(long, value_name = "NAME", requires = "yes")]
    pub environment: Option<String>,
}

impl Consent {
    /// Lets a change happen if it was agreed to with the command, or is now by whoever sits at the keyboard.
    pub fn obtain(&self, environment: &str, what: &str) -> Result<(), Failure> {
        let mut lines = stdin().lock();
        let keyboard = stdin().is_terminal().then_some(&mut lines as &mut dyn BufRead);
        confirm(environment, what, self.environment.as_deref(), self.yes, keyboard, &mut stderr())
    }
}

/// What people call the environment: `local` when everything is invented, else by Belvo's host.
#[must_use]
pub fn environment_of(place: &Place, belvo: &Settings) -> String {
    let host = belvo.account();
    if place.is_local() && is_this_machine(&host) {
        return "local".to_owned();
    }
    BELVOS.iter().find(|(known, _)| *known == host).map_or(host, |(_, name)| (*name).to_owned())
}

/// Lets a change happen only in the environment that is meant. `given` and `yes` are what the command line says;
/// else a person types the environment's name at `keyboard`, which is `None` where nobody sits.
pub fn confirm(
    environment: &str,
    what: &str,
    given: Option<&str>,
    yes: bool,
    keyboard: Option<&mut dyn BufRead>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let unconfirmed = |why| Failure::Unconfirmed { why, environment: environment.to_owned() };
    if yes {
        return if given == Some(environment) {
            Ok(())
        } else {
            Err(unconfirmed("this is another environment"))
        };
    }
    let keyboard = keyboard.ok_or_else(|| unconfirmed("nobody is there to be asked"))?;
    say(out, format_args!("This is to {what}.\nType the environment's name ({environment}) to go on:"));
    let mut typed = String::new();
    let read = keyboard.read_line(&mut typed);
    if read.is_ok() && typed.trim() == environment {
        Ok(())
    } else {
        Err(unconfirmed("that is not its name"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::sandbox;

    const WHAT: &str = "give a link away";

    fn told(given: Option<&str>, yes: bool, typed: Option<&str>) -> (Result<(), Failure>, String) {
        let mut out = Vec::new();
        let mut keyboard = typed.map(str::as_bytes);
        let keyboard = keyboard.as_mut().map(|typed| typed as &mut dyn BufRead);
        let result = confirm("sandbox", WHAT, given, yes, keyboard, &mut out);
        (result, String::from_utf8(out).expect("text"))
    }

    fn place(url: Option<&str>) -> Place {
        Place { data: "unused".into(), dynamodb_url: url.map(str::to_owned) }
    }

    #[test]
    fn where_nobody_sits_the_command_says_what_to_pass() {
        let (refused, asked) = told(None, false, None);
        let told = refused.expect_err("nobody was asked").to_string();
        assert!(told.contains("--yes --environment sandbox"), "{told}");
        assert_eq!(asked, "");
    }

    #[test]
    fn another_environment_is_refused_typed_or_given() {
        for typed in ["production\n", "Sandbox\n", "\n", ""] {
            let (refused, asked) = told(None, false, Some(typed));
            assert!(matches!(refused, Err(Failure::Unconfirmed { .. })), "{typed:?}");
            assert!(asked.contains(WHAT) && asked.contains("(sandbox)"), "{asked}");
        }
        for given in [None, Some("production"), Some("local")] {
            let (refused, asked) = told(given, true, Some("sandbox\n"));
            assert!(matches!(refused, Err(Failure::Unconfirmed { .. })) && asked.is_empty(), "{given:?}");
        }
    }

    #[test]
    fn the_environments_name_typed_or_given_lets_it_happen() {
        for typed in ["sandbox\n", "  sandbox \r\n", "sandbox"] {
            assert!(told(None, false, Some(typed)).0.is_ok(), "{typed:?}");
        }
        assert!(told(Some("sandbox"), true, None).0.is_ok());
    }

    #[test]
    fn an_environment_is_local_only_if_all_of_it_is() {
        let named = |table: Option<&str>, belvo: &str| {
            environment_of(&place(table), &sandbox(belvo).expect("an address"))
        };
        let (cloud, here) = (Some("https://dynamodb.sa-east-1.amazonaws.com"), Some("http://127.0.0.1:8000"));
        assert_eq!(named(None, "http://127.0.0.1:9100"), "local");
        assert_eq!(named(here, "http://[::1]:9100"), "local");
        assert_eq!(named(cloud, "http://127.0.0.1:9100"), "127.0.0.1");
        for table in [None, here, cloud] {
            assert_eq!(named(table, "https://sandbox.belvo.com"), "sandbox");
            assert_eq!(named(table, "https://api.belvo.com"), "production");
            assert_eq!(named(table, "https://belvo.example"), "belvo.example");
        }
    }
}
