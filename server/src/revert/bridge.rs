//! The shop's own bridge: a webhook by Standard Webhooks that is answered item by item.
//!
//! `webhook-id` is the batch's id, the same at each try. An item's answer is one of `done`, `already` (it held the value
//! before), `changed` (it holds neither what was expected nor what it was to hold), `missing`, `failed`.

use super::{Undone, of_batch};
use crate::config::Config;
use crate::deliver::{SigningSecret, told};
use crate::outgoing::{Reach, guarded_client};
use anyhow::anyhow;
use chrono::TimeDelta;
use reqwest::{Client, Response, StatusCode, Url, header};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use storage::{Clock, RevertBatch, RevertItem, Settled};

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How large an answer may be.
const MAX_ANSWER: usize = 1024 * 1024;
/// The longest wait that an answer may ask for.
const LONGEST_WAIT: i64 = 6 * 3_600;

/// The bridge of a shop.
pub(super) struct Bridge {
    client: Client,
    url: Url,
    secret: Option<Arc<SigningSecret>>,
    clock: Clock,
}

#[derive(Deserialize)]
struct Answer {
    items: Vec<Answered>,
}

#[derive(Deserialize)]
struct Answered {
    id: u64,
    outcome: String,
    #[serde(default)]
    error: Option<String>,
}

impl Bridge {
    /// At an address, by the settings for webhooks.
    ///
    /// # Errors
    /// When the address may not be called, or TLS can't be set up.
    pub(super) fn new(url: &str, config: &Config, clock: Clock) -> anyhow::Result<Self> {
        let reach = Reach::new(&config.webhook_networks);
        let url = reach
            .check(url)
            .map_err(|why| anyhow!("STORETRAIL_BRIDGE_URL: {why}"))?;
        Ok(Self {
            client: guarded_client(reach)?,
            url,
            secret: config.webhook_secret.clone(),
            clock,
        })
    }

    /// Hands a batch over and reads what became of each item.
    pub(super) async fn apply(&self, batch: &RevertBatch) -> Result<Vec<(u64, Settled)>, Undone> {
        let Some(secret) = &self.secret else {
            let why = "nothing is sent without a secret to sign with; set STORETRAIL_WEBHOOK_SECRET to whsec_...";
            return Err(Undone::Later(why.to_owned(), None));
        };
        let now = self.clock.now();
        let body = json!({
            "type": "operation.revert",
            "timestamp": now,
            "data": {
                "batch": batch.id, "operation": batch.operation, "reverts": batch.reverts,
                "items": batch.items.iter().map(sent).collect::<Vec<_>>(),
            },
        })
        .to_string();
        let id = batch.id.to_string();
        let called = self
            .client
            .post(self.url.clone())
            .timeout(PATIENCE)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", now.timestamp().to_string())
            .header(
                "webhook-signature",
                secret.sign(&id, now.timestamp(), &body),
            )
            .body(body)
            .send()
            .await;
        let response = called.map_err(|error| {
            let why = format!(
                "the bridge can't be reached: {}",
                told(&error.without_url())
            );
            Undone::Later(why, None)
        })?;
        let status = response.status();
        if !status.is_success() {
            return Err(refused(status, wait_of(&response)));
        }
        let text = read(response).await?;
        let answer: Answer = serde_json::from_str(&text).map_err(|error| {
            let why = format!("the bridge's answer is not as agreed: {error}");
            Undone::Later(why, None)
        })?;
        let answers = answer.items.into_iter().filter_map(settled);
        Ok(of_batch(batch, answers))
    }
}

/// An item as it is sent. Lists bring what is added and removed too, for shops that can do just that.
fn sent(item: &RevertItem) -> Value {
    let mut sent = json!({
        "id": item.place, "subject": item.subject, "field": item.field, "expected": item.now, "value": item.to,
    });
    if let (Some(now), Some(to)) = (item.now.as_array(), item.to.as_array()) {
        let without = |from: &[Value], other: &[Value]| -> Vec<Value> {
            let left = from.iter().filter(|one| !other.contains(one));
            left.cloned().collect()
        };
        sent["add"] = without(to, now).into();
        sent["remove"] = without(now, to).into();
    }
    sent
}

fn settled(answered: Answered) -> Option<(u64, Settled)> {
    let words = answered.error.filter(|words| !words.trim().is_empty());
    let settled = match answered.outcome.as_str() {
        "done" | "already" => Settled::Done,
        "changed" => Settled::Failed("it was changed after the dry run".to_owned()),
        "missing" => Settled::Failed("it no longer exists".to_owned()),
        "failed" => Settled::Failed(words.unwrap_or_else(|| "the shop gave no reason".to_owned())),
        // What says nothing that is known acknowledges nothing.
        _ => return None,
    };
    Some((answered.id, settled))
}

fn refused(status: StatusCode, wait: Option<TimeDelta>) -> Undone {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::GONE | StatusCode::UNPROCESSABLE_ENTITY => {
            Undone::Never(format!("the bridge refused the batch: {status}"))
        }
        status if status.is_redirection() => {
            Undone::Later(format!("{status}: redirects are not followed"), None)
        }
        status => Undone::Later(format!("the bridge answered {status}"), wait),
    }
}

/// What an answer asks to wait (RFC 9110 10.2.3), in seconds.
fn wait_of(response: &Response) -> Option<TimeDelta> {
    let text = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    let seconds: i64 = text.trim().parse().ok()?;
    Some(TimeDelta::seconds(seconds.clamp(1, LONGEST_WAIT)))
}

/// The answer's text, as far as an answer may go.
async fn read(mut response: Response) -> Result<String, Undone> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= MAX_ANSWER => {
                bytes.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => {
                let why = "the bridge's answer is larger than 1 MiB";
                return Err(Undone::Later(why.to_owned(), None));
            }
            Ok(None) => break,
            Err(error) => {
                let why = format!(
                    "the bridge's answer broke off: {}",
                    told(&error.without_url())
                );
                return Err(Undone::Later(why, None));
            }
        }
    }
    String::from_utf8(bytes)
        .map_err(|_| Undone::Later("the bridge's answer is not UTF-8".to_owned(), None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Reference;

    #[test]
    fn a_list_is_sent_with_what_comes_and_goes() {
        let item = RevertItem {
            place: 7,
            subject: Reference {
                kind: "product".to_owned(),
                id: "p_1".to_owned(),
                name: None,
            },
            field: "tags".to_owned(),
            now: json!(["a", "sale"]),
            to: json!(["a", "old"]),
        };
        let sent = sent(&item);
        assert_eq!(sent["add"], json!(["old"]));
        assert_eq!(sent["remove"], json!(["sale"]));
        assert_eq!(sent["expected"], json!(["a", "sale"]));
    }

    #[test]
    fn an_answer_says_what_became_of_an_item_or_nothing() {
        let answered = |outcome: &str| Answered {
            id: 7,
            outcome: outcome.to_owned(),
            error: None,
        };
        assert_eq!(settled(answered("done")), Some((7, Settled::Done)));
        assert_eq!(settled(answered("already")), Some((7, Settled::Done)));
        for failed in ["changed", "missing", "failed"] {
            let became = settled(answered(failed));
            assert!(matches!(became, Some((7, Settled::Failed(_)))), "{failed}");
        }
        assert_eq!(settled(answered("perhaps")), None);
    }
}
