use super::super::Outcome::{Allow, ImplicitDeny};
use super::*;

const SA: &str = "serviceAccount:reader@p.iam.gserviceaccount.com";
const OBJECT: &str = "projects/_/buckets/data/objects/in/a b";

fn ask(member: &str, permission: &str, resource: &str, keys: &[(&str, &str)]) -> Request {
    let keys: Vec<_> = keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Request::new(member, permission, resource, &keys).unwrap()
}

fn policy(condition: &str) -> String {
    format!(
        r#"{{"version": 3, "etag": "x", "bindings": [{{"role": "roles/storage.objectViewer", "members": ["{SA}", "domain:example.org"],
        "condition": {{"title": "t", "expression": {condition}}}}}]}}"#
    )
}

fn bindings(text: &str) -> Bindings {
    let mut bindings = Bindings::new();
    bindings.add("policy.json", text).unwrap();
    bindings
}

#[test]
fn a_binding_gives_its_role_to_its_members_where_its_condition_holds() {
    let bindings = bindings(&policy(r#""resource.name.startsWith('projects/_/buckets/data/objects/in/')""#));
    let decided = |member: &str, permission: &str, resource: &str| {
        bindings.decide(&ask(member, permission, resource, &[])).decision
    };
    assert_eq!(decided(SA, "storage.objects.get", OBJECT), Allow);
    assert_eq!(decided(SA, "storage.objects.get", &format!("//storage.googleapis.com/{OBJECT}")), Allow);
    assert_eq!(decided("user:ann@example.org", "storage.objects.get", OBJECT), Allow);
    assert_eq!(decided("user:ann@example.com", "storage.objects.get", OBJECT), ImplicitDeny);
    assert_eq!(decided(SA, "storage.objects.delete", OBJECT), ImplicitDeny);
    assert_eq!(decided(SA, "storage.objects.get", "projects/_/buckets/data/objects/out/a"), ImplicitDeny);
    let decision = bindings.decide(&ask(SA, "storage.objects.get", OBJECT, &[]));
    assert_eq!((decision.statements[0].index, decision.reason.as_str()), (0, "The binding 0 of policy.json gives it."));
    let refused = bindings.decide(&ask(SA, "storage.objects.get", "projects/_/buckets/b/objects/x", &[]));
    assert!(refused.reason.ends_with("its condition does not hold."), "{}", refused.reason);
}

#[test]
fn what_was_not_told_is_not_given_and_is_said() {
    let timed = bindings(&policy(r#""request.time < timestamp('2030-01-01T00:00:00Z')""#));
    let untold = timed.decide(&ask(SA, "storage.objects.get", OBJECT, &[]));
    assert_eq!(untold.decision, ImplicitDeny);
    assert!(untold.reason.contains("was not told"), "{}", untold.reason);
    let at = |time: &str| timed.decide(&ask(SA, "storage.objects.get", OBJECT, &[("request.time", time)])).decision;
    assert_eq!((at("2029-01-01T00:00:00Z"), at("2031-01-01T00:00:00Z")), (Allow, ImplicitDeny));
    let custom = bindings(&format!(r#"{{"role": "projects/p/roles/own", "members": ["{SA}"]}}"#));
    let unknown = custom.decide(&ask(SA, "storage.objects.get", OBJECT, &[]));
    assert!(unknown.decision == ImplicitDeny && unknown.reason.contains("projects/p/roles/own"), "{}", unknown.reason);
}

#[test]
fn listing_goes_by_the_prefix_that_is_told() {
    let listing = "api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('in/')";
    let alone = bindings(listing);
    let list = |keys: &[(&str, &str)]| {
        alone.decide(&ask(SA, "storage.objects.list", "projects/_/buckets/data", keys)).decision
    };
    assert_eq!(
        list(&[("storage.googleapis.com/objectListPrefix", "in/x")]),
        Allow,
        "a condition alone is about everybody"
    );
    assert_eq!((list(&[("storage.googleapis.com/objectListPrefix", "out/")]), list(&[])), (ImplicitDeny, ImplicitDeny));
}

#[test]
fn a_boundary_leaves_what_its_rules_have() {
    let mut bindings = bindings(&format!(r#"[{{"role": "roles/storage.objectUser", "members": ["{SA}"]}}]"#));
    let rule = r#"{"accessBoundary": {"accessBoundaryRules": [{"availableResource": "//storage.googleapis.com/projects/_/buckets/data",
        "availablePermissions": ["inRole:roles/storage.objectViewer"],
        "availabilityCondition": {"expression": "resource.name.startsWith('projects/_/buckets/data/objects/in/')"}}]}}"#;
    bindings.narrow("boundary.json", rule).unwrap();
    let decided = |permission: &str, resource: &str| bindings.decide(&ask(SA, permission, resource, &[])).decision;
    assert_eq!(decided("storage.objects.get", OBJECT), Allow);
    assert_eq!(decided("storage.objects.create", OBJECT), ImplicitDeny);
    assert_eq!(decided("storage.objects.get", "projects/_/buckets/data/objects/out/a"), ImplicitDeny);
    assert_eq!(decided("storage.objects.get", "projects/_/buckets/data2/objects/in/a"), ImplicitDeny);
    let decision = bindings.decide(&ask(SA, "storage.objects.get", OBJECT, &[]));
    assert_eq!(decision.statements.iter().map(|one| one.file).collect::<Vec<_>>(), ["policy.json", "boundary.json"]);
    let other = bindings.decide(&ask("user:x@y.z", "storage.objects.get", OBJECT, &[]));
    assert_eq!(other.decision, ImplicitDeny, "a boundary gives nothing");
}

#[test]
fn everyone_is_everyone() {
    let public = bindings(r#"{"role": "roles/storage.objectViewer", "members": ["allUsers"]}"#);
    let signed = bindings(r#"{"role": "roles/storage.objectViewer", "members": ["allAuthenticatedUsers"]}"#);
    let decided =
        |bindings: &Bindings, member: &str| bindings.decide(&ask(member, "storage.objects.get", OBJECT, &[])).decision;
    assert_eq!((decided(&public, "allUsers"), decided(&public, SA)), (Allow, Allow));
    assert_eq!((decided(&signed, "allUsers"), decided(&signed, SA)), (ImplicitDeny, Allow));
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    for (text, at) in [
        ("{}", ""),
        (r#"{"bindings": 1}"#, "/bindings"),
        (r#"{"bindings": [{"members": []}]}"#, "/bindings/0"),
        (r#"{"bindings": [{"role": "r", "members": "m"}]}"#, "/bindings/0/members"),
        (r#"{"bindings": [{"role": "r", "members": [], "Condition": {}}]}"#, "/bindings/0/Condition"),
        (r#"{"bindings": [{"role": "r", "members": [], "condition": {}}]}"#, "/bindings/0/condition"),
        (
            r#"{"bindings": [{"role": "r", "members": [], "condition": {"expression": "1 +"}}]}"#,
            "/bindings/0/condition/expression",
        ),
        (r#"{"bindings": [], "bindings": []}"#, "/bindings"),
        ("resource.name ==", ""),
    ] {
        assert_eq!(Bindings::new().add("f", text).unwrap_err().pointer, at, "{text}");
    }
    for text in ["", "{}", r#"{"accessBoundaryRules": [{"availableResource": "x"}]}"#] {
        assert!(Bindings::new().narrow("f", text).is_err(), "{text}");
    }
    let wrong = |member: &str, permission: &str, key: &str| {
        Request::new(member, permission, OBJECT, &[(key.to_owned(), "x".to_owned())]).unwrap_err()
    };
    assert!(matches!(wrong("ann", "storage.objects.get", "a/b"), RequestError::Member(_)));
    assert!(matches!(wrong(SA, "get", "a/b"), RequestError::Permission(_)));
    assert!(matches!(wrong(SA, "storage.objects.get", "resource.nam"), RequestError::Key(_)));
    assert!(matches!(wrong(SA, "storage.objects.get", "request.time"), RequestError::Time(_)));
}

#[test]
fn addresses_ignore_case_and_the_subjects_of_pools_do_not() {
    let pool = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/";
    let given = |entry: &str, member: &str| {
        let text = format!(r#"{{"role": "roles/storage.objectViewer", "members": ["{entry}"]}}"#);
        bindings(&text).decide(&ask(member, "storage.objects.get", OBJECT, &[])).decision
    };
    assert_eq!(given("user:Ann@example.org", "user:ann@Example.org"), Allow);
    let subject = format!("{pool}Ann");
    assert_eq!(given(&subject, &subject), Allow);
    assert_eq!(given(&subject, &subject.replace("Ann", "ann")), ImplicitDeny);
}

#[test]
fn all_who_are_authenticated_are_those_of_google_and_nobody_of_a_pool() {
    let everyone = bindings(r#"{"role": "roles/storage.objectViewer", "members": ["allAuthenticatedUsers"]}"#);
    let decided = |member: &str| everyone.decide(&ask(member, "storage.objects.get", OBJECT, &[])).decision;
    for member in ["user:ann@example.org", SA, "allAuthenticatedUsers"] {
        assert_eq!(decided(member), Allow, "{member}");
    }
    let pool = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/a";
    for member in ["allUsers", pool] {
        assert_eq!(decided(member), ImplicitDeny, "{member}");
    }
}
