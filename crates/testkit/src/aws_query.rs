//! STS and IAM of the real stores, spoken to directly: for setting up, and for comparing.

use serde_json::Value;
use signing::Keys;

use crate::component::{ROOT, User};
use crate::front::Form;
use crate::request::{Answer, Call, send};

/// Keys with or without a session token.
#[derive(Debug, Clone)]
pub struct SessionKeys {
    /// The public half.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: String,
    /// The token of a session.
    pub session_token: Option<String>,
}

impl SessionKeys {
    /// The fixed keys of a user.
    pub fn of(user: &User) -> Self {
        Self {
            access_key_id: user.access_key_id.to_owned(),
            secret_access_key: user.secret_access_key.to_owned(),
            session_token: None,
        }
    }

    /// For signing.
    pub fn keys(&self) -> Keys<'_> {
        Keys {
            access_key_id: &self.access_key_id,
            secret_access_key: self.secret_access_key.as_bytes(),
            session_token: self.session_token.as_deref(),
        }
    }
}

/// Sends one action of `sts` or `iam` as a signed form.
pub async fn query(url: &str, keys: &Keys<'_>, service: &str, parameters: &[(&str, &str)]) -> Answer {
    let form = Form::of(parameters).encode();
    let call = Call::new("POST", "/")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(form)
        .signed(url, keys, service, &[]);
    send(url, call).await
}

/// Assumes a role; `more` holds further parameters such as `Policy` or `DurationSeconds`.
///
/// # Errors
/// The answer, if it was refused.
pub async fn assume_role(
    url: &str,
    user: &User,
    role_arn: &str,
    more: &[(&str, &str)],
) -> Result<SessionKeys, Box<Answer>> {
    let fixed =
        [("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleArn", role_arn), ("RoleSessionName", "testkit")];
    let answer = query(url, &user.keys(), "sts", &[&fixed, more].concat()).await;
    let given = |name: &str| answer.element(name);
    match (answer.status, given("AccessKeyId"), given("SecretAccessKey"), given("SessionToken")) {
        (200, Some(access_key_id), Some(secret_access_key), token @ Some(_)) => {
            Ok(SessionKeys { access_key_id, secret_access_key, session_token: token })
        }
        _ => Err(Box::new(answer)),
    }
}

/// Makes a role with one policy on Ceph, which has an API for that; gives its ARN.
pub async fn create_ceph_role(url: &str, name: &str, trust: &Value, permission: &Value) -> String {
    let (trust, permission) = (trust.to_string(), permission.to_string());
    let create = [("Action", "CreateRole"), ("RoleName", name), ("AssumeRolePolicyDocument", trust.as_str())];
    query(url, &ROOT.keys(), "iam", &create).await.ok();
    let put = [("Action", "PutRolePolicy"), ("RoleName", name), ("PolicyName", "p"), ("PolicyDocument", &permission)];
    query(url, &ROOT.keys(), "iam", &put).await.ok();
    format!("arn:aws:iam:::role/{name}")
}
