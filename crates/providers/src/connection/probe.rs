//! The questions that a proof asks of a connection.

use domain::place::BucketName;
use domain::provider::{
    ExternalIdSent, Finding, ListAsk, ObjectStorage as _, ProviderError, ProviderErrorKind as Kind, SessionAsk,
    SessionTags,
};

use super::S3Connection;
use super::spec::{Base, MIN_SESSION};
use crate::answer::header;
use crate::s3::{Objects, Which, list_buckets, reach};
use crate::signed::KeySet;
use crate::sts;

impl S3Connection {
    /// Does the endpoint answer like an object store? The STS is asked of the egress guard only: it says nothing to strangers.
    pub(super) async fn reach(&self) -> Finding {
        let endpoint = match self.spec.address.endpoint(Which::Internal, &self.spec.region, None) {
            Ok(endpoint) => endpoint,
            Err(error) => return Finding::Unclear(error),
        };
        if let Some(service) = &self.spec.sts
            && let Err(error) = self.wire.transport.check(&service.endpoint.origin()).await
        {
            return Finding::Unclear(error);
        }
        reach(&self.wire, &endpoint).await
    }

    /// Are the keys known to the provider?
    pub(super) async fn authenticate(&self) -> Finding {
        if matches!(self.spec.base, Base::Token { .. }) {
            let reason = "there are no keys: Tidegate's token is shown when the role is taken on";
            return Finding::NotApplicable { reason: reason.to_owned() };
        }
        let keys = match self.spec.base.keys().await {
            Ok(keys) => keys,
            Err(error) => return Finding::Unclear(error),
        };
        let service = self.spec.sts.as_ref().filter(|_| self.spec.preset.sts.is_some_and(|sts| sts.caller_identity));
        if let Some(service) = service {
            match sts::get_caller_identity(&self.wire, service, &keys).await {
                Ok(arn) => return yes(format!("the keys belong to {arn}")),
                Err(error) if error.kind == Kind::NotImplemented => {}
                Err(error) => return known(error, false),
            }
        }
        if let Some(finding) = self.keep_private() {
            return finding;
        }
        match self.buckets(&keys).await {
            Ok(_) => yes("the keys are known".to_owned()),
            Err(error) => known(error, true),
        }
    }

    /// Can the base identity do more than assume its role?
    pub(super) async fn base_reaches(&self, bucket: Option<&BucketName>) -> Finding {
        if self.spec.role.is_none() {
            let reason = "these keys are meant to reach the data themselves";
            return Finding::NotApplicable { reason: reason.to_owned() };
        }
        if let Some(finding) = self.keep_private() {
            return finding;
        }
        let keys = match self.spec.base.keys().await {
            Ok(keys) => keys,
            Err(error) => return Finding::Unclear(error),
        };
        // Ceph and SeaweedFS let every user list buckets, and show none that is not his.
        let telling = self.spec.preset.dialect.id == "aws";
        let refused = match self.buckets(&keys).await {
            Ok(buckets) if !buckets.is_empty() || telling => {
                return yes(format!("the base identity may list buckets and sees {}", buckets.len()));
            }
            Ok(_) => None,
            Err(error) if error.kind.is_refusal() => error.answer,
            Err(error) => return Finding::Unclear(error),
        };
        let Some(bucket) = bucket else {
            return no("the base identity sees no buckets", refused);
        };
        match self.list_one(keys, bucket).await {
            Ok(()) => yes(format!("the base identity may list {bucket} without the role")),
            Err(error) if error.kind.is_refusal() => no("the base identity is refused without the role", error.answer),
            Err(error) => Finding::Unclear(error),
        }
    }

    /// Is the region that requests are signed for the right one?
    pub(super) async fn region(&self, tags: &SessionTags, bucket: Option<&BucketName>) -> Finding {
        let ask = SessionAsk { scope: None, tags: tags.clone(), ttl: MIN_SESSION, external_id: ExternalIdSent::Right };
        let session = match self.open(&ask).await {
            Ok(session) => session,
            Err(error) => return Finding::Unclear(error),
        };
        let Some(bucket) = bucket else {
            return self.judge_region(self.buckets(session.keys()).await.map(drop));
        };
        let objects = match session.objects(bucket, None) {
            Ok(objects) => objects,
            Err(error) => return Finding::Unclear(error),
        };
        match named_region(&objects).await {
            Ok(Some(region)) if region != self.spec.region => Finding::No {
                detail: format!("the bucket is in {region}, but requests are signed for {}", self.spec.region),
                answer: None,
                region: Some(region),
            },
            Ok(Some(region)) => {
                Finding::Yes { detail: format!("the bucket is in {region}"), clock: None, region: Some(region) }
            }
            Ok(None) => self.judge_region(self.list_one(session.keys().clone(), bucket).await),
            Err(error) => Finding::Unclear(error),
        }
    }

    /// An answer about rights or contents is one to a signature that was taken for the right region.
    fn judge_region(&self, answer: Result<(), ProviderError>) -> Finding {
        let accepted = || yes(format!("requests signed for {} are accepted", self.spec.region));
        match answer {
            Ok(()) => accepted(),
            Err(error) if error.kind == Kind::WrongRegion => {
                Finding::No { detail: error.message, answer: error.answer, region: error.region }
            }
            Err(error) if error.kind.is_refusal() => accepted(),
            Err(error) => Finding::Unclear(error),
        }
    }

    /// Keys that are only lent to assume a role sign for the STS, and for no endpoint that a tenant chose: a store
    /// that takes any host for its own would take such a signature from the tenant as well.
    fn keep_private(&self) -> Option<Finding> {
        let reason =
            "the keys behind the role are not the project's own, and sign for no endpoint that a project names";
        let private = self.spec.role.is_some() && self.spec.base.is_lent() && !self.spec.address.well_known;
        private.then(|| Finding::NotApplicable { reason: reason.to_owned() })
    }

    async fn buckets(&self, keys: &KeySet) -> Result<Vec<domain::provider::BucketInfo>, ProviderError> {
        let endpoint = self.spec.address.endpoint(Which::Internal, &self.spec.region, None)?;
        list_buckets(&self.wire, keys, &endpoint, &self.spec.region).await
    }

    async fn list_one(&self, keys: KeySet, bucket: &BucketName) -> Result<(), ProviderError> {
        let objects = self.session(keys, None, false).objects(bucket, None)?;
        objects.list(&ListAsk { limit: 1, ..ListAsk::default() }).await.map(drop)
    }
}

/// The region that the store names in a header, whatever else it says.
async fn named_region(objects: &Objects) -> Result<Option<String>, ProviderError> {
    let incoming = objects.head_bucket().await?;
    Ok(header(&incoming.headers, "x-amz-bucket-region"))
}

fn yes(detail: String) -> Finding {
    Finding::Yes { detail, clock: None, region: None }
}

fn no(detail: &str, answer: Option<domain::proof::ProviderAnswer>) -> Finding {
    Finding::No { detail: detail.to_owned(), answer, region: None }
}

/// A refusal of rights comes after the keys were known; only a refusal of the keys is a no.
fn known(error: ProviderError, refusal_counts: bool) -> Finding {
    match error.kind {
        Kind::Denied if refusal_counts => yes("the keys are known, and may not list buckets".to_owned()),
        Kind::BadCredentials | Kind::ExpiredCredentials | Kind::Denied => {
            Finding::No { detail: error.message, answer: error.answer, region: None }
        }
        _ => Finding::Unclear(error),
    }
}
