//! The one error of server functions: a [`Problem`], with the true status beside it.

use crate::status;
use domain::{Code, Problem};
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use std::fmt;

#[cfg(feature = "ssr")]
mod answer;

/// Why a server function refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError(pub Problem);

impl AppError {
    /// The stable code.
    pub const fn code(&self) -> Code {
        self.0.code
    }

    /// The stable code of what is wrong with a field of the form, such as `required`.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0
            .fields
            .iter()
            .find(|field| field.pointer.trim_start_matches('/') == name)
            .map(|field| field.code.as_str())
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let problem = match error {
            ServerFnErrorErr::Request(_) => Problem::new(
                Code::Unavailable,
                "the server can't be reached; nothing was changed; try again",
            ),
            ServerFnErrorErr::Args(detail) | ServerFnErrorErr::MissingArg(detail) => {
                Problem::new(Code::InvalidFields, detail)
            }
            // Where the answer is made it is the body that was not read, else the answer.
            ServerFnErrorErr::Deserialization(detail) if cfg!(feature = "ssr") => {
                Problem::new(Code::InvalidFields, detail)
            }
            other => Problem::new(Code::Internal, other.to_string()),
        };
        // What is wrong with the call is found before the function runs, which would answer 500 otherwise.
        status::set(problem.code.status());
        Self(problem)
    }
}
