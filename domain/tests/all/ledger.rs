use ct_merkle::mem_backed_tree::MemoryBackedTree;
use domain::ledger::{
    Entry, Frontier, Hash, InclusionProof, Subtree, canonical, combine, complete_root, leaf_hash,
    payload_digest, proof_ranges, subtrees_of,
};
use proptest::prelude::*;
use serde_json::json;
use sha2::Sha256;
use std::collections::BTreeMap;

/// A tree as `storage` keeps it: the frontier and every subtree that was ever completed.
#[derive(Default)]
struct Tree {
    frontier: Frontier,
    subtrees: BTreeMap<Subtree, Hash>,
    leaves: Vec<Hash>,
    reference: MemoryBackedTree<Sha256, Vec<u8>>,
}

impl Tree {
    fn of_size(size: usize) -> Self {
        let mut tree = Self::default();
        for n in 0..size {
            tree.push(n.to_string().into_bytes());
        }
        tree
    }

    fn push(&mut self, data: Vec<u8>) {
        let leaf = leaf_hash(&data);
        let completed = self.frontier.push(leaf);
        assert_eq!(completed[0].1, leaf);
        self.subtrees.extend(completed);
        self.leaves.push(leaf);
        self.reference.push(data);
    }

    fn proof(&self, index: u64) -> InclusionProof {
        let size = self.frontier.size();
        let path = proof_ranges(index, size)
            .into_iter()
            .map(|(start, end)| {
                let roots: Vec<Hash> = subtrees_of(start, end)
                    .iter()
                    .map(|subtree| self.subtrees[subtree])
                    .collect();
                combine(&roots)
            })
            .collect();
        InclusionProof {
            index,
            size,
            root: self.frontier.root(),
            path,
        }
    }

    fn reference_root(&self) -> [u8; 32] {
        (*self.reference.root().as_bytes()).into()
    }
}

#[test]
fn every_root_is_that_of_rfc_6962() {
    let mut tree = Tree::default();
    assert_eq!(
        tree.frontier.root().to_hex(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for size in 1..=300u64 {
        tree.push(size.to_string().into_bytes());
        assert_eq!(tree.frontier.root().0, tree.reference_root(), "{size}");
        assert_eq!(tree.frontier.size(), size);
        assert_eq!(
            tree.frontier.roots().len(),
            size.count_ones() as usize,
            "{size}"
        );
    }
}

#[test]
fn every_proof_of_every_small_tree_is_that_of_rfc_6962_and_verifies() {
    for size in (0..=70).chain([127, 128, 129, 255, 256, 257, 299, 300]) {
        let tree = Tree::of_size(size);
        for index in 0..size {
            let proof = tree.proof(index as u64);
            let bytes: Vec<u8> = proof.path.iter().flat_map(|hash| hash.0).collect();
            let reference = tree.reference.prove_inclusion(index);
            assert_eq!(bytes, reference.as_bytes(), "{index} of {size}");
            assert!(proof.proves(tree.leaves[index]), "{index} of {size}");
        }
    }
}

#[test]
fn a_frontier_read_from_its_parts_goes_on_like_the_one_that_was_stored() {
    let mut tree = Tree::of_size(177);
    let mut again =
        Frontier::of_parts(tree.frontier.size(), tree.frontier.roots().to_vec()).unwrap();
    assert_eq!(again, tree.frontier);
    for n in 0..90 {
        let data = format!("later {n}").into_bytes();
        again.push(leaf_hash(&data));
        tree.push(data);
        assert_eq!(again, tree.frontier);
    }
    assert_eq!(again.root().0, tree.reference_root());
}

#[test]
fn a_frontier_whose_parts_do_not_fit_is_refused() {
    let root = leaf_hash(b"a");
    assert!(Frontier::of_parts(2, vec![root, root]).is_none());
    assert!(Frontier::of_parts(3, vec![root]).is_none());
    assert!(Frontier::of_parts(0, vec![]).is_some());
}

#[test]
fn the_root_over_a_complete_level_is_that_of_the_tree() {
    for level in 0..8 {
        let tree = Tree::of_size(1 << level);
        assert_eq!(
            complete_root(tree.leaves.clone()),
            Some(tree.frontier.root())
        );
    }
    assert_eq!(complete_root(Tree::of_size(3).leaves), None);
    assert_eq!(complete_root(vec![]), None);
}

#[test]
fn a_proof_of_a_place_outside_the_tree_proves_nothing() {
    let leaf = leaf_hash(b"only");
    let proof = |index, size| InclusionProof {
        index,
        size,
        root: leaf,
        path: vec![],
    };
    assert!(proof(0, 1).proves(leaf));
    assert!(!proof(0, 0).proves(leaf));
    assert!(!proof(1, 1).proves(leaf));
    assert!(!proof(0, 2).proves(leaf));
    assert!(!proof(u64::MAX, u64::MAX).proves(leaf));
}

#[test]
fn a_hash_reads_its_own_hexadecimal_and_nothing_else() {
    let hash = leaf_hash(b"x");
    assert_eq!(Hash::of_hex(&hash.to_hex()), Some(hash));
    assert_eq!(Hash::of_hex(&hash.to_hex().to_uppercase()), Some(hash));
    assert_eq!(Hash::of_bytes(&hash.0), Some(hash));
    assert_eq!(Hash::of_bytes(&hash.0[1..]), None);
    let short = &hash.to_hex()[1..];
    for text in [
        "",
        short,
        &format!("g{short}"),
        &format!("+{short}"),
        &format!("é{}", &short[1..]),
    ] {
        assert_eq!(Hash::of_hex(text), None, "{text}");
    }
    let json = serde_json::to_string(&hash).unwrap();
    assert_eq!(json, format!("\"{}\"", hash.to_hex()));
    assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
    assert!(serde_json::from_str::<Hash>("\"abc\"").is_err());
}

#[test]
fn a_leaf_is_what_sha256sum_makes_of_the_entrys_text() {
    let entry = Entry {
        seq: 7,
        kind: "activity".into(),
        record_id: "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f".into(),
        recorded_at: 1_795_166_043_000_000,
        payload_digest: payload_digest(&[0; 32], "{}"),
    };
    let text = entry.text();
    assert!(text.starts_with("storetrail/entry/v1\n7\nactivity\n"));
    assert_eq!(text.lines().count(), 6);
    assert_eq!(entry.leaf(), leaf_hash(text.as_bytes()));
    let changes: [fn(&mut Entry); 5] = [
        |e| e.seq += 1,
        |e| e.kind.push('x'),
        |e| e.record_id.push('x'),
        |e| e.recorded_at += 1,
        |e| e.payload_digest.0[31] ^= 1,
    ];
    for change in changes {
        let mut other = entry.clone();
        change(&mut other);
        assert_ne!(other.leaf(), entry.leaf());
    }
}

#[test]
fn canonical_json_sorts_and_writes_numbers_one_way() {
    let value = json!({"b": 1.0, "a": [true, null, "é\n"], "ا": 1e21});
    assert_eq!(
        canonical(&value).unwrap(),
        "{\"a\":[true,null,\"é\\n\"],\"b\":1,\"ا\":1e+21}"
    );
    assert_ne!(
        payload_digest(&[0; 32], "{}"),
        payload_digest(&[1; 32], "{}")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_tampered_proof_does_not_verify(
        size in 1..300usize, place in any::<prop::sample::Index>(), which in 0..6, bit in 0..256usize,
        at in any::<prop::sample::Index>(),
    ) {
        let tree = Tree::of_size(size);
        let index = place.index(size);
        let mut proof = tree.proof(index as u64);
        let mut leaf = tree.leaves[index];
        prop_assert!(proof.proves(leaf));
        let flip = |hash: &mut Hash| hash.0[bit / 8] ^= 1 << (bit % 8);
        match which {
            0 => flip(&mut leaf),
            1 => flip(&mut proof.root),
            2 if !proof.path.is_empty() => {
                let at = at.index(proof.path.len());
                flip(&mut proof.path[at]);
            }
            3 if !proof.path.is_empty() => {
                proof.path.pop();
            }
            4 => proof.path.push(leaf),
            _ if size > 1 => leaf = tree.leaves[(index + 1 + at.index(size - 1)) % size],
            _ => flip(&mut leaf),
        }
        prop_assert!(!proof.proves(leaf));
    }

    #[test]
    fn random_leaves_make_the_reference_root_and_proofs(
        data in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..120),
    ) {
        let mut tree = Tree::default();
        data.iter().for_each(|leaf| tree.push(leaf.clone()));
        prop_assert_eq!(tree.frontier.root().0, tree.reference_root());
        for (index, leaf) in data.iter().enumerate() {
            prop_assert!(tree.proof(index as u64).proves(leaf_hash(leaf)));
        }
    }

    #[test]
    fn a_proof_at_another_place_does_not_verify(size in 2..200u64, index in 0..200u64, other in 0..200u64) {
        let (index, other) = (index % size, other % size);
        prop_assume!(index != other);
        let tree = Tree::of_size(size as usize);
        let proof = InclusionProof { index: other, ..tree.proof(index) };
        prop_assert!(!proof.proves(tree.leaves[index as usize]));
    }
}
