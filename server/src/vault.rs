//! Secrets that the database keeps and this server must read again, sealed with the server's key.
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with a random nonce; the key is derived from the key file by
//! HMAC-SHA256, so that it is another one than that which signs links. What a secret is for and whose it is stand
//! under the seal: one that was copied to another row doesn't open.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use storage::Entropy;

/// The first byte of what is sealed: tells how, should it ever be done otherwise.
const FORM: u8 = 1;
const NONCE_BYTES: usize = 24;
const LABEL: &[u8] = b"storetrail/seal/v1";

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    entropy: Entropy,
}

impl Vault {
    /// A vault of the server's key.
    pub fn new(server_key: &[u8], entropy: Entropy) -> Self {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(server_key).expect("HMAC takes a key of any length");
        mac.update(LABEL);
        let derived: [u8; 32] = mac.finalize().into_bytes().into();
        Self {
            cipher: XChaCha20Poly1305::new(&Key::from(derived)),
            entropy,
        }
    }

    /// Seals a secret for one purpose and owner, such as `totp` and a user's id.
    pub fn seal(&self, purpose: &str, owner: &str, secret: &[u8]) -> Vec<u8> {
        let nonce = self.entropy.bytes::<NONCE_BYTES>();
        let about = about(purpose, owner);
        let payload = Payload {
            msg: secret,
            aad: &about,
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("sealing a few bytes in memory can't fail");
        [&[FORM], nonce.as_slice(), &sealed].concat()
    }

    /// Opens what was sealed for the same purpose and owner. None when it was sealed with another key, for
    /// something else, or was changed.
    pub fn open(&self, purpose: &str, owner: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (&FORM, rest) = sealed.split_first()? else {
            return None;
        };
        let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let about = about(purpose, owner);
        let payload = Payload {
            msg: rest,
            aad: &about,
        };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

fn about(purpose: &str, owner: &str) -> Vec<u8> {
    [purpose.as_bytes(), &[0], owner.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use storage::Ambient;

    fn vault(key: &[u8]) -> Vault {
        Vault::new(key, Ambient::system().entropy)
    }

    #[test]
    fn what_is_sealed_opens_for_the_same_purpose_owner_and_key_alone() {
        let sealed = vault(b"key").seal("totp", "u1", b"secret");
        assert_eq!(
            vault(b"key").open("totp", "u1", &sealed).as_deref(),
            Some(b"secret".as_slice())
        );
        assert_eq!(vault(b"other").open("totp", "u1", &sealed), None);
        assert_eq!(vault(b"key").open("totp", "u2", &sealed), None);
        assert_eq!(vault(b"key").open("hook", "u1", &sealed), None);
        // The two words can't be divided otherwise.
        assert_eq!(vault(b"key").open("totpu", "1", &sealed), None);
    }

    #[test]
    fn what_was_changed_anywhere_does_not_open() {
        let sealed = vault(b"key").seal("totp", "u1", b"secret");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(vault(b"key").open("totp", "u1", &changed), None, "{at}");
        }
        for length in 0..sealed.len() {
            assert_eq!(vault(b"key").open("totp", "u1", &sealed[..length]), None);
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let vault = vault(b"key");
        assert_ne!(
            vault.seal("totp", "u1", b"secret"),
            vault.seal("totp", "u1", b"secret")
        );
    }
}
