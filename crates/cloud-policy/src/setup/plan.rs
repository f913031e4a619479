//! What is to be applied, before it is put into words.

use std::collections::{BTreeMap, BTreeSet};

use domain::datasource::Encryption;
use domain::provider::{SetupAsk, SetupPlace};

use super::{Flavour, FlavourKind};
use crate::arn::{MAX_ROLE_NAME, RoleArn, account_of};
use crate::bucket::{self, Cors, CorsRule, Networks};
use crate::dialect::Grant;
use crate::document::Policy;
use crate::{PolicyError, kms, permission, trust};

/// Stands for the customer's account where it is not known yet.
pub(super) const ACCOUNT: &str = "ACCOUNT_ID";
/// Stands for the identity of the server's machine where it is not known.
pub(super) const PRINCIPAL: &str = "PRINCIPAL_ARN";

/// Longest inline policies of a role together (IAM User Guide, "IAM and AWS STS quotas").
const MAX_ROLE_POLICY: usize = 10_240;
/// Longest managed policy (the same).
const MAX_MANAGED_POLICY: usize = 6_144;

pub(super) struct Plan<'a> {
    pub(super) flavour: &'a Flavour<'a>,
    pub(super) ask: &'a SetupAsk,
    pub(super) places: Vec<SetupPlace>,
    pub(super) role: Option<Role>,
    pub(super) user: Option<String>,
    /// None where the store has no policy language.
    pub(super) permission: Option<Policy>,
    pub(super) bucket_policies: BTreeMap<String, Policy>,
    pub(super) networks: Networks,
    pub(super) cors: BTreeMap<String, Cors>,
    pub(super) keys: Vec<(String, Policy)>,
}

pub(super) struct Role {
    /// As shown; may hold `${user.<property>}`.
    pub(super) name: String,
    pub(super) path: String,
    pub(super) properties: Vec<String>,
    pub(super) principal: String,
    pub(super) external_id: Option<String>,
    pub(super) trust: Policy,
}

impl Role {
    /// The name to type: a property becomes its own name in capitals.
    pub(super) fn name_to_type(&self) -> String {
        self.properties.iter().fold(self.name.clone(), |name, property| {
            name.replace(&format!("${{user.{property}}}"), &property.to_uppercase())
        })
    }

    pub(super) fn path_to_type(&self) -> String {
        self.properties.iter().fold(self.path.clone(), |path, property| {
            path.replace(&format!("${{user.{property}}}"), &property.to_uppercase())
        })
    }
}

impl<'a> Plan<'a> {
    pub(super) fn new(flavour: &'a Flavour<'a>, ask: &'a SetupAsk) -> Result<Self, PolicyError> {
        let places = places(ask);
        let dialect = flavour.dialect;
        let (role, user) = identities(flavour, ask);
        let permission = if places.is_empty() && role.is_some() && dialect.grant == Grant::Aws {
            // Whom the role trusts is known before any bucket is.
            None
        } else if dialect.has_policies() {
            let policy = permission::policy(dialect, flavour.partition, &places)?;
            check_size(flavour, &policy)?;
            Some(policy)
        } else if places.is_empty() {
            return Err(PolicyError::not_expressible("name at least one bucket"));
        } else {
            None
        };
        let networks = networks(ask);
        let bucket_policies = bucket_policies(flavour, &places, &networks)?;
        let keys = keys(flavour, ask, &places, role.as_ref(), user.as_deref())?;
        let cors = cors(&places);
        Ok(Self { flavour, ask, places, role, user, permission, bucket_policies, networks, cors, keys })
    }

    /// The name of the integration in commands.
    pub(super) fn name(&self) -> String {
        self.ask.integration.clone().unwrap_or_else(|| "NAME".to_owned())
    }

    pub(super) fn endpoint(&self) -> Option<&str> {
        self.ask.settings.get("endpoint").map(String::as_str)
    }

    pub(super) fn is_aws(&self) -> bool {
        self.flavour.dialect.grant == Grant::Aws
    }

    /// The buckets, each once.
    pub(super) fn buckets(&self) -> BTreeSet<&str> {
        self.places.iter().map(|place| place.bucket.as_str()).collect()
    }
}

fn places(ask: &SetupAsk) -> Vec<SetupPlace> {
    let key = ask.kms_key_arn.as_ref();
    let with_key = |place: &SetupPlace| {
        let mut place = place.clone();
        if let (None, Some(key)) = (&place.sse, key) {
            place.sse = Some(Encryption::Kms { kms_key_arn: key.clone() });
        }
        place
    };
    ask.places.iter().map(with_key).collect()
}

fn identities(flavour: &Flavour<'_>, ask: &SetupAsk) -> (Option<Role>, Option<String>) {
    let given = ask.settings.get("role_arn").and_then(|text| RoleArn::parse_for_store(text).ok());
    let default_name = || {
        let of = ask.integration.as_deref().unwrap_or(&ask.project);
        format!("tidegate-{of}").chars().take(MAX_ROLE_NAME).collect::<String>()
    };
    let role = |principal: String, external_id: Option<&str>| Role {
        name: given.as_ref().map_or_else(default_name, RoleArn::role_name),
        path: given.as_ref().map_or_else(|| "/".to_owned(), RoleArn::path),
        properties: given.as_ref().map(|role| role.properties().to_vec()).unwrap_or_default(),
        trust: trust::policy(&principal, external_id),
        principal,
        external_id: external_id.map(str::to_owned),
    };
    match flavour.kind {
        FlavourKind::CrossAccountRole { principal_arn } => {
            (Some(role(principal_arn.to_owned(), Some(ask.external_id.as_str()))), None)
        }
        FlavourKind::AmbientRole { principal_arn } => {
            (Some(role(principal_arn.unwrap_or(PRINCIPAL).to_owned(), None)), None)
        }
        FlavourKind::FederatedRole { federation } => {
            let account = given.as_ref().map(RoleArn::account).filter(|account| !account.is_empty());
            let account = account.unwrap_or_else(|| usual_account(flavour));
            let arn = format!("arn:{}:iam::{account}:oidc-provider/{}", flavour.partition, federation.name());
            let trust = trust::federated(&arn, &federation);
            (Some(Role { trust, ..role(arn, None) }), None)
        }
        FlavourKind::AssumedByUser => {
            let user = default_name();
            let account = given.as_ref().map_or_else(|| usual_account(flavour), RoleArn::account);
            let arn = format!("arn:{}:iam::{account}:user/{user}", flavour.partition);
            let external_id = ask.settings.get("external_id").map(String::as_str).filter(|id| !id.is_empty());
            (Some(role(arn, external_id)), Some(user))
        }
        FlavourKind::User => (None, Some(default_name())),
        FlavourKind::Ambient => (None, None),
    }
}

fn usual_account<'a>(flavour: &Flavour<'a>) -> &'a str {
    match flavour.dialect.grant {
        Grant::IamApi { account: Some(account), .. } => account,
        _ => ACCOUNT,
    }
}

fn check_size(flavour: &Flavour<'_>, policy: &Policy) -> Result<(), PolicyError> {
    if flavour.dialect.grant != Grant::Aws {
        return Ok(());
    }
    let role = !matches!(flavour.kind, FlavourKind::User | FlavourKind::Ambient);
    let limit = if role { MAX_ROLE_POLICY } else { MAX_MANAGED_POLICY };
    // IAM does not count white space.
    let length = policy.compact()?.chars().filter(|c| !c.is_whitespace()).count();
    if length > limit { Err(PolicyError::TooLarge { length, limit }) } else { Ok(()) }
}

fn networks(ask: &SetupAsk) -> Networks {
    let all = [&ask.server_networks, &ask.worker_networks, &ask.viewer_networks];
    let mut cidrs: Vec<String> = Vec::new();
    for cidr in all.into_iter().flatten() {
        if !cidrs.contains(cidr) {
            cidrs.push(cidr.clone());
        }
    }
    Networks { cidrs, vpcs: ask.vpcs.clone() }
}

fn bucket_policies(
    flavour: &Flavour<'_>,
    places: &[SetupPlace],
    networks: &Networks,
) -> Result<BTreeMap<String, Policy>, PolicyError> {
    let mut prefixes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for place in places {
        prefixes.entry(place.bucket.as_str()).or_default().insert(place.prefix.as_str());
    }
    let mut out = BTreeMap::new();
    if !flavour.dialect.bucket_policies {
        return Ok(out);
    }
    for (bucket, prefixes) in prefixes {
        let prefixes: Vec<&str> = prefixes.into_iter().collect();
        let policy = bucket::policy(flavour.dialect, flavour.partition, bucket, &prefixes, networks)?;
        out.extend(policy.map(|policy| (bucket.to_owned(), policy)));
    }
    Ok(out)
}

fn cors(places: &[SetupPlace]) -> BTreeMap<String, Cors> {
    let mut out: BTreeMap<String, Cors> = BTreeMap::new();
    for place in places {
        if let Some(origin) = &place.cors_origin {
            let rule = CorsRule::new(origin, place.purpose.writes());
            let cors = out.entry(place.bucket.to_string()).or_insert(Cors { rules: Vec::new() });
            if !cors.rules.contains(&rule) {
                cors.rules.push(rule);
            }
        }
    }
    out
}

fn keys(
    flavour: &Flavour<'_>,
    ask: &SetupAsk,
    places: &[SetupPlace],
    role: Option<&Role>,
    user: Option<&str>,
) -> Result<Vec<(String, Policy)>, PolicyError> {
    if !flavour.dialect.kms_actions {
        return Ok(Vec::new());
    }
    let named: BTreeSet<&str> =
        places.iter().filter_map(|place| place.sse.as_ref().and_then(|sse| sse.kms_key_arn())).collect();
    let mut out = Vec::new();
    for key in named {
        kms::key_account(flavour.partition, key)?;
        let account = account_of(key).unwrap_or(ACCOUNT);
        let who = match (ask.settings.get("role_arn"), role, user) {
            (Some(arn), Some(_), _) => arn.clone(),
            (_, Some(role), _) => format!("arn:{}:iam::{account}:role/{}", flavour.partition, role.name),
            (_, None, Some(user)) => format!("arn:{}:iam::{account}:user/{user}", flavour.partition),
            (_, None, None) => PRINCIPAL.to_owned(),
        };
        out.push((key.to_owned(), kms::policy(flavour.partition, key, &who)?));
    }
    Ok(out)
}
