//! What the front decides: whether the external id is the one that the role requires.

use std::collections::BTreeMap;

use super::Form;

/// A role that nothing is known of is left to the store, as is every other action.
pub(super) fn external_id_fits(required: &BTreeMap<String, Option<String>>, form: &Form) -> bool {
    if form.get("Action") != Some("AssumeRole") {
        return true;
    }
    match form.get("RoleArn").and_then(|role| required.get(role)) {
        Some(Some(external_id)) => form.get("ExternalId") == Some(external_id),
        Some(None) | None => true,
    }
}

/// The access key id in an `Authorization` header of Signature Version 4.
pub(super) fn signer(authorization: &str) -> Option<String> {
    let (_, credential) = authorization.split_once("Credential=")?;
    credential.split('/').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(action: &str, role: &str, external_id: Option<&str>) -> bool {
        let required = BTreeMap::from([("guarded".to_owned(), Some("tg-1".to_owned())), ("open".to_owned(), None)]);
        let mut fields = vec![("Action", action), ("RoleArn", role)];
        fields.extend(external_id.map(|id| ("ExternalId", id)));
        external_id_fits(&required, &Form::of(&fields))
    }

    #[test]
    fn a_guarded_role_wants_exactly_its_id() {
        assert!(fits("AssumeRole", "guarded", Some("tg-1")));
        for wrong in [None, Some(""), Some("tg-2"), Some("TG-1"), Some("tg-1 ")] {
            assert!(!fits("AssumeRole", "guarded", wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_role_without_condition_takes_any_id() {
        for any in [None, Some("tg-1"), Some("x")] {
            assert!(fits("AssumeRole", "open", any) && fits("AssumeRole", "unknown", any));
        }
    }

    #[test]
    fn other_actions_are_left_to_the_store() {
        assert!(fits("GetCallerIdentity", "guarded", None));
    }

    #[test]
    fn the_signer_is_read_from_the_credential() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIA1/20260101/us-east-1/sts/aws4_request, SignedHeaders=host";
        assert_eq!(signer(header).as_deref(), Some("AKIA1"));
        assert_eq!(signer("Bearer x"), None);
    }
}
