//! Keeps the server's workers at work: one that panics is told in the log and begun again after a pause, until the server
//! stops. What a worker had under way is in the database under a lease, or is read again from there.

use crate::shutdown::Shutdown;
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};

/// How long is waited before a worker is begun again.
struct Pauses {
    /// After its first panic.
    first: Duration,
    /// At most; until then each pause is twice the one before.
    most: Duration,
    /// Who worked for so long before it panicked is as one that never did.
    steady: Duration,
}

const PAUSES: Pauses = Pauses {
    first: Duration::from_secs(1),
    most: Duration::from_secs(60),
    steady: Duration::from_secs(10 * 60),
};

impl Pauses {
    /// The pause of a worker that has panicked after so long; `before` is the one before, none at its first panic.
    fn after(&self, before: Option<Duration>, worked: Duration) -> Duration {
        match before {
            Some(before) if worked < self.steady => (before * 2).min(self.most),
            _ => self.first,
        }
    }
}

/// Starts a worker, and begins it again whenever it has panicked, until the server stops; `name` is what the log calls it.
/// `work` makes it anew each time, from what it owns. One that ends by itself has done its work. The handle ends with the
/// worker; who aborts it ends the worker too.
pub fn supervise<W, F>(name: &'static str, shutdown: Shutdown, work: W) -> JoinHandle<()>
where
    W: FnMut(Shutdown) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(keep_up(name, shutdown, work, PAUSES))
}

async fn keep_up<W, F>(name: &'static str, shutdown: Shutdown, mut work: W, pauses: Pauses)
where
    W: FnMut(Shutdown) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let mut before = None;
    loop {
        let begun_at = Instant::now();
        // A set of one: a worker's task ends with the task that waits for it.
        let mut worker = JoinSet::new();
        worker.spawn(work(shutdown.clone()));
        let error = match worker.join_next().await {
            Some(Err(error)) if error.is_panic() => error,
            _ => return,
        };
        let pause = pauses.after(before, begun_at.elapsed());
        before = Some(pause);
        let seconds = pause.as_secs();
        tracing::error!(worker = name, %error, seconds, "a worker panicked; it is begun again after a pause");
        tokio::select! {
            biased;
            () = shutdown.wait() => return,
            () = sleep(pause) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::mpsc;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    /// That all take so long.
    fn pauses(pause: Duration) -> Pauses {
        Pauses {
            first: pause,
            most: pause,
            steady: HOUR,
        }
    }

    #[tokio::test]
    async fn a_worker_that_panicked_is_begun_again_until_it_has_done_its_work() {
        let begun = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&begun);
        let work = move |_: Shutdown| {
            let number = counted.fetch_add(1, Ordering::Relaxed);
            async move { assert_eq!(number, 2, "broken off") }
        };
        keep_up(
            "a test's",
            Shutdown::default(),
            work,
            pauses(Duration::ZERO),
        )
        .await;
        assert_eq!(begun.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn a_worker_that_panicked_is_not_begun_again_when_the_server_stops() {
        let begun = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&begun);
        let work = move |shutdown: Shutdown| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                shutdown.begin();
                assert!(!shutdown.has_begun(), "broken off");
            }
        };
        keep_up("a test's", Shutdown::default(), work, pauses(HOUR)).await;
        assert_eq!(begun.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn who_ends_the_watch_over_a_worker_ends_the_worker() {
        let (begun, mut heard) = mpsc::channel(1);
        let work = move |_: Shutdown| {
            let begun = begun.clone();
            async move {
                begun.send(()).await.unwrap();
                std::future::pending::<()>().await
            }
        };
        let watched = supervise("a test's", Shutdown::default(), work);
        assert_eq!(heard.recv().await, Some(()));
        watched.abort();
        assert_eq!(heard.recv().await, None);
    }

    #[test]
    fn pauses_grow_until_a_worker_has_worked_for_a_while() {
        let mut pause = None;
        let mut told = Vec::new();
        for _ in 0..8 {
            let next = PAUSES.after(pause, Duration::from_secs(5));
            told.push(next.as_secs());
            pause = Some(next);
        }
        assert_eq!(told, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(PAUSES.after(pause, PAUSES.steady), PAUSES.first);
    }
}
