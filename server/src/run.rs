//! The whole server, from its start to a clean stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clearance::{ActivationPlan, PlaceId};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::error::chain;
use crate::keeper::{Fault, Keeper, Origin};
use crate::listener;
use crate::router;
use crate::server::Server;
use crate::session;
use crate::settings::Settings;
use crate::versions::Versions;

/// Where the server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening {
    /// For everybody.
    pub address: SocketAddr,
    /// For an application that asks on behalf of signed-in users. None where that is not configured.
    pub session: Option<SocketAddr>,
}

/// Why the server did not start, or did not stop cleanly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The operating system refuses what the server needs to run.
    #[error("the server cannot start: {0}")]
    Start(std::io::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on `{address}`: {problem}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        problem: std::io::Error,
    },
    /// An organization is pinned to a version that cannot answer for it.
    #[error("what organizations are pinned to cannot be followed, and nothing is guessed: {0}")]
    Pins(String),
    /// What could wait could not be written at the end.
    #[error("the server stopped, but when keys were last used was not written: {0}")]
    Flush(Fault),
}

/// Serves until the process is told to stop (SIGTERM or SIGINT): then it accepts nothing more, finishes what is under way, and
/// writes what could wait. Blocks. `ready` is called with the addresses once connections are accepted.
///
/// # Errors
///
/// [`ServeError`] says what stood in the way.
pub fn run(keeper: Keeper, settings: &Settings, ready: impl FnOnce(Listening)) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Start)?;
    let served = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Start)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Start)?;
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        serve(Arc::new(keeper), settings, ready, stop).await
    });
    // What still waits for something, such as a version that shadows, is not waited for.
    runtime.shutdown_background();
    served
}

/// As [`run`], inside of a runtime of the caller, until `stop` is done.
///
/// # Errors
///
/// As for [`run`].
pub async fn serve(
    keeper: Arc<Keeper>,
    settings: &Settings,
    ready: impl FnOnce(Listening),
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    if let Some(versions) = &settings.versions {
        pin(&keeper, versions)?;
    }
    let (listener, address) = bind(settings.listen).await?;
    let session = match &settings.session {
        Some(session) => Some((bind(session.listen).await?, session)),
        None => None,
    };
    let listening = Listening { address, session: session.as_ref().map(|((_, address), _)| *address) };
    if let Ok(authorizer) = keeper.authorizer() {
        let live = authorizer.version();
        let description = live.description();
        tracing::info!(policy = %live.digest(), name = %description.policy, version = %description.version, "the policy that is live");
    }
    let server = Server::new(Arc::clone(&keeper), settings);
    let (stopper, stopped) = watch::channel(false);
    let tending = tokio::spawn(tend(server.clone(), stopped.clone()));
    if let Some(versions) = settings.versions.clone() {
        let hangup = signal(SignalKind::hangup()).map_err(ServeError::Start)?;
        tokio::spawn(follow(server.clone(), versions, hangup, stopped.clone()));
    }
    let accepting = tokio::spawn(listener::accept(listener, router::router(&server), settings.limits.clone(), stopped.clone()));
    tracing::info!(%address, "listening");
    let accepting_sessions = session.map(|((listener, address), settings_of)| {
        tracing::info!(%address, "listening for signed-in users");
        tokio::spawn(listener::accept(listener, session::router(&server, settings_of), settings.limits.clone(), stopped))
    });
    ready(listening);
    stop.await;
    tracing::info!("stopping");
    stopper.send_replace(true);
    // A task that panicked has ended as well.
    let _ = accepting.await;
    if let Some(accepting) = accepting_sessions {
        let _ = accepting.await;
    }
    let _ = tending.await;
    let flushed = tokio::task::spawn_blocking(move || keeper.flush()).await;
    flushed.map_err(|error| ServeError::Start(std::io::Error::other(error)))?.map_err(ServeError::Flush)
}

/// Pins what is to be pinned, before anything is answered.
fn pin(keeper: &Keeper, versions: &Versions) -> Result<(), ServeError> {
    let Ok(authorizer) = keeper.authorizer() else { return Ok(()) };
    for (organization, version) in versions.pins().map_err(|error| ServeError::Pins(chain(&error)))? {
        let policy = version.digest();
        let pinned = authorizer.pin_stored(&organization, version);
        pinned.map_err(|error| ServeError::Pins(format!("{organization}: {}", chain(&error))))?;
        if authorizer.read_directory(|directory| directory.place(PlaceId::Organization(&organization)).is_none()) {
            tracing::warn!(%organization, %policy, "an organization is pinned that is not there");
        } else {
            tracing::info!(%organization, %policy, "another version than the live one answers for an organization");
        }
    }
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let listen = |problem| ServeError::Listen { address, problem };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let bound = listener.local_addr().map_err(listen)?;
    Ok((listener, bound))
}

/// Makes the version live that is to be, and pins what is to be pinned, each time that the process gets SIGHUP. Whatever goes wrong, what
/// answers goes on.
async fn follow(server: Server, versions: Versions, mut hangup: Signal, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            received = hangup.recv() => if received.is_none() { return },
        }
        let versions = versions.clone();
        let done = server.blocking(move |keeper| {
            let pinning = keeper.pinning();
            // Both or neither: what is pinned keeps an organization from what becomes live.
            let version = versions.live().map_err(|error| chain(&error))?;
            let pins = versions.pins().map_err(|error| chain(&error))?;
            let failures = pinning.follow(&pins, &Origin::COMMAND);
            if let Some((organization, error)) = failures.first() {
                return Err(format!("{organization} cannot be pinned: {}", chain(error)));
            }
            // It is live by the history already.
            let mut record = |_: &_| Ok(());
            let made = keeper.activate(&version, &ActivationPlan::default(), &Origin::COMMAND, &mut record, &mut |_| {});
            if made.is_ok() {
                for (organization, error) in pinning.let_go(&pins, &Origin::COMMAND) {
                    tracing::error!(%organization, error = chain(&error), "the organization stays pinned");
                }
            }
            made.map_err(|error| chain(&error))
        });
        match done.await {
            Ok(Ok(Some(before))) => tracing::info!(%before, "another policy version is live"),
            Ok(Ok(None)) => tracing::info!("the policy version that is to be live is live"),
            Ok(Err(error)) => tracing::error!(%error, "the policy version stays"),
            Err(_) => tracing::error!("the policy version stays: a defect"),
        }
    }
}

/// Writes what can wait, every second; after a failure, every ten.
async fn tend(server: Server, mut stop: watch::Receiver<bool>) {
    const PAUSE: Duration = Duration::from_secs(1);
    const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(10);
    let mut pause = PAUSE;
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
        let tended = server.blocking(Keeper::tend).await;
        pause = if matches!(tended, Ok(Ok(()))) {
            PAUSE
        } else {
            server.metrics().tend_failed();
            PAUSE_AFTER_FAILURE
        };
    }
}
