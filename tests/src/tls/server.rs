//! A server that speaks TLS, tells what it saw, and hangs up when it is told to.

use std::{
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use adapters::ambient::SystemAmbient;
use axum::Router;
use domain::ports::Ambient;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

use crate::cloud::Stopwatch;

/// What nobody waits longer for, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server saw so far.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Clients that accepted what was shown.
    pub handshakes: usize,
    /// Why others did not, each as this end learned of it.
    pub refusals: Vec<String>,
    /// How many bytes it was told under TLS.
    pub bytes: usize,
    /// How many connections have ended.
    pub ended: usize,
}

/// A server on a free port of this machine.
#[derive(Clone)]
pub struct Server {
    /// Where it is.
    pub url: String,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    seen: Arc<watch::Sender<Seen>>,
    hang_up: Arc<watch::Sender<()>>,
    stopwatch: Stopwatch,
}

impl Server {
    /// Serves what is made for this port. What TLS costs this end is counted by the stopwatch.
    pub async fn open(config: ServerConfig, stopwatch: &Stopwatch, made: impl FnOnce(u16) -> Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (seen, hang_up) = (Arc::default(), Arc::default());
        let shared = Shared { seen, hang_up, stopwatch: stopwatch.clone() };
        let (router, acceptor) = (made(address.port()), TlsAcceptor::from(Arc::new(config)));
        let server = Self { url: format!("https://{address}"), shared: shared.clone() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(shared.clone().serve(acceptor.clone(), stream, router.clone()));
            }
        });
        server
    }

    /// What it saw.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.shared.seen.borrow().clone()
    }

    /// Waits until it has seen this.
    pub async fn has_seen(&self, what: impl FnMut(&Seen) -> bool) -> Seen {
        let mut seen = self.shared.seen.subscribe();
        let waited = timeout(PATIENCE, seen.wait_for(what)).await;
        let waited = waited.unwrap_or_else(|_| panic!("it saw only {:?}", self.seen()));
        waited.expect("it is open").clone()
    }

    /// Ends all connections, as they are.
    pub fn hang_up(&self) {
        self.shared.hang_up.send_replace(());
    }
}

impl Shared {
    async fn serve(self, acceptor: TlsAcceptor, stream: TcpStream, router: Router) {
        stream.set_nodelay(true).expect("a socket");
        let mut hang_up = self.hang_up.subscribe();
        let accepted = count_polls(acceptor.accept(stream), self.stopwatch.clone()).await;
        let stream = match accepted {
            Ok(stream) => stream,
            Err(why) => return self.saw(|seen| seen.refusals.push(why.to_string())),
        };
        self.saw(|seen| seen.handshakes += 1);
        let watched = Watched { stream, shared: self.clone() };
        let service = TowerToHyperService::new(router);
        let connection = http1::Builder::new().serve_connection(TokioIo::new(watched), service);
        tokio::select! {
            _ended = connection => {}
            _told = hang_up.changed() => {}
        }
        self.saw(|seen| seen.ended += 1);
    }

    fn saw(&self, change: impl FnOnce(&mut Seen)) {
        self.seen.send_modify(change);
    }
}

/// The future, with the time that it computes counted, and not the time that it waits.
async fn count_polls<F: Future>(future: F, stopwatch: Stopwatch) -> F::Output {
    let mut future = pin!(future);
    std::future::poll_fn(|context| stopwatch.during(|| future.as_mut().poll(context))).await
}

/// The server's end of a connection: what is read is counted, and so is the time that TLS takes.
struct Watched<S> {
    stream: S,
    shared: Shared,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    /// Looking in vain costs the client nothing: it is at something else meanwhile.
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let Self { stream, shared } = &mut *self;
        let since = SystemAmbient.now();
        let polled = Pin::new(stream).poll_read(context, into);
        let read = into.filled().len() - before;
        if read > 0 {
            shared.stopwatch.add(SystemAmbient.now().duration_since(since));
            shared.saw(|seen| seen.bytes += read);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, shared } = &mut *self;
        shared.stopwatch.during(|| Pin::new(stream).poll_write(context, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
