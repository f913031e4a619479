//! Bad input: every refusal has its code and points at the field; what is merely unusual stays as it is.

mod directory;
mod endpoints;
mod full_disk;
mod keys;
mod lengths;
mod names;
mod requests;
mod store;
