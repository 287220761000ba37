//! How the functions reach what is around them: over TLS, as in the cloud, or in clear, which is what TLS is compared with.

use std::{future::IntoFuture, path::Path};

use axum::Router;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

use super::Stopwatch;
use crate::tls::{Authority, Leaf, Server};

/// The way to the services of one cloud.
pub(super) struct Network {
    tls: Option<(Authority, NamedTempFile)>,
    stopwatch: Stopwatch,
}

impl Network {
    /// Over TLS, with an authority of its own.
    pub(super) fn over_tls(stopwatch: &Stopwatch) -> Self {
        let authority = Authority::default();
        let file = authority.file();
        Self { tls: Some((authority, file)), stopwatch: stopwatch.clone() }
    }

    /// In clear.
    pub(super) fn in_clear(stopwatch: &Stopwatch) -> Self {
        Self { tls: None, stopwatch: stopwatch.clone() }
    }

    /// The file with the authority that functions have to trust here.
    pub(super) fn bundle(&self) -> Option<&Path> {
        self.tls.as_ref().map(|(_, file)| file.path())
    }

    /// Serves what is made for the port that is found, with its time counted; gives its address.
    pub(super) async fn serve(&self, made: impl FnOnce(u16) -> Router) -> String {
        let counted = |port| self.stopwatch.over(made(port));
        match &self.tls {
            Some((authority, _)) => {
                let config = authority.server(&Leaf::default());
                Server::open(config, &self.stopwatch, counted).await.url
            }
            None => served(counted).await,
        }
    }
}

/// Serves it in clear on a free port of this machine; gives its address.
pub(super) async fn served(made: impl FnOnce(u16) -> Router) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(axum::serve(listener, made(address.port())).into_future());
    format!("http://{address}")
}
