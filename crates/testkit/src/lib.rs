//! What tests stand on: the real components, doubles for what those cannot show, and watchers.
//!
//! Development only. Everything listens on 127.0.0.1, ends when it is dropped, and fails a test
//! by panicking with a sentence that says what was missing. Doubles run on threads of their own,
//! so that a test may block while it waits for a program that talks to one.

#![expect(clippy::panic, clippy::expect_used, reason = "a test kit fails a test by panicking")]

pub mod aws_query;
pub mod azure;
pub mod browser;
pub mod bucket;
pub mod canary;
pub mod clock;
pub mod component;
pub mod front;
pub mod gateway;
pub mod gcp;
pub mod http_double;
pub mod jwt;
pub mod media;
pub mod oidc;
mod process;
mod random;
pub mod request;
mod server;
pub mod tidegate;
mod tls;
mod trouble;

pub use azure::{AzuriteFront, EntraFront};
pub use browser::{Browser, judge};
pub use bucket::Bucket;
pub use canary::Canary;
pub use clock::TestClock;
pub use front::StsFront;
pub use gateway::{Gateway, Iam};
pub use gcp::GcpFront;
pub use http_double::{HttpDouble, Reply};
pub use tidegate::Tidegate;
