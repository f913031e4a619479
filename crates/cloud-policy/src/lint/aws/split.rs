//! A statement on buckets and objects becomes one for each, and listing is narrowed to what may be read.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::Level;
use super::listing::Reach;
use super::mend::Draft;
use super::resources::{Shape, level};

/// The statement as one for listing, one for the bucket otherwise, and one for objects; as it is if it cannot be told
/// what belongs where.
pub(super) fn by_level(draft: Draft, reach: &BTreeMap<&str, Reach<'_>>) -> Vec<Draft> {
    let Some(parts) = Parts::of(&draft) else { return vec![draft] };
    let mut drafts = Vec::new();
    let mut unlisted = parts.bucket_actions.clone();
    if draft.conditions.iter().all(|(_, key, _)| !key.eq_ignore_ascii_case("s3:prefix")) {
        unlisted.retain(|action| !is_listing(action));
        let listing: Vec<String> = parts.bucket_actions.iter().filter(|action| is_listing(action)).cloned().collect();
        if !listing.is_empty() {
            for (prefixes, buckets) in parts.by_prefixes(reach) {
                let mut part = draft.part("List", listing.clone(), buckets);
                if !prefixes.is_empty() {
                    let condition = ("StringLike".to_owned(), "s3:prefix".to_owned(), prefixes.into_iter().collect());
                    part.conditions.push(condition);
                }
                drafts.push(part);
            }
        }
    }
    for (suffix, actions, resources) in
        [("Bucket", unlisted, parts.buckets()), ("Objects", parts.object_actions.clone(), parts.for_objects())]
    {
        if !actions.is_empty() {
            drafts.push(draft.part(suffix, actions, resources));
        }
    }
    if let [only] = drafts.as_mut_slice() {
        only.suffix = "";
    }
    drafts
}

fn is_listing(action: &str) -> bool {
    ["s3:ListBucket", "s3:ListBucketVersions"].iter().any(|known| known.eq_ignore_ascii_case(action))
}

struct Parts<'a> {
    bucket_actions: Vec<String>,
    object_actions: Vec<String>,
    /// The ARNs of buckets, with their names.
    buckets: Vec<(&'a str, &'a str)>,
    /// The ARNs of objects, with bucket and key.
    objects: Vec<(&'a str, &'a str, &'a str)>,
}

impl<'a> Parts<'a> {
    fn of(draft: &'a Draft) -> Option<Self> {
        let mut parts = Self { bucket_actions: vec![], object_actions: vec![], buckets: vec![], objects: vec![] };
        for action in draft.actions.as_ref()? {
            match level(action)? {
                Level::Bucket => parts.bucket_actions.push(action.clone()),
                Level::Object => parts.object_actions.push(action.clone()),
                Level::Account => return None,
            }
        }
        for text in draft.resources.as_ref()? {
            match Shape::of(text) {
                Shape::Bucket(bucket) => parts.buckets.push((text, bucket)),
                Shape::Objects(bucket, key) => parts.objects.push((text, bucket, key)),
                Shape::All | Shape::BucketsAndObjects(_) | Shape::Other => return None,
            }
        }
        Some(parts)
    }

    /// The buckets that are named, or else those of the objects.
    fn buckets(&self) -> Vec<String> {
        if !self.buckets.is_empty() {
            let mut seen = BTreeSet::new();
            let named = self.buckets.iter().filter(|(arn, _)| seen.insert(*arn));
            return named.map(|(arn, _)| (*arn).to_owned()).collect();
        }
        let derived: BTreeSet<String> =
            self.objects.iter().filter_map(|(arn, ..)| Some(arn.split_once('/')?.0.to_owned())).collect();
        derived.into_iter().collect()
    }

    /// The objects that are named; which ones a bucket alone stands for is not known.
    fn for_objects(&self) -> Vec<String> {
        let objects: Vec<String> = self.objects.iter().map(|(arn, ..)| (*arn).to_owned()).collect();
        if objects.is_empty() { self.buckets() } else { objects }
    }

    /// The buckets, by the prefixes to which listing them is narrowed; none where everything may be read.
    fn by_prefixes(&self, reach: &BTreeMap<&str, Reach<'_>>) -> BTreeMap<BTreeSet<String>, Vec<String>> {
        let mut all: BTreeMap<BTreeSet<String>, Vec<String>> = BTreeMap::new();
        for arn in self.buckets() {
            let bucket = arn.rsplit(':').next().unwrap_or_default();
            let own = || self.objects.iter().filter(|(_, own, _)| *own == bucket).map(|(.., key)| *key);
            let keys: BTreeSet<&str> = match reach.get(bucket) {
                Some(reach) => reach.keys.clone(),
                None => own().collect(),
            };
            let whole = keys.contains("*");
            let prefixes = if whole { BTreeSet::new() } else { keys.into_iter().map(str::to_owned).collect() };
            all.entry(prefixes).or_default().push(arn);
        }
        all
    }
}
