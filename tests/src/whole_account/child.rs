//! The program as a process of its own: what it says, and what it costs by the system's own account.

use std::{
    fs,
    process::{Command, Stdio},
    thread::JoinHandle,
    time::Duration,
};

use adapters::ambient::SystemAmbient;
use domain::ports::Ambient;
use serde_json::Value;

use super::WholeAccount;

/// The process.
pub struct Child(std::process::Child, JoinHandle<String>);

/// What a process has cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Processor time, in seconds.
    pub cpu: f64,
    /// Time on the wall, in seconds.
    pub wall: f64,
    /// The most memory that was resident, in MiB.
    pub peak: f64,
}

impl WholeAccount {
    /// Starts a full sweep in a process. `program` is the path of it.
    pub fn sweep_in(&self, program: &str, more: &[&str]) -> Child {
        let mut command = Command::new(program);
        command.args(["reconcile", "--json", "--take-over", "--no-call-limit"]);
        command.args(["--dynamodb-url", &self.table_url, "--belvo-url", &self.belvo_url]).args(more);
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("the program");
        let mut out = child.stdout.take().expect("a pipe");
        // At once: a process that nobody listens to stops when the pipe is full, with the lease in its hands.
        Child(child, std::thread::spawn(move || last_line(&mut out)))
    }
}

impl Child {
    /// Kills it as rudely as possible, if it still lives.
    pub fn kill(mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().expect("a process").is_some()
    }

    /// Waits for its end. The last line that it printed, which is the report, and what it cost.
    pub fn ended(mut self) -> (Value, Cost) {
        let began = SystemAmbient.now();
        let mut cost = Cost::default();
        loop {
            let (running, cpu, peak) = look(self.0.id());
            cost = Cost {
                cpu: cpu.max(cost.cpu),
                wall: SystemAmbient.now().duration_since(began).as_secs_f64(),
                peak: peak.max(cost.peak),
            };
            if !running {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let status = self.0.wait().expect("a process");
        let last = self.1.join().expect("a reader");
        assert!(status.success(), "{status}: {last}");
        (serde_json::from_str(&last).expect("a report"), cost)
    }
}

/// Of an endless output only the last line is kept.
fn last_line(out: &mut impl std::io::Read) -> String {
    let lines = std::io::BufRead::lines(std::io::BufReader::new(out));
    lines.map_while(Result::ok).last().unwrap_or_default()
}

/// Whether the process runs, its processor time so far, and its peak of memory. A process that has ended but
/// was not waited for still tells its time.
fn look(id: u32) -> (bool, f64, f64) {
    let read = |file: &str| fs::read_to_string(format!("/proc/{id}/{file}")).unwrap_or_default();
    let stat = read("stat");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    let peak = read("status")
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok());
    let running = fields.first().is_some_and(|state| !matches!(*state, "Z" | "X"));
    (running, (ticks(11) + ticks(12)) / 100.0, peak.unwrap_or_default() / 1024.0)
}
