//! The ledger's key, and notes that it signed (C2SP `signed-note`).

use crate::config::Config;
use anyhow::{Context as _, anyhow, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::checkpoint::{Checkpoint, key_id, note, parse_note, parse_verifier_key, verifier_key};
use domain::ledger::Hash;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use storage::Entropy;

/// Its name in the data folder when no file is set.
const FILE: &str = "ledger.key";
/// What a key file begins with, as Go's `sumdb/note` writes it.
const PREFIX: &str = "PRIVATE+KEY+";
/// The algorithm's number in keys: Ed25519.
const ED25519: u8 = 1;

/// Signs checkpoints.
#[derive(Clone)]
pub struct NoteSigner {
    /// The key's name and the ledger's origin.
    name: String,
    key: SigningKey,
}

impl NoteSigner {
    /// The signer of this server's key file; without a file, one is made.
    ///
    /// # Errors
    /// When the file can't be read or made, or holds no key.
    pub fn open(config: &Config, entropy: &Entropy) -> anyhow::Result<Self> {
        let path = path_of(config);
        let what = || format!("can't keep the ledger's key {}", path.display());
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text)
                .with_context(|| format!("the ledger's key {} can't be used", path.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let signer = Self::made(config, entropy.bytes());
                match signer.keep(&path) {
                    Ok(()) => Ok(signer),
                    // Another process was faster: its key is the one.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                        Self::parse(&std::fs::read_to_string(&path).with_context(what)?)
                    }
                    Err(error) => Err(error).with_context(what),
                }
            }
            Err(error) => Err(error).with_context(what),
        }
    }

    /// The signer of this server's key file, if there is one.
    ///
    /// # Errors
    /// When the file can't be read or holds no key.
    pub fn existing(config: &Config) -> anyhow::Result<Option<Self>> {
        let path = path_of(config);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
        .with_context(|| format!("the ledger's key {} can't be used", path.display()))
    }

    /// A new key. Its name says whose ledger it is and is unique to the key, as `tlog-checkpoint` asks of origins.
    fn made(config: &Config, seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        let host = config
            .public_url
            .as_deref()
            .and_then(|url| url.split("://").nth(1))
            .unwrap_or("storetrail");
        let public = key.verifying_key();
        let [a, b, c, d, ..] = public.as_bytes();
        let name = format!("{host}/ledger/{a:02x}{b:02x}{c:02x}{d:02x}");
        Self { name, key }
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let rest = text.trim().strip_prefix(PREFIX);
        let mut parts = rest.unwrap_or_default().splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(anyhow!("a line {PREFIX}name+id+key is expected"));
        };
        let bytes = STANDARD.decode(encoded).context("its key is not base64")?;
        let seed: [u8; 32] = match bytes.split_first() {
            Some((&ED25519, seed)) => seed.try_into().context("an Ed25519 key has 32 bytes")?,
            _ => return Err(anyhow!("it is not an Ed25519 key")),
        };
        let signer = Self {
            name: name.to_owned(),
            key: SigningKey::from_bytes(&seed),
        };
        let expected = signer.verifier_key();
        ensure!(
            expected.starts_with(&format!("{name}+{id}+")),
            "its id is not that of its name and key"
        );
        Ok(signer)
    }

    fn keep(&self, path: &Path) -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let mut bytes = vec![ED25519];
        bytes.extend_from_slice(self.key.as_bytes());
        let public = self.verifier_key();
        let id = public.split('+').nth(1).unwrap_or_default();
        writeln!(
            file,
            "{PREFIX}{}+{id}+{}",
            self.name,
            STANDARD.encode(bytes)
        )?;
        file.sync_all()
    }

    /// The verifier's key as one line: `name+id+base64`.
    pub fn verifier_key(&self) -> String {
        verifier_key(&self.name, self.key.verifying_key().as_bytes())
    }

    /// The signed note of a head.
    pub fn sign(&self, size: u64, root: Hash) -> String {
        let origin = self.name.clone();
        let body = Checkpoint { origin, size, root }.body();
        let signature = self.key.sign(body.as_bytes());
        let id = key_id(&self.name, self.key.verifying_key().as_bytes());
        note(&body, &self.name, id, &signature.to_bytes())
    }
}

fn path_of(config: &Config) -> PathBuf {
    let set = config.ledger_key_file.clone();
    set.unwrap_or_else(|| config.data_dir.join(FILE))
}

/// The head that a note is about, if a verifier's key signed it.
///
/// # Errors
/// What is wrong with the key, the note or its signature.
pub fn verify_note(text: &str, verifier_key: &str) -> Result<Checkpoint, String> {
    let (name, public) = parse_verifier_key(verifier_key)?;
    let id = key_id(&name, &public);
    let (body, signatures) = parse_note(text)?;
    // Signatures of others, such as witnesses, may stand beside it.
    let ours = signatures
        .iter()
        .find(|signature| signature.name == name && signature.key_id == id)
        .ok_or_else(|| format!("the checkpoint is not signed by {name}"))?;
    let key = VerifyingKey::from_bytes(&public)
        .map_err(|_| "the verifier key is no point of the curve".to_owned())?;
    let signature = Signature::from_slice(&ours.signature)
        .map_err(|_| "an Ed25519 signature has 64 bytes".to_owned())?;
    key.verify_strict(body.as_bytes(), &signature)
        .map_err(|_| {
            "the checkpoint's signature is wrong: it was changed, or another key signed it"
                .to_owned()
        })?;
    let checkpoint = Checkpoint::parse(&body)?;
    if checkpoint.origin == name {
        Ok(checkpoint)
    } else {
        Err(format!(
            "the checkpoint is of {}, signed by {name}",
            checkpoint.origin
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> NoteSigner {
        NoteSigner {
            name: "trail.example/ledger/01020304".to_owned(),
            key: SigningKey::from_bytes(&[7; 32]),
        }
    }

    fn root() -> Hash {
        Hash([0xab; 32])
    }

    #[test]
    fn a_note_is_verified_by_its_key_and_no_other() {
        let note = signer().sign(48_211, root());
        let found = verify_note(&note, &signer().verifier_key()).unwrap();
        assert_eq!((found.size, found.root), (48_211, root()));
        let other = NoteSigner {
            key: SigningKey::from_bytes(&[8; 32]),
            ..signer()
        };
        assert!(verify_note(&note, &other.verifier_key()).is_err());
    }

    #[test]
    fn each_changed_letter_of_a_note_is_found() {
        let note = signer().sign(48_211, root());
        let key = signer().verifier_key();
        for at in 0..note.len() {
            if !note.is_char_boundary(at) || !note.is_char_boundary(at + 1) {
                continue;
            }
            let other = if note.as_bytes()[at] == b'1' {
                "2"
            } else {
                "1"
            };
            let changed = format!("{}{other}{}", &note[..at], &note[at + 1..]);
            assert!(verify_note(&changed, &key).is_err(), "{changed}");
        }
    }

    #[test]
    fn a_key_file_is_kept_for_its_owner_alone_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        signer().keep(&path).unwrap();
        let again = NoteSigner::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(again.verifier_key(), signer().verifier_key());
        assert_eq!(
            signer().keep(&path).unwrap_err().kind(),
            ErrorKind::AlreadyExists
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        for broken in ["", "PRIVATE+KEY+a", "PRIVATE+KEY+a+00000000+AQ=="] {
            assert!(NoteSigner::parse(broken).is_err(), "{broken}");
        }
    }
}
