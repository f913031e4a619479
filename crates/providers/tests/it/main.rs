//! The methods against a real store: SeaweedFS, with the users and roles of the project's test components.
//!
//! `TIDEGATE_TEST_SEAWEED` names its endpoint.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod azure;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod double;
#[cfg(test)]
mod gcp_double;
#[cfg(test)]
mod names;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod probes;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod store;
