//! Signed heads of the ledger: the checkpoint format of C2SP `tlog-checkpoint`, signed as a C2SP
//! `signed-note`. What is signed and how a note is written and read stands here; Ed25519 itself is the
//! server's.

use crate::ledger::Hash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The algorithm's number in `signed-note` keys.
const ED25519: u8 = 0x01;

/// A head of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose ledger: a name without spaces, plus signs and line ends, unique to the instance.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// A signature line of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub key_id: [u8; 4],
    /// The signature's bytes.
    pub signature: Vec<u8>,
}

impl Checkpoint {
    /// The signed text: origin, size, root in base64, each on a line.
    pub fn body(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            STANDARD.encode(self.root.0)
        )
    }

    /// Reads the signed text; lines after the third are extensions and ignored.
    ///
    /// # Errors
    /// Which line is wrong.
    pub fn parse(body: &str) -> Result<Self, String> {
        let mut lines = body.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty());
        let origin = origin.ok_or("line 1: the origin is missing")?.to_owned();
        let digits = lines.next().unwrap_or_default();
        let is_plain = digits == "0" || !digits.starts_with('0');
        let size = digits
            .parse()
            .ok()
            .filter(|_| is_plain && digits.bytes().all(|b| b.is_ascii_digit()))
            .ok_or("line 2: the size is not a number")?;
        let root = lines
            .next()
            .and_then(|text| STANDARD.decode(text).ok())
            .and_then(|bytes| Hash::of_bytes(&bytes))
            .ok_or("line 3: the root is not 32 bytes in base64")?;
        Ok(Self { origin, size, root })
    }
}

/// The id of an Ed25519 key of a name: the first four bytes of SHA-256 over name, line end, algorithm and key.
pub fn key_id(name: &str, public_key: &[u8; 32]) -> [u8; 4] {
    let digest = Sha256::new()
        .chain_update(name.as_bytes())
        .chain_update([b'\n', ED25519])
        .chain_update(public_key)
        .finalize();
    let mut id = [0; 4];
    id.copy_from_slice(&digest[..4]);
    id
}

/// The verifier's key as one line: `name+id+base64(algorithm and key)`.
pub fn verifier_key(name: &str, public_key: &[u8; 32]) -> String {
    let mut bytes = vec![ED25519];
    bytes.extend_from_slice(public_key);
    let id = hex(&key_id(name, public_key));
    format!("{name}+{id}+{}", STANDARD.encode(bytes))
}

/// Reads a verifier's key: its name and the Ed25519 key.
///
/// # Errors
/// What is wrong with it.
pub fn parse_verifier_key(text: &str) -> Result<(String, [u8; 32]), String> {
    let mut parts = text.trim().splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("a verifier key is name+id+key".to_owned());
    };
    let bytes = STANDARD
        .decode(key)
        .map_err(|_| "the key is not base64".to_owned())?;
    let key: [u8; 32] = match bytes.split_first() {
        Some((&ED25519, key)) => key
            .try_into()
            .map_err(|_| "an Ed25519 key has 32 bytes".to_owned())?,
        _ => return Err("the key is not an Ed25519 key".to_owned()),
    };
    if hex(&key_id(name, &key)) != id {
        return Err("the key's id is not that of its name and key".to_owned());
    }
    Ok((name.to_owned(), key))
}

/// The note: the body, an empty line, a signature line.
pub fn note(body: &str, name: &str, key_id: [u8; 4], signature: &[u8; 64]) -> String {
    let mut bytes = key_id.to_vec();
    bytes.extend_from_slice(signature);
    format!("{body}\n\u{2014} {name} {}\n", STANDARD.encode(bytes))
}

/// Takes a note apart: the signed body and its signatures. Nothing is verified.
///
/// # Errors
/// What is not as `signed-note` says.
pub fn parse_note(text: &str) -> Result<(String, Vec<NoteSignature>), String> {
    let (body, lines) = text
        .rsplit_once("\n\n")
        .ok_or("a note has an empty line before its signatures")?;
    let lines = lines
        .strip_suffix('\n')
        .ok_or("a note ends with a line end")?;
    let signatures = lines
        .split('\n')
        .map(|line| {
            let (name, encoded) = line
                .strip_prefix("\u{2014} ")
                .and_then(|rest| rest.split_once(' '))
                .ok_or("a signature line is a dash, a name and base64")?;
            let bytes = STANDARD
                .decode(encoded)
                .map_err(|_| "a signature is base64")?;
            let (id, signature) = bytes
                .split_at_checked(4)
                .ok_or("a signature begins with its key's id")?;
            let mut key_id = [0; 4];
            key_id.copy_from_slice(id);
            Ok(NoteSignature {
                name: name.to_owned(),
                key_id,
                signature: signature.to_vec(),
            })
        })
        .collect::<Result<Vec<_>, &str>>()?;
    Ok((format!("{body}\n"), signatures))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
