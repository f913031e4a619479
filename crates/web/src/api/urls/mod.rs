//! Signed URLs.

mod keys;
mod print;
mod sign;

pub(super) use sign::*;
