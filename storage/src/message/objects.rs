//! Attachments and raw mails: bytes under their SHA-256, outside the database.

use crate::session::hex;
use crate::{Error, Storage};
use chrono::{DateTime, TimeDelta, Utc};
use domain::message::BlobRef;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How old bytes may be that are kept again without being written again: far younger than those that the sweep after an
/// erasure deletes, and many messages with the same file in a row write it once.
const FRESH: TimeDelta = TimeDelta::minutes(2);

/// Where bytes are kept. The folder is made when the first are.
pub(crate) struct Objects {
    folder: Option<PathBuf>,
}

impl Objects {
    /// In `objects` in a folder.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            folder: Some(folder.join("objects")),
        }
    }

    /// In `objects` beside an SQLite file; for another database a folder must be named.
    pub(crate) fn beside(url: &str) -> Self {
        let path = url
            .strip_prefix("sqlite://")
            .or_else(|| url.strip_prefix("sqlite:"));
        let file = path.and_then(|path| path.split('?').next());
        let folder = file.map(|file| Path::new(file).parent().unwrap_or(Path::new("")));
        folder.map_or(Self { folder: None }, Self::in_folder)
    }

    /// Another folder of the same data.
    pub(crate) fn sibling(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.parent()?.join(name))
    }

    /// When bytes were last written. None when they are not there.
    pub(crate) async fn written_at(&self, sha256: &str) -> Result<Option<DateTime<Utc>>, Error> {
        if !self.is_begun() {
            return Ok(None);
        }
        match self.store()?.head(&path_of(sha256)).await {
            Ok(found) => Ok(Some(found.last_modified)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// All that are kept, by name, with when each was last written.
    pub(crate) async fn list(&self) -> Result<BTreeMap<String, DateTime<Utc>>, Error> {
        let mut kept = BTreeMap::new();
        if !self.is_begun() {
            return Ok(kept);
        }
        let store = self.store()?;
        let folders = store.list_with_delimiter(None).await.map_err(failed)?;
        for folder in folders.common_prefixes {
            let found = store.list_with_delimiter(Some(&folder)).await;
            for object in found.map_err(failed)?.objects {
                let name = object.location.filename().unwrap_or_default();
                // What somebody else laid there is theirs.
                if is_name(name) && object.location == path_of(name) {
                    kept.insert(name.to_owned(), object.last_modified);
                }
            }
        }
        Ok(kept)
    }

    /// Deletes bytes by their name, unless they were written again since; whether they were there.
    pub(crate) async fn remove(
        &self,
        sha256: &str,
        written_at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        if self.written_at(sha256).await? != Some(written_at) {
            return Ok(false);
        }
        match self.store()?.delete(&path_of(sha256)).await {
            Ok(()) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// Whether the folder is there: reading doesn't make it.
    fn is_begun(&self) -> bool {
        self.folder.as_ref().is_some_and(|folder| folder.is_dir())
    }

    fn store(&self) -> Result<LocalFileSystem, Error> {
        let folder = self.folder.as_ref().ok_or_else(|| {
            Error::Configuration("no folder is named in which attachments are kept".to_owned())
        })?;
        let failed = |error: String| {
            Error::Configuration(format!(
                "attachments can't be kept in {}: {error}",
                folder.display()
            ))
        };
        std::fs::create_dir_all(folder).map_err(|e| failed(e.to_string()))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|e| failed(e.to_string()))?;
        // What a record names must outlive a power cut.
        Ok(store.with_fsync(true))
    }
}

fn path_of(sha256: &str) -> ObjectPath {
    ObjectPath::from(format!("{}/{sha256}", sha256.get(..2).unwrap_or("xx")))
}

/// Whether it is a hash as bytes are named by.
fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

fn failed(error: object_store::Error) -> Error {
    Error::Damaged {
        what: "object",
        detail: error.to_string(),
    }
}

impl Storage {
    /// Keeps bytes and returns their name. The same bytes are kept once.
    ///
    /// # Errors
    /// When they can't be written.
    pub async fn put_object(&self, bytes: &[u8]) -> Result<BlobRef, Error> {
        let blob = BlobRef {
            sha256: hex(&Sha256::digest(bytes)),
            size_bytes: bytes.len() as u64,
        };
        let written_at = self.inner.objects.written_at(&blob.sha256).await?;
        // Written again, those of a message that is being erased at this moment stay for this one.
        if written_at.is_none_or(|at| at < self.ambient().clock.now() - FRESH) {
            let store = self.inner.objects.store()?;
            store
                .put(&path_of(&blob.sha256), bytes.to_vec().into())
                .await
                .map_err(failed)?;
        }
        Ok(blob)
    }

    /// Bytes by their name. None when they are not there (any more).
    ///
    /// # Errors
    /// When they can't be read, or are not those that were kept.
    pub async fn get_object(&self, blob: &BlobRef) -> Result<Option<Vec<u8>>, Error> {
        if !is_name(&blob.sha256) {
            return Ok(None);
        }
        let found = match self
            .inner
            .objects
            .store()?
            .get(&path_of(&blob.sha256))
            .await
        {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            found => found.map_err(failed)?,
        };
        let bytes = found.bytes().await.map_err(failed)?.to_vec();
        if hex(&Sha256::digest(&bytes)) != blob.sha256 {
            return Err(Error::Damaged {
                what: "object",
                detail: format!("{} has other bytes than were kept", blob.sha256),
            });
        }
        Ok(Some(bytes))
    }
}
