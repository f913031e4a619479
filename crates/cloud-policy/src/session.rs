//! The policy that narrows a session to a scope.

use domain::scope::Scope;

use crate::dialect::{Charset, Dialect};
use crate::document::Statement;
use crate::{PolicyError, kms};

/// Longest session policy (AWS STS API, `AssumeRole`, `Policy`; Ceph's gateway ends on a longer one).
pub const MAX_SESSION_POLICY: usize = 2048;

/// The policy that narrows a session to the scope: compact JSON in the store's dialect, never empty.
///
/// # Errors
/// `NotExpressible` where the store has no session policies or the prefix cannot be written;
/// `TooLarge` above [`MAX_SESSION_POLICY`].
pub fn session_policy(dialect: &Dialect, partition: &str, scope: &Scope) -> Result<String, PolicyError> {
    if !dialect.session_policies {
        return Err(PolicyError::not_expressible(format!("{} has no session policies", dialect.title)));
    }
    let (bucket, prefix) = (scope.bucket.as_str(), scope.prefix.as_str());
    let mut statements = Vec::with_capacity(3);
    let mut objects = Vec::new();
    if scope.access.reads() {
        statements.push(dialect.list(partition, bucket, &[prefix])?);
        objects.push(dialect.actions.get);
    }
    if scope.access.writes() {
        objects.extend(dialect.write_actions());
    }
    statements.push(Statement::allow(objects, vec![dialect.objects(partition, bucket, prefix)?]));
    if let Some(key) = scope.kms_key_arn.as_deref().filter(|_| dialect.kms_actions) {
        kms::key_account(partition, key)?;
        let actions = if scope.access.writes() { kms::SESSION_WRITE.to_vec() } else { kms::READ.to_vec() };
        statements.push(Statement::allow(actions, vec![key.to_owned()]));
    }
    let text = dialect.policy(statements)?.compact()?;
    // AWS counts characters; where nothing is known, the bytes are the safer measure.
    let length = if dialect.charset == Charset::Latin1 { text.chars().count() } else { text.len() };
    if length > MAX_SESSION_POLICY {
        return Err(PolicyError::TooLarge { length, limit: MAX_SESSION_POLICY });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use domain::scope::Access;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::dialect::{self, Wildcards};
    use crate::matcher::matches;

    fn scope(prefix: &str, access: Access) -> Scope {
        Scope { bucket: "data".parse().unwrap(), prefix: prefix.parse().unwrap(), access, kms_key_arn: None }
    }

    fn policy(dialect: &Dialect, partition: &str, scope: &Scope) -> Value {
        serde_json::from_str(&session_policy(dialect, partition, scope).unwrap()).unwrap()
    }

    #[test]
    fn reading_a_prefix_is_compact_and_in_the_usual_order() {
        assert_eq!(
            session_policy(&dialect::AWS, "aws-cn", &scope("a/b", Access::Read)).unwrap(),
            concat!(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:ListBucket"],"#,
                r#""Resource":["arn:aws-cn:s3:::data"],"Condition":{"StringLike":{"s3:prefix":["a/b/*"]}}},"#,
                r#"{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws-cn:s3:::data/a/b/*"]}]}"#
            )
        );
    }

    #[test]
    fn writing_alone_neither_lists_nor_reads() {
        let policy = policy(&dialect::AWS, "aws", &scope("a", Access::Write));
        assert_eq!(
            policy["Statement"],
            json!([{"Effect": "Allow", "Resource": ["arn:aws:s3:::data/a/*"],
                "Action": ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]}])
        );
    }

    #[test]
    fn the_whole_bucket_is_listed_without_condition() {
        let policy = policy(&dialect::SEAWEEDFS, "aws", &scope("", Access::ReadWrite));
        assert_eq!(policy["Statement"][0].get("Condition"), None);
        assert_eq!(policy["Statement"][1]["Resource"], json!(["arn:aws:s3:::data/*"]));
    }

    #[test]
    fn a_key_of_the_customer_may_be_used_as_far_as_the_access_goes() {
        let key = "arn:aws:kms:eu-central-1:111122223333:key/k-1";
        for (access, actions) in [
            (Access::Read, json!(["kms:Decrypt"])),
            (Access::Write, json!(["kms:GenerateDataKey", "kms:Decrypt"])),
            (Access::ReadWrite, json!(["kms:GenerateDataKey", "kms:Decrypt"])),
        ] {
            let scope = Scope { kms_key_arn: Some(key.into()), ..scope("a", access) };
            let policy = policy(&dialect::AWS, "aws", &scope);
            let last = policy["Statement"].as_array().unwrap().last().unwrap();
            assert_eq!(last, &json!({"Effect": "Allow", "Action": actions, "Resource": [key]}));
        }
        let scope = Scope { kms_key_arn: Some(key.into()), ..scope("a", Access::Read) };
        assert!(!session_policy(&dialect::CEPH, "aws", &scope).unwrap().contains("kms"));
        assert!(session_policy(&dialect::AWS, "aws-cn", &scope).is_err());
    }

    #[test]
    fn a_policy_over_the_limit_is_refused_with_its_size() {
        let fits = scope(&"a".repeat(880), Access::Read);
        assert!(session_policy(&dialect::AWS, "aws", &fits).unwrap().len() <= MAX_SESSION_POLICY);
        for (dialect, prefix) in
            [(&dialect::AWS, "a".repeat(1000)), (&dialect::AWS, "*".repeat(300)), (&dialect::CEPH, "é".repeat(480))]
        {
            let error = session_policy(dialect, "aws", &scope(&prefix, Access::Read)).unwrap_err();
            assert!(matches!(error, PolicyError::TooLarge { length, limit: 2048 } if length > 2048), "{error}");
        }
    }

    #[test]
    fn a_store_without_session_policies_is_refused() {
        for dialect in dialect::ALL.iter().filter(|dialect| !dialect.session_policies) {
            let error = session_policy(dialect, "aws", &scope("a", Access::Read)).unwrap_err();
            assert!(matches!(error, PolicyError::NotExpressible { .. }), "{}", dialect.id);
        }
    }

    /// Everything that the policy lets through, read as the store reads it.
    fn opens(dialect: &Dialect, policy: &Value, key: &str) -> (bool, bool) {
        let escapes = dialect.wildcards == Wildcards::Escaped;
        let statements = policy["Statement"].as_array().unwrap();
        let get = statements[1]["Resource"][0].as_str().unwrap();
        let list = statements[0]["Condition"]["StringLike"]["s3:prefix"][0].as_str();
        (
            matches(get, &format!("arn:aws:s3:::data/{key}"), escapes),
            list.is_none_or(|pattern| matches(pattern, key, escapes)),
        )
    }

    const ODD: &str = "[ab*?${}/\"'\\\\:% é日.-]{0,8}";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn a_policy_opens_exactly_the_keys_under_its_prefix(
            prefix in ODD, key in ODD, tail in ODD, which in 0..3usize
        ) {
            let Ok(prefix) = prefix.parse::<domain::place::Prefix>() else { return Ok(()) };
            let dialect = [dialect::AWS, dialect::SEAWEEDFS, dialect::CEPH][which];
            let scope = scope(prefix.as_str(), Access::Read);
            let Ok(text) = session_policy(&dialect, "aws", &scope) else { return Ok(()) };
            let policy: Value = serde_json::from_str(&text).unwrap();
            for key in [key.clone(), format!("{prefix}{tail}"), prefix.as_str().replace('*', "z").replace('?', "y")] {
                let inside = prefix.holds(&key);
                prop_assert_eq!(opens(&dialect, &policy, &key), (inside, inside), "{} {}", text, key);
            }
        }
    }
}
