//! A file while it is written: what goes through is counted and digested.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Passes bytes on and keeps their number and SHA-256.
pub struct Digesting<W: Write> {
    inner: W,
    digest: Sha256,
    bytes: u64,
    told: Arc<AtomicU64>,
}

impl<W: Write> Digesting<W> {
    /// Begins with nothing written. How many bytes are is told in `told` as they go.
    pub fn new(inner: W, told: Arc<AtomicU64>) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
            bytes: 0,
            told,
        }
    }

    /// What it wrote to, how many bytes, and their SHA-256 in lower-case hexadecimal.
    pub fn into_parts(self) -> (W, u64, String) {
        let mut hex = String::with_capacity(64);
        for byte in self.digest.finalize() {
            let _ = write!(hex, "{byte:02x}");
        }
        (self.inner, self.bytes, hex)
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        self.told.store(self.bytes, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_through_is_counted_and_digested() {
        let mut file = Digesting::new(Vec::new(), Arc::default());
        file.write_all(b"ab").unwrap();
        file.write_all(b"c").unwrap();
        let (bytes, count, sha256) = file.into_parts();
        assert_eq!((bytes.as_slice(), count), (b"abc".as_slice(), 3));
        // FIPS 180-4's example.
        assert_eq!(
            sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
