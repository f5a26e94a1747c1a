//! Listening: connections with limits on their number and on their patience, and an end that lets
//! what is under way come to its end.

use std::{io, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpListener, sync::Semaphore, time};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

use crate::{Patience, caller::Peer};

/// Most connections at once; more wait in the system's queue.
const MOST_CONNECTIONS: usize = 1024;
/// Most bytes of a request's head.
const MOST_HEAD: usize = 32 * 1024;
/// How long to wait when the system has no room for another connection.
const BREATH: Duration = Duration::from_millis(100);

/// Serves until `stop` is done. Then nothing new is taken, and what is under way may take
/// [`Patience::stop`] to end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    patience: Patience,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = &mut stop => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(fault) => {
                if !passing(&fault) {
                    tracing::error!(%fault, "no connection was taken");
                    time::sleep(BREATH).await;
                }
                continue;
            }
        };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(patience.write));
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer.ip()));
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience.head)
            .max_buf_size(MOST_HEAD)
            .serve_connection(TokioIo::new(Box::pin(stream)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Clients come and go as they like; what went wrong inside was told where it did.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    if time::timeout(patience.stop, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("stopped before every request had ended");
    }
}

/// Whether only this one connection failed.
fn passing(fault: &io::Error) -> bool {
    matches!(
        fault.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
