//! Grants: keeping what is handed out before it leaves, showing it, and taking it back.

mod cut_off;
mod find;
mod hand_out;
mod holders;
mod list;
mod plan;
mod preview;
mod revoke;
mod selection;
mod view;

pub use holders::Holder;
pub use list::GrantQuery;
pub use preview::{Breaks, RevokePreview};
pub use revoke::{RevokeAsk, RevokeBy, Revoked};
pub use selection::{LeftGrant, LeftWhy, RevokedSelection, SelectedPreview};
pub use view::GrantView;

pub(crate) use cut_off::retry;
pub(crate) use hand_out::HandOut;
pub(crate) use holders::holders;
pub(crate) use plan::leave_to_expiry;
pub(crate) use view::Names;
