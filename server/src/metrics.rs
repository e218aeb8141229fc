//! What is measured, and who may read it.

use crate::authority::key_scope;
use crate::client_address::ClientAddress;
use crate::problem::ApiError;
use crate::requests::{CallFrom, Who};
use crate::state::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use domain::{Code, Permission, Problem};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use secrecy::ExposeSecret as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

/// How many sockets are open.
pub const SOCKETS_OPEN: &str = "storetrail_sockets_open";
/// How many records this process has seen committed, by itself or another, since it started.
pub const ENTRIES_RECORDED: &str = "storetrail_entries_recorded_total";
/// How many calls were refused because their key made too many in a second.
pub const CALLS_REFUSED: &str = "storetrail_calls_refused_total";
/// How many connections are open, sockets among them.
pub const CONNECTIONS_OPEN: &str = "storetrail_connections_open";
/// How many connections were closed at once because their address had all that it may have.
pub const CONNECTIONS_REFUSED: &str = "storetrail_connections_refused_total";
/// How many calls are missing from the requests log, because too many came or it couldn't be written.
pub const CALLS_UNNOTED: &str = "storetrail_requests_unnoted_total";
const DATABASE_BYTES: &str = "storetrail_database_bytes";
const REQUEST_DURATION: &str = "storetrail_http_request_duration_seconds";

/// Upper bounds of the duration's buckets, in seconds.
const BUCKETS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// How often samples are folded into their buckets when nobody asks for them.
const UPKEEP: Duration = Duration::from_secs(10);

/// Begins to measure; once a process, further calls share the first one's numbers.
pub fn measure() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Full(REQUEST_DURATION.to_owned()), &BUCKETS)
                .expect("there are buckets")
                .build_recorder();
            let handle = recorder.handle();
            // Another library's recorder can only be there in a test; then there is nothing to see.
            let _ = metrics::set_global_recorder(recorder);
            metrics::describe_histogram!(
                REQUEST_DURATION,
                metrics::Unit::Seconds,
                "time to the answer's head, by method, route and status"
            );
            metrics::describe_counter!(
                ENTRIES_RECORDED,
                "records committed since the server started"
            );
            metrics::describe_counter!(
                CALLS_REFUSED,
                "calls refused because their key made too many in a second"
            );
            metrics::describe_counter!(
                CALLS_UNNOTED,
                "calls missing from the requests log: too many came, or it couldn't be written"
            );
            // Known before the first is missing: an alarm on its growth sees that one too.
            metrics::counter!(CALLS_UNNOTED).increment(0);
            metrics::describe_gauge!(SOCKETS_OPEN, "sockets open on /ws");
            metrics::describe_gauge!(CONNECTIONS_OPEN, "connections open, sockets among them");
            metrics::describe_counter!(
                CONNECTIONS_REFUSED,
                "connections closed because their address had all that it may have"
            );
            metrics::describe_gauge!(
                DATABASE_BYTES,
                metrics::Unit::Bytes,
                "size of SQLite's files, by file"
            );
            handle
        })
        .clone()
}

/// Keeps the samples' memory bounded for as long as the server runs.
pub async fn upkeep(handle: PrometheusHandle) {
    let mut pace = tokio::time::interval(UPKEEP);
    loop {
        pace.tick().await;
        handle.run_upkeep();
    }
}

/// `GET /metrics`: the numbers in Prometheus' text format, for a program on this machine or with an admin's key.
///
/// # Errors
/// `unauthenticated` from elsewhere without a key, `forbidden` with a lesser one.
pub async fn show(
    State(state): State<AppState>,
    address: ClientAddress,
    CallFrom(caller): CallFrom,
    who: Who,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    if !address.is_local {
        let scope = key_scope(&headers, &state, &caller, &who).await.map_err(|error| match error {
            ApiError::Problem(problem) if problem.code == Code::Unauthenticated => {
                ApiError::Problem(Problem::new(
                    Code::Unauthenticated,
                    "from another machine this takes an admin's key: send `Authorization: Bearer st_...`",
                ))
            }
            other => other,
        })?;
        scope.require(Permission::ManageSettings)?;
    }
    for (file, path) in database_files(state.config.database_url.expose_secret()) {
        let bytes = tokio::fs::metadata(path)
            .await
            .map_or(0, |found| found.len());
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!(DATABASE_BYTES, "file" => file).set(bytes as f64);
    }
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    Ok((kind, state.measured.render()))
}

fn database_files(url: &str) -> Vec<(&'static str, PathBuf)> {
    let Some(path) = url.strip_prefix("sqlite://") else {
        return Vec::new();
    };
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    vec![
        ("main", Path::new(path).to_owned()),
        ("wal", PathBuf::from(format!("{path}-wal"))),
    ]
}
