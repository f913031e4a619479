//! Secure connections to providers.

mod browse;
mod change;
mod check;
mod connect;
mod create;
mod delete;
mod methods;
mod own_address;
mod pause;
mod prove;
mod roll_back;
mod setup;
mod show;
mod used;

pub use browse::{BrowseQuery, Browsed};
pub use change::ChangeIntegration;
pub use check::CheckIntegration;
pub use create::NewIntegration;
pub use roll_back::SecretVersionView;
pub use setup::SetupQuery;
pub use show::{IntegrationQuery, IntegrationView};
pub use used::IntegrationUse;

pub(crate) use connect::{by_name, must_be_usable, tags, tags_for};

use domain::id::IntegrationId;

/// What secrets of an integration belong to.
pub(crate) fn owner(id: IntegrationId) -> String {
    format!("integration:{id}")
}
