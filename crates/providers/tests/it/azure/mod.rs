//! The methods of Azure against Azurite, which is Microsoft's own code, and against the doubles that know what
//! Azurite does not: who signs in, which roles he has, and folders. Where a double decides, the test's name says so.

mod login;
mod objects;
mod probes;
mod signatures;
pub(crate) mod world;
