//! Which nodes a proof needs, and the proof made of them.
//!
//! The recursive definitions of RFC 9162 (2.1.3.1 and 2.1.4.1), unrolled: each step splits a range
//! of records at the largest power of two below its length and leaves one half in the proof.

use std::ops::Range;

use crate::frontier::fold;
use crate::hash::Hash;

/// Where the hashes of perfect subtrees are kept.
pub trait NodeSource {
    /// The root of the subtree at this level and index, where it is complete.
    fn node(&self, level: u8, index: u64) -> Option<Hash>;
}

impl NodeSource for std::collections::HashMap<(u8, u64), Hash> {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        self.get(&(level, index)).copied()
    }
}

/// The nodes, as (level, index), that a proof of inclusion is made of.
pub fn inclusion_nodes(index: u64, size: u64) -> Vec<(u8, u64)> {
    inclusion_ranges(index, size).into_iter().flatten().flat_map(subtrees).collect()
}

/// Proves that the record at `index` is in the log of `size` records; `None` where the index lies
/// outside the log or a node is missing.
pub fn inclusion_proof(index: u64, size: u64, source: &dyn NodeSource) -> Option<Vec<Hash>> {
    inclusion_ranges(index, size)?.into_iter().map(|range| root_of(range, source)).collect()
}

/// The nodes, as (level, index), that a proof of consistency is made of.
pub fn consistency_nodes(old: u64, new: u64) -> Vec<(u8, u64)> {
    consistency_ranges(old, new).into_iter().flatten().flat_map(subtrees).collect()
}

/// Proves that the log of `old` records is a beginning of the log of `new` records; `None` where
/// `old` is larger or a node is missing. Nothing needs proving for an empty or an equal log.
pub fn consistency_proof(old: u64, new: u64, source: &dyn NodeSource) -> Option<Vec<Hash>> {
    consistency_ranges(old, new)?.into_iter().map(|range| root_of(range, source)).collect()
}

fn inclusion_ranges(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let mut range = 0..size;
    let mut path = Vec::new();
    while let Some(middle) = split(&range) {
        if index < middle {
            path.push(middle..range.end);
            range.end = middle;
        } else {
            path.push(range.start..middle);
            range.start = middle;
        }
    }
    path.reverse();
    Some(path)
}

fn consistency_ranges(old: u64, new: u64) -> Option<Vec<Range<u64>>> {
    if old > new {
        return None;
    }
    let mut path = Vec::new();
    if old == 0 {
        return Some(path);
    }
    let mut range = 0..new;
    while range.end != old
        && let Some(middle) = split(&range)
    {
        if old <= middle {
            path.push(middle..range.end);
            range.end = middle;
        } else {
            path.push(range.start..middle);
            range.start = middle;
        }
    }
    // The verifier knows the old root itself: it goes into the proof only as a part of a larger one.
    if range.start != 0 {
        path.push(range);
    }
    path.reverse();
    Some(path)
}

/// Where the tree splits a range: at the largest power of two below its length.
fn split(range: &Range<u64>) -> Option<u64> {
    let last = (range.end - range.start).checked_sub(1).filter(|last| *last > 0)?;
    Some(range.start + (1 << last.ilog2()))
}

/// The perfect subtrees of a range that the tree splits off, largest first.
fn subtrees(range: Range<u64>) -> impl DoubleEndedIterator<Item = (u8, u64)> {
    let mut start = range.start;
    let mut nodes = Vec::new();
    while let Some(level) = (range.end - start).checked_ilog2() {
        nodes.push((level as u8, start >> level));
        start += 1 << level;
    }
    nodes.into_iter()
}

fn root_of(range: Range<u64>, source: &dyn NodeSource) -> Option<Hash> {
    let peaks: Option<Vec<Hash>> = subtrees(range).map(|(level, index)| source.node(level, index)).collect();
    fold(peaks?.into_iter())
}
