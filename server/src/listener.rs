//! Connections: accepted, limited, and finished when the server stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use clearance_store::Who;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower_http::add_extension::AddExtension;

use crate::keeper::Origin;
use crate::settings::Limits;

/// The address of whoever opened the connection. Never what a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Peer {
    /// Who does something, and from where.
    pub(crate) fn origin(peer: Option<Extension<Self>>, who: Who) -> Origin {
        Origin { who, peer: peer.map(|Extension(Self(address))| address.ip().to_string().into()) }
    }
}

/// Serves until it is told to stop; then accepts nothing more, and finishes what is under way.
pub(crate) async fn accept(listener: TcpListener, router: Router, limits: Limits, mut stop: watch::Receiver<bool>) {
    let connections = Arc::new(Semaphore::new(limits.connections));
    let open = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    loop {
        let accepted = tokio::select! {
            biased;
            // An error means that nobody is left who could say it.
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = next(&listener, &connections) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else { continue };
        let service = TowerToHyperService::new(AddExtension::new(router.clone(), Peer(peer)));
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A client that breaks off is no concern of ours.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.stop, open.shutdown()).await.is_err() {
        tracing::warn!("some requests took too long to finish and were broken off");
    }
}

/// The next connection, as soon as there is room for it.
async fn next(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are short: they should not wait for more.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, permit))
        }
        Err(error) => {
            // Mostly there are too many open files, and trying at once would only heat the machine.
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
