//! Shops' webhooks for tests: connections, signatures, deliveries that failed.

use domain::hook::{HookState, Platform};
use std::time::Duration;
use storage::{Caller, KeptHook, NewHook, Scope, Storage};

/// A delivery that is out of tries: its body is no JSON.
pub async fn dead_webhook(storage: &Storage, scope: &Scope) -> String {
    webhook(storage, scope, "{").await
}

/// A delivery that is done: it means nothing here.
pub async fn done_webhook(storage: &Storage, scope: &Scope) -> String {
    webhook(storage, scope, r#"{"type": "Ping!", "data": {}}"#).await
}

async fn webhook(storage: &Storage, scope: &Scope, body: &str) -> String {
    let seal = |_| b"sealed".to_vec();
    storage
        .save_connection(scope, Platform::Standard, "doomed", &seal)
        .await
        .unwrap();
    let connection = storage
        .connection_called(Platform::Standard, "doomed")
        .await
        .unwrap()
        .unwrap();
    let new = NewHook {
        topic: "product.updated".to_owned(),
        key: storage.ambient().uuid().to_string(),
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
        trace_id: None,
    };
    let caller = Caller::default();
    let kept = storage.keep_hook(&connection, new, &caller);
    let (KeptHook::New(id) | KeptHook::Repeated(id)) = kept.await.unwrap();
    settled(storage, scope, &id.to_string()).await;
    id.to_string()
}

/// Waits until nothing more happens with a delivery by itself.
pub async fn settled(storage: &Storage, scope: &Scope, id: &str) -> HookState {
    for _ in 0..400 {
        let row = storage.hook_row(scope, id.parse().unwrap()).await.unwrap();
        let state = row.unwrap().state;
        if state.is_settled() || state == HookState::Failed {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{id} was not processed");
}
