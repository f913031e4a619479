//! Signing for S3 and its relatives: AWS Signature Version 4, in headers and in URLs.
//!
//! Everything here is pure: the time, the keys and the endpoint are arguments, and nothing
//! is sent. Object keys are never normalised: what is signed is what is sent, byte for byte.
//! Batches come first: what all URLs of a batch share is computed once.
//!
//! Secret keys are borrowed, copied only into buffers that are wiped, and appear in no error.

mod canonical;
mod derive;
mod encode;
mod endpoint;
mod presign;
mod request;

#[cfg(test)]
mod tests;

pub use derive::Keys;
pub use endpoint::{Endpoint, EndpointError, Scheme};
pub use presign::{MAX_EXPIRES, PresignAsk, Presigner, SigningError};
pub use request::{Payload, Request, Signed, sign_request};
