//! A function's process, and how it is invoked.

use std::{
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use adapters::ambient::SystemAmbient;
use axum::body::Bytes;
use domain::ports::Ambient;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::oneshot,
    time::timeout,
};

use super::server::{self, Invocation, Line, Outcome, Word};

/// What nobody waits longer for, on however busy a machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a function is set up.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// Its name.
    pub function: String,
    /// All of its environment, but for what Lambda itself sets.
    pub environment: Vec<(String, String)>,
    /// How long an invocation may take.
    pub timeout: SignedDuration,
    /// Its memory in MiB, which it is only told.
    pub memory: u32,
}

/// A process that waits for invocations. Dropping it kills it.
pub struct Running {
    child: Child,
    line: Line,
    log: Arc<Mutex<String>>,
    sandbox: Sandbox,
    started: Timestamp,
    /// From the start of the process until it asked for work.
    pub init: SignedDuration,
}

/// What came of an invocation.
#[derive(Clone, Debug)]
pub struct Invoked {
    /// The answer; an error, if the function failed.
    pub answer: Result<Value, Value>,
    /// From when it had the event until the answer was there.
    pub took: SignedDuration,
}

impl Sandbox {
    /// Starts the binary, and waits until it asks for work.
    pub async fn start(self, binary: &Path) -> Running {
        let line = server::open().await;
        let mut command = Command::new(binary);
        command.env_clear().envs(self.environment.clone()).envs(self.of_lambda());
        command.env("AWS_LAMBDA_RUNTIME_API", line.address.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let started = SystemAmbient.now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        let log = Arc::<Mutex<String>>::default();
        listen(child.stdout.take().expect("a pipe"), &log);
        listen(child.stderr.take().expect("a pipe"), &log);
        let mut running = Running { child, line, log, sandbox: self, started, init: SignedDuration::ZERO };
        running.init = running.ready().await.duration_since(running.started);
        running
    }

    /// What Lambda sets beside what a template does.
    fn of_lambda(&self) -> [(&'static str, String); 6] {
        [
            ("AWS_LAMBDA_FUNCTION_NAME", self.function.clone()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", self.memory.to_string()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", self.function)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/03/02/[$LATEST]0".to_owned()),
            ("TZ", ":UTC".to_owned()),
        ]
    }
}

impl Running {
    /// Invokes it, and waits until it asks for more.
    pub async fn invoke(&mut self, event: &Value) -> Invoked {
        let (outcome, answered) = oneshot::channel();
        let timeout = self.sandbox.timeout;
        let invocation = Invocation { event: Bytes::from(event.to_string()), timeout, outcome };
        assert!(self.line.invocations.send(invocation).is_ok(), "its API is open");
        self.ready().await;
        let Outcome { answer, took } = answered.await.expect("it asks for more when it has answered");
        let read = |bytes: Bytes| serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Invoked { answer: answer.map(read).map_err(read), took }
    }

    /// What it wrote so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().expect("whole").clone()
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// When it asked for work.
    async fn ready(&mut self) -> Timestamp {
        let Self { child, line, .. } = self;
        let next = async {
            tokio::select! {
                word = line.words.recv() => word.map_or(Err("its API is closed".to_owned()), |word| match word {
                    Word::Ready(since) => Ok(since),
                    Word::Broken(why) => Err(format!("it cannot start: {}", String::from_utf8_lossy(&why))),
                }),
                ended = child.wait() => Err(format!("it ended: {ended:?}")),
            }
        };
        let heard = timeout(PATIENCE, next).await.unwrap_or_else(|_| Err("it does not answer".to_owned()));
        heard.unwrap_or_else(|why| panic!("{}: {why}\n{}", self.sandbox.function, self.log()))
    }
}

/// Keeps what comes out of a pipe: a process that nobody listens to stops when it is full.
fn listen(pipe: impl AsyncRead + Unpin + Send + 'static, log: &Arc<Mutex<String>>) {
    let log = Arc::clone(log);
    tokio::spawn(async move {
        let mut lines = BufReader::new(pipe).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut log = log.lock().expect("whole");
            log.push_str(&line);
            log.push('\n');
        }
    });
}
