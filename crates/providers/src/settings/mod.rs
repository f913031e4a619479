//! Settings and secrets as people type them, checked all together.
//!
//! Nothing falls back: a blank value is an error and never means the machine's identity; an unknown name is
//! refused; every finding points at its field.

pub(crate) mod external_id;
pub(crate) mod fields;
mod form;
mod text;

pub(crate) use form::Form;
