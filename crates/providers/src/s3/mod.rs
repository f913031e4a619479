//! A small S3 client: raw keys, streaming bodies, and the store's own words on every refusal.

mod address;
mod list;
mod objects;
mod preset;
mod reach;
mod stored;

pub(crate) use address::{Address, Rule, Style, Which};
pub(crate) use objects::{Objects, list_buckets};
pub(crate) use preset::{OwnSts, Preset, StsKind};
pub(crate) use reach::reach;
