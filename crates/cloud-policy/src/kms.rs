//! The use of a customer's key.

use serde_json::Value;

use crate::PolicyError;
use crate::arn::RoleArn;
use crate::document::{Policy, Principal, Statement};

/// What whoever reads must be allowed to do with the key.
pub(crate) const READ: [&str; 1] = ["kms:Decrypt"];
/// What a session that writes must be allowed to do: parts of a multipart upload are read back with the key.
pub(crate) const SESSION_WRITE: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];
/// What a role or user that writes should be allowed to do.
pub(crate) const ALL: [&str; 3] = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"];

/// The account of a key, if this is the ARN of one key in this partition.
///
/// An alias or a wildcard in a policy would match other keys or none.
pub(crate) fn key_account<'a>(partition: &str, key_arn: &'a str) -> Result<&'a str, PolicyError> {
    let mut parts = key_arn.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (arn, of, service, region, account, key) = (next(), next(), next(), next(), next(), next());
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let id = key.strip_prefix("key/").unwrap_or_default();
    let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    if arn != "arn" || service != "kms" || !plain(region) || !digits || !plain(id) {
        return Err(PolicyError::not_expressible(format!(
            "{key_arn:?} is not the ARN of a KMS key: give arn:{partition}:kms:REGION:ACCOUNT:key/ID, not an alias"
        )));
    }
    if of != partition {
        return Err(PolicyError::not_expressible(format!(
            "the KMS key is in the partition {of:?} and the bucket in {partition:?}"
        )));
    }
    Ok(account)
}

/// The policy of a KMS key: its account administers it, the role or user encrypts and decrypts with it.
///
/// `user` may hold `${user.<property>}`: then every role of that form may use the key.
///
/// # Errors
/// `NotExpressible` if one of them is not an ARN of this partition.
pub fn kms_key_policy(partition: &str, key_arn: &str, user: &str) -> Result<Value, PolicyError> {
    policy(partition, key_arn, user).map(|policy| policy.value())
}

pub(crate) fn policy(partition: &str, key_arn: &str, user: &str) -> Result<Policy, PolicyError> {
    let account = key_account(partition, key_arn)?;
    let everything = || vec!["*".to_owned()];
    let administer = Statement::allow(vec!["kms:*"], everything())
        .named(Some("AccountAdministration"))
        .of(Principal::aws(&format!("arn:{partition}:iam::{account}:root")));
    let using = Statement::allow(ALL.to_vec(), everything()).named(Some("TidegateUse"));
    let using = match RoleArn::parse_for_store(user) {
        // A principal cannot hold wildcards: the account is named, and the form of the role is a condition.
        Ok(role) if !role.properties().is_empty() => using
            .of(Principal::aws(&format!("arn:{partition}:iam::{}:root", role.account())))
            .when("ArnLike", "aws:PrincipalArn", vec![role.pattern()]),
        _ => using.of(Principal::aws(user)),
    };
    Ok(Policy::aws(vec![administer, using]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab";

    #[test]
    fn key_policy_has_the_three_actions_and_leaves_the_account_in_charge() {
        let policy = kms_key_policy("aws", KEY, "arn:aws:iam::111122223333:role/T").unwrap();
        assert_eq!(
            policy,
            json!({"Version": "2012-10-17", "Statement": [
                {"Sid": "AccountAdministration", "Effect": "Allow",
                 "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": ["kms:*"], "Resource": ["*"]},
                {"Sid": "TidegateUse", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/T"},
                 "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"], "Resource": ["*"]},
            ]})
        );
    }

    #[test]
    fn a_role_per_user_is_named_by_its_form() {
        let policy = kms_key_policy("aws", KEY, "arn:aws:iam::111122223333:role/team-${user.team}").unwrap();
        let using = &policy["Statement"][1];
        assert_eq!(using["Principal"], json!({"AWS": "arn:aws:iam::111122223333:root"}));
        assert_eq!(
            using["Condition"],
            json!({"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/team-*"]}})
        );
    }

    #[test]
    fn what_is_not_one_key_of_the_partition_is_refused() {
        for bad in [
            "alias/x",
            "1234abcd-12ab",
            "arn:aws:kms:eu-central-1:111122223333:alias/x",
            "arn:aws:kms:eu-central-1:111122223333:key/*",
            "arn:aws:kms:*:111122223333:key/a",
            "arn:aws:s3:::b",
            "arn:aws-cn:kms:cn-north-1:111122223333:key/a",
        ] {
            assert!(key_account("aws", bad).is_err(), "{bad}");
        }
    }
}
