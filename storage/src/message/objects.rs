//! Attachments and raw mails: bytes under their SHA-256, outside the database.

use crate::session::hex;
use crate::{Error, Storage};
use domain::message::BlobRef;
use object_store::ObjectStoreExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

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

    /// Deletes bytes by their name; whether they were there.
    pub(crate) async fn remove(&self, sha256: &str) -> Result<bool, Error> {
        let (store, path) = (self.store()?, path_of(sha256));
        if store.head(&path).await.is_err() {
            return Ok(false);
        }
        store.delete(&path).await.map_err(failed)?;
        Ok(true)
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
        let store = self.inner.objects.store()?;
        let path = path_of(&blob.sha256);
        if store.head(&path).await.is_err() {
            store
                .put(&path, bytes.to_vec().into())
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
        if blob.sha256.len() != 64 || !blob.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
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
