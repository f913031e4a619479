//! The addresses of the console's pages, from its own table: with lists filtered, and what stands in them
//! filled in. A page that is new in the table is measured too, or the run ends and says what is missing.

use web::ConsolePage;

use crate::volume::Volume;
use crate::world::PROJECT;

/// Not measured here, with the reason.
const LEFT_OUT: [(&str, &str); 6] = [
    ("/projects/{project}/datasources/{name}/objects", "asks the store"),
    ("/projects/{project}/datasources/{name}/object", "asks the store"),
    ("/projects/{project}/datasources/-/new/place", "asks the store"),
    ("/projects/{project}/audit/export", "a file as long as the log"),
    ("/admin/audit/export", "a file as long as the log"),
    ("/docs/assets/{hash}/{*path}", "a picture of the manual"),
];

/// Only asked for with a query; without one they lead elsewhere.
const ONLY_WITH_QUERY: [&str; 4] = [
    "/projects/{project}/grants/revoke",
    "/projects/{project}/grants/revoked",
    "/projects/{project}/datasources/-/new/cors",
    "/projects/{project}/datasources/{name}/object/url",
];

/// A page to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// What is asked for.
    pub(crate) path: String,
    /// For people: without ids.
    pub(crate) name: String,
}

/// Every page that is looked at, plainly and filtered.
pub(crate) fn addresses(volume: &Volume) -> Vec<Address> {
    let pages = web::console_pages().into_iter().filter(|page| page.method == "GET");
    let pages = pages.filter(|page| LEFT_OUT.iter().all(|(path, _)| *path != page.path));
    pages.flat_map(|page| of(&page, volume)).collect()
}

fn of(page: &ConsolePage, volume: &Volume) -> Vec<Address> {
    let path = filled(page.path, volume);
    let plain = (!ONLY_WITH_QUERY.contains(&page.path)).then(|| (String::new(), String::new()));
    let all: Vec<_> = plain.into_iter().chain(queries(page.path, volume)).collect();
    assert!(!all.is_empty(), "say with which query {} is asked for", page.path);
    all.into_iter()
        .map(|(query, name)| Address { path: format!("{path}{query}"), name: format!("{}{name}", page.path) })
        .collect()
}

/// What stands in a path: by what stands before it.
fn filled(path: &str, volume: &Volume) -> String {
    let (mut before, mut filled) = ("", String::new());
    for segment in path.split('/').skip(1) {
        let newest = |proofs: &[String]| proofs.last().expect("something was proven").clone();
        let shown = match (before, segment) {
            (_, segment) if !segment.starts_with('{') => segment.to_owned(),
            ("projects", _) => PROJECT.to_owned(),
            ("integrations", _) => volume.integration.clone(),
            ("datasources", _) => volume.datasource.clone(),
            ("grants", _) => newest(&volume.grants),
            ("proofs", _) if path.contains("/datasources/") => newest(&volume.datasource_proofs),
            ("proofs", _) => newest(&volume.integration_proofs),
            ("proof-runs", _) => volume.run.clone(),
            ("audit", _) => "33333".to_owned(),
            ("members" | "users", _) => volume.user.clone(),
            ("service-accounts", _) => volume.service_account.clone(),
            ("tokens", _) => volume.token.clone(),
            ("new", "{method}") => "aws-cross-account".to_owned(),
            ("docs", "{*path}") => "concepts".to_owned(),
            _ => panic!("say what stands for {segment} in {path}"),
        };
        filled.push('/');
        filled.push_str(&shown);
        before = segment;
    }
    filled
}

/// Filters of a page, each with what it is called.
fn queries(path: &str, volume: &Volume) -> Vec<(String, String)> {
    let Volume { integration, datasource, user, .. } = volume;
    let plain = |queries: &[&str]| queries.iter().map(|query| (format!("?{query}"), format!("?{query}"))).collect();
    let by = |name: &str, value: &String| (format!("?{name}={value}"), format!("?{name}=…"));
    match path {
        "/projects/{project}/integrations" => plain(&[
            "state=active",
            "state=failed",
            "state=pending",
            "method=s3-compatible",
            "contains=042",
            "contains=none",
        ]),
        "/projects/{project}/datasources" => {
            let mut all: Vec<_> = plain(&["usable=no", "purpose=input-output", "purpose=output", "contains=042"]);
            all.push(by("integration", integration));
            all
        }
        "/projects/{project}/datasources/-/new" => plain(&["choose=1&find=042"]),
        "/projects/{project}/datasources/-/new/cors" => {
            let query = "&bucket=pictures&prefix=camera/&purpose=input&cors_origin=https://label.example.com";
            vec![(format!("?integration={integration}{query}"), "?…".to_owned())]
        }
        "/projects/{project}/datasources/{name}/object/url" => plain(&["key=camera/raw/1.jpg"]),
        "/projects/{project}/grants" => {
            let mut all: Vec<_> =
                plain(&["state=all", "state=expired", "state=revoked", "state=revoking", "kind=urls"]);
            all.extend([by("principal", user), by("integration", integration), by("datasource", datasource)]);
            all.extend([by("state=expired&principal", user), by("state=all&kind=credential&datasource", datasource)]);
            all
        }
        "/projects/{project}/grants/revoke" => {
            let project = PROJECT.to_owned();
            let mut all = vec![ids(volume, 50)];
            all.extend([by("by=integration&name", integration), by("by=datasource&name", datasource)]);
            all.extend([by("by=principal&name", user), by("by=project&name", &project)]);
            all
        }
        "/projects/{project}/grants/revoked" => vec![ids(volume, 40)],
        "/projects/{project}/audit" => {
            let mut all: Vec<_> =
                plain(&["outcome=refused", "outcome=failed", "action=url.sign", "action=datasource.delete"]);
            all.extend([by("principal", user), by("action=datasource.delete&principal", user)]);
            all.push(by("outcome=refused&action=object.list&principal", user));
            all.push(within_a_day());
            all
        }
        "/admin/audit" => plain(&["outcome=refused", "action=user.list", "principal=admin"]),
        "/admin/integrations" => {
            plain(&["state=failed", "proof=failed", "too_wide=yes", "method=aws-access-key", "contains=042"])
        }
        "/projects/{project}/integrations/{name}/proofs/{id}" => {
            let other = volume.integration_proofs.first().expect("something was proven");
            vec![by("against", other)]
        }
        "/docs/search" => plain(&["q=external+id"]),
        _ => Vec::new(),
    }
}

fn ids(volume: &Volume, count: usize) -> (String, String) {
    let ids: Vec<_> = volume.grants.iter().take(count).map(|id| format!("id={id}")).collect();
    (format!("?{}", ids.join("&")), format!("?id=… {count} times"))
}

fn within_a_day() -> (String, String) {
    use domain::clock::{Clock as _, SystemClock};
    let ago = |hours: i64| SystemClock.now() - jiff::SignedDuration::from_hours(24 * 40 + hours);
    (format!("?since={}&until={}", ago(24), ago(0)), "?since=…&until=…".to_owned())
}

/// The second page of a list, as the first one links to it.
pub(crate) fn second(first: &Address, html: &str) -> Option<Address> {
    if first.path.starts_with("/docs") {
        return None;
    }
    let (before, _) = html.split_once("\" rel=\"next\"")?;
    let (_, link) = before.rsplit_once("href=\"")?;
    let link = link.replace("&amp;", "&").replace("&#38;", "&");
    let path = first.path.split('?').next().unwrap_or_default();
    Some(Address { path: format!("{path}{link}"), name: format!("{}, second page", first.name) })
}
