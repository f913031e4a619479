//! Handing out and taking back, against a double of a cloud.

mod cloud_double;
mod credentials;
mod grants;
mod idempotency;
mod lifetimes;
mod selection;
mod urls;
