//! The store on both engines: every test that is not about one of them runs on SQLite and on PostgreSQL.

// The name that the rest of the workspace calls it by.
extern crate tidegate_store as store;

#[cfg(test)]
mod audit;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod console;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod issuer_keys;
#[cfg(test)]
mod people;
#[cfg(test)]
mod projects;
#[cfg(test)]
mod proof_runs;
#[cfg(test)]
mod reach;
#[cfg(test)]
mod secrets;
