//! Azure Blob Storage: an application of Microsoft Entra ID, the key of an account, or a signature of somebody else.
//!
//! What always holds: tokens go to the login endpoint and the blob service that the operator or the cloud names,
//! never to a host of a tenant's choice; names are sent byte for byte, and one that Azure would read as another is
//! refused; a narrower promise than Azure can keep is refused with the reason.

mod aadsts;
mod account_key;
mod address;
mod answer;
mod blobs;
mod client_secret;
mod cloud;
mod connection;
mod delegation;
mod federated;
mod fields;
mod grants;
mod guid;
mod kept;
mod list;
mod login;
mod names;
mod open;
mod pasted;
mod probe;
mod remedy;
mod session;
mod setup;
mod shared;
mod shared_access;
mod stored;
mod tokens;
mod wire;

#[cfg(test)]
mod tests;

pub(crate) use account_key::AccountKey;
pub(crate) use client_secret::ClientSecret;
pub(crate) use federated::Federated;
pub(crate) use shared_access::SharedAccess;

/// What every write must say: that it is a blob of the usual kind.
const BLOCK_BLOB: (&str, &str) = ("x-ms-blob-type", "BlockBlob");
