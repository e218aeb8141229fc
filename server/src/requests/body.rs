//! A body that is read on its way to the handler: how long it is, its digest and its beginning.

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use sha2::{Digest as _, Sha256};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// What passed of a body.
pub(super) struct Captured {
    /// How many bytes the handler read.
    pub(super) bytes: u64,
    /// Their SHA-256; none when the handler didn't read it to the end.
    pub(super) sha256: Option<[u8; 32]>,
    /// All of it; none when it is longer than was asked for.
    pub(super) whole: Option<Vec<u8>>,
}

struct Reading {
    bytes: u64,
    digest: Sha256,
    beginning: Vec<u8>,
    most: usize,
    has_ended: bool,
}

/// Where a body's reading is followed.
pub(super) struct Capture(Option<Arc<Mutex<Reading>>>);

struct Tee {
    body: Body,
    reading: Arc<Mutex<Reading>>,
}

/// Follows the reading of a body and keeps it when it has at most `most` bytes.
pub(super) fn capture(body: Body, most: usize) -> (Body, Capture) {
    if body.is_end_stream() {
        return (body, Capture(None));
    }
    let reading = Arc::new(Mutex::new(Reading {
        bytes: 0,
        digest: Sha256::new(),
        beginning: Vec::new(),
        most,
        has_ended: false,
    }));
    let tee = Tee {
        body,
        reading: Arc::clone(&reading),
    };
    (Body::new(tee), Capture(Some(reading)))
}

impl Capture {
    /// What has passed by now.
    pub(super) fn take(self) -> Option<Captured> {
        let mut reading = self
            .0
            .as_ref()?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let beginning = std::mem::take(&mut reading.beginning);
        let is_whole = reading.has_ended && beginning.len() as u64 == reading.bytes;
        Some(Captured {
            bytes: reading.bytes,
            sha256: reading
                .has_ended
                .then(|| std::mem::take(&mut reading.digest).finalize().into()),
            whole: is_whole.then_some(beginning),
        })
    }
}

impl HttpBody for Tee {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let is_last = self.body.is_end_stream();
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    reading.take_in(data);
                }
                reading.has_ended |= is_last;
            }
            Poll::Ready(None) => reading.has_ended = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        drop(reading);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Reading {
    fn take_in(&mut self, data: &Bytes) {
        self.bytes += data.len() as u64;
        self.digest.update(data);
        let room = self.most.saturating_sub(self.beginning.len());
        self.beginning.extend(data.iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    #[tokio::test]
    async fn a_short_body_is_kept_and_a_long_one_is_told_by_its_digest() {
        for (text, is_kept) in [("0123456789", true), ("01234567890", false)] {
            let (body, captured) = capture(Body::from(text), 10);
            assert_eq!(body.collect().await.unwrap().to_bytes(), text.as_bytes());
            let captured = captured.take().unwrap();
            assert_eq!(captured.bytes, text.len() as u64);
            assert_eq!(captured.sha256, Some(Sha256::digest(text).into()));
            assert_eq!(captured.whole.is_some(), is_kept);
        }
    }

    #[tokio::test]
    async fn of_what_is_not_read_nothing_is_claimed() {
        let (body, captured) = capture(Body::from("0123"), 10);
        drop(body);
        let captured = captured.take().unwrap();
        assert_eq!((captured.bytes, captured.sha256), (0, None));
        assert!(captured.whole.is_none());
        assert!(capture(Body::empty(), 10).1.take().is_none());
    }
}
