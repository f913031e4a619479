//! Signing in and out.

mod begin;
mod end;
mod whoami;

pub(super) use begin::*;
pub(super) use end::*;
pub(super) use whoami::*;
