//! Projects: tenants. Everything below belongs to one.

mod create;
mod delete;
mod show;

pub use show::ProjectView;
