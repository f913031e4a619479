use super::super::Outcome::{Allow, ImplicitDeny};
use super::*;
use crate::azure::{BLOB_PREFIX, BLOBS};

const ANN: &str = "7f1b1f2e-0000-4000-8000-000000000001";
const ACCOUNT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";

fn blob(container: &str, path: &str) -> String {
    format!("{ACCOUNT}/blobServices/default/containers/{container}/blobs/{path}")
}

fn ask(principal: &str, verb: &str, resource: &str, keys: &[(&str, &str)]) -> Request {
    let keys: Vec<_> = keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Request::new(principal, &format!("{BLOBS}/{verb}"), resource, &keys).unwrap()
}

fn assigned(role: &str, scope: &str, condition: &str) -> Assignments {
    let text = serde_json::json!([{"principalId": ANN, "principalName": "ann@example.org", "roleDefinitionName": role, "scope": scope,
        "condition": condition, "conditionVersion": "2.0", "createdOn": "x"}]);
    let mut assignments = Assignments::new();
    assignments.add("list.json", &text.to_string()).unwrap();
    assignments
}

const IN: &str = "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'} AND NOT SubOperationMatches{'Blob.List'})) \
    OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'data' AND \
    @Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike 'in/*'))";

#[test]
fn an_assignment_gives_its_role_below_its_scope() {
    let reader = assigned("Storage Blob Data Reader", &ACCOUNT.to_uppercase(), "");
    let decided = |who: &str, verb: &str, resource: &str| reader.decide(&ask(who, verb, resource, &[])).decision;
    assert_eq!(decided(ANN, "read", &blob("data", "in/a")), Allow);
    assert_eq!(decided("Ann@Example.org", "read", &blob("data", "in/a")), Allow);
    assert_eq!(decided("bob", "read", &blob("data", "in/a")), ImplicitDeny);
    assert_eq!(decided(ANN, "write", &blob("data", "in/a")), ImplicitDeny);
    assert_eq!(
        decided(ANN, "read", &blob("data", "in/a").replace("/storageAccounts/a/", "/storageAccounts/ab/")),
        ImplicitDeny
    );
    let decision = reader.decide(&ask(ANN, "read", &blob("data", "in/a"), &[]));
    assert_eq!(
        (decision.statements[0].index, decision.reason.as_str()),
        (0, "The assignment 0 of list.json gives it.")
    );
    let by_id =
        "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
    assert_eq!(assigned(by_id, "/", "").decide(&ask(ANN, "delete", &blob("d", "x"), &[])).decision, Allow);
    assert_eq!(
        assigned("Contributor", ACCOUNT, "").decide(&ask(ANN, "read", &blob("d", "x"), &[])).decision,
        ImplicitDeny
    );
    let own = assigned("My Role", ACCOUNT, "").decide(&ask(ANN, "read", &blob("d", "x"), &[])).reason;
    assert!(own.contains("My Role") && own.contains("not known"), "{own}");
}

#[test]
fn conditions_see_container_and_path_of_the_resource_and_what_is_told() {
    let reader = assigned("Storage Blob Data Reader", ACCOUNT, IN);
    let decided = |resource: &str, keys: &[(&str, &str)]| reader.decide(&ask(ANN, "read", resource, keys)).decision;
    assert_eq!((decided(&blob("data", "in/a"), &[]), decided(&blob("data", "out/a"), &[])), (Allow, ImplicitDeny));
    assert_eq!(decided(&blob("other", "in/a"), &[]), ImplicitDeny);
    let told = format!("@Resource[{CONTAINER_NAME}]");
    assert_eq!(decided(&blob("data", "in/a"), &[(told.as_str(), "other")]), ImplicitDeny, "what is told wins");
    assert_eq!(decided(&blob("data", "out/a"), &[("SubOperation", "Blob.List")]), Allow);
}

#[test]
fn what_was_not_told_is_not_given_and_is_said() {
    let mut alone = Assignments::new();
    alone.add("c.txt", &format!("@Request[{BLOB_PREFIX}] StringStartsWith 'in/'")).unwrap();
    let list = |keys: &[(&str, &str)]| alone.decide(&ask("anybody", "read", &blob("data", ""), keys));
    let prefix = format!("@Request[{BLOB_PREFIX}]");
    assert_eq!(list(&[(prefix.as_str(), "in/x")]).decision, Allow);
    assert_eq!(list(&[(prefix.as_str(), "out/")]).decision, ImplicitDeny);
    let untold = list(&[]);
    assert!(untold.decision == ImplicitDeny && untold.reason.contains("was not told"), "{}", untold.reason);
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    let good = r#""principalId": "p", "roleDefinitionName": "r", "scope": "/""#;
    for (text, at) in [
        ("{}".to_owned(), ""),
        ("[1]".to_owned(), "/0"),
        (r#"{"value": [{"properties": {"principalId": 1}}]}"#.to_owned(), "/value/0/properties/principalId"),
        (format!(r#"{{{good}, "condition": "@Nothing"}}"#), "/condition"),
        (format!(r#"{{{good}, "scope": "/x"}}"#), "/scope"),
        ("@Resource[".to_owned(), ""),
    ] {
        assert_eq!(Assignments::new().add("f", &text).unwrap_err().pointer, at, "{text}");
    }
    let wrong = |action: &str, resource: &str, key: &str| {
        Request::new(ANN, action, resource, &[(key.to_owned(), "x".to_owned())]).unwrap_err()
    };
    assert!(matches!(wrong("read", "/", "SubOperation"), RequestError::Permission(_)));
    assert!(matches!(wrong("a/b", "blob", "SubOperation"), RequestError::Resource));
    assert!(matches!(wrong("a/b", "/", "Resource"), RequestError::Key(_)));
}

#[test]
fn a_condition_that_may_be_read_in_two_ways_is_refused() {
    let one = "@Resource[a] StringEquals 'b'";
    let fault = Assignments::new().add("c.txt", &format!("{one} AND {one} OR {one}")).unwrap_err();
    assert!(fault.message.contains("parentheses"), "{fault}");
    assert!(Assignments::new().add("c.txt", &format!("({one} AND {one}) OR {one}")).is_ok());
}
