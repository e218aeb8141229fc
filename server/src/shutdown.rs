//! How the server is told to stop.

use tokio::sync::watch;

/// Says once, to everyone who listens, that the server stops. Cheap to clone.
#[derive(Clone)]
pub struct Shutdown(watch::Sender<bool>);

impl Default for Shutdown {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Shutdown {
    /// One that begins when the process is told to stop: SIGTERM, or SIGINT from a terminal.
    ///
    /// # Errors
    /// When the signals can't be listened to.
    pub fn on_signal() -> std::io::Result<Self> {
        let shutdown = Self::default();
        let told = shutdown.clone();
        let terminate = terminated()?;
        tokio::spawn(async move {
            tokio::select! {
                () = terminate => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            told.begin();
        });
        Ok(shutdown)
    }

    /// Tells everyone.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Whether the server stops.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the server stops.
    pub async fn wait(&self) {
        // The sender is part of `self`: it can't be gone.
        let _ = self
            .0
            .subscribe()
            .wait_for(|is_stopping| *is_stopping)
            .await;
    }
}

#[cfg(unix)]
fn terminated() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        terminate.recv().await;
    })
}

#[cfg(not(unix))]
fn terminated() -> std::io::Result<impl Future<Output = ()> + Send> {
    Ok(std::future::pending())
}
