//! The program: opens the port and the file, says what to try, and serves until Ctrl-C.

mod account;

use std::fmt::Display;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use belvo_simulator::{Belvo, Scenario, pump, serve, system_clock, system_entropy};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::args::Args;

/// Runs until Ctrl-C. `Err`: one sentence for the person who started it.
pub(crate) async fn run(args: Args) -> Result<(), String> {
    let written = |error| format!("cannot write to the terminal: {error}");
    if args.list_scenarios {
        let ready = Scenario::ready().map_err(|error| error.to_string())?;
        return say(&listed(&ready)).map_err(written);
    }
    let scenario = args.scenario()?;
    let settings = args.settings().map_err(|error| error.to_string())?;
    let belvo = match &args.data {
        None => Belvo::new(settings, system_clock(), system_entropy()),
        Some(path) => Belvo::open(settings, system_clock(), system_entropy(), path)
            .map_err(|error| error.to_string())?,
    };
    if let Some(population) = args.account.population() {
        account::make(&belvo, &population)?;
    }
    if let Some(scenario) = &scenario {
        belvo.play(scenario).map_err(|error| error.to_string())?;
    }
    let port = args.port;
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| busy(port, &error))?;
    let address = listener.local_addr().map_err(|error| busy(port, &error))?;
    say(&welcome(&args, address)).map_err(written)?;
    let mut ticker = JoinSet::new();
    ticker.spawn(pump(belvo.clone()));
    serve(listener, belvo, interrupted()).await.map_err(|error| format!("the simulator stopped: {error}"))
}

/// Tells the failure and ends with the exit code for one.
pub(crate) fn tell(failure: &str) -> ExitCode {
    // If even this cannot be written, the exit code still tells.
    drop(writeln!(io::stderr(), "belvo-simulator: {failure}"));
    ExitCode::FAILURE
}

fn busy(port: u16, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::AddrInUse {
        return format!(
            "port {port} is taken; stop the program that has it, or give another one with --port \
             (--port 0 takes any free one)"
        );
    }
    format!("cannot listen on port {port}: {error}; give another one with --port")
}

/// The scenarios under their headings.
fn listed(scenarios: &[Scenario]) -> String {
    let mut lines = Vec::new();
    let mut heading = "";
    for scenario in scenarios {
        if scenario.group != heading {
            heading = &scenario.group;
            lines.push(format!("\n{heading}"));
        }
        lines.push(format!("  {:<34}{}", scenario.name, scenario.about));
    }
    lines.join("\n").trim_start().to_owned()
}

fn say(what: &impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what}")?;
    out.flush()
}

async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        // Without the signal nobody could stop it cleanly; the process can still be killed.
        tracing::warn!(%error, "Ctrl-C cannot be heard");
        std::future::pending::<()>().await;
    }
}

fn welcome(args: &Args, address: SocketAddr) -> String {
    let data = args.data.as_ref().map_or_else(
        || "in memory; they are gone at the end (keep them with --data FILE)".to_owned(),
        |path| path.display().to_string(),
    );
    format!(
        "\
A simulated Belvo is listening on http://{address}

  secret id        {id}
  secret password  {password}
  links            {data}{made_up}

Try:
  curl -u '{id}:{password}' http://{address}/api/links/
  curl http://{address}/api/token/ -d '{{\"id\":\"{id}\",\"password\":\"{password}\",\"scopes\":\"read_institutions,write_links\"}}'
  then open http://{address}/widget/?access_token=ACCESS&external_id=usr_8Yq2 in a browser
  curl http://{address}/_sim/switches

Everything it can do: belvo-simulator --help. Ctrl-C stops it.",
        id = args.secret_id,
        password = shown_password(args),
        made_up = args.account.population().map_or_else(String::new, |population| {
            format!("\n                   {}", account::said(&population))
        }),
    )
}

/// The published default may be shown; one that somebody chose may not.
fn shown_password(args: &Args) -> &str {
    if args.secret_password == "sandbox-password" { &args.secret_password } else { "…" }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn a_busy_port_says_what_to_do() {
        let said = busy(9100, &io::ErrorKind::AddrInUse.into());
        assert!(said.contains("9100") && said.contains("--port 0"));
    }

    #[test]
    fn the_list_of_scenarios_has_headings_and_every_name() {
        let ready = Scenario::ready().unwrap();
        let said = listed(&ready);
        assert!(said.starts_with("Faults: ") && said.contains("\n\nOpen question 11:"));
        assert!(ready.iter().all(|scenario| said.contains(&format!("  {} ", scenario.name))));
    }

    #[test]
    fn a_chosen_password_is_not_shown() {
        let args = Args::parse_from(["belvo-simulator", "--secret-password", "hush"]);
        let said = welcome(&args, ([127, 0, 0, 1], 9100).into());
        assert!(!said.contains("hush") && said.contains("http://127.0.0.1:9100"));
    }
}
