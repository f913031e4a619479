//! What must never happen, whatever is asked.

mod agreement;
mod bad_input;
mod canary;
mod ceph;
mod crashes;
mod traps;
