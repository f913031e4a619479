//! What works on the store itself, without a server.

pub(crate) mod backup;
pub(crate) mod doctor;
pub(crate) mod reset_password;
