//! Calls to WooCommerce's REST API, version 3: `{address}/wp-json/wc/v3`, consumer key and secret by HTTP Basic
//! (<https://developer.woocommerce.com/docs/apis/rest-api/v3/authentication/>).

use crate::revert::Undone;
use crate::revert::answer::{PATIENCE, read, refused, unreached, wait_of};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// How large an answer may be.
const MAX_ANSWER: usize = 16 * 1024 * 1024;
/// What WordPress answers while the plugin is off: it says nothing of any product.
const NO_ROUTE: &str = "rest_no_route";
const WHO: &str = "WooCommerce";

/// Why a call brought nothing.
pub(super) enum Trouble {
    /// The shop can't be asked at the moment.
    Undone(Undone),
    /// It refused this very call.
    Refused {
        /// By its code, such as `woocommerce_rest_product_invalid_id`.
        code: String,
        /// In its words.
        words: String,
        /// What it says about it, such as `{"status": 400, "resource_id": 34}`.
        data: Value,
    },
}

impl From<Undone> for Trouble {
    fn from(undone: Undone) -> Self {
        Self::Undone(undone)
    }
}

/// The interface of one shop.
pub(super) struct Rest {
    pub client: Client,
    /// With `/wp-json/wc/v3/` at its end.
    pub base: Url,
    pub key: String,
    pub secret: SecretString,
}

impl Rest {
    /// Reads a list.
    pub(super) async fn list(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<Value>, Trouble> {
        let mut url = self.url(path)?;
        url.query_pairs_mut().extend_pairs(query);
        match self.call(self.client.get(url)).await? {
            Value::Array(list) => Ok(list),
            _ => Err(Undone::Later(format!("{WHO}'s answer is no list"), None).into()),
        }
    }

    /// Posts an object.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        let url = self.url(path)?;
        self.call(self.client.post(url).json(body)).await
    }

    fn url(&self, path: &str) -> Result<Url, Undone> {
        let url = self.base.join(path);
        url.map_err(|_| Undone::Never(format!("{path} is no address at {WHO}")))
    }

    async fn call(&self, request: RequestBuilder) -> Result<Value, Trouble> {
        let called = request
            .timeout(PATIENCE)
            .basic_auth(&self.key, Some(self.secret.expose_secret()))
            .send()
            .await;
        let response = called.map_err(|error| unreached(WHO, error))?;
        let status = response.status();
        let is_own_fault = matches!(status, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND);
        if !status.is_success() && !is_own_fault {
            return Err(refused(WHO, status, wait_of(&response)).into());
        }
        let text = read(WHO, response, MAX_ANSWER).await?;
        let answer: Value = serde_json::from_str(&text).map_err(|_| {
            // A page where JSON should be: the address is another program's, or the interface is switched off.
            Undone::Later(format!("{WHO}'s answer ({status}) is not JSON"), None)
        })?;
        if is_own_fault {
            let words = words_of(&answer);
            let code = answer["code"].as_str().unwrap_or_default().to_owned();
            if code == NO_ROUTE {
                return Err(Undone::Later(words, None).into());
            }
            let data = answer["data"].clone();
            return Err(Trouble::Refused { code, words, data });
        }
        Ok(answer)
    }
}

/// What an error says (`{"code": ..., "message": ..., "data": ...}`).
pub(super) fn words_of(error: &Value) -> String {
    let message = error["message"].as_str().unwrap_or("it gave no reason");
    format!("{WHO}: {message}")
}
