//! Who may come in: sign-in, users, service accounts, members and tokens.
//!
//! What always holds: passwords and tokens are kept as hashes and shown once; nobody gives what he lacks;
//! an installation keeps an administrator and a project an owner; names of people stand beside the audit,
//! never in it.

mod attempts;
mod authenticate;
mod bounds;
mod device;
mod find;
mod members;
mod offline;
mod own_password;
mod own_sessions;
pub(crate) mod password;
mod reset;
mod service_accounts;
mod sign_in;
mod strangers;
pub(crate) mod token;
mod tokens;
mod users;

pub use authenticate::same_bytes;
pub use members::MemberView;
pub use offline::reset_password_offline;
pub use own_sessions::{OwnTokenView, SessionView};
pub use service_accounts::ServiceAccountView;
pub use sign_in::SignedIn;
pub use tokens::{MadeToken, NewToken, TokenView};
pub use users::{NewUser, UserChange, UserView, WithPassword};

pub(crate) use authenticate::{Bearer, TokenHash};
pub(crate) use find::named as principals_named;
pub(crate) use strangers::Strangers;
pub(crate) use tokens::views as token_views;
