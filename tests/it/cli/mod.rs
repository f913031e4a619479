//! Through the command line, as a person works.

pub(crate) mod account;
mod audit;
mod demo;
mod main_job;
mod policy;
mod postgres;
mod tools;
mod usage;

pub(crate) use audit::Archive;
