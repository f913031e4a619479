//! Signing for object stores: AWS Signature Version 4 for S3 and its relatives, in headers and in URLs; Google
//! Cloud Storage's V4 URLs in [`goog4`]; Azure's shared access signatures in [`sas`] and Shared Key in
//! [`shared_key`].
//!
//! Everything here is pure: the time, the keys and the endpoint are arguments, and nothing
//! is sent. Object keys are never normalised: what is signed is what is sent, byte for byte.
//! Batches come first: what all URLs of a batch share is computed once.
//!
//! Secret keys are borrowed, copied only into buffers that are wiped, and appear in no error.

mod canonical;
mod check;
mod derive;
mod encode;
mod endpoint;
pub mod goog4;
mod presign;
mod request;
pub mod sas;
pub mod shared_key;

#[cfg(test)]
mod tests;

pub use check::{MAX_EXPIRES, SigningError};
pub use derive::Keys;
pub use endpoint::{Endpoint, EndpointError, Scheme};
pub use presign::{PresignAsk, Presigner};
pub use request::{Payload, Request, Signed, sign_request};
