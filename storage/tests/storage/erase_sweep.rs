//! Files that a stop left behind when their messages were erased.

use crate::export::all;
use crate::harness::{Case, on_both};
use crate::message_kit::{inbound, input};
use chrono::Duration;
use domain::export::Source;
use domain::message::{BlobRef, Channel, NewAttachment};
use std::path::PathBuf;
use std::time::SystemTime;

impl Case {
    /// Keeps bytes as if they had been written so long ago.
    async fn kept_for(&self, bytes: &[u8], age: Duration) -> BlobRef {
        let blob = self.storage.put_object(bytes).await.expect("kept");
        let file = std::fs::File::options()
            .write(true)
            .open(self.place_of(&blob))
            .expect("there");
        let written_at = self.ambient.clock.now() - age;
        file.set_modified(SystemTime::from(written_at))
            .expect("aged");
        blob
    }

    fn place_of(&self, blob: &BlobRef) -> PathBuf {
        let folder = self.storage.export_folder().expect("a folder");
        let folder = folder.with_file_name("objects");
        folder.join(&blob.sha256[..2]).join(&blob.sha256)
    }

    fn written_at(&self, blob: &BlobRef) -> SystemTime {
        let file = std::fs::metadata(self.place_of(blob)).expect("there");
        file.modified().expect("known")
    }

    async fn is_kept(&self, blob: &BlobRef) -> bool {
        let found = self.storage.get_object(blob).await;
        found.expect("read").is_some()
    }
}

#[test]
fn files_that_no_message_names_go_before_an_erasure_ends() {
    on_both(async |case| {
        let scope = case.scope();
        let mut kept = input(&case, Channel::Email, "basma@mail.example", "Parcel");
        kept.attachments.push(NewAttachment {
            name: "invoice.txt".to_owned(),
            content_type: "text/plain".to_owned(),
            content: b"an invoice".to_vec(),
            content_id: None,
        });
        case.send(kept).await;
        let answer = inbound(
            &case,
            Channel::Email,
            "basma@mail.example",
            "Thanks",
            "<a@mail.example>",
        );
        case.storage
            .receive_message(&scope, answer, Vec::new(), Some(b"the mail as it came"))
            .await
            .expect("received");
        let hour = Duration::hours(1);
        let attached = case.kept_for(b"an invoice", hour).await;
        let raw = case.kept_for(b"the mail as it came", hour).await;
        let left_behind = case.kept_for(b"of a message that is gone", hour).await;
        let young = Duration::minutes(5);
        let taken = case.kept_for(b"of a message to come", young).await;
        let gone = input(&case, Channel::Email, "noura@mail.example", "Hello");
        case.send(gone).await;
        let selected = all(Source::Messages, "to:noura@mail.example");
        case.erase(selected, 1).await;
        assert!(!case.is_kept(&left_behind).await);
        assert!(case.is_kept(&taken).await, "a message may be taking it");
        assert!(case.is_kept(&attached).await && case.is_kept(&raw).await);
    });
}

/// What one worker took is noted with the messages that named it, however young it is.
#[test]
fn files_go_with_their_messages_where_another_worker_ends_what_one_began() {
    on_both(async |case| {
        let scope = case.scope();
        let attach = async |to: &str, content: &str| {
            let mut sent = input(&case, Channel::Email, to, "Parcel");
            sent.attachments.push(NewAttachment {
                name: "invoice.txt".to_owned(),
                content_type: "text/plain".to_owned(),
                content: content.as_bytes().to_vec(),
                content_id: None,
            });
            let id = case.send(sent).await;
            case.message(id).await.message.attachments[0].blob.clone()
        };
        let mut blobs = Vec::new();
        for n in 0..12 {
            blobs.push(attach("noura@mail.example", &format!("invoice {n}")).await);
        }
        let shared = attach("basma@mail.example", "invoice 7").await;
        assert_eq!(shared, blobs[7]);
        let selected = all(Source::Messages, "to:noura@mail.example");
        let asked = case
            .storage
            .request_erasure(&scope, selected, "asked", 12)
            .await;
        asked.expect("asked for");
        let job = case.storage.claim_erasure(Duration::minutes(5)).await;
        let job = job.expect("claimed").expect("one waits");
        let first = case.storage.erase_step(&job).await.expect("a step");
        assert!(!first.is_finished && first.done > 0);
        case.pass(Duration::minutes(6));
        case.work().await;
        let rows = case.storage.list_erasures(&scope).await.expect("read");
        assert_eq!(
            (rows[0].report.messages, rows[0].report.attachments),
            (12, 11)
        );
        for blob in &blobs {
            assert_eq!(case.is_kept(blob).await, *blob == shared, "{}", blob.sha256);
        }
        case.verified().await;
    });
}

#[test]
fn bytes_that_are_kept_again_are_as_good_as_new() {
    on_both(async |case| {
        let blob = case.kept_for(b"the same", Duration::hours(1)).await;
        let aged = case.written_at(&blob);
        let again = case.storage.put_object(b"the same").await;
        assert_eq!(again.expect("kept"), blob);
        assert_ne!(case.written_at(&blob), aged);
    });
}
