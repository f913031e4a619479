//! What to apply on the cloud's side.

mod of_integration;
mod of_method;
mod query;

pub(super) use of_integration::*;
pub(super) use of_method::*;
