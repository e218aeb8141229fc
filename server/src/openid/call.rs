//! The calls to a provider.
//!
//! Its issuer stands in the settings and so is listed; what its discovery document names elsewhere is somebody else's
//! word and goes through the guard.

use crate::outgoing::{self, Reach};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, Request, Url};
use std::pin::Pin;
use std::time::Duration;

/// How long a provider may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest answer that is read: discovery documents and key sets have a few kilobytes.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallFault {
    /// The address may not be called.
    #[error("the provider names an address that may not be called: {0}")]
    Blocked(#[from] outgoing::Blocked),
    /// It can't be reached, or broke off.
    #[error("the provider can't be reached: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// It answered more than is read.
    #[error("the provider's answer is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    /// The answer's head can't be handed on.
    #[error("the provider's answer can't be read")]
    Unreadable,
}

/// Calls one provider.
#[derive(Debug, Clone)]
pub struct Calls {
    issuer: Url,
    listed: Client,
    guarded: Client,
    reach: Reach,
}

impl Calls {
    /// For the provider of an issuer.
    pub fn new(issuer: Url, listed: Client, guarded: Client, reach: Reach) -> Self {
        Self {
            issuer,
            listed,
            guarded,
            reach,
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, CallFault> {
        let mut request = Request::try_from(request)?;
        *request.timeout_mut() = Some(PATIENCE);
        let client = if request.url().origin() == self.issuer.origin() {
            &self.listed
        } else {
            self.reach.check(request.url().as_str())?;
            &self.guarded
        };
        let mut answer = client.execute(request).await?;
        let mut response = axum::http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            *headers = std::mem::take(answer.headers_mut());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(CallFault::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        response.body(body).map_err(|_| CallFault::Unreadable)
    }
}

impl<'c> AsyncHttpClient<'c> for Calls {
    type Error = CallFault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallFault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
