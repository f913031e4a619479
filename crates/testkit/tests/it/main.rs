//! The kit against the real components: what the other suites take for granted.
#![cfg(test)]

mod azure;
mod gcp;
mod judge;
mod stores;
