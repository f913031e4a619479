//! The use cases.
//!
//! Every face calls these and nothing below them. A use case decides first, on the stored object, then
//! acts, and commits the audit record together with what it records, before anything leaves. No
//! transaction is open while a provider is asked.

mod audit;
mod broker;
mod counted;
mod credentials;
mod datasources;
mod decide;
mod governance;
mod grants;
mod housekeeping;
mod idempotency;
mod integrations;
mod issuer;
mod keys;
mod latencies;
mod named;
mod objects;
mod people;
mod policies;
mod projects;
mod proof_runs;
mod proofs;
mod served;
mod sessions;
mod shared;
mod start;
mod urls;

pub use audit::{AuditActor, AuditFilter, AuditProblem, AuditProof, AuditRecord, AuditScope, AuditVerdict, ProofOf};
pub use broker::{Broker, Options, Parts};
pub use counted::Counted;
pub use credentials::{CredentialAsk, IssuedCredential};
pub use datasources::{ChangeDatasource, DatasourceQuery, DatasourceUse, DatasourceView, NewDatasource, ProofChoice};
pub use governance::{Governance, GovernanceQuery, GovernedIntegration, GovernedSecret, TooWide};
pub use grants::{
    Breaks, GrantQuery, GrantView, Holder, LeftGrant, LeftWhy, RevokeAsk, RevokeBy, RevokePreview, Revoked,
    RevokedSelection, SelectedPreview,
};
pub use idempotency::{Begun, BegunCall, Call};
pub use integrations::{
    BrowseQuery, Browsed, ChangeIntegration, CheckIntegration, IntegrationQuery, IntegrationUse, IntegrationView,
    NewIntegration, SecretVersionView, SetupQuery,
};
pub use issuer::{Discovery, Issuer, IssuerKeyState, IssuerKeyView, IssuerView, KeySet};
pub use keys::{KeyStatus, NewRoot, ProjectKeyStatus, Rewrapped, Rotated};
pub use latencies::{LatencySide, LatencyView};
pub use objects::{CorsFinding, Diagnosis, ObjectPage, ObjectQuery, ObjectReach, ObjectVerdict, ObjectView};
pub use people::{
    MadeToken, MemberView, NewToken, NewUser, OwnTokenView, ServiceAccountView, SessionView, SignedIn, TokenView,
    UserChange, UserView, WithPassword, reset_password_offline, same_bytes,
};
pub use policies::{
    AskedPolicy, Attached, Deciding, Finding, LONGEST_POLICY, PolicyCloud, PolicyKind, PolicyOutcome, PolicyReport,
    Severity, SimulateAsk, Simulated,
};
pub use projects::{
    DatasourceCounts, IntegrationCounts, OldSecret, Overview, ProjectView, ProofLine, ProofSubject, Refusals,
};
pub use proof_runs::{ProofChange, ProofRunView, RunError, RunSubject};
pub use proofs::{Created, KeptProof, LastProof, Observer, ProofWithPrevious, Proven, Silent};
pub use served::{Served, ServedObject, Use};
pub use start::{Bootstrap, Started, is_new, start};
pub use urls::{MOST_KEYS, ResponseHeaders, UrlBatch, UrlsAsk};
