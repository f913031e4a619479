//! What an administrator sees of the issuer.

use authz::Action;
use domain::Result;
use domain::audit::Target;
use domain::principal::Caller;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::issuer_keys::StoredIssuerKey;

use super::documents::{Discovery, KeySet};
use super::keys;
use crate::Broker;

/// The issuer, its keys, and the documents that clouds read.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct IssuerView {
    /// What clouds are told to trust.
    pub url: String,
    /// How often a new key takes the place of the old one, in seconds; only on demand, if it is not there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rotate_every_seconds: Option<u64>,
    /// The keys, the newest first.
    pub keys: Vec<IssuerKeyView>,
    /// To be served at `/.well-known/openid-configuration` below the issuer's URL.
    pub discovery: Discovery,
    /// To be served at `/.well-known/jwks.json` below the issuer's URL.
    pub jwks: KeySet,
    /// When copies of the keys that are kept elsewhere must be renewed at the latest; nothing waits, if it is not there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub renew_copies_by: Option<Timestamp>,
}

/// A key of the issuer.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct IssuerKeyView {
    /// The `kid` of its tokens.
    pub id: String,
    /// What it does now.
    pub state: IssuerKeyState,
    /// When it was made, and published.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// From when on tokens are signed with it.
    #[schema(value_type = String, format = DateTime)]
    pub signs_from: Timestamp,
    /// Until when it is published, where another takes its place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_until: Option<Timestamp>,
}

/// What a key of the issuer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum IssuerKeyState {
    /// It is published and does not sign yet.
    Waiting,
    /// It signs.
    Signing,
    /// It has signed, and is published until its last token has ended.
    Ending,
    /// It is published no more.
    Withdrawn,
}

impl Broker {
    /// The issuer and its keys, for the installation's administrator.
    ///
    /// # Errors
    /// `unsupported` where no tokens are issued.
    pub async fn show_issuer(&self, caller: &Caller) -> Result<IssuerView> {
        self.permit(caller, Action::IssuerShow, Target::named("installation", self.installation())).await?;
        self.issuer_view().await
    }

    pub(super) async fn issuer_view(&self) -> Result<IssuerView> {
        let issuer = self.must_issue()?.clone();
        let jwks = self.issuer_jwks().await?;
        let (kept, now) = (self.issuer_keys().await?, self.now());
        let signing = keys::signing(&kept, now).map(|key| key.number);
        let waiting = kept.iter().filter(|key| key.signs_from > now).map(|key| key.signs_from).min();
        Ok(IssuerView {
            url: issuer.url,
            rotate_every_seconds: issuer.rotate_every.map(|every| every.as_secs()),
            keys: kept.iter().map(|key| view(key, signing, now)).collect(),
            discovery: self.issuer_discovery()?,
            jwks,
            renew_copies_by: waiting,
        })
    }
}

fn view(key: &StoredIssuerKey, signing: Option<u32>, now: Timestamp) -> IssuerKeyView {
    let state = match key.published_until {
        Some(end) if end <= now => IssuerKeyState::Withdrawn,
        _ if key.signs_from > now => IssuerKeyState::Waiting,
        _ if signing == Some(key.number) => IssuerKeyState::Signing,
        _ => IssuerKeyState::Ending,
    };
    IssuerKeyView {
        id: key.id.clone(),
        state,
        created_at: key.created_at,
        signs_from: key.signs_from,
        published_until: key.published_until,
    }
}
