//! Connections: accepted, limited, and finished when the server stops.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::{Extension, Router};
use clearance_keeper::Origin;
use clearance_store::Who;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tower_http::add_extension::AddExtension;

use crate::patience::{Activity, Patience, Patient};
use crate::server::Server;
use crate::socket::Listener;
use crate::stream::Stream;
use crate::visits::Visits;

/// The longest head of a request. What does not fit is answered with 431.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// The address of the connection. Never what a header says. `None` for a socket in the file system.
    pub(crate) connection: Option<IpAddr>,
    /// The address of the client: of the connection, unless a trusted proxy says otherwise.
    pub(crate) client: Option<IpAddr>,
}

impl Peer {
    /// Who does something, and from where.
    pub(crate) fn origin(peer: Option<Extension<Self>>, who: Who) -> Origin {
        let client = peer.and_then(|Extension(Self { client, .. })| client);
        Origin { who, peer: client.map(|address| address.to_string().into()) }
    }
}

/// Serves until `stop` changes; then accepts nothing more, and finishes the requests that are under way.
pub(crate) async fn accept(listener: Listener, router: Router, server: Server, mut stop: watch::Receiver<bool>) {
    let limits = server.limits();
    let connections = Arc::new(Semaphore::new(limits.connections));
    let visits = Visits::new(limits.connections_per_address);
    let patience = Patience::from(limits);
    let mut http = http1::Builder::new();
    // How long a head is waited for is for the connection to say.
    http.header_read_timeout(None).max_buf_size(MAX_HEAD_BYTES);
    loop {
        let accepted = tokio::select! {
            biased;
            // An error means that nobody is left who could say it.
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = next(&listener, &connections) => accepted,
        };
        let Some((stream, address, permit)) = accepted else { continue };
        let Some(visit) = visits.begin(address, server.proxies()) else {
            server.metrics().count_refused_connection();
            continue;
        };
        let activity = Arc::new(Activity::default());
        let stream = TokioIo::new(Patient::new(stream, patience, Arc::clone(&activity)));
        let peer = Peer { connection: address, client: address };
        let routes = TowerToHyperService::new(AddExtension::new(router.clone(), peer));
        let requests = Arc::clone(&activity);
        let service = service_fn(move |request| {
            requests.begin();
            let (answer, requests) = (routes.call(request), Arc::clone(&requests));
            async move {
                let answer = answer.await;
                requests.end();
                answer
            }
        });
        let connection = http.serve_connection(stream, service);
        let stopped = stop.clone();
        tokio::spawn(async move {
            finish(connection, &activity, stopped).await;
            drop((permit, visit));
        });
    }
    drop(listener);
    // Each connection has a permit until it ends.
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(limits.stop, connections.acquire_many(all)).await.is_err() {
        tracing::warn!("some requests took too long to finish and were broken off");
    }
}

/// Serves a connection to its end. When the server stops, what is under way is finished. A client that has just
/// connected has a request on its way that no other server will get, so it is waited for a little.
async fn finish<S>(
    connection: http1::Connection<TokioIo<Patient<Stream>>, S>,
    activity: &Activity,
    mut stop: watch::Receiver<bool>,
) where
    S: HttpService<Incoming, ResBody = Body, Error: Into<axum::BoxError>>,
{
    const FIRST_REQUEST_TIME: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(5);
    let mut connection = pin!(connection);
    // A client may break off, here and below: that is not an error of the server.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    let until = Instant::now() + FIRST_REQUEST_TIME;
    while !activity.has_begun() && Instant::now() < until {
        tokio::select! {
            _ = connection.as_mut() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// The next connection, as soon as there is room for it.
async fn next(listener: &Listener, connections: &Arc<Semaphore>) -> Option<(Stream, Option<IpAddr>, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, permit)),
        Err(error) => {
            // Mostly there are too many open files, and trying at once would only heat the machine.
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
