//! The HTTP interface, path by path.

mod access;
mod datasources;
mod integrations;
mod objects;
