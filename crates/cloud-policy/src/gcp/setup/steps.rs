//! Numbered steps to click, and what to mind.

use domain::provider::SetupStep;

use super::TOKEN_CREATOR;
use super::plan::{PROJECT_ID, PROJECT_NUMBER, Plan};
use crate::gcp::BUCKET_READER;

struct Steps(Vec<SetupStep>);

impl Steps {
    fn add(&mut self, title: &str, text: impl Into<String>) {
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.0.push(SetupStep { number, title: title.to_owned(), text: text.into() });
    }
}

pub(super) fn steps(plan: &Plan<'_>) -> Vec<SetupStep> {
    let mut steps = Steps(Vec::new());
    if let Some(pool) = plan.pool.as_ref().filter(|pool| !pool.is_given) {
        steps.add(
            "Trust the tokens that Tidegate issues",
            format!(
                "IAM & Admin > Workload Identity Federation > Create pool. Name: {}. Add a provider: OpenID Connect (OIDC), \
                 name {}, issuer {}. Audiences: the default audience. Map google.subject to assertion.sub. Attribute \
                 condition: {}. Without the condition the pool takes tokens of everybody whom Tidegate serves.",
                pool.pool,
                pool.provider,
                pool.issuer,
                pool.condition()
            ),
        );
    }
    account(plan, &mut steps);
    for bucket in plan.buckets() {
        steps.add(
            &format!("Let IAM alone decide on the bucket {bucket}"),
            format!(
                "Cloud Storage > Buckets > {bucket} > Permissions > Access control: switch to uniform. Conditions and \
                 narrowed credentials need it."
            ),
        );
    }
    data(plan, &mut steps);
    for (bucket, cors) in &plan.cors {
        steps.add(
            &format!("Allow your web page to load objects of the bucket {bucket}"),
            format!(
                "The console has no form for this. In Cloud Shell write this to cors.json and run: gcloud storage buckets \
                 update gs://{bucket} --cors-file=cors.json\n{cors:#}"
            ),
        );
    }
    steps.0
}

fn account(plan: &Plan<'_>, steps: &mut Steps) {
    let Some(account) = &plan.account else { return };
    if !account.is_given {
        steps.add(
            "Make a service account",
            format!(
                "IAM & Admin > Service Accounts > Create service account. Name: {}. Give it no role of the project: it \
                 gets its rights on the buckets below.",
                account.id
            ),
        );
    }
    match plan.subject_member() {
        Some(member) => steps.add(
            "Let Tidegate act for it",
            format!(
                "Service Accounts > {} > Principals with access > Grant access. New principal: {member}. Role: Service \
                 Account Token Creator ({TOKEN_CREATOR}). It is needed for tokens and for signing URLs. It names this \
                 project of Tidegate and no other.",
                account.email
            ),
        ),
        None => steps.add(
            "Make a key for it",
            format!(
                "Service Accounts > {} > Keys > Add key > Create new key > JSON. The file that is downloaded is what \
                 Tidegate asks for; remove it afterwards.",
                account.email
            ),
        ),
    }
}

fn data(plan: &Plan<'_>, steps: &mut Steps) {
    if plan.grants.is_empty() {
        steps.add(
            "Give it its rights",
            "Ask for this set-up again and name the buckets, or ask once the integration has datasources: the role \
             bindings are made for them. Until then nothing can be reached.",
        );
    }
    let member = plan.member_of_data();
    let member = member.strip_prefix("serviceAccount:").unwrap_or(&member);
    for grant in &plan.grants {
        let condition = grant.condition.as_ref().map_or_else(
            || "Without a condition: it is the whole bucket.".to_owned(),
            |condition| {
                format!("Add condition, title {}, condition editor:\n{}", condition.title, condition.expression)
            },
        );
        steps.add(
            &format!("Give it {} on the bucket {}", short(grant.role), grant.bucket),
            format!(
                "Cloud Storage > Buckets > {} > Permissions > Grant access. New principal: {member}. Role: {}. {condition}",
                grant.bucket, grant.role
            ),
        );
    }
}

fn short(role: &str) -> &str {
    role.rsplit('.').next().unwrap_or(role)
}

pub(super) fn notes(plan: &Plan<'_>) -> Vec<String> {
    let mut out = Vec::new();
    if plan.project == PROJECT_ID {
        out.push(format!("Replace {PROJECT_ID} by the id of your project."));
    }
    if plan.pool.as_ref().is_some_and(|pool| pool.project_number == PROJECT_NUMBER) {
        out.push(format!(
            "Replace {PROJECT_NUMBER} by the number of your project: gcloud projects describe prints it."
        ));
    }
    if plan.pool.is_some() && plan.account.is_none() {
        out.push(
            "Without a service account nothing can be signed and no token narrowed: listings and previews work, signed URLs \
             and credentials do not."
                .to_owned(),
        );
    }
    if !plan.grants.is_empty() {
        out.push(
            "Uniform access voids the access lists of a bucket's objects, and cannot be taken back after 90 days: see who \
             relies on them first."
                .to_owned(),
        );
    }
    let ask = plan.ask;
    if ask.gsutil && !plan.grants.is_empty() {
        let buckets: Vec<_> = plan.buckets().into_iter().collect();
        out.push(format!(
            "For gsutil the rights are wider than for Tidegate itself: {BUCKET_READER} shows the names of all objects of {}, \
             outside the prefixes too, and the settings of the bucket. What the objects hold stays narrowed.",
            buckets.join(", ")
        ));
    }
    let networks = [&ask.server_networks, &ask.worker_networks, &ask.viewer_networks, &ask.vpcs];
    if networks.iter().any(|list| !list.is_empty()) {
        out.push(
            "Networks are not restricted by this set-up: use the IP filter of the bucket (gcloud storage buckets update \
             --ip-filter-file) or VPC Service Controls."
                .to_owned(),
        );
    }
    if ask.kms_key_arn.is_some() || ask.places.iter().any(|place| place.sse.is_some()) {
        out.push(
            "Google encrypts every object itself, with the default key of the bucket if it has one: a key is set there and \
             not with each object."
                .to_owned(),
        );
    }
    if !plan.cors.is_empty() {
        out.push("The CORS document takes the place of the one that the bucket has: merge them first.".to_owned());
    }
    out
}
