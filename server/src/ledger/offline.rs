//! Checking exported proofs without a database.

use super::verify_note;
use anyhow::{Context as _, anyhow};
use domain::checkpoint::Checkpoint;
use domain::ledger::ProofBundle;
use std::path::Path;

/// What a proof file was found to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofVerdict {
    /// How many entries it holds.
    pub entries: usize,
    /// The signed head that their proofs lead to; none when the file has none or no key was given.
    pub checkpoint: Option<Checkpoint>,
}

/// A signed head from a file: verified with the key, or only read when there is none.
///
/// # Errors
/// When it can't be read, is no note, or its signature is wrong.
pub fn read_checkpoint(file: &Path, verifier_key: Option<&str>) -> anyhow::Result<Checkpoint> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("can't read the checkpoint {}", file.display()))?;
    checkpoint_of(&text, verifier_key)
        .map_err(|words| anyhow!("the checkpoint {}: {words}", file.display()))
}

fn checkpoint_of(text: &str, verifier_key: Option<&str>) -> Result<Checkpoint, String> {
    match verifier_key {
        Some(key) => verify_note(text, key),
        None => {
            let (body, _) = domain::checkpoint::parse_note(text)?;
            Checkpoint::parse(&body)
        }
    }
}

/// Checks a proof file: each entry's content against its digest, each leaf against its proof, all proofs against the
/// signed head in the file, and against earlier heads of the same size.
///
/// # Errors
/// The first entry that is wrong, and how.
pub fn check_proofs(
    text: &str,
    verifier_key: Option<&str>,
    earlier: &[Checkpoint],
) -> Result<ProofVerdict, String> {
    let bundle: ProofBundle = serde_json::from_str(text)
        .map_err(|error| format!("the file is not a proof file of Storetrail: {error}"))?;
    bundle.check()?;
    let checkpoint = bundle
        .checkpoint
        .as_deref()
        .map(|note| checkpoint_of(note, verifier_key))
        .transpose()?;
    for head in checkpoint.iter().chain(earlier) {
        // Proofs that lead to another size say nothing about this head.
        let is_about_it = bundle.entries.iter().any(|e| e.proof.size == head.size);
        if is_about_it || Some(head) == checkpoint.as_ref() {
            bundle.matches_root(head.size, head.root)?;
        }
    }
    Ok(ProofVerdict {
        entries: bundle.entries.len(),
        checkpoint,
    })
}
