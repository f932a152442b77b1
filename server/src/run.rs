//! The whole server, from its start to a clean stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clearance_keeper::{Keeper, Versions, chain};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::listener;
use crate::open_files;
use crate::router;
use crate::serve_error::ServeError;
use crate::server::Server;
use crate::session;
use crate::settings::Settings;
use crate::socket::{Address, Listener};

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// For everybody.
    pub address: Address,
    /// For an application that asks on behalf of signed-in users. `None` means that this is not configured.
    pub session: Option<SocketAddr>,
}

/// The signal of a write beyond the limit on the size of files: the same number on Linux, macOS and the BSDs.
const SIGXFSZ: i32 = 25;

/// How long the last writing may take once a second signal came.
const HURRIED_FLUSH_WAIT: Duration = Duration::from_secs(5);

/// Serves until the process gets SIGTERM or SIGINT. Then `/readyz` reports the stop, and requests go on for a while, which another signal
/// ends. Then the server accepts nothing more, finishes the requests that are under way, and writes what it had put off. This function
/// blocks. It calls `ready` with the addresses once the server accepts connections.
///
/// # Errors
///
/// [`ServeError`] says what stood in the way.
pub fn run(keeper: Keeper, settings: &Settings, ready: impl FnOnce(Listening)) -> Result<(), ServeError> {
    open_files::raise(settings);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Start)?;
    let served = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Start)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Start)?;
        // A limit on the size of files ends a process by default. Held here, the signal leaves a write that fails, as on a full disk.
        let _too_large = signal(SignalKind::from_raw(SIGXFSZ)).map_err(ServeError::Start)?;
        let (count, mut counted) = watch::channel(0_u32);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                count.send_modify(|count| *count = count.saturating_add(1));
            }
        });
        let mut again = counted.clone();
        let stop = async move { drop(counted.wait_for(|count| *count >= 1).await) };
        let hurry = async move { drop(again.wait_for(|count| *count >= 2).await) };
        serve_until(Arc::new(keeper), settings, ready, stop, hurry).await
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
    serve_until(keeper, settings, ready, stop, std::future::pending()).await
}

/// Serves until `stop` is done, and then until `hurry` is done or the time for that is over.
async fn serve_until(
    keeper: Arc<Keeper>,
    settings: &Settings,
    ready: impl FnOnce(Listening),
    stop: impl Future<Output = ()>,
    hurry: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    // Before anything that takes time: without a handler, SIGHUP ends the process.
    let hangup = signal(SignalKind::hangup()).map_err(ServeError::Start)?;
    let comparison = keeper.compare_with_folder(settings.versions.as_ref(), settings.accept_lost_history)?;
    if let Some(versions) = &settings.versions {
        keeper.pin_as_stored(versions, &comparison)?;
    }
    keeper.log_unusable_roles();
    let (listener, address) = Listener::bind(&settings.listen).await?;
    let session = match &settings.session {
        Some(session) => Some((Listener::bind(&session.listen.into()).await?, session)),
        None => None,
    };
    // Nothing but the audit itself can stop the start now.
    match keeper.follow_comparison(&comparison) {
        // The audit must name the loss that was accepted.
        Err(fault) if comparison.is_lost() => return Err(ServeError::Record(fault.into())),
        Err(fault) => {
            tracing::error!(
                error = chain(&fault),
                "the audit does not say yet what the folder of versions does: the next start tries again"
            );
        }
        Ok(()) => {}
    }
    let session_address = session.as_ref().and_then(|((_, address), _)| address.tcp());
    if let Ok(authorizer) = keeper.authorizer() {
        let live = authorizer.live_version();
        let description = live.description();
        tracing::info!(policy = %live.digest(), name = %description.policy, version = %description.version, "the policy that is live");
    }
    let (refused, count) = keeper.unsealed_credentials();
    for unsealed in &refused {
        tracing::error!(what = unsealed.what, id = %unsealed.id, "a stored credential has no seal of this database: it lets nobody in");
    }
    if count > 0 {
        tracing::error!(count, "stored credentials let nobody in: see `clearance audit verify`");
    }
    let server = Server::new(Arc::clone(&keeper), settings);
    server.metrics().set_refused_credentials(count);
    let (stopper, stopped) = watch::channel(false);
    let tending = tokio::spawn(tend(server.clone(), stopped.clone()));
    tokio::spawn(retry_unusable_roles(server.clone(), stopped.clone()));
    tokio::spawn(follow(server.clone(), settings.versions.clone(), hangup, stopped.clone()));
    let accepting = tokio::spawn(listener::accept(listener, router::router(&server), server.clone(), stopped.clone()));
    tracing::info!(%address, "listening");
    let accepting_sessions = session.map(|((listener, address), settings_of)| {
        tracing::info!(%address, "listening for signed-in users");
        tokio::spawn(listener::accept(listener, session::router(&server, settings_of), server.clone(), stopped))
    });
    ready(Listening { address, session: session_address });
    stop.await;
    server.stop_soon();
    let drain = async {
        // Before anything that could take long or fail. What is used from now on is written at the end.
        let flushed = flush(&keeper).await;
        tracing::info!(drain = settings.drain.as_secs_f64(), flushed = flushed.is_ok(), "stopping");
        tokio::time::sleep(settings.drain).await;
    };
    tokio::pin!(hurry);
    let is_hurried = tokio::select! {
        () = drain => false,
        () = &mut hurry => true,
    };
    stopper.send_replace(true);
    let end = async {
        // A task that panicked has ended as well.
        let _ = accepting.await;
        if let Some(accepting) = accepting_sessions {
            let _ = accepting.await;
        }
        let _ = tending.await;
        flush(&keeper).await
    };
    let end_of_hurry = async {
        if !is_hurried {
            hurry.await;
        }
        tracing::info!("stopping at once");
        tokio::time::sleep(settings.limits.stop.saturating_add(HURRIED_FLUSH_WAIT)).await;
    };
    tokio::select! {
        ended = end => ended,
        () = end_of_hurry => Err(ServeError::Hurried),
    }
}

/// Writes what could wait.
async fn flush(keeper: &Arc<Keeper>) -> Result<(), ServeError> {
    let keeper = Arc::clone(keeper);
    let flushed = tokio::task::spawn_blocking(move || keeper.flush()).await;
    flushed.map_err(|error| ServeError::Start(std::io::Error::other(error)))?.map_err(|fault| ServeError::Flush(fault.into()))
}

/// Makes the version live that is to be, and pins what is to be pinned, each time that the process gets SIGHUP. Whatever goes wrong, what
/// answers goes on. Without versions there is nothing to follow.
async fn follow(server: Server, versions: Option<Versions>, mut hangup: Signal, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            received = hangup.recv() => if received.is_none() { return },
        }
        let Some(versions) = versions.clone() else {
            tracing::info!("SIGHUP does nothing: the server was started without `--policies`");
            continue;
        };
        let done = server.blocking(move |keeper| keeper.follow_versions(&versions).map_err(|error| chain(&error)));
        match done.await {
            Ok(Ok(Some(before))) => tracing::info!(%before, "another policy version is live"),
            Ok(Ok(None)) => tracing::info!("the policy version that is to be live is live"),
            Ok(Err(error)) => tracing::error!(%error, "the policy version stays"),
            Err(_) => tracing::error!("the policy version stays: a defect"),
        }
    }
}

/// Compiles custom roles again that could not be compiled, every ten seconds. Apart from what is written, which does not wait for it.
async fn retry_unusable_roles(server: Server, mut stop: watch::Receiver<bool>) {
    const PAUSE: Duration = Duration::from_secs(10);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        // A failure is logged, and the next round comes.
        let _ = server.blocking(Keeper::retry_unusable_roles).await;
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
