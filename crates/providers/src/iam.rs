//! The two calls of IAM that denying older sessions needs.

use domain::provider::{ProviderError, ProviderErrorKind as Kind};

use crate::signed::{Call, KeySet, Wire};
use crate::sts::Service;
use crate::xml::Element;

/// The version of the query protocol.
const VERSION: (&str, &str) = ("Version", "2010-05-08");

/// Gives a role an inline policy, or replaces it.
pub(crate) async fn put_role_policy(
    wire: &Wire,
    service: &Service,
    keys: &KeySet,
    role: &str,
    name: &str,
    document: &str,
) -> Result<(), ProviderError> {
    let form =
        [("Action", "PutRolePolicy"), VERSION, ("RoleName", role), ("PolicyName", name), ("PolicyDocument", document)];
    let call = Call::form("iam:PutRolePolicy", "iam", &service.region, &service.endpoint, &form);
    let incoming = wire.ask(keys, call).await?;
    if crate::answer::is_web_page(&incoming.headers, &incoming.body) {
        let (status, headers) = (incoming.status, &incoming.headers);
        return Err(crate::answer::not_the_provider("iam:PutRolePolicy", status, headers, &incoming.body));
    }
    Ok(())
}

/// The text of an inline policy; AWS answers it percent-encoded, others as it is.
pub(crate) async fn get_role_policy(
    wire: &Wire,
    service: &Service,
    keys: &KeySet,
    role: &str,
    name: &str,
) -> Result<String, ProviderError> {
    let form = [("Action", "GetRolePolicy"), VERSION, ("RoleName", role), ("PolicyName", name)];
    let call = Call::form("iam:GetRolePolicy", "iam", &service.region, &service.endpoint, &form);
    let incoming = wire.ask(keys, call).await?;
    document(&incoming.body).ok_or_else(|| {
        ProviderError::new(Kind::NotTheProvider, "iam:GetRolePolicy", "the provider answered without a policy")
    })
}

fn document(body: &[u8]) -> Option<String> {
    let root = Element::parse(body).ok()?;
    let text = root.text_at(&["GetRolePolicyResult", "PolicyDocument"])?.trim();
    if text.starts_with('%') {
        return percent_encoding::percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    }
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_read_encoded_or_not() {
        for text in ["%7B%22a%22%3A1%7D", "{\"a\":1}", "{&quot;a&quot;:1}"] {
            let body = format!(
                "<GetRolePolicyResponse><GetRolePolicyResult><PolicyDocument>{text}</PolicyDocument></GetRolePolicyResult>\
                 </GetRolePolicyResponse>"
            );
            assert_eq!(document(body.as_bytes()).as_deref(), Some("{\"a\":1}"));
        }
        assert_eq!(document(b"<html/>"), None);
    }
}
