//! A double: Entra's login endpoint, and a front of Azurite that knows roles.
//!
//! Azurite is Microsoft's own code and decides about account keys, shared access signatures and all that
//! happens to blobs. What it does not check, the front does, in our reading of the documentation: the
//! signature of a bearer token, what the role assignments of its application allow, how long a user
//! delegation key lives, the addresses of a signature, and directory signatures as a whole.

mod app;
mod call;
mod container;
mod directory;
mod entra;
mod front;
mod key;
mod login;
mod reply;
mod role;
mod sas;
mod upstream;

pub use app::{App, FederatedCredential};
pub use call::AzureCall;
pub use container::AzureContainer;
pub use entra::{EntraFront, EntraRecord};
pub use front::{AzureRecord, AzuriteFront, Proof};
pub use role::Scope;
