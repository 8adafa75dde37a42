//! The server half of the local interface.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;

use crate::actor::Desk;
use crate::fault::{Fault, FaultKind};
use crate::vocabulary::Request;

/// Largest request body: a roll of 5,000 units as CSV, in base64, with room.
const BODY_BYTES: usize = 32 * 1024 * 1024;

/// Why the local interface is not there.
#[derive(Debug, thiserror::Error)]
#[error("opening the local interface on 127.0.0.1")]
pub(crate) struct LocalError(#[from] std::io::Error);

struct Door {
    desk: Desk,
    token: String,
    hosts: [String; 2],
}

/// Opens the interface on a free port and returns the port; it serves until the runtime ends.
///
/// # Errors
/// [`LocalError`] when no port can be bound.
pub(crate) async fn serve(desk: Desk, token: String) -> Result<u16, LocalError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let door = Arc::new(Door { desk, token, hosts });
    let router = Router::new()
        .route("/v1/ask", post(ask))
        .route("/v1/events", get(events))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&door), guard))
        .with_state(door);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the local interface stopped");
        }
    });
    Ok(port)
}

/// Lets in whoever has the token and names us by our own address.
async fn guard(State(door): State<Arc<Door>>, request: HttpRequest, next: Next) -> Response {
    let headers = request.headers();
    let host = text(headers, header::HOST);
    if !door.hosts.iter().any(|own| own == host) {
        return (StatusCode::FORBIDDEN, "wrong host\n").into_response();
    }
    let given = text(headers, header::AUTHORIZATION).strip_prefix("Bearer ").unwrap_or_default();
    // Hashes are compared, so that the time taken tells nothing of the token.
    if blake3::hash(given.as_bytes()) != blake3::hash(door.token.as_bytes()) {
        return (StatusCode::UNAUTHORIZED, "wrong token\n").into_response();
    }
    next.run(request).await
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn ask(State(door): State<Arc<Door>>, body: Bytes) -> Response {
    let outcome = match serde_json::from_slice::<Request>(&body) {
        Ok(request) => door.desk.ask(request).await,
        Err(error) => Err(Fault::input("malformed", format!("request does not read: {error}"))),
    };
    match outcome {
        Ok(answer) => (StatusCode::OK, axum::Json(answer)).into_response(),
        Err(fault) => (status(fault.kind), axum::Json(fault)).into_response(),
    }
}

const fn status(kind: FaultKind) -> StatusCode {
    match kind {
        FaultKind::Input | FaultKind::Ambiguous | FaultKind::Newer => StatusCode::BAD_REQUEST,
        FaultKind::NotFound => StatusCode::NOT_FOUND,
        FaultKind::NotAllowed | FaultKind::NotJoined => StatusCode::FORBIDDEN,
        FaultKind::Waiting | FaultKind::Busy => StatusCode::CONFLICT,
        FaultKind::Unreachable => StatusCode::BAD_GATEWAY,
        FaultKind::Disk => StatusCode::INSUFFICIENT_STORAGE,
        FaultKind::Stopped => StatusCode::SERVICE_UNAVAILABLE,
        FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// One JSON object a line, as things happen. A listener that lagged is told so and goes on.
async fn events(State(door): State<Arc<Door>>) -> Response {
    let receiver = door.desk.events();
    let lines = n0_future::stream::unfold(receiver, |mut receiver| async move {
        let line = match receiver.recv().await {
            Ok(event) => serde_json::to_string(&event).unwrap_or_default(),
            Err(RecvError::Lagged(missed)) => format!("{{\"event\":\"lagged\",\"missed\":{missed}}}"),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok::<_, Infallible>(line + "\n"), receiver))
    });
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}
