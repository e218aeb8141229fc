//! Calls to Shopify's GraphQL Admin API: `POST /admin/api/{version}/graphql.json` with `X-Shopify-Access-Token`.

use super::throttle::Throttle;
use crate::revert::Undone;
use crate::revert::answer::{PATIENCE, read, refused, unreached, wait_of};
use chrono::TimeDelta;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often a call that was throttled is made again at once.
const TRIES: u32 = 6;
/// For longer than this no call waits: the batch is put back.
const LONGEST: Duration = Duration::from_secs(30);
/// How large an answer may be.
const MAX_ANSWER: usize = 8 * 1024 * 1024;
const WHO: &str = "Shopify";

/// A query or mutation.
pub(super) struct Query {
    /// Under which its cost is remembered.
    pub name: &'static str,
    /// Its text.
    pub text: String,
    /// Its variables.
    pub variables: Value,
    /// What it costs, as long as nobody has told: points.
    pub guess: f64,
}

/// Why a call brought nothing.
pub(super) enum Trouble {
    /// The shop can't be asked at the moment.
    Undone(Undone),
    /// It refused this very call, in its words.
    Refused(String),
}

/// The interface of one shop.
pub(super) struct Graphql {
    pub client: Client,
    pub url: Url,
    pub token: SecretString,
    pub throttle: Arc<Throttle>,
}

impl Graphql {
    /// Makes a call once its points are there, and gives its `data`.
    pub(super) async fn call(&self, query: &Query) -> Result<Value, Trouble> {
        for _ in 0..TRIES {
            let wait = self.throttle.take(Instant::now(), query.name, query.guess);
            if wait > LONGEST {
                let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::minutes(1));
                let why = format!("{WHO}'s limit is used up by others");
                return Err(Trouble::Undone(Undone::Later(why, Some(wait))));
            }
            sleep(wait).await;
            let answer = self.send(query).await.map_err(Trouble::Undone)?;
            self.throttle
                .learn(Instant::now(), query.name, &answer["extensions"]["cost"]);
            let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
            let has_code = |code: &str| errors.iter().any(|e| e["extensions"]["code"] == code);
            if has_code("THROTTLED") {
                continue;
            }
            if has_code("INTERNAL_SERVER_ERROR") || has_code("SHOP_INACTIVE") {
                let why = format!("{WHO} could not do it: {}", words(errors));
                return Err(Trouble::Undone(Undone::Later(why, None)));
            }
            if !errors.is_empty() || answer["data"].is_null() {
                return Err(Trouble::Refused(format!(
                    "{WHO} refused: {}",
                    words(errors)
                )));
            }
            return Ok(answer["data"].clone());
        }
        let why = format!("{WHO} throttles the calls");
        Err(Trouble::Undone(Undone::Later(why, None)))
    }

    async fn send(&self, query: &Query) -> Result<Value, Undone> {
        let body = json!({"query": query.text, "variables": query.variables});
        let called = self
            .client
            .post(self.url.clone())
            .timeout(PATIENCE)
            .header("x-shopify-access-token", self.token.expose_secret())
            .json(&body)
            .send()
            .await;
        let response = called.map_err(|error| unreached(WHO, error))?;
        if !response.status().is_success() {
            return Err(refused(WHO, response.status(), wait_of(&response)));
        }
        let text = read(WHO, response, MAX_ANSWER).await?;
        serde_json::from_str(&text)
            .map_err(|_| Undone::Later(format!("{WHO}'s answer is not JSON"), None))
    }
}

/// What errors say, of GraphQL itself or of a mutation.
pub(super) fn words(errors: &[Value]) -> String {
    let messages: Vec<&str> = errors
        .iter()
        .filter_map(|e| e["message"].as_str())
        .collect();
    if messages.is_empty() {
        "it gave no reason".to_owned()
    } else {
        messages.join("; ")
    }
}
