//! `cargo bench -p belvo-simulator`: makes up an account of a million links and measures pages of a
//! thousand through the router, without sockets. Tells medians and memory; judges nothing, because
//! the machine has a say in it. The aim: 20 ms a page, and well under a gibibyte.

use std::io::{self, Write};

use axum::body::Body;
use axum::http::{Request, header};
use belvo_simulator::{
    Belvo, Clock, Population, Settings, Switches, population::external_id, system_clock, system_entropy,
};
use http_body_util::BodyExt;
use tower::ServiceExt;

type Failure = Box<dyn std::error::Error>;

/// How often each question is asked.
const TIMES: usize = 21;

/// The published default credentials, as Basic auth.
const CREDENTIALS: &str = "Basic c2FuZGJveC1pZDpzYW5kYm94LXBhc3N3b3Jk";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let clock = system_clock();
    let mut out = io::stdout();
    let population = Population {
        links: 1_000_000,
        users: 300_000,
        from: Some("2025-01-01T00:00:00Z".parse()?),
        ..Population::default()
    };
    let switches = Switches { rate_limit: None, ..Switches::default() };
    let settings = Settings { switches, ..Settings::default() };
    let belvo = Belvo::new(settings, system_clock(), system_entropy());

    let before = resident()?;
    let (made, took) = timed(&clock, async { belvo.populate(&population) }).await;
    made?;
    let after = resident()?;
    writeln!(out, "made up {} links in {:.1} s", population.links, took / 1_000.0)?;
    writeln!(out, "resident: {before} MiB before, {after} MiB after\n")?;
    writeln!(out, "{:<28} {:>9} {:>9} {:>9}", "page of 1,000", "count", "median ms", "worst ms")?;
    for (name, query) in questions(&belvo) {
        let uri = format!("/api/links/?page_size=1000&{query}");
        let mut times = Vec::new();
        let mut count = serde_json::Value::Null;
        for _ in 0..TIMES {
            let (body, took) = timed(&clock, ask(&belvo, &uri)).await;
            times.push(took);
            let answer: serde_json::Value = serde_json::from_slice(&body?)?;
            count = answer.get("count").cloned().ok_or_else(|| format!("{uri}: {answer}"))?;
        }
        times.sort_by(f64::total_cmp);
        let at = |place: usize| times.get(place).copied().unwrap_or_default();
        writeln!(out, "{name:<28} {count:>9} {:>9.1} {:>9.1}", at(TIMES / 2), at(TIMES - 1))?;
    }
    let (sum, took) = timed(&clock, async { belvo.truth_summary() }).await;
    writeln!(out, "\nthe whole truth in {:.1} s: {}", took / 1_000.0, serde_json::to_string(&sum)?)?;
    writeln!(out, "resident at the end: {} MiB", resident()?)?;
    Ok(())
}

fn questions(belvo: &Belvo) -> Vec<(&'static str, String)> {
    let some = belvo.truth_page(500_000, 3);
    let ids: Vec<&str> = some.iter().map(|truth| truth.link.as_str()).collect();
    vec![
        ("first", String::new()),
        ("middle", "page=500".to_owned()),
        ("last", "page=1000".to_owned()),
        ("one day", "created_at=2025-06-01".to_owned()),
        ("a week, page 10", "created_at__range=2025-06-01,2025-06-07&page=10".to_owned()),
        ("one user", format!("external_id={}", external_id(7, 1))),
        ("three ids", format!("id__in={}", ids.join(","))),
        ("status=invalid", "status=invalid".to_owned()),
        ("two statuses", "status__in=invalid,token_required".to_owned()),
        ("status and institution", "status=valid&institution=erebor_mx_retail".to_owned()),
        ("institution", "institution=erebor_mx_retail".to_owned()),
        ("fields=id,status", "fields=id,status".to_owned()),
    ]
}

async fn ask(belvo: &Belvo, uri: &str) -> Result<Vec<u8>, Failure> {
    let request = Request::get(uri).header(header::AUTHORIZATION, CREDENTIALS).body(Body::empty())?;
    let answer = belvo.router().oneshot(request).await?;
    Ok(answer.into_body().collect().await?.to_bytes().to_vec())
}

/// What came of it, and how many milliseconds it took.
async fn timed<T>(clock: &Clock, work: impl Future<Output = T>) -> (T, f64) {
    let start = clock();
    let done = work.await;
    (done, clock().duration_since(start).as_secs_f64() * 1_000.0)
}

/// Resident memory in MiB, as Linux tells it.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1_024)
}
