//! One object: what the store says of it.

use authz::Action;
use domain::Result;
use domain::audit::{Outcome, Target};
use domain::name::Name;
use domain::principal::Caller;
use domain::provider::Stored;
use jiff::Timestamp;

use super::list::inside;
use crate::Broker;
use crate::audit::{Log, event};
use crate::decide::Entered;
use crate::sessions::{Need, Place};

/// An object, without its contents.
#[derive(Debug, Clone)]
pub struct ObjectView {
    /// The whole key.
    pub key: String,
    /// In bytes.
    pub size: Option<u64>,
    /// As the store gives it, without quotes.
    pub etag: Option<String>,
    /// When it was last written.
    pub modified: Option<Timestamp>,
    /// What whoever wrote it has said that it is: never to be believed when it is shown.
    pub content_type: Option<String>,
    /// The storage class, where it is not the usual one.
    pub storage_class: Option<String>,
    /// The version, where the bucket keeps versions.
    pub version: Option<String>,
    /// How it is encrypted, as the store reports it.
    pub encryption: Option<String>,
    /// The key that it was encrypted with, as the store reports it.
    pub kms_key: Option<String>,
    /// What whoever wrote it has put beside it, by name.
    pub metadata: Vec<(String, String)>,
}

impl ObjectView {
    fn of(key: &str, stored: Stored) -> Self {
        Self {
            key: key.to_owned(),
            size: stored.size,
            etag: stored.etag,
            modified: stored.modified,
            content_type: stored.content_type,
            storage_class: stored.storage_class,
            version: stored.version,
            encryption: stored.encryption,
            kms_key: stored.kms_key,
            metadata: stored.metadata,
        }
    }
}

impl Broker {
    /// What the store says of an object.
    ///
    /// # Errors
    /// `permission_denied` for a key outside the datasource; `conflict` where the datasource is not usable;
    /// the provider's own refusal, also where there is no such object.
    pub async fn show_object(
        &self,
        caller: &Caller,
        project: &Name,
        datasource: &Name,
        key: &str,
    ) -> Result<ObjectView> {
        let (entered, place) = self.object_place(caller, project, datasource, key).await?;
        self.record_object(caller, &entered, &place, key, "head").await?;
        let lent = self.session_for(place.wish(&entered.project, caller, None, Need::Reach)).await?;
        let storage = lent.opened.session.storage(&place.datasource.bucket, place.datasource.region.as_deref())?;
        Ok(ObjectView::of(key, storage.head(key).await?))
    }

    /// Where an object is that the caller may see.
    pub(super) async fn object_place(
        &self,
        caller: &Caller,
        project: &Name,
        datasource: &Name,
        key: &str,
    ) -> Result<(Entered, Place)> {
        let target = Target::named("datasource", datasource);
        let entered = self.enter(caller, project, Action::ObjectShow, target).await?;
        let place = self.usable_place(caller, &entered.project, datasource).await?;
        inside(&place.datasource.prefix, key, "/key")?;
        Ok((entered, place))
    }

    pub(super) async fn record_object(
        &self,
        caller: &Caller,
        entered: &Entered,
        place: &Place,
        key: &str,
        how: &str,
    ) -> Result<()> {
        let target = Target::new("datasource", place.datasource.id).with_name(&place.datasource.name);
        let shown = event(Action::ObjectShow, Outcome::Done, entered.rule, target).with("key", key).with("how", how);
        self.record(Log::Project(place.datasource.project), Some(caller), shown).await
    }
}
