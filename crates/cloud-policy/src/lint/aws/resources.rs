//! The resources: whether they are ARNs, of one partition, and of the level that the actions work on.

use super::catalog::{self, Level};
use super::{actions_of, allows, resources_of};
use crate::arn::partition_of_region;
use crate::lint::{Kind, Report, Rule};
use crate::read::{Document, PrincipalKind, Statement, Who};

/// What a resource of S3 is, with the partition as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape<'a> {
    /// Everything.
    All,
    /// A bucket.
    Bucket(&'a str),
    /// Buckets by a pattern that also holds what is in them.
    BucketsAndObjects(&'a str),
    /// Objects of a bucket.
    Objects(&'a str, &'a str),
    /// Something else.
    Other,
}

impl<'a> Shape<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        if super::is_everything(text) {
            return Self::All;
        }
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().unwrap_or_default();
        let (arn, _, service, region, account, name) = (next(), next(), next(), next(), next(), next());
        // A wildcard for what S3's ARNs leave empty leaves it empty too.
        let of_s3 = super::covers(service, "s3") && super::covers(region, "") && super::covers(account, "");
        if arn != "arn" || !of_s3 || name.is_empty() {
            return Self::Other;
        }
        match name.split_once('/') {
            None if super::is_any(name) => Self::All,
            None if name.ends_with('*') => Self::BucketsAndObjects(name),
            None => Self::Bucket(name),
            Some((bucket, key)) if super::is_any(bucket) && super::is_any(key) => Self::All,
            Some((bucket, key)) => Self::Objects(bucket, key),
        }
    }

    fn fits(self, level: Level) -> bool {
        match self {
            Self::All | Self::BucketsAndObjects(_) => true,
            Self::Bucket(_) => level == Level::Bucket,
            Self::Objects(..) => level == Level::Object,
            Self::Other => true,
        }
    }
}

/// Whether a resource of the statement is a bucket, or everything.
pub(super) fn reaches_buckets(statement: &Statement) -> bool {
    resources_of(statement).any(|(_, text)| !matches!(Shape::of(text), Shape::Objects(..) | Shape::Other))
}

pub(super) fn examine(document: &Document, kind: Kind, report: &mut Report) {
    partitions(document, report);
    for statement in &document.statements {
        for (at, text) in statement.resources.iter().flat_map(|patterns| patterns.texts.located()) {
            resource(&at, text, report);
        }
        levels(statement, report);
        if allows(statement) {
            width(statement, kind, report);
        }
    }
}

fn resource(at: &str, text: &str, report: &mut Report) {
    if text == "*" || text.starts_with("arn:") && text.split(':').count() >= 6 {
        return account(at, text, report);
    }
    let message = format!(
        "{text:?} is no ARN: a bucket is written arn:aws:s3:::bucket, its objects arn:aws:s3:::bucket/prefix/*"
    );
    report.error(Rule::InvalidArn, at, message);
}

/// The number of the account in an ARN.
pub(super) fn account(at: &str, arn: &str, report: &mut Report) {
    let account = arn.split(':').nth(4).unwrap_or_default();
    let digits = account.bytes().all(|b| b.is_ascii_digit());
    if digits && !matches!(account.len(), 0 | 12) {
        let message = format!("the account {account} has {} digits, and accounts of AWS have twelve", account.len());
        report.error(Rule::AccountId, at, message);
    }
}

/// Every ARN of the document with where it stands.
fn arns(document: &Document) -> Vec<(String, &str)> {
    let mut all = Vec::new();
    for statement in &document.statements {
        all.extend(statement.resources.iter().flat_map(|patterns| patterns.texts.located()));
        if let Some(Who::Named(lists)) = statement.principals.as_ref().map(|principals| &principals.who) {
            let of_aws = lists.iter().filter(|(kind, _)| matches!(kind, PrincipalKind::Aws | PrincipalKind::Federated));
            all.extend(of_aws.flat_map(|(_, texts)| texts.located()));
        }
        all.extend(statement.conditions.iter().flat_map(|condition| condition.values.located()));
    }
    all.retain(|(_, text)| text.starts_with("arn:"));
    all
}

fn partitions(document: &Document, report: &mut Report) {
    let mut first: Option<&str> = None;
    for (at, arn) in arns(document) {
        let mut parts = arn.split(':').skip(1);
        let (partition, region) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
        if partition.contains(['*', '?', '$']) {
            continue;
        }
        if partition != "aws" && !partition.starts_with("aws-") {
            report.error(
                Rule::InvalidArn,
                at,
                format!("{partition:?} is no partition of AWS: it is aws, aws-cn, aws-us-gov or the like"),
            );
            continue;
        }
        let of_region = partition_of_region(region);
        if !region.is_empty() && !region.contains(['*', '?', '$']) && of_region != partition {
            let message = format!(
                "the region {region} belongs to the partition {of_region}: write arn:{of_region}: in place of arn:{partition}:"
            );
            report.error(Rule::WrongPartition, at, message);
            continue;
        }
        match first {
            Some(first) if first != partition => {
                let message = format!(
                    "the policy names the partition {first} and here {partition}: no policy reaches into another partition, so \
                     one of them has no effect"
                );
                report.error(Rule::WrongPartition, at, message);
            }
            _ => first = Some(partition),
        }
    }
}

/// Whether each action has a resource on which it has an effect.
fn levels(statement: &Statement, report: &mut Report) {
    let shapes: Vec<(String, Shape<'_>)> = resources_of(statement).map(|(at, text)| (at, Shape::of(text))).collect();
    if shapes.is_empty() {
        return;
    }
    let fits = |level| shapes.iter().any(|(_, shape)| shape.fits(level));
    let (fits_bucket, fits_object) = (fits(Level::Bucket), fits(Level::Object));
    let fits_account = shapes.iter().any(|(_, shape)| matches!(shape, Shape::All | Shape::Other));
    let mut seen = [false; 2];
    for (at, action) in actions_of(statement) {
        let level = match level(action) {
            Some(Level::Account) => {
                if !fits_account {
                    let message = format!(
                        "{action} is about the account and no bucket, so it has no effect with these ARNs: it takes \"*\""
                    );
                    report.error(Rule::AccountActionOnArn, at, message);
                }
                continue;
            }
            Some(level) => level,
            None => {
                if !fits_bucket && lists_by_pattern(action) {
                    let message = format!(
                        "{action} lists no bucket here: s3:ListBucket is done to a bucket and the statement names objects only; \
                         write the ARN of the bucket, and narrow listing by s3:prefix"
                    );
                    report.warn(Rule::BucketActionOnObjectArn, at, message);
                }
                continue;
            }
        };
        if let Some(seen) = seen.get_mut(usize::from(level == Level::Object)) {
            *seen = true;
        }
        if !(if level == Level::Object { fits_object } else { fits_bucket }) {
            without_effect(&at, action, level, report);
        }
    }
    stray(statement, &shapes, seen, report);
}

/// The level of all that an action of S3 covers, if it is one.
pub(super) fn level(action: &str) -> Option<Level> {
    let known = catalog::of_s3(action);
    let (_, first) = known.first()?;
    known.iter().all(|(_, level)| level == first).then_some(*first)
}

/// Whether a pattern such as `s3:List*` is there for the sake of listing.
fn lists_by_pattern(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    action.starts_with("s3:list") && super::covers(&action, "s3:listbucket")
}

fn without_effect(at: &str, action: &str, level: Level, report: &mut Report) {
    if level == Level::Object {
        let message = format!(
            "{action} is done to objects and the statement names a bucket only, so it has no effect: write the ARN of the \
             objects, arn:aws:s3:::bucket/prefix/*"
        );
        report.error(Rule::ObjectActionOnBucketArn, at, message);
    } else {
        let message = format!(
            "{action} is done to a bucket and the statement names objects only, so it has no effect: write the ARN of the \
             bucket, and narrow listing by s3:prefix"
        );
        report.error(Rule::BucketActionOnObjectArn, at, message);
    }
}

/// ARNs that none of the actions has an effect on, and statements that mix both levels.
fn stray(statement: &Statement, shapes: &[(String, Shape<'_>)], [bucket, object]: [bool; 2], report: &mut Report) {
    // A pattern of many actions or an unknown one may have an effect on any ARN.
    if actions_of(statement).any(|(_, action)| level(action).is_none()) {
        return;
    }
    let buckets = shapes.iter().any(|(_, shape)| matches!(shape, Shape::Bucket(_)));
    let objects = shapes.iter().any(|(_, shape)| matches!(shape, Shape::Objects(..)));
    if bucket && object && buckets && objects {
        let message = "actions on buckets and actions on objects share the statement: each has an effect on its own ARNs \
                       only, and the ARN of the objects does not narrow what is listed";
        return report.note(Rule::MixedLevels, statement.pointer.as_str(), message);
    }
    for (at, shape) in shapes {
        match shape {
            Shape::Objects(..) if bucket && !object && buckets => {
                let message = "the actions of this statement are done to buckets, so this ARN of objects has no effect, and \
                               it does not narrow what is listed: that is done by a condition on s3:prefix";
                report.warn(Rule::BucketActionOnObjectArn, at.as_str(), message);
            }
            Shape::Bucket(_) if object && !bucket && objects => {
                let message = "the actions of this statement are done to objects, so this ARN of a bucket has no effect: \
                               leave it out";
                report.warn(Rule::ObjectActionOnBucketArn, at.as_str(), message);
            }
            _ => {}
        }
    }
}

/// How much the statement reaches.
fn width(statement: &Statement, kind: Kind, report: &mut Report) {
    let data = |(_, action): (String, &str)| {
        catalog::of_s3(action).iter().any(|(_, level)| *level != Level::Account)
            || super::covers(&action.to_ascii_lowercase(), "sts:assumerole")
    };
    if !actions_of(statement).any(data) || kind == Kind::AwsTrust {
        return;
    }
    let administers = actions_of(statement).any(|(_, action)| matches!(action, "*" | "*:*"));
    for (at, text) in resources_of(statement) {
        match Shape::of(text) {
            Shape::All if !administers => {
                let message = "the statement reaches every bucket or role there is: name those that are needed";
                report.error(Rule::AllResources, at, message);
            }
            Shape::Objects(bucket, "*") => {
                let message =
                    format!("every object of {bucket} is reached: if less is needed, write {bucket}/prefix/*");
                report.note(Rule::WholeBucket, at, message);
            }
            Shape::Other
                if super::is_every("iam", "role", text)
                    && super::is_any(text.split(':').nth(4).unwrap_or_default()) =>
            {
                let message =
                    "every role of every account may be assumed that trusts this one: name the roles that are needed";
                report.error(Rule::AllResources, at, message);
            }
            Shape::BucketsAndObjects(name) => {
                let stem = name.trim_end_matches('*');
                let message = format!(
                    "{name:?} is every bucket whose name begins with {stem:?}, also those of others, and all that is in them: \
                     name the bucket, and its objects with {stem}/prefix/*"
                );
                report.warn(Rule::PrefixWithoutSlash, at, message);
            }
            Shape::Objects(bucket, key) if key.ends_with('*') && !key.ends_with("/*") => {
                let stem = key.trim_end_matches('*');
                let message = format!(
                    "{bucket}/{key} also holds what merely begins with {stem:?}: if a folder is meant, write {bucket}/{stem}/*"
                );
                report.warn(Rule::PrefixWithoutSlash, at, message);
            }
            _ => {}
        }
    }
}
