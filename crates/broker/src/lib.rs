//! The use cases.
//!
//! Every face calls these and nothing below them. A use case decides first, on the stored object, then
//! acts, and commits the audit record together with what it records, before anything leaves. No
//! transaction is open while a provider is asked.

mod audit;
mod broker;
mod credentials;
mod datasources;
mod decide;
mod grants;
mod housekeeping;
mod idempotency;
mod integrations;
mod keys;
mod named;
mod objects;
mod people;
mod projects;
mod proofs;
mod sessions;
mod start;
mod urls;

pub use audit::{AuditActor, AuditFilter, AuditProof, AuditRecord, AuditScope, ProofOf};
pub use broker::{Broker, Options, Parts};
pub use credentials::{CredentialAsk, IssuedCredential};
pub use datasources::{ChangeDatasource, DatasourceView, NewDatasource, ProofChoice};
pub use grants::{GrantQuery, GrantView, RevokeAsk, RevokeBy, RevokePreview, Revoked};
pub use idempotency::{Begun, BegunCall, Call};
pub use integrations::{
    BrowseQuery, Browsed, ChangeIntegration, IntegrationView, NewIntegration, SecretVersionView, SetupQuery,
};
pub use keys::{KeyStatus, NewRoot, ProjectKeyStatus, Rewrapped, Rotated};
pub use objects::{ObjectPage, ObjectQuery};
pub use people::{
    MadeToken, MemberView, NewToken, NewUser, ServiceAccountView, SignedIn, TokenView, UserChange, UserView,
    WithPassword, reset_password_offline, same_bytes,
};
pub use projects::ProjectView;
pub use proofs::{Created, LastProof, Observer, Silent};
pub use start::{Bootstrap, Started, is_new, start};
pub use urls::{MOST_KEYS, ResponseHeaders, UrlBatch, UrlsAsk};
