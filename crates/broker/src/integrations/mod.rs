//! Secure connections to providers.

mod browse;
mod change;
mod connect;
mod create;
mod delete;
mod methods;
mod pause;
mod prove;
mod roll_back;
mod setup;
mod show;

pub use browse::{BrowseQuery, Browsed};
pub use change::ChangeIntegration;
pub use create::NewIntegration;
pub use roll_back::SecretVersionView;
pub use setup::SetupQuery;
pub use show::IntegrationView;

pub(crate) use connect::{by_name, must_be_usable, tags};

use domain::id::IntegrationId;

/// What secrets of an integration belong to.
pub(crate) fn owner(id: IntegrationId) -> String {
    format!("integration:{id}")
}
