//! Google Cloud: role bindings, Credential Access Boundaries and conditions.

use super::mended::{Mended, at, set};
use super::{Report, Rule};
use crate::condition::Truth;
use crate::gcp::{Attribute, Condition, Context, Expr, LIST_PREFIX, MAX_EXPRESSION, MAX_OPERATORS, MAX_RULES};
use crate::read::{Json, Node, pointer};

/// How the name of every bucket begins.
const BUCKETS: &str = "projects/_/buckets/";

/// Examines a document.
pub(super) fn document(json: Json, report: &mut Report) {
    let mut node = json.node.clone();
    let mut open: Vec<(String, &Node)> = vec![(String::new(), &json.node)];
    let mut mended = Vec::new();
    while let Some((here, part)) = open.pop() {
        if let Some(items) = part.items() {
            open.extend(items.iter().enumerate().map(|(index, item)| (pointer(&here, index), item)));
            continue;
        }
        if let Some(bindings) = part.get("bindings").and_then(Node::items) {
            version(part, bindings, &here, report);
            let below = pointer(&here, "bindings");
            open.extend(bindings.iter().enumerate().map(|(index, item)| (pointer(&below, index), item)));
        } else if let Some(inner) = part.get("accessBoundary") {
            open.push((pointer(&here, "accessBoundary"), inner));
        } else if let Some(rules) = part.get("accessBoundaryRules").and_then(Node::items) {
            boundary(rules, &pointer(&here, "accessBoundaryRules"), report, &mut mended);
        } else {
            binding(part, &here, report, &mut mended);
        }
    }
    if !json.duplicates.is_empty() {
        return;
    }
    for (place, text) in mended {
        if let Some(own) = at(&mut node, &place) {
            *own = Node::Text(text);
        }
    }
    if report.found(Rule::ConditionVersion)
        && let Node::Object(members) = &mut node
    {
        set(members, "version", Node::Number(3.into()));
    }
    if node != json.node || report.pasted {
        report.mended = Some(Mended::Document(node));
    }
}

/// Examines a condition that stands by itself.
pub(super) fn condition(text: &str, report: &mut Report) {
    super::words::examine(&Node::Text(text.to_owned()), "", report);
    report.mended = expression(text.trim(), "", None, report).map(Mended::Condition);
}

/// Where a condition stands, and what mends it.
type Mendings = Vec<(String, String)>;

fn version(policy: &Node, bindings: &[Node], here: &str, report: &mut Report) {
    let conditional = bindings.iter().any(|binding| binding.get("condition").is_some_and(|part| *part != Node::Null));
    let three = policy.get("version") == Some(&Node::Number(3.into()));
    if conditional && !three {
        let message =
            "a policy with conditions has \"version\": 3: without it Google drops the conditions or refuses the policy";
        report.error(Rule::ConditionVersion, here, message);
    }
}

fn binding(node: &Node, here: &str, report: &mut Report, mended: &mut Mendings) {
    let role = node.get("role").and_then(Node::text);
    let members =
        node.get("members").map(|part| part.items().unwrap_or(std::slice::from_ref(part))).unwrap_or_default();
    for (index, member) in members.iter().enumerate() {
        if let Some(everyone @ ("allUsers" | "allAuthenticatedUsers")) = member.text() {
            let who = if everyone == "allUsers" {
                "everyone in the world"
            } else {
                "everyone who has an account with Google"
            };
            let message = format!("{everyone} is {who}: name the service accounts, people or groups that are meant");
            report.error(Rule::PublicPrincipal, pointer(&pointer(here, "members"), index), message);
        }
    }
    for (index, member) in members.iter().enumerate().filter_map(|(index, member)| Some((index, member.text()?))) {
        if member.starts_with("principalSet://") && member.contains("IdentityPools/") && member.ends_with("/*") {
            let message = "everyone whom the pool lets in is given this: name the subject, as principal://.../subject/SUBJECT, or \
                           a group of them";
            report.warn(Rule::UnboundWebIdentity, pointer(&pointer(here, "members"), index), message);
        }
    }
    let condition = node.get("condition").filter(|part| **part != Node::Null);
    let (place, text) = match condition {
        Some(condition) => {
            (pointer(&pointer(here, "condition"), "expression"), condition.get("expression").and_then(Node::text))
        }
        None => (pointer(here, "expression"), node.get("expression").and_then(Node::text)),
    };
    if let Some(name) = role {
        granted(name, &pointer(here, "role"), report);
        if condition.is_none() && name.starts_with("roles/storage.") {
            let message = format!(
                "{name} has no condition, so it holds for every object of the bucket, or of the project: narrow it with \
                 resource.name.startsWith('{BUCKETS}BUCKET/objects/PREFIX/')"
            );
            report.warn(Rule::ConditionMissing, here, message);
        }
    }
    match text {
        Some(text) => mended.extend(expression(text, &place, role, report).map(|text| (place, text))),
        None if condition.is_some() || role.is_none() => {
            report.error(
                Rule::MissingPart,
                here,
                "a binding has a role and members, and a condition has an expression",
            );
        }
        None => {}
    }
}

/// How much a role gives.
fn granted(role: &str, here: &str, report: &mut Report) {
    match role {
        "roles/owner" | "roles/editor" => {
            let message = format!(
                "{role} gives nearly every right in the whole project: give roles/storage.objectViewer or objectUser on the bucket"
            );
            report.error(Rule::BasicRole, here, message);
        }
        "roles/viewer" | "roles/browser" => {
            let message = format!("{role} shows the whole project: give roles/storage.objectViewer on the bucket");
            report.warn(Rule::BasicRole, here, message);
        }
        "roles/storage.admin"
        | "roles/iam.securityAdmin"
        | "roles/resourcemanager.projectIamAdmin"
        | "roles/iam.serviceAccountAdmin"
        | "roles/iam.serviceAccountKeyAdmin" => {
            let message = format!(
                "{role} also changes who may do what: reading takes roles/storage.objectViewer, writing roles/storage.objectUser"
            );
            report.error(Rule::WideRole, here, message);
        }
        "roles/storage.objectAdmin"
        | "roles/storage.legacyBucketOwner"
        | "roles/storage.legacyObjectOwner"
        | "roles/storage.folderAdmin"
        | "roles/storage.hmacKeyAdmin" => {
            let message = format!(
                "{role} also changes access to objects or makes keys: roles/storage.objectUser reads and writes and does neither"
            );
            report.warn(Rule::WideRole, here, message);
        }
        "roles/iam.serviceAccountTokenCreator" | "roles/iam.serviceAccountUser" => {
            let message = format!(
                "{role} lets its holder act as service accounts: give it on the one service account and never on the project"
            );
            report.warn(Rule::WideRole, here, message);
        }
        "roles/storage.objectCreator" => {
            let message = "roles/storage.objectCreator makes new objects and can neither replace nor remove one, nor list: where that is \
                           needed it takes roles/storage.objectUser";
            report.note(Rule::CannotOverwrite, here, message);
        }
        _ => {}
    }
}

fn boundary(rules: &[Node], here: &str, report: &mut Report, mended: &mut Mendings) {
    if rules.is_empty() || rules.len() > MAX_RULES {
        let message = format!("a boundary has 1 to {MAX_RULES} rules, and this one has {}", rules.len());
        report.error(Rule::BoundaryInvalid, here, message);
    }
    for (index, rule) in rules.iter().enumerate() {
        let here = pointer(here, index);
        let resource = rule.get("availableResource").and_then(Node::text).unwrap_or_default();
        if !resource
            .strip_prefix("//storage.googleapis.com/projects/_/buckets/")
            .is_some_and(|name| !name.is_empty() && !name.contains('/'))
        {
            let message = format!(
                "the resource of a rule is //storage.googleapis.com/projects/_/buckets/BUCKET, and this is {resource:?}"
            );
            report.error(Rule::BoundaryInvalid, pointer(&here, "availableResource"), message);
        }
        let permissions = rule.get("availablePermissions").and_then(Node::items).unwrap_or_default();
        let roles: Vec<&str> = permissions.iter().filter_map(|one| one.text()?.strip_prefix("inRole:")).collect();
        if roles.is_empty() || roles.len() < permissions.len() {
            let message = "the permissions of a rule are written inRole:roles/storage.objectViewer";
            report.error(Rule::BoundaryInvalid, pointer(&here, "availablePermissions"), message);
        }
        let place = pointer(&pointer(&here, "availabilityCondition"), "expression");
        match rule.get("availabilityCondition").and_then(|part| part.get("expression")).and_then(Node::text) {
            Some(text) => {
                if text.chars().count() > MAX_EXPRESSION {
                    let message = format!(
                        "the expression has {} characters and at most {MAX_EXPRESSION} are taken",
                        text.chars().count()
                    );
                    report.error(Rule::ConditionTooLong, place.as_str(), message);
                }
                mended.extend(expression(text, &place, roles.first().copied(), report).map(|text| (place, text)));
            }
            None => {
                let message = "the rule has no condition, so the token reaches every object of the bucket";
                report.warn(Rule::ConditionMissing, here.as_str(), message);
            }
        }
    }
}

/// Examines a condition; gives what mends it.
fn expression(text: &str, here: &str, role: Option<&str>, report: &mut Report) -> Option<String> {
    let condition = match Condition::parse(text) {
        Ok(condition) => condition,
        Err(error) => {
            report.error(Rule::ConditionInvalid, here, error.to_string());
            return None;
        }
    };
    if condition.operators() > MAX_OPERATORS {
        let message = format!(
            "the condition has {} of &&, || and !, and Google takes at most {MAX_OPERATORS}: make several bindings",
            condition.operators()
        );
        report.error(Rule::ConditionTooLong, here, message);
    }
    let (names, listings) = condition.starts();
    for name in &names {
        start(name, here, report);
    }
    for prefix in listings.iter().filter(|prefix| !prefix.is_empty() && !prefix.ends_with('/')) {
        let message = format!(
            "the listing prefix {prefix:?} also lists what merely begins with it: write {prefix:?} with a / at its end"
        );
        report.warn(Rule::PrefixWithoutSlash, here, message);
    }
    unlisted(&condition, &names, here, role, report);
    let slashed = slashed(condition.expr.clone());
    (slashed != condition.expr).then(|| slashed.to_string())
}

fn start(name: &str, here: &str, report: &mut Report) {
    let Some(rest) = name.strip_prefix(BUCKETS) else {
        let storage = name.contains("buckets/") || name.starts_with("gs://") || name.contains("storage.googleapis.com");
        if storage {
            let message = format!(
                "no name begins with {name:?}: objects are named {BUCKETS}BUCKET/objects/NAME, with _ in place of the project"
            );
            report.error(Rule::ConditionNeverHolds, here, message);
        }
        return;
    };
    let message = match rest.split_once("/objects/") {
        None if !rest.contains('/') => {
            format!(
                "{name:?} also holds every bucket whose name merely begins with {rest:?}: write a / after the bucket"
            )
        }
        Some((_, prefix)) if !prefix.is_empty() && !prefix.ends_with('/') => {
            format!(
                "{name:?} also holds what merely begins with {prefix:?}: if a folder is meant, write a / at its end"
            )
        }
        _ => return,
    };
    report.warn(Rule::PrefixWithoutSlash, here, message);
}

/// Whether a prefix may be read and not be listed.
fn unlisted(condition: &Condition, names: &[&str], here: &str, role: Option<&str>, report: &mut Report) {
    const LISTING: [&str; 3] = ["roles/storage.objectViewer", "roles/storage.objectUser", "roles/storage.objectAdmin"];
    if role.is_some_and(|role| !LISTING.contains(&role)) {
        return;
    }
    for name in names {
        let Some((bucket, prefix)) = name.strip_prefix(BUCKETS).and_then(|rest| rest.split_once("/objects/")) else {
            continue;
        };
        let context = Context {
            resource_name: Some(format!("{BUCKETS}{bucket}")),
            resource_type: Some("storage.googleapis.com/Bucket".to_owned()),
            resource_service: Some("storage.googleapis.com".to_owned()),
            time: None,
            attributes: [(LIST_PREFIX.to_owned(), Attribute::Text(prefix.to_owned()))].into(),
        };
        if condition.holds(&context) == Truth::False {
            let message = format!(
                "objects under {prefix:?} can be read and not be listed: add || api.getAttribute('{LIST_PREFIX}', '').startsWith(...) \
                 with the same prefix"
            );
            return report.warn(Rule::ListPrefixMissing, here, message);
        }
    }
}

/// The expression with prefixes of folders and buckets that end where they should.
fn slashed(expr: Expr) -> Expr {
    match expr {
        Expr::Not(inner) => Expr::Not(inner),
        Expr::All(each) => Expr::All(each.into_iter().map(slashed).collect()),
        Expr::Any(each) => Expr::Any(each.into_iter().map(slashed).collect()),
        Expr::Call("startsWith", each) => match each.as_slice() {
            [Expr::Attribute("resource.name"), Expr::Text(name)] => {
                ended(name).unwrap_or(Expr::Call("startsWith", each))
            }
            [Expr::ApiAttribute(attribute, _), Expr::Text(prefix)]
                if attribute == LIST_PREFIX && !prefix.is_empty() && !prefix.ends_with('/') =>
            {
                let prefix = Expr::Text(format!("{prefix}/"));
                Expr::Call("startsWith", each.into_iter().take(1).chain([prefix]).collect())
            }
            _ => Expr::Call("startsWith", each),
        },
        other => other,
    }
}

/// What `resource.name.startsWith` of this name should be; none if it is.
fn ended(name: &str) -> Option<Expr> {
    let begins = |text: String| Expr::Call("startsWith", vec![Expr::Attribute("resource.name"), Expr::Text(text)]);
    let rest = name.strip_prefix(BUCKETS)?;
    match rest.split_once("/objects/") {
        None if !rest.contains('/') && !rest.is_empty() => {
            let bucket = (Expr::Attribute("resource.name"), Expr::Text(name.to_owned()));
            Some(Expr::Any(vec![
                Expr::Compare(crate::gcp::Comparison::Equal, Box::new(bucket)),
                begins(format!("{name}/")),
            ]))
        }
        Some((_, prefix)) if !prefix.is_empty() && !prefix.ends_with('/') => Some(begins(format!("{name}/"))),
        _ => None,
    }
}
