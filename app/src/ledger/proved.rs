//! What a drawer says of its entry's proof: number, leaf, what the server and this browser found, and the file.

use crate::activity::words::number;
use crate::i18n::{Locale, tr};
use domain::view::Proof;
use leptos::prelude::*;

/// Whether the leaf commits to this entry and the path leads from it to the root. `record`: the id that the entry is
/// of; none where it is of many.
pub fn proves(record: Option<&str>, proof: &Proof) -> bool {
    let seq = proof.seq.0;
    proof.entry.seq == seq
        && record.is_none_or(|record| proof.entry.record_id == record)
        && proof.entry.leaf() == proof.leaf
        && u64::try_from(seq - 1).is_ok_and(|place| place == proof.inclusion.index)
        && proof.inclusion.proves(proof.leaf)
}

/// The lines for a list of facts. `record` as in [`proves`]; `href`: where the file is.
pub fn proof_lines(locale: Locale, record: Option<String>, href: String, proof: Proof) -> AnyView {
    let leaf = proof.leaf.to_hex();
    let short = format!("{}…", leaf.get(..16).unwrap_or(&leaf));
    let seq = number(proof.seq.0.unsigned_abs());
    let size = number(proof.inclusion.size);
    let hashes = proof.inclusion.path.len() as u64;
    let by_server = proof.is_verified;
    // The server's word until the browser has looked itself.
    let by_browser = RwSignal::new(None::<bool>);
    Effect::new(move |_| by_browser.set(Some(proves(record.as_deref(), &proof))));
    let state = move || match (by_browser.get(), by_server) {
        (Some(true), true) => tr!(locale, activity.ledger.here),
        (None, true) => tr!(locale, activity.ledger.by_server),
        _ => tr!(locale, activity.ledger.mismatch),
    };
    let is_wrong = move || !by_server || by_browser.get() == Some(false);
    view! {
        <dt>{tr!(locale, activity.ledger.number)}</dt>
        <dd>
            <bdi>{seq}</bdi>
        </dd>
        <dt>{tr!(locale, activity.ledger.leaf)}</dt>
        <dd>
            <code dir="ltr" title=leaf>{short}</code>
        </dd>
        <dt>{tr!(locale, activity.ledger.checkpoint)}</dt>
        <dd>
            <bdi>{size}</bdi>
        </dd>
        <dt>{tr!(locale, activity.ledger.proof)}</dt>
        <dd class:wrong=is_wrong>
            {tr!(locale, activity.ledger.hashes, count = hashes)} {tr!(locale, activity.comma)} {state}
            " "
            <a class="link" href=href rel="external" download="">
                {tr!(locale, ledger.download_proof)}
            </a>
        </dd>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use domain::Seq;
    use domain::ledger::{Entry, Hash, InclusionProof, node_hash};

    fn proof() -> (String, Proof) {
        let id = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f".to_owned();
        let entry = Entry {
            seq: 1,
            kind: "activity".to_owned(),
            record_id: id.clone(),
            recorded_at: 0,
            payload_digest: Hash([7; 32]),
        };
        let (leaf, sibling) = (entry.leaf(), Hash([9; 32]));
        let inclusion = InclusionProof {
            index: 0,
            size: 2,
            root: node_hash(leaf, sibling),
            path: vec![sibling],
        };
        let recorded_at = DateTime::UNIX_EPOCH;
        (
            id,
            Proof {
                seq: Seq(1),
                recorded_at,
                offset_minutes: 0,
                entry,
                leaf,
                inclusion,
                is_verified: true,
            },
        )
    }

    #[test]
    fn a_true_proof_holds() {
        let (id, proof) = proof();
        assert!(proves(Some(&id), &proof));
        // An entry that is about many has an id of its own.
        assert!(proves(None, &proof));
    }

    #[test]
    fn a_proof_of_something_else_does_not() {
        let (id, proof) = proof();
        let other = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e60";
        assert!(!proves(Some(other), &proof));
        let mut moved = proof.clone();
        moved.entry.recorded_at = 1;
        assert!(!proves(Some(&id), &moved));
        let mut forged = proof;
        forged.inclusion.path = vec![Hash([8; 32])];
        assert!(!proves(Some(&id), &forged));
    }
}
