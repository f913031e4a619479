//! What is to be applied, before it is put into words.

use std::collections::{BTreeMap, BTreeSet};

use domain::provider::SetupAsk;
use domain::scope::{Access as Verbs, Scope};
use serde_json::{Value, json};

use super::{Access, TOKEN_CREATOR, cors_document, one_binding};
use crate::gcp::grant::{RoleGrant, for_gsutil, role_grants};
use crate::{PROBE, PolicyError};

/// Stands for the customer's project where it is not known yet.
pub(super) const PROJECT_ID: &str = "PROJECT_ID";
/// Stands for its number.
pub(super) const PROJECT_NUMBER: &str = "PROJECT_NUMBER";

/// Longest name of a service account (IAM API, `accountId`).
const MAX_ACCOUNT: usize = 30;
/// Longest id of a pool's provider (IAM API, `workloadIdentityPoolProviderId`).
const MAX_PROVIDER: usize = 32;

/// A service account that reaches the data.
pub(super) struct Account {
    pub(super) id: String,
    pub(super) email: String,
    /// Whether it is there already.
    pub(super) is_given: bool,
}

/// A pool of the customer's own.
pub(super) struct OwnPool<'a> {
    pub(super) issuer: &'a str,
    pub(super) subject: &'a str,
    pub(super) project_number: String,
    pub(super) pool: String,
    pub(super) provider: String,
    pub(super) is_given: bool,
}

pub(super) struct Plan<'a> {
    pub(super) ask: &'a SetupAsk,
    pub(super) access: Access<'a>,
    /// Of the account.
    pub(super) project: String,
    pub(super) account: Option<Account>,
    pub(super) pool: Option<OwnPool<'a>>,
    pub(super) grants: Vec<RoleGrant>,
    pub(super) cors: BTreeMap<String, Value>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(access: Access<'a>, ask: &'a SetupAsk) -> Result<Self, PolicyError> {
        let setting = |name: &str| ask.settings.get(name).map(String::as_str).filter(|text| !text.is_empty());
        let given = setting("service_account");
        let of_email = given.and_then(|email| email.strip_suffix(".iam.gserviceaccount.com")?.split_once('@'));
        let project = setting("project_id").or(of_email.map(|(_, project)| project)).unwrap_or(PROJECT_ID).to_owned();
        let account = match access {
            Access::OwnPool { acts_for_account: false, .. } => None,
            _ => Some(account(given, &name_of(ask), &project)),
        };
        let mut grants = role_grants(&scopes(ask))?;
        if ask.gsutil {
            grants.extend(for_gsutil(&grants));
        }
        Ok(Self { ask, access, account, pool: own_pool(access, &name_of(ask)), grants, cors: cors(ask), project })
    }

    /// Whom the role bindings of the buckets name.
    pub(super) fn member_of_data(&self) -> String {
        match (&self.account, self.subject_member()) {
            (Some(account), _) => format!("serviceAccount:{}", account.email),
            (None, Some(member)) => member,
            (None, None) => String::new(),
        }
    }

    /// Who acts for the account, or reaches the data itself.
    pub(super) fn subject_member(&self) -> Option<String> {
        match (&self.access, &self.pool) {
            (Access::OperatorsPool { member }, _) => Some((*member).to_owned()),
            (_, Some(pool)) => Some(format!("principal:{}/subject/{}", pool.path(), pool.subject)),
            _ => None,
        }
    }

    /// The full name of the provider of the customer's own pool.
    pub(super) fn provider(&self) -> Option<String> {
        self.pool.as_ref().map(|pool| format!("{}/providers/{}", pool.path(), pool.provider))
    }

    /// The buckets, each once.
    pub(super) fn buckets(&self) -> BTreeSet<&str> {
        self.grants.iter().map(|grant| grant.bucket.as_str()).collect()
    }

    pub(super) fn bindings(&self) -> BTreeMap<String, Value> {
        let member = self.member_of_data();
        let of = |bucket: &str| {
            let own = self.grants.iter().filter(|grant| grant.bucket == bucket);
            json!({"bindings": own.map(|grant| one_binding(grant, &member)).collect::<Vec<_>>()})
        };
        self.buckets().into_iter().map(|bucket| (bucket.to_owned(), of(bucket))).collect()
    }

    /// Who is let in: by the pool, and by the account.
    pub(super) fn trust(&self) -> Option<Value> {
        let member = self.subject_member()?;
        let binding = self.account.is_some().then(|| json!([{"role": TOKEN_CREATOR, "members": [member]}]));
        let mut trust = serde_json::Map::new();
        trust.extend(self.pool.as_ref().map(|pool| ("provider".to_owned(), pool.document())));
        trust.extend(binding.map(|bindings| ("bindings".to_owned(), bindings)));
        Some(trust.into())
    }

    pub(super) fn probe_keys(&self) -> Vec<String> {
        let prefixes: BTreeSet<&str> = self.ask.places.iter().map(|place| place.prefix.as_str()).collect();
        prefixes.into_iter().map(|prefix| format!("{prefix}{PROBE}*")).collect()
    }
}

impl OwnPool<'_> {
    fn path(&self) -> String {
        let (number, pool) = (&self.project_number, &self.pool);
        format!("//iam.googleapis.com/projects/{number}/locations/global/workloadIdentityPools/{pool}")
    }

    /// Subjects hold neither quotes nor backslashes: external ids and names have none.
    pub(super) fn condition(&self) -> String {
        format!("assertion.sub == '{}'", self.subject)
    }

    fn document(&self) -> Value {
        json!({
            "oidc": {"issuerUri": self.issuer},
            "attributeMapping": {"google.subject": "assertion.sub"},
            "attributeCondition": self.condition(),
        })
    }
}

fn name_of(ask: &SetupAsk) -> String {
    format!("tidegate-{}", ask.integration.as_deref().unwrap_or(&ask.project))
}

fn cut(name: &str, most: usize) -> String {
    let cut: String = name.chars().take(most).collect();
    cut.trim_end_matches('-').to_owned()
}

fn account(given: Option<&str>, name: &str, project: &str) -> Account {
    match given.and_then(|email| Some((email, email.split_once('@')?.0))) {
        Some((email, id)) => Account { id: id.to_owned(), email: email.to_owned(), is_given: true },
        None => {
            let id = cut(name, MAX_ACCOUNT);
            Account { email: format!("{id}@{project}.iam.gserviceaccount.com"), id, is_given: false }
        }
    }
}

fn own_pool<'a>(access: Access<'a>, name: &str) -> Option<OwnPool<'a>> {
    let Access::OwnPool { issuer, subject, provider, .. } = access else { return None };
    Some(match provider {
        Some(names) => OwnPool {
            issuer,
            subject,
            project_number: names.project_number.to_owned(),
            pool: names.pool.to_owned(),
            provider: names.provider.to_owned(),
            is_given: true,
        },
        None => OwnPool {
            issuer,
            subject,
            project_number: PROJECT_NUMBER.to_owned(),
            pool: "tidegate".to_owned(),
            provider: cut(name, MAX_PROVIDER),
            is_given: false,
        },
    })
}

fn scopes(ask: &SetupAsk) -> Vec<Scope> {
    let scope = |place: &domain::provider::SetupPlace| Scope {
        bucket: place.bucket.clone(),
        prefix: place.prefix.clone(),
        access: if place.purpose.writes() { Verbs::ReadWrite } else { Verbs::Read },
        kms_key_arn: None,
    };
    ask.places.iter().map(scope).collect()
}

fn cors(ask: &SetupAsk) -> BTreeMap<String, Value> {
    let mut out: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for place in &ask.places {
        let Some(origin) = &place.cors_origin else { continue };
        let rules = out.entry(place.bucket.to_string()).or_default();
        for rule in cors_document(origin, place.purpose.writes()).as_array().into_iter().flatten() {
            if !rules.contains(rule) {
                rules.push(rule.clone());
            }
        }
    }
    out.into_iter().map(|(bucket, rules)| (bucket, rules.into())).collect()
}
