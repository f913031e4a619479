//! The HTTP face in this process, on a store of its own.

// The name that the rest of the workspace calls it by.
extern crate tidegate_web as web;

#[cfg(test)]
mod audit;
#[cfg(test)]
mod console;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod tenant_matrix;
#[cfg(test)]
mod tenants;
