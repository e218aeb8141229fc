//! What a worker has under way at the same time: each task with what it holds a place of, such as a receiver.

use std::collections::HashMap;
use tokio::task::{Id, JoinError, JoinSet};

/// Tasks under way. They end with it.
pub struct UnderWay<K> {
    tasks: JoinSet<()>,
    keys: HashMap<Id, K>,
}

impl<K> Default for UnderWay<K> {
    fn default() -> Self {
        Self {
            tasks: JoinSet::new(),
            keys: HashMap::new(),
        }
    }
}

impl<K> UnderWay<K> {
    /// Begins a task.
    pub fn begin(&mut self, key: K, task: impl Future<Output = ()> + Send + 'static) {
        let id = self.tasks.spawn(task).id();
        self.keys.insert(id, key);
    }

    /// How many there are; one that has ended counts until [`UnderWay::ended`] has seen it.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// What they hold, once for each task.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.keys.values()
    }

    /// Waits until one has ended, and forgets all that have. Nothing is lost when it is dropped before.
    pub async fn ended(&mut self) {
        if let Some(ended) = self.tasks.join_next_with_id().await {
            self.forget(ended);
        }
        self.forget_ended();
    }

    /// Forgets those that have ended.
    pub fn forget_ended(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.forget(ended);
        }
    }

    /// Waits until all have ended.
    pub async fn all_ended(&mut self) {
        while !self.is_empty() {
            self.ended().await;
        }
    }

    fn forget(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "what a worker had under way broke off; its lease will run out");
                error.id()
            }
        };
        self.keys.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn a_task_holds_its_place_until_it_has_ended_also_by_a_panic() {
        let mut under_way = UnderWay::default();
        let (end, ending) = oneshot::channel::<()>();
        under_way.begin("slow", async move {
            let _ = ending.await;
        });
        let (gone, going) = oneshot::channel::<()>();
        drop(gone);
        under_way.begin("broken", async move { going.await.expect("broken off") });
        assert_eq!(under_way.len(), 2);
        under_way.ended().await;
        assert_eq!(under_way.keys().collect::<Vec<_>>(), [&"slow"]);
        drop(end);
        under_way.all_ended().await;
        assert!(under_way.is_empty());
    }
}
