//! `GET P/audit/proof` and `GET /audit/proof`

use axum::Json;
use axum::extract::{Path, State};
use broker::{AuditProof, AuditScope, ProofOf};
use domain::{Error, ErrorKind};
use serde::Deserialize;

use super::of_project;
use crate::App;
use crate::face::{Asked, Failure, Problem, Signed};

/// What is to be proven.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct What {
    index: Option<u64>,
    size: Option<u64>,
    from: Option<u64>,
    to: Option<u64>,
}

impl TryFrom<What> for ProofOf {
    type Error = Failure;

    fn try_from(what: What) -> Result<Self, Failure> {
        match what {
            What { index: Some(index), size, from: None, to: None } => Ok(Self::Inclusion { index, size }),
            What { from: Some(from), to, index: None, size: None } => Ok(Self::Consistency { from, to }),
            What { .. } => {
                let error = Error::new(ErrorKind::Invalid, "the query does not say what is to be proven");
                Err(Failure(
                    error.with_hint("give 'index' (and 'size') for inclusion, or 'from' (and 'to') for consistency"),
                ))
            }
        }
    }
}

/// Proves that a record is in a project's log, or that the log has only grown (RFC 9162).
#[utoipa::path(
    get, path = "/projects/{project}/audit/proof", tag = "audit", operation_id = "project_audit_proof",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("index" = Option<u64>, Query, description = "Prove that this record is in the log"),
        ("size" = Option<u64>, Query, description = "of this size; as it is now if not given"),
        ("from" = Option<u64>, Query, description = "Prove that the log of this size is the beginning"),
        ("to" = Option<u64>, Query, description = "of the log of this size; as it is now if not given")
    ),
    responses((status = 200, body = AuditProof), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("audit.read")))
)]
pub(crate) async fn proof_of_a_project(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(project): Path<String>,
    Asked(what): Asked<What>,
) -> Result<Json<AuditProof>, Failure> {
    Ok(Json(app.broker().audit_proof(&caller, &of_project(&project)?, what.try_into()?).await?))
}

/// Proves the same of the installation's log.
#[utoipa::path(
    get, path = "/audit/proof", tag = "audit", operation_id = "audit_proof",
    params(
        ("index" = Option<u64>, Query, description = "Prove that this record is in the log"),
        ("size" = Option<u64>, Query, description = "of this size; as it is now if not given"),
        ("from" = Option<u64>, Query, description = "Prove that the log of this size is the beginning"),
        ("to" = Option<u64>, Query, description = "of the log of this size; as it is now if not given")
    ),
    responses((status = 200, body = AuditProof), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("audit.read-installation")))
)]
pub(crate) async fn proof_of_the_installation(
    State(app): State<App>,
    Signed(caller): Signed,
    Asked(what): Asked<What>,
) -> Result<Json<AuditProof>, Failure> {
    Ok(Json(app.broker().audit_proof(&caller, &AuditScope::Installation, what.try_into()?).await?))
}
