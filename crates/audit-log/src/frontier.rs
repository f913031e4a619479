//! The right edge of the tree: all that is needed to append and to know the root.
//!
//! A log of `n` records consists of one perfect subtree for each bit that is set in `n`, the
//! largest first. A perfect subtree never changes again, so its hash may be stored for proofs.

use crate::hash::{Hash, empty_root, node_hash};
use crate::prove::NodeSource;

/// The hash of a perfect subtree, which covers the records from `index << level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// The subtree has `2^level` records.
    pub level: u8,
    /// Its place among those of its level, from the left.
    pub index: u64,
    /// Its root.
    pub hash: Hash,
}

/// The size of a log and the roots of its perfect subtrees, largest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

/// The bytes are no frontier.
#[derive(Debug, thiserror::Error)]
#[error("these {length} bytes are not the right edge of a log")]
pub struct FrontierError {
    length: usize,
}

impl Frontier {
    /// The edge of an empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// The nodes, as (level, index), that the edge of a log of this size is made of.
    pub fn nodes_at(size: u64) -> Vec<(u8, u64)> {
        let levels = (0..64_u8).rev().filter(|level| size >> level & 1 == 1);
        // Before a peak there are only larger ones, so its index is the size without what follows it.
        levels.map(|level| (level, (size >> level) - 1)).collect()
    }

    /// The edge of a log as it was at this size; `None` where a node is missing.
    pub fn at(size: u64, source: &dyn NodeSource) -> Option<Self> {
        let peaks = Self::nodes_at(size).into_iter().map(|(level, index)| source.node(level, index));
        Some(Self { size, peaks: peaks.collect::<Option<_>>()? })
    }

    /// How many records the log has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; returns every subtree that it completes, the leaf first, to be stored.
    pub fn append(&mut self, leaf: Hash) -> Vec<Node> {
        let mut node = Node { level: 0, index: self.size, hash: leaf };
        let mut completed = vec![node];
        while node.index % 2 == 1
            && let Some(left) = self.peaks.pop()
        {
            node = Node { level: node.level + 1, index: node.index / 2, hash: node_hash(&left, &node.hash) };
            completed.push(node);
        }
        self.peaks.push(node.hash);
        self.size += 1;
        completed
    }

    /// The root over all records so far.
    pub fn root(&self) -> Hash {
        fold(self.peaks.iter().copied()).unwrap_or_else(empty_root)
    }

    /// The edge as bytes: the size, big-endian, then the peaks.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend(self.peaks.iter().flatten());
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let wrong = FrontierError { length: bytes.len() };
        let Some((size, rest)) = bytes.split_first_chunk() else { return Err(wrong) };
        let size = u64::from_be_bytes(*size);
        let (peaks, left_over) = rest.as_chunks();
        if !left_over.is_empty() || peaks.len() != size.count_ones() as usize {
            return Err(wrong);
        }
        Ok(Self { size, peaks: peaks.to_vec() })
    }
}

/// The root over neighbouring perfect subtrees of falling size.
pub(crate) fn fold(peaks: impl DoubleEndedIterator<Item = Hash>) -> Option<Hash> {
    peaks.rev().reduce(|right, left| node_hash(&left, &right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;
    use crate::proof::tests::{leaves, naive_root};

    /// The leaves and roots of the reference implementation of RFC 6962.
    const LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_the_reference_implementation() {
        let mut frontier = Frontier::new();
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex::encode(frontier.root()), empty);
        for (leaf, root) in LEAVES.iter().zip(ROOTS) {
            frontier.append(leaf_hash(&hex::decode(leaf).unwrap()));
            assert_eq!(hex::encode(frontier.root()), root, "size {}", frontier.size());
        }
    }

    #[test]
    fn every_root_is_that_of_the_recursive_definition() {
        let leaves = leaves(130);
        let mut frontier = Frontier::new();
        for (before, leaf) in leaves.iter().enumerate() {
            assert_eq!(frontier.root(), naive_root(&leaves[..before]));
            frontier.append(*leaf);
        }
        assert_eq!(frontier.root(), naive_root(&leaves));
    }

    #[test]
    fn appending_returns_each_perfect_subtree_once_with_its_root() {
        let leaves = leaves(64);
        let mut frontier = Frontier::new();
        let nodes: Vec<Node> = leaves.iter().flat_map(|leaf| frontier.append(*leaf)).collect();
        assert_eq!(nodes.len(), 127);
        for node in &nodes {
            let width = 1usize << node.level;
            let start = node.index as usize * width;
            assert_eq!(node.hash, naive_root(&leaves[start..start + width]));
        }
    }

    #[test]
    fn an_edge_survives_being_stored_and_goes_on() {
        let leaves = leaves(21);
        let mut one = Frontier::new();
        for leaf in &leaves {
            one = Frontier::from_bytes(&one.to_bytes()).unwrap();
            one.append(*leaf);
        }
        assert_eq!(one.root(), naive_root(&leaves));
    }

    #[test]
    fn an_edge_of_any_size_is_made_of_stored_nodes() {
        let mut frontier = Frontier::new();
        let (mut nodes, mut edges) = (std::collections::HashMap::new(), vec![frontier.clone()]);
        for leaf in leaves(70) {
            nodes.extend(frontier.append(leaf).into_iter().map(|node| ((node.level, node.index), node.hash)));
            edges.push(frontier.clone());
        }
        for (size, edge) in edges.iter().enumerate() {
            assert_eq!(Frontier::at(size as u64, &nodes).as_ref(), Some(edge), "{size}");
        }
        nodes.remove(&(6, 0));
        assert_eq!(Frontier::at(70, &nodes), None);
    }

    #[test]
    fn bytes_of_a_wrong_length_are_refused() {
        let mut frontier = Frontier::new();
        leaves(5).into_iter().for_each(|leaf| drop(frontier.append(leaf)));
        let bytes = frontier.to_bytes();
        for end in 0..bytes.len() {
            assert!(Frontier::from_bytes(&bytes[..end]).is_err(), "{end}");
        }
        assert!(Frontier::from_bytes(&[bytes, vec![0; 32]].concat()).is_err());
    }
}
