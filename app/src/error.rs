//! The one error of server functions: a [`Problem`], with the true status beside it.

use crate::status;
use domain::{Code, Problem};
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
#[cfg(not(feature = "ssr"))]
use leptos::server_fn::{Bytes, Decodes};
use serde::{Deserialize, Serialize};
use std::fmt;

#[cfg(feature = "ssr")]
mod answer;

#[cfg(feature = "ssr")]
pub use answer::Refusal;

/// Why a server function refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError(pub Problem);

impl AppError {
    /// The stable code.
    pub const fn code(&self) -> Code {
        self.0.code
    }

    /// The server's own words for why it refused: about the first field that is wrong, else about the whole. None for
    /// what failed rather than was refused.
    pub fn words(&self) -> Option<&str> {
        match self.code() {
            Code::Internal | Code::Unavailable => None,
            _ => {
                let field = self.0.fields.first().map(|field| field.message.as_str());
                Some(field.unwrap_or(&self.0.message))
            }
        }
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

    /// Also tells the page when it is because nobody is signed in any more, whatever was asked for.
    #[cfg(not(feature = "ssr"))]
    fn de(data: Bytes) -> Self {
        let read = <JsonEncoding as Decodes<Self>>::decode(data);
        let error = read.unwrap_or_else(|error| {
            Self::from_server_fn_error(ServerFnErrorErr::Deserialization(error.to_string()))
        });
        status::refused(error.code());
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_servers_words_and_a_failure_is_not() {
        let field = AppError(Problem::field("/to", "format", "a number by E.164"));
        assert_eq!(field.words(), Some("a number by E.164"));
        let whole = AppError(Problem::new(Code::Conflict, "it does not wait"));
        assert_eq!(whole.words(), Some("it does not wait"));
        for code in [Code::Internal, Code::Unavailable] {
            assert_eq!(AppError(Problem::new(code, "x")).words(), None);
        }
    }
}
