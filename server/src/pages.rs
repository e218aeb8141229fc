//! The app's pages, rendered here, and its server functions.

use crate::accounts::Browser;
use crate::local_path::with_query;
use crate::problem::{self, ApiError};
use crate::render;
use crate::requests::{CallFrom, Who};
use crate::security_headers::page_policy;
use crate::session::{self, CurrentSession, EndedSession};
use crate::site;
use crate::state::AppState;
use crate::v1;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Code, Problem};
use http_body_util::BodyExt as _;
use leptos::prelude::{provide_context, use_context, with_context};
use leptos_axum::{LeptosRoutes as _, ResponseOptions, generate_route_list};
use storage::Scope;

/// The pages and server functions that open without a session.
const OPEN: [&str; 10] = [
    "/sign-in",
    "/sign-in/code",
    "/setup",
    "/forgot",
    "/link",
    "/fn/link",
    "/fn/sign-in/ways",
    "/fn/sign-in/passkey",
    "/fn/sign-in/step",
    "/fn/sign-in/step-passkey",
];

/// Where the app's server functions live.
const FUNCTIONS: &str = "/fn/";

/// A page: what it holds is the person's own, and as new as it can be.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The pages and server functions.
pub fn router(state: &AppState) -> Router<AppState> {
    let options = state.leptos_options.clone();
    Router::new()
        .leptos_routes_with_context(
            state,
            generate_route_list(app::App),
            context(state.clone()),
            move || app::shell(options.clone()),
        )
        .route_layer(from_fn(render::run))
        .route_layer(from_fn(read_body))
        .route_layer(from_fn(require_session))
}

/// What is none of the routes: a file of the site, a problem for programs, the app's own page for people.
///
/// # Errors
/// A fault of the database.
pub async fn elsewhere(
    State(state): State<AppState>,
    mut request: Request,
) -> Result<Response, ApiError> {
    let path = request.uri().path();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_read && let Some(file) = site::answer(path, request.headers()) {
        return Ok(file);
    }
    let is_for_programs = ["/api", "/hooks", "/fn", "/pkg", "/fonts", "/icons"]
        .iter()
        .any(|place| path == *place || path.starts_with(&format!("{place}/")));
    if is_for_programs || !is_read {
        return Err(Problem::not_found("page or call").into());
    }
    if let Some(session) = session::find(&state, request.headers(), true).await? {
        Who::is(request.extensions(), &Scope::of_session(&session));
        request.extensions_mut().insert(CurrentSession(session));
    }
    let options = state.leptos_options.clone();
    let provide = context(state);
    let missing = move || {
        provide();
        if let Some(response) = use_context::<ResponseOptions>() {
            response.set_status(StatusCode::NOT_FOUND);
        }
    };
    let not_found =
        leptos_axum::render_app_async_with_context(missing, move || app::shell(options.clone()));
    let (parts, _) = request.into_parts();
    let make = move || not_found(Request::from_parts(parts.clone(), Body::empty()));
    Ok(render::page(make).await)
}

/// What pages and server functions find in their context.
fn context(state: AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let splits = site::split_manifest(&state.leptos_options);
    move || {
        let request = with_context::<Parts, _>(|parts| {
            (
                CurrentSession::of(&parts.extensions).cloned(),
                CallFrom::of(&parts.extensions),
                Browser {
                    device: state.cookies.device(&parts.headers),
                    step: state.cookies.step(&parts.headers),
                },
            )
        });
        let (session, caller, browser) = request.unwrap_or_default();
        provide_context(state.request_context(session, caller, browser));
        if let Some(splits) = &splits {
            provide_context(splits.clone());
        }
        // Server functions have no nonce: they are no pages.
        if let (Some(nonce), Some(response)) =
            (leptos::nonce::use_nonce(), use_context::<ResponseOptions>())
        {
            response.insert_header(header::CONTENT_SECURITY_POLICY, page_policy(&nonce));
            response.insert_header(header::CACHE_CONTROL, PRIVATE);
        }
    }
}

/// The layer: reads what a server function is sent, which would tell a body that breaks off as a field that is wrong.
async fn read_body(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(FUNCTIONS) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match body.collect().await {
        Ok(whole) => {
            let body = Body::from(whole.to_bytes());
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => problem::server_function_answer(&v1::broken(&error, || {
            Problem::new(
                Code::TooLarge,
                "this is more than the call takes; send less at a time; nothing was stored",
            )
        })),
    }
}

/// The layer: without a session pages lead to the sign-in and back, and server functions refuse.
async fn require_session(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if CurrentSession::of(request.extensions()).is_some() || OPEN.contains(&path) {
        return next.run(request).await;
    }
    if path.starts_with(FUNCTIONS) {
        return problem::server_function_answer(&Problem::new(
            Code::Unauthenticated,
            "your session has ended; sign in again, nothing you typed is lost",
        ));
    }
    let wanted = request
        .uri()
        .path_and_query()
        .map_or("/", |wanted| wanted.as_str());
    let mut parameters = Vec::new();
    if wanted != "/" {
        parameters.push(("next", wanted));
    }
    if request.extensions().get::<EndedSession>().is_some() {
        parameters.push(("problem", "expired"));
    }
    Redirect::to(&with_query("/sign-in", &parameters)).into_response()
}
