//! How a refusal becomes an answer: true status, logged once, nothing of the inside sent.

use super::AppError;
use crate::status;
use axum::http::request::Parts;
use domain::{Code, Problem};
use leptos::prelude::{use_context, with_context};
use std::sync::{Arc, Mutex, PoisonError};

/// Why an answer refuses, for whoever keeps the logs: pages and server functions tell it in their bodies alone. Stands
/// among the request's extensions.
#[derive(Debug, Clone, Default)]
pub struct Refusal(Arc<Mutex<Option<Code>>>);

impl Refusal {
    /// The code of the last problem, whose status the answer has.
    pub fn code(&self) -> Option<Code> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, code: Code) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(code);
    }
}

impl From<Problem> for AppError {
    /// Sets the answer's status as well: a server function answers 500 otherwise.
    fn from(problem: Problem) -> Self {
        status::set(problem.code.status());
        with_context::<Parts, _>(|parts| {
            if let Some(refusal) = parts.extensions.get::<Refusal>() {
                refusal.tell(problem.code);
            }
        });
        Self(problem)
    }
}

impl From<storage::Error> for AppError {
    /// Logs what is our fault, under the request's id.
    fn from(error: storage::Error) -> Self {
        let reference = request_id();
        let problem = error.to_problem(&reference);
        if problem.reference.is_some() {
            tracing::error!(reference, %error, "a server function failed");
        }
        problem.into()
    }
}

/// The id that the server gave the request.
fn request_id() -> String {
    use_context::<Parts>()
        .and_then(|parts| {
            let id = parts.headers.get("x-request-id")?;
            id.to_str().ok().map(str::to_owned)
        })
        .unwrap_or_else(|| "unnumbered".to_owned())
}
