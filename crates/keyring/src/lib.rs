//! The keychain: one root key, a key for each project, a fresh key for each secret version.
//!
//! A database alone must be worthless to whoever steals it, and a row must be worthless in any
//! other place than its own. What always holds:
//!
//! - The root key never lies in the database; only a commitment to it does, so that a wrong or
//!   missing key is noticed before anything is opened or made.
//! - A ciphertext opens only at the project, owner, field and version it was sealed for, and only
//!   under the key it was sealed with. Every deviation is an error that says which, and no error
//!   holds a byte of a secret.
//! - Keys and plaintext are wiped from memory when they are dropped.
//!
//! There is no database here and no clock; the only file touched is the root key's.

mod aead;
mod error;
mod key;
mod passphrase;
mod place;
mod project;
mod root;
mod root_file;

pub use error::KeyringError;
pub use place::Binding;
pub use project::{ProjectKey, Sealed};
pub use root::{RootKey, RootKeyCheck, RootKeySource, WrappedKey, open_root_key, root_key_from_base64};
