//! Checking proofs, as RFC 9162 does (2.1.3.2 and 2.1.4.2).
//!
//! A proof comes from whoever keeps the log and is not trusted: too long, too short or of another
//! size is simply no proof.

use crate::hash::{Hash, node_hash};

/// Whether the proof shows that a leaf stands at `index` in the log with this size and root.
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            climb_past_left_turns(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether the proof shows that the old log is a beginning of the new one.
#[must_use]
pub fn verify_consistency(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == crate::hash::empty_root();
    }
    // An old log that is one perfect subtree is the first node of its own proof.
    let (first, rest) = match proof.split_first() {
        _ if old.is_power_of_two() => (old_root, proof),
        Some((first, rest)) => (first, rest),
        None => return false,
    };
    let (mut node, mut last) = (old - 1, new - 1);
    while node % 2 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            climb_past_left_turns(&mut node, &mut last);
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

/// Skips the levels at which the right edge has no sibling.
fn climb_past_left_turns(node: &mut u64, last: &mut u64) {
    while *node != 0 && node.is_multiple_of(2) {
        *node >>= 1;
        *last >>= 1;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::frontier::Frontier;
    use crate::hash::{empty_root, leaf_hash};
    use crate::prove::{consistency_nodes, consistency_proof, inclusion_nodes, inclusion_proof};

    pub(crate) fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|number| leaf_hash(format!("record {number}").as_bytes())).collect()
    }

    fn split(length: usize) -> usize {
        1 << (length - 1).ilog2()
    }

    /// MTH of RFC 9162, 2.1.1, word for word over hashed leaves.
    pub(crate) fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            more => {
                let (left, right) = more.split_at(split(more.len()));
                node_hash(&naive_root(left), &naive_root(right))
            }
        }
    }

    /// PATH of RFC 9162, 2.1.3.1.
    fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let middle = split(leaves.len());
        let (left, right) = leaves.split_at(middle);
        let (mut path, sibling) = if index < middle {
            (naive_path(index, left), naive_root(right))
        } else {
            (naive_path(index - middle, right), naive_root(left))
        };
        path.push(sibling);
        path
    }

    /// SUBPROOF of RFC 9162, 2.1.4.1.
    fn naive_subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
        if old == leaves.len() {
            return if whole { Vec::new() } else { vec![naive_root(leaves)] };
        }
        let middle = split(leaves.len());
        let (left, right) = leaves.split_at(middle);
        let (mut proof, sibling) = if old <= middle {
            (naive_subproof(old, left, whole), naive_root(right))
        } else {
            (naive_subproof(old - middle, right, false), naive_root(left))
        };
        proof.push(sibling);
        proof
    }

    fn stored(leaves: &[Hash]) -> HashMap<(u8, u64), Hash> {
        let mut frontier = Frontier::new();
        leaves
            .iter()
            .flat_map(|leaf| frontier.append(*leaf))
            .map(|node| ((node.level, node.index), node.hash))
            .collect()
    }

    /// Only the nodes that were announced: a proof that needs another one fails.
    fn fetched(nodes: &HashMap<(u8, u64), Hash>, wanted: Vec<(u8, u64)>) -> HashMap<(u8, u64), Hash> {
        wanted.into_iter().map(|at| (at, nodes[&at])).collect()
    }

    #[test]
    fn inclusion_proofs_of_all_sizes_are_those_of_the_definition_and_verify() {
        let leaves = leaves(130);
        for size in 1..=leaves.len() {
            let (log, nodes) = (&leaves[..size], stored(&leaves[..size]));
            let root = naive_root(log);
            for (index, leaf) in log.iter().enumerate() {
                let (at, of) = (index as u64, size as u64);
                let proof = inclusion_proof(at, of, &fetched(&nodes, inclusion_nodes(at, of))).unwrap();
                assert_eq!(proof, naive_path(index, log), "{index} of {size}");
                assert!(verify_inclusion(leaf, at, of, &proof, &root), "{index} of {size}");
            }
        }
    }

    #[test]
    fn consistency_proofs_of_all_sizes_are_those_of_the_definition_and_verify() {
        let leaves = leaves(130);
        let nodes = stored(&leaves);
        let roots: Vec<Hash> = (0..=leaves.len()).map(|size| naive_root(&leaves[..size])).collect();
        for new in 1..=leaves.len() {
            for old in 1..=new {
                let (from, to) = (old as u64, new as u64);
                let proof = consistency_proof(from, to, &fetched(&nodes, consistency_nodes(from, to))).unwrap();
                assert_eq!(proof, naive_subproof(old, &leaves[..new], true), "{old} to {new}");
                assert!(verify_consistency(from, &roots[old], to, &roots[new], &proof), "{old} to {new}");
            }
        }
    }

    #[test]
    fn proofs_outside_the_log_do_not_exist() {
        let nodes = stored(&leaves(5));
        assert_eq!(inclusion_proof(5, 5, &nodes), None);
        assert_eq!(inclusion_proof(0, 0, &nodes), None);
        assert_eq!(consistency_proof(6, 5, &nodes), None);
        assert_eq!(inclusion_proof(0, 8, &nodes), None, "a node is missing");
        assert!(inclusion_nodes(5, 5).is_empty() && consistency_nodes(6, 5).is_empty());
        assert!(!verify_inclusion(&leaves(1)[0], 5, 5, &[], &leaves(1)[0]));
    }

    #[test]
    fn an_empty_log_begins_every_log() {
        let leaves = leaves(3);
        let root = naive_root(&leaves);
        assert_eq!(consistency_proof(0, 3, &stored(&leaves)), Some(Vec::new()));
        assert!(verify_consistency(0, &empty_root(), 3, &root, &[]));
        assert!(!verify_consistency(0, &root, 3, &root, &[]));
        assert!(!verify_consistency(3, &root, 2, &root, &[]));
    }

    proptest! {
        #[test]
        fn an_altered_inclusion_proof_is_refused(size in 1usize..200, pick: usize, change in 0usize..5, bit in 0usize..256) {
            let leaves = leaves(size);
            let index = pick % size;
            let mut root = naive_root(&leaves);
            let mut leaf = leaves[index];
            let mut proof = naive_path(index, &leaves);
            let mut at = index as u64;
            match change {
                0 => leaf[bit / 8] ^= 1 << (bit % 8),
                1 => root[bit / 8] ^= 1 << (bit % 8),
                2 => proof.push(root),
                3 => {
                    prop_assume!(!proof.is_empty());
                    let hit = pick % proof.len();
                    proof[hit][bit / 8] ^= 1 << (bit % 8);
                }
                _ => {
                    prop_assume!(size > 1);
                    at = (at + 1) % size as u64;
                }
            }
            prop_assert!(!verify_inclusion(&leaf, at, size as u64, &proof, &root));
        }

        #[test]
        fn a_log_that_was_rewritten_is_not_consistent(old in 1usize..150, more in 0usize..50, hit: usize) {
            let before = leaves(old + more);
            let mut after = before.clone();
            after[hit % old] = leaf_hash(b"rewritten");
            let (old_root, new_root) = (naive_root(&before[..old]), naive_root(&after));
            let proof = naive_subproof(old, &after, true);
            prop_assert!(!verify_consistency(old as u64, &old_root, (old + more) as u64, &new_root, &proof));
        }

        #[test]
        fn a_consistency_proof_of_another_length_is_refused(old in 1usize..150, more in 1usize..50) {
            let leaves = leaves(old + more);
            let (old_root, new_root) = (naive_root(&leaves[..old]), naive_root(&leaves));
            let mut proof = naive_subproof(old, &leaves, true);
            let check = |proof: &[Hash]| verify_consistency(old as u64, &old_root, (old + more) as u64, &new_root, proof);
            prop_assert!(check(&proof));
            prop_assert!(!check(&proof[1..]));
            prop_assert!(!check(&proof[..proof.len() - 1]));
            proof.push(new_root);
            prop_assert!(!check(&proof));
        }
    }
}
