//! The use cases on a store of their own, without a face and without a cloud.

// The name that the rest of the workspace calls it by.
extern crate tidegate_broker as broker;

#[cfg(test)]
mod access;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod console;
#[cfg(test)]
mod datasources;
#[cfg(test)]
mod double;
#[cfg(test)]
mod house;
#[cfg(test)]
mod integration_checks;
mod integrations;
#[cfg(test)]
mod issuer;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod people;
#[cfg(test)]
mod projects;
#[cfg(test)]
mod proof_runs;
#[cfg(test)]
mod proofs;
