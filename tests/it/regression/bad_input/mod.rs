//! Bad input: every refusal has its code and points at the field; what is merely unusual stays as it is.

mod endpoints;
mod full_disk;
mod keys;
mod names;
mod requests;
mod store;
