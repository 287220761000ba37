//! A server that answers canned bytes, one connection after the other, and remembers what it was asked.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What to do with one connection.
pub(super) enum Answer {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Sends these bytes, then one byte after the other, for longer than any deadline here.
    Drip(Vec<u8>),
    /// Says nothing and keeps the connection, for as long.
    Silence,
}

/// The server. It lives as long as the test's runtime.
pub(super) struct Server {
    /// Its address.
    pub(super) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Gives these answers in this order, and closes further connections unanswered.
    pub(super) async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(serve(listener, answers, Arc::clone(&asked)));
        Self { url, asked }
    }

    /// Gives one JSON answer with this status.
    pub(super) async fn json(status: u16, body: &str) -> Self {
        Self::start(vec![json(status, body)]).await
    }

    /// The requests so far, head and body. A connection without a request counts as well.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test panics while it holds this").clone()
    }

    /// The request lines so far.
    pub(super) fn lines(&self) -> Vec<String> {
        self.asked().iter().map(|asked| asked.lines().next().unwrap_or_default().to_owned()).collect()
    }
}

async fn serve(listener: TcpListener, answers: Vec<Answer>, asked: Arc<Mutex<Vec<String>>>) {
    let mut answers = answers.into_iter();
    while let Ok((mut stream, _)) = listener.accept().await {
        let request = request(&mut stream).await;
        asked.lock().expect("no test panics while it holds this").push(request);
        if let Some(answer) = answers.next() {
            tokio::spawn(give(stream, answer));
        }
    }
}

/// Whatever fails here fails because the client hung up, which is its right.
async fn give(mut stream: TcpStream, answer: Answer) {
    match answer {
        Answer::Bytes(bytes) => {
            if stream.write_all(&bytes).await.is_ok() {
                stream.shutdown().await.ok();
            }
        }
        Answer::Drip(head) => {
            stream.write_all(&head).await.ok();
            for _ in 0..200 {
                stream.write_all(b" ").await.ok();
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Answer::Silence => {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }
}

async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !is_whole(&bytes) {
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return !bytes.is_empty() && bytes[0] == 0x16; // TLS: what follows is not for us
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().expect("a number"))
}

/// An answer with these headers, and the length that it really has.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> Answer {
    sized(status, headers, body.len(), body)
}

/// An answer that declares a length.
pub(super) fn sized(status: u16, headers: &str, length: usize, body: &str) -> Answer {
    let head = format!("HTTP/1.1 {status} x\r\n{headers}content-length: {length}\r\nconnection: close\r\n");
    Answer::Bytes(format!("{head}\r\n{body}").into_bytes())
}

/// An answer in JSON.
pub(super) fn json(status: u16, body: &str) -> Answer {
    answer(status, JSON, body)
}

/// The header of JSON.
pub(super) const JSON: &str = "content-type: application/json\r\n";

/// The header of a page for people.
pub(super) const HTML: &str = "content-type: text/html\r\n";
