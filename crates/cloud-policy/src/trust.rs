//! Who may assume a role, and how its older sessions are cut off.

use serde_json::Value;

use crate::document::{Effect, Policy, Principal, Statement};

/// The trust policy of a role: this principal may assume it, with the external id if there is one.
///
/// Tagging and naming the person stand in a statement of their own, without the external id, as AWS
/// documents it (IAM User Guide, "Passing session tags using AssumeRole"): neither is of use to anyone
/// whose `sts:AssumeRole` is refused.
pub fn trust_policy(principal_arn: &str, external_id: Option<&str>) -> Value {
    policy(principal_arn, external_id).value()
}

pub(crate) fn policy(principal_arn: &str, external_id: Option<&str>) -> Policy {
    let mut assume = Statement::allow(vec!["sts:AssumeRole"], Vec::new())
        .named(Some("TidegateAssumes"))
        .of(Principal::aws(principal_arn));
    if let Some(external_id) = external_id {
        assume = assume.when("StringEquals", "sts:ExternalId", vec![external_id.to_owned()]);
    }
    let tag = Statement::allow(vec!["sts:TagSession", "sts:SetSourceIdentity"], Vec::new())
        .named(Some("TidegateNamesThePerson"))
        .of(Principal::aws(principal_arn));
    Policy::aws(vec![assume, tag])
}

/// Whose tokens a role trusts: one subject of one issuer, for one audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Federation<'a> {
    /// The issuer's URL.
    pub issuer: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// The audience.
    pub audience: &'a str,
}

impl<'a> Federation<'a> {
    /// The issuer as AWS names it: without its scheme (IAM User Guide, "Creating a role for OpenID Connect
    /// federation").
    pub fn name(&self) -> &'a str {
        self.issuer.split_once("://").map_or(self.issuer, |(_, rest)| rest).trim_end_matches('/')
    }
}

/// The trust policy of a role: whoever shows a token of this subject may assume it.
pub fn federated_trust_policy(provider_arn: &str, federation: &Federation<'_>) -> Value {
    federated(provider_arn, federation).value()
}

pub(crate) fn federated(provider_arn: &str, federation: &Federation<'_>) -> Policy {
    let name = federation.name();
    let assume = Statement::allow(vec!["sts:AssumeRoleWithWebIdentity"], Vec::new())
        .named(Some("TidegateAssumes"))
        .of(Principal::federated(provider_arn))
        .when("StringEquals", format!("{name}:aud"), vec![federation.audience.to_owned()])
        .when("StringEquals", format!("{name}:sub"), vec![federation.subject.to_owned()]);
    Policy::aws(vec![assume])
}

/// All that a stored key pair needs that does nothing but assume a role.
///
/// `role_arn` is taken as a resource pattern, so that `*` may stand for a user's property.
pub fn assume_only_policy(role_arn: &str) -> Value {
    let actions = vec!["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
    Policy::aws(vec![Statement::allow(actions, vec![role_arn.to_owned()]).named(Some("TidegateAssumes"))]).value()
}

/// The right to deny older sessions of the role, as a statement for the role's own policy.
///
/// Whoever holds a session with this right can give the role any other right: it is for customers who
/// choose so, best together with a permissions boundary. Session policies never pass it on.
pub fn revoke_sessions_statement(role_arn: &str) -> Value {
    Statement::allow(vec!["iam:PutRolePolicy", "iam:GetRolePolicy"], vec![role_arn.to_owned()])
        .named(Some("TidegateDeniesOlderSessions"))
        .value()
}

/// The inline policy that refuses everything to sessions of a role that began before this instant.
pub fn deny_older_sessions(before: jiff::Timestamp) -> Value {
    let mut deny = Statement::allow(vec!["*"], vec!["*".to_owned()]).named(Some("TidegateDeniesOlderSessions"));
    deny.effect = Effect::Deny;
    Policy::aws(vec![deny.when("DateLessThan", "aws:TokenIssueTime", vec![before.to_string()])]).value()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn assuming_needs_the_external_id_and_tagging_the_same_principal() {
        let principal = json!({"AWS": "arn:aws:iam::111122223333:role/tidegate"});
        assert_eq!(
            trust_policy("arn:aws:iam::111122223333:role/tidegate", Some("tidegate-1")),
            json!({"Version": "2012-10-17", "Statement": [
                {"Sid": "TidegateAssumes", "Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole"],
                 "Condition": {"StringEquals": {"sts:ExternalId": ["tidegate-1"]}}},
                {"Sid": "TidegateNamesThePerson", "Effect": "Allow", "Principal": principal,
                 "Action": ["sts:TagSession", "sts:SetSourceIdentity"]},
            ]})
        );
        assert_eq!(trust_policy("arn:aws:iam::1:user/x", None)["Statement"][0].get("Condition"), None);
    }

    #[test]
    fn federation_admits_one_subject_of_one_issuer_for_one_audience() {
        let federation = Federation { issuer: "https://t.example.com/oidc", subject: "project:p", audience: "aud" };
        let policy = federated_trust_policy("arn:aws:iam::1:oidc-provider/t.example.com/oidc", &federation);
        assert_eq!(
            policy["Statement"],
            json!([{"Sid": "TidegateAssumes", "Effect": "Allow", "Action": ["sts:AssumeRoleWithWebIdentity"],
                "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/t.example.com/oidc"},
                "Condition": {"StringEquals": {
                    "t.example.com/oidc:aud": ["aud"], "t.example.com/oidc:sub": ["project:p"]}}}])
        );
    }

    #[test]
    fn older_sessions_are_denied_by_the_time_of_their_token() {
        let policy = deny_older_sessions("2026-01-02T03:04:05Z".parse().unwrap());
        assert_eq!(
            policy["Statement"],
            json!([{"Sid": "TidegateDeniesOlderSessions", "Effect": "Deny", "Action": ["*"], "Resource": ["*"],
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": ["2026-01-02T03:04:05Z"]}}}])
        );
    }

    #[test]
    fn the_right_to_deny_is_on_the_role_itself_only() {
        let role = "arn:aws-cn:iam::111122223333:role/x";
        assert_eq!(revoke_sessions_statement(role)["Resource"], json!([role]));
        assert_eq!(assume_only_policy(role)["Statement"][0]["Resource"], json!([role]));
    }
}
