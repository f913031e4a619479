//! What must never happen, whatever is asked.

mod agreement;
mod bad_input;
mod canary;
mod ceph;
mod cloud_canary;
mod crashes;
mod neighbours;
mod traps;
