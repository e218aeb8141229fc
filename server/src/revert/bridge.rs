//! The shop's own bridge: a webhook by Standard Webhooks that is answered item by item.
//!
//! `webhook-id` is the batch's id, the same at each try. An item's answer is one of `done`, `already` (it held the value
//! before), `changed` (it holds neither what was expected nor what it was to hold, but `now`), `missing`, `failed`.

use super::answer::{self, PATIENCE, read, unreached, wait_of};
use super::{Undone, of_batch, otherwise};
use crate::deliver::SigningSecret;
use chrono::TimeDelta;
use domain::Said;
use domain::operation::revert::UNSEEN;
use domain::operation::target::BRIDGE as WHO;
use reqwest::{Client, StatusCode, Url, header};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use storage::{Clock, RevertBatch, RevertItem, Settled};

/// How large an answer may be.
const MAX_ANSWER: usize = 1024 * 1024;

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
    #[serde(default, deserialize_with = "domain::operation::present")]
    now: Option<Value>,
    #[serde(default)]
    error: Option<String>,
}

impl Bridge {
    /// At an address that may be called.
    pub(super) fn new(
        client: Client,
        url: Url,
        secret: Option<Arc<SigningSecret>>,
        clock: Clock,
    ) -> Self {
        Self {
            client,
            url,
            secret,
            clock,
        }
    }

    /// Hands a batch over and reads what became of each item.
    pub(super) async fn apply(&self, batch: &RevertBatch) -> Result<Vec<(u64, Settled)>, Undone> {
        let Some(secret) = &self.secret else {
            return Err(Undone::Later(Said::BridgeUnsigned.into(), None));
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
        let response = called.map_err(|error| unreached(WHO, error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(refused(status, wait_of(&response)));
        }
        let text = read(WHO, response, MAX_ANSWER).await?;
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
        "changed" => answered
            .now
            .map_or_else(|| Settled::Failed(UNSEEN.to_owned()), otherwise),
        "missing" => Settled::Failed(Said::ThingGone.into()),
        "failed" => Settled::Failed(words.unwrap_or_else(|| Said::NoReason.into())),
        // What says nothing that is known acknowledges nothing.
        _ => return None,
    };
    Some((answered.id, settled))
}

fn refused(status: StatusCode, wait: Option<TimeDelta>) -> Undone {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::GONE | StatusCode::UNPROCESSABLE_ENTITY => {
            let status = status.to_string();
            Undone::Never(Said::BatchRefused { status }.into())
        }
        status => answer::refused(WHO, status, wait),
    }
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
            now: None,
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

    #[test]
    fn what_a_changed_item_holds_is_taken_from_its_answer() {
        for (answer, expected) in [
            (
                json!({"id": 7, "outcome": "changed", "now": 66}),
                otherwise(json!(66)),
            ),
            (
                json!({"id": 7, "outcome": "changed", "now": null}),
                otherwise(Value::Null),
            ),
            (
                json!({"id": 7, "outcome": "changed"}),
                Settled::Failed(UNSEEN.to_owned()),
            ),
        ] {
            let answered: Answered = serde_json::from_value(answer).unwrap();
            assert_eq!(settled(answered), Some((7, expected)));
        }
    }
}
