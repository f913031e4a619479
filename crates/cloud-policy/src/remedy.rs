//! What mends a right that is missing, or one that is too wide.

use domain::provider::SetupPlace;
use serde_json::Value;

use crate::dialect::Dialect;
use crate::document::Statement;
use crate::{PolicyError, kms, permission};

/// A right that was found missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// Listing the prefix.
    List,
    /// GET and HEAD.
    Read,
    /// PUT and multipart.
    Write,
    /// DELETE.
    Delete,
    /// Using the customer's key.
    Kms,
}

/// One statement that grants exactly what is missing at this place.
///
/// # Errors
/// `NotExpressible` where no statement of this store says it, or no key is known.
pub fn missing(dialect: &Dialect, partition: &str, need: Need, place: &SetupPlace) -> Result<Value, PolicyError> {
    dialect.policy(Vec::new())?;
    let (bucket, prefix) = (place.bucket.as_str(), place.prefix.as_str());
    let objects = |actions| Ok(Statement::allow(actions, vec![dialect.objects(partition, bucket, prefix)?]));
    let statement = match need {
        Need::List => dialect.list(partition, bucket, &[prefix])?,
        Need::Read => objects(vec![dialect.actions.get])?,
        Need::Write => {
            let mut actions = vec![dialect.actions.put];
            actions.extend(dialect.actions.multipart);
            objects(actions)?
        }
        Need::Delete => objects(vec![dialect.actions.delete])?,
        Need::Kms => key(dialect, partition, place)?,
    };
    Ok(statement.value())
}

fn key(dialect: &Dialect, partition: &str, place: &SetupPlace) -> Result<Statement, PolicyError> {
    let key =
        place.sse.as_ref().and_then(|sse| sse.kms_key_arn()).filter(|_| dialect.kms_actions).ok_or_else(|| {
            PolicyError::not_expressible(format!("no policy of {} grants the use of a key here", dialect.title))
        })?;
    kms::key_account(partition, key)?;
    let actions = if place.purpose.writes() { kms::ALL.to_vec() } else { kms::READ.to_vec() };
    Ok(Statement::allow(actions, vec![key.to_owned()]))
}

/// The whole policy that should stand in place of one that is too wide: this place and nothing else.
///
/// # Errors
/// As [`permission_policy`](crate::permission_policy).
pub fn narrowed(dialect: &Dialect, partition: &str, place: &SetupPlace) -> Result<Value, PolicyError> {
    permission::permission_policy(dialect, partition, std::slice::from_ref(place))
}

#[cfg(test)]
mod tests {
    use domain::datasource::{Encryption, Purpose};
    use serde_json::json;

    use super::*;
    use crate::dialect;

    fn place(purpose: Purpose) -> SetupPlace {
        let kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/k".to_owned();
        SetupPlace {
            bucket: "data".parse().unwrap(),
            prefix: "a*".parse().unwrap(),
            purpose,
            sse: Some(Encryption::Kms { kms_key_arn }),
            cors_origin: None,
        }
    }

    #[test]
    fn a_missing_right_is_granted_and_no_other() {
        let objects = json!(["arn:aws:s3:::data/a${*}/*"]);
        let of = |need| missing(&dialect::AWS, "aws", need, &place(Purpose::Input)).unwrap();
        assert_eq!(of(Need::Read), json!({"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": objects}));
        assert_eq!(of(Need::Delete), json!({"Effect": "Allow", "Action": ["s3:DeleteObject"], "Resource": objects}));
        assert_eq!(
            of(Need::Write)["Action"],
            json!(["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"])
        );
        assert_eq!(of(Need::List)["Condition"], json!({"StringLike": {"s3:prefix": ["a${*}/*"]}}));
        assert_eq!(of(Need::Kms)["Action"], json!(["kms:Decrypt"]));
    }

    #[test]
    fn an_excess_is_removed_by_the_policy_of_the_purpose() {
        let policy = narrowed(&dialect::AWS, "aws", &place(Purpose::Input)).unwrap().to_string();
        assert!(!policy.contains("PutObject") && !policy.contains("DeleteObject"));
    }

    #[test]
    fn stores_without_policies_have_no_such_remedy() {
        assert!(missing(&dialect::GARAGE, "aws", Need::Read, &place(Purpose::Input)).is_err());
        let plain = SetupPlace { prefix: "a".parse().unwrap(), ..place(Purpose::Input) };
        assert!(missing(&dialect::MINIO, "aws", Need::Kms, &plain).is_err());
    }
}
