//! The server's own key: what signs links and reply addresses, and seals secrets in the database.
//!
//! Several nodes of one store need the same one: then `secret_key_file` names it on each.

use crate::config::Config;
use crate::email::token::Tokens;
use crate::vault::Vault;
use anyhow::{Context as _, ensure};
use secrecy::{ExposeSecret as _, SecretSlice};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use storage::Entropy;

/// Its name in the data folder when no file is set.
const FILE: &str = "secret.key";
/// How many bytes a key has at least.
const MIN_BYTES: usize = 32;

/// The server's key.
pub struct SecretKey(SecretSlice<u8>);

impl SecretKey {
    /// The key of the settings' file; without a file, one is made in the data folder.
    ///
    /// # Errors
    /// When the file can't be read or made, or holds less than 32 bytes.
    pub fn read(config: &Config, entropy: &Entropy) -> anyhow::Result<Self> {
        let key = match &config.secret_key_file {
            Some(file) => std::fs::read(file)
                .with_context(|| format!("can't read the secret key {}", file.display()))?,
            None => read_or_make(&config.data_dir, entropy)?,
        };
        let key = key.trim_ascii();
        ensure!(
            key.len() >= MIN_BYTES,
            "the secret key has {} bytes, at least {MIN_BYTES} are needed",
            key.len()
        );
        Ok(Self(SecretSlice::from(key.to_vec())))
    }

    /// The tokens that it signs.
    pub fn tokens(&self) -> Tokens {
        Tokens::new(self.0.expose_secret())
    }

    /// The vault that it opens.
    pub fn vault(&self, entropy: Entropy) -> Vault {
        Vault::new(self.0.expose_secret(), entropy)
    }
}

fn read_or_make(folder: &Path, entropy: &Entropy) -> anyhow::Result<Vec<u8>> {
    let path = folder.join(FILE);
    let what = || format!("can't keep the secret key {}", path.display());
    match std::fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        read => return read.with_context(what),
    }
    std::fs::create_dir_all(folder).with_context(what)?;
    let key: String = entropy
        .bytes::<32>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match create(&path) {
        Ok(mut file) => {
            file.write_all(key.as_bytes()).with_context(what)?;
            file.sync_all().with_context(what)?;
            Ok(key.into_bytes())
        }
        // Another process was faster: its key is the one.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            std::fs::read(&path).with_context(what)
        }
        Err(error) => Err(error).with_context(what),
    }
}

fn create(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
