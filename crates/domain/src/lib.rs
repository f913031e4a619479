//! The words of Tidegate and the rules that need nothing but words.
//!
//! Every other crate speaks in these types. Nothing here does I/O: no runtime, no
//! database, no HTTP server or client. What a provider must be able to do is stated in
//! [`provider`]; who implements it is decided in the composition root.

pub mod audit;
pub mod clock;
pub mod datasource;
pub mod error;
pub mod fetch;
pub mod grant;
pub mod id;
pub mod integration;
pub mod name;
pub mod page;
pub mod place;
pub mod principal;
pub mod proof;
pub mod proof_run;
pub mod provider;
pub mod scope;
pub mod secret;
pub mod step;
pub mod ttl;

pub use error::{Error, ErrorKind, FieldError, Result};
