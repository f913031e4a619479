//! `POST P/datasources/{name}/credentials`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use broker::{CredentialAsk, IssuedCredential};
use domain::grant::{GrantScope, Revocability};
use domain::place::Prefix;
use domain::provider::Credential;
use domain::scope::Access;
use domain::{Error, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::face::{Failure, Problem, Repeatable, Signed, name};

/// A credential that is asked for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueCredential {
    /// What it may do: `read` is GET, HEAD and list; `write` is PUT, DELETE and multipart.
    access: Access,
    /// Only under this prefix, that of the datasource included; all of the datasource if not given.
    prefix: Option<Prefix>,
    /// For how long, in seconds; 900 is the least.
    ttl_seconds: i64,
}

/// A credential, shown once.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Issued {
    /// The grant.
    grant_id: String,
    /// What to give to tools.
    credential: WireCredential,
    /// The headers that whoever writes must send, exactly.
    headers: BTreeMap<String, String>,
    /// When it ends, by the provider's word.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// From when on asking again gives a fresher one.
    #[schema(value_type = String, format = DateTime)]
    refresh_after: Timestamp,
    /// What was asked for.
    requested_ttl_seconds: u64,
    /// What it has from now on.
    granted_ttl_seconds: u64,
    /// How it can be taken back.
    revocability: Revocability,
    /// What it allows.
    scope: GrantScope,
    /// What is not as it was asked for.
    warnings: Vec<String>,
}

/// A credential in the form that tools understand.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum WireCredential {
    /// For everything that speaks S3.
    Aws {
        /// Not secret by itself.
        access_key_id: String,
        /// Secret.
        #[schema(format = Password)]
        secret_access_key: String,
        /// Secret.
        #[schema(format = Password)]
        session_token: String,
        /// The region to sign for.
        region: String,
        /// The endpoint, where it is not the region's own.
        endpoint: Option<String>,
    },
    /// For everything that speaks to Google Cloud Storage.
    Gcp {
        /// Secret.
        #[schema(format = Password)]
        access_token: String,
        /// The project that requests are counted for, where one is set.
        project_id: Option<String>,
        /// The endpoint, where it is not Google's own.
        endpoint: Option<String>,
    },
    /// For everything that speaks to Azure Blob Storage.
    Azure {
        /// The storage account.
        account: String,
        /// The endpoint of its blob service.
        endpoint: String,
        /// The container.
        container: String,
        /// Secret.
        #[schema(format = Password)]
        sas_token: String,
    },
}

/// Issues a credential for a part of a datasource; it ends by itself.
#[utoipa::path(
    post, path = "/projects/{project}/datasources/{name}/credentials", tag = "access", operation_id = "issue_credential",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("name" = String, Path, description = "The datasource's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating the call issues again under the same grant")
    ),
    request_body = IssueCredential,
    responses((status = 201, body = Issued), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("credential.issue")))
)]
pub(crate) async fn issue(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((project, datasource)): Path<(String, String)>,
    Repeatable { ask, call }: Repeatable<IssueCredential>,
) -> Result<(StatusCode, Json<Issued>), Failure> {
    let (project, datasource) = (name("project", &project)?, name("datasource", &datasource)?);
    let ask = CredentialAsk { access: ask.access, prefix: ask.prefix, ttl_seconds: ask.ttl_seconds };
    let issued = app.broker().issue_credential(&caller, &project, &datasource, ask, call).await?;
    Ok((StatusCode::CREATED, Json(show(issued)?)))
}

fn show(issued: IssuedCredential) -> Result<Issued> {
    let text = |secret: &domain::secret::SecretBytes| {
        secret
            .expose_str()
            .map(str::to_owned)
            .ok_or_else(|| Error::internal("the provider gave a credential that is no text"))
    };
    let credential = match issued.credential {
        Credential::Aws(aws) => WireCredential::Aws {
            secret_access_key: text(&aws.secret_access_key)?,
            session_token: text(&aws.session_token)?,
            access_key_id: aws.access_key_id,
            region: aws.region,
            endpoint: aws.endpoint,
        },
        Credential::Gcp(gcp) => WireCredential::Gcp {
            access_token: text(&gcp.access_token)?,
            project_id: gcp.project_id,
            endpoint: gcp.endpoint,
        },
        Credential::Azure(azure) => WireCredential::Azure {
            sas_token: text(&azure.sas_token)?,
            account: azure.account,
            endpoint: azure.endpoint,
            container: azure.container,
        },
    };
    Ok(Issued {
        grant_id: issued.grant.to_string(),
        credential,
        headers: issued.headers.into_iter().collect(),
        expires_at: issued.expires_at,
        refresh_after: issued.refresh_after,
        requested_ttl_seconds: issued.requested.as_secs(),
        granted_ttl_seconds: issued.granted.as_secs(),
        revocability: issued.revocability,
        scope: issued.scope,
        warnings: issued.warnings,
    })
}
