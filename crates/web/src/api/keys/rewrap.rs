//! `POST /key/rewrap`

use axum::Json;
use axum::extract::State;
use broker::{NewRoot, Rewrapped};
use domain::Error;
use domain::secret::SecretBytes;
use serde::Deserialize;

use crate::App;
use crate::face::{Body, Failure, Problem, Signed};

/// The new root key: one of the two.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rewrap {
    /// The content of the new root key file.
    #[schema(value_type = Option<String>, format = Password)]
    new_root_key: Option<SecretBytes>,
    /// The new passphrase.
    #[schema(value_type = Option<String>, format = Password)]
    new_passphrase: Option<SecretBytes>,
}

/// Wraps every project key under a new root key, all at once or not at all.
#[utoipa::path(
    post, path = "/key/rewrap", tag = "keys", operation_id = "rewrap_root_key",
    request_body = Rewrap,
    responses((status = 200, body = Rewrapped), (status = "default", body = Problem)),
    extensions(("x-tidegate-action" = json!("key.rewrap")))
)]
pub(crate) async fn rewrap(
    State(app): State<App>,
    Signed(caller): Signed,
    Body(ask): Body<Rewrap>,
) -> Result<Json<Rewrapped>, Failure> {
    let new = match (ask.new_root_key, ask.new_passphrase) {
        (Some(key), None) => NewRoot::Key(key),
        (None, Some(passphrase)) => NewRoot::Passphrase(passphrase),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Error::invalid("/new_root_key", "give either 'new_root_key' or 'new_passphrase'").into());
        }
    };
    Ok(Json(app.broker().rewrap_root(&caller, new).await?))
}
