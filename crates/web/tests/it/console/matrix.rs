//! Every page, as everybody: strangers are sent to sign in, other tenants see nothing, other origins and
//! smaller roles change nothing. The pages come from the console's own table.

use authz::{Action, Level};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use tower::ServiceExt as _;
use web::ConsolePage;

use super::{Page, ask, get, member, post};
use crate::tenants::{Asker, Objects, Tenants, tenants};

/// What stands in a path: by the segment before it.
fn filled(page: &ConsolePage, objects: &Objects) -> String {
    let mut before = "";
    let mut path = String::new();
    for segment in page.path.split('/').skip(1) {
        let kind = match before {
            "projects" => "project",
            "integrations" => "integration",
            "datasources" => "datasource",
            "service-accounts" => "service-account",
            "members" => "member",
            "users" => "user",
            "tokens" => "token",
            "grants" => "grant",
            "proof-runs" => "proof-run",
            _ => "",
        };
        path.push('/');
        match objects.get(kind).filter(|_| segment.starts_with('{')) {
            Some(name) => path.push_str(name),
            // What is no object of a tenant: a place in a log, a word, a method, an id of something gone.
            None if segment.starts_with('{') => path.push('0'),
            None => path.push_str(segment),
        }
        before = segment;
    }
    path
}

fn in_project(page: &ConsolePage) -> bool {
    page.path.contains("{project}")
}

fn within(project: &str, objects: &Objects) -> Objects {
    let mut objects = objects.clone();
    objects.insert("project", project.to_owned());
    objects
}

fn pages() -> Vec<ConsolePage> {
    let pages = web::console_pages();
    assert!(pages.len() > 40, "the console has only {} pages", pages.len());
    pages
}

/// Needs a session.
fn private() -> impl Iterator<Item = (ConsolePage, Action)> {
    pages().into_iter().filter_map(|page| Some((page, Action::parse(page.action)?)))
}

async fn open(tenants: &Tenants, asker: &Asker, page: &ConsolePage, objects: &Objects) -> Page {
    let path = filled(page, objects);
    match page.method {
        "GET" => get(tenants, asker, &path).await,
        _ => post(tenants, asker, &path, "").await,
    }
}

/// The page without what differs from request to request, and without names.
fn alike(page: &Page, objects: &Objects) -> (StatusCode, String) {
    let id = page.header("x-request-id");
    let mut html = page.html.replace(id, "<request>");
    for name in objects.values() {
        html = html.replace(name.as_str(), "<object>").replace(&name.replace('-', "%2D"), "<object>");
    }
    (page.status, html)
}

#[test]
fn no_name_is_the_address_of_another_page() {
    let named = |segment: &str| ["{project}", "{name}", "{who}"].contains(&segment);
    let (pages, mut beside) = (pages(), 0);
    for (named_page, page) in pages.iter().flat_map(|one| pages.iter().map(move |other| (one, other))) {
        let mut segments = named_page.path.split('/').zip(page.path.split('/'));
        let Some((name, word)) = segments.find(|(one, other)| one != other) else { continue };
        if named(name) && !word.starts_with('{') {
            beside += 1;
            assert!(word.parse::<domain::name::UserName>().is_err(), "{} hides {}", page.path, named_page.path);
        }
    }
    assert!(beside > 0, "forms stand beside names");
}

#[tokio::test]
async fn what_is_named_new_is_opened_like_anything_else() {
    let tenants = tenants().await;
    tenants.make_all_named("new").await;
    let (owner, administrator) = (&tenants.their_owner, tenants.askers.last().unwrap());
    assert!(administrator.administrator);
    for (asker, path, title) in [
        (owner, "/projects/theirs/integrations/new/proofs", "<h1>Proofs of new</h1>"),
        (owner, "/projects/theirs/datasources/new", "<h1>new</h1>"),
        (owner, "/projects/theirs/datasources/new/edit", "<h1>Edit new</h1>"),
        (administrator, "/projects/new", "<h1>Overview</h1>"),
        (administrator, "/admin/users/new", "<h1><bdi>new</bdi></h1>"),
    ] {
        let page = get(&tenants, asker, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.html);
        page.shows(&[title]);
    }
}

#[tokio::test]
async fn strangers_are_sent_to_sign_in() {
    let tenants = tenants().await;
    for (page, _) in private() {
        let request = Request::builder().method(page.method).uri(filled(&page, &tenants.theirs));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(Body::empty()).unwrap();
        let response = tenants.router.clone().oneshot(request).await.unwrap();
        match page.method {
            "GET" => {
                assert_eq!(response.status(), StatusCode::SEE_OTHER, "{page:?}");
                assert!(response.headers()["location"].to_str().unwrap().starts_with("/sign-in"), "{page:?}");
            }
            _ => assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{page:?}"),
        }
    }
}

#[tokio::test]
async fn another_tenants_project_looks_missing_on_every_page() {
    let tenants = tenants().await;
    let absent = within("absent-project", &tenants.theirs);
    for (page, _) in private().filter(|(page, _)| in_project(page)) {
        for role in ["viewer", "developer", "owner"] {
            let asker = member(&tenants, role);
            let hidden = open(&tenants, asker, &page, &tenants.theirs).await;
            let missing = open(&tenants, asker, &page, &absent).await;
            assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{page:?} as {role}: {}", hidden.html);
            assert_eq!(alike(&hidden, &tenants.theirs), alike(&missing, &absent), "{page:?} as {role}");
        }
    }
}

#[tokio::test]
async fn another_tenants_objects_look_missing_in_ones_own_project() {
    let tenants = tenants().await;
    let (theirs, absent) = (within("ours", &tenants.theirs), within("ours", &tenants.absent));
    for (page, _) in private().filter(|(page, _)| in_project(page) && page.path.matches('{').count() > 1) {
        for role in ["viewer", "developer", "owner"] {
            let asker = member(&tenants, role);
            let hidden = open(&tenants, asker, &page, &theirs).await;
            let missing = open(&tenants, asker, &page, &absent).await;
            assert_eq!(alike(&hidden, &theirs), alike(&missing, &absent), "{page:?} as {role}");
        }
    }
}

#[tokio::test]
async fn a_form_that_a_role_may_not_send_changes_nothing() {
    let tenants = tenants().await;
    let objects = within("ours", &tenants.absent);
    for (page, action) in private().filter(|(page, _)| page.method == "POST") {
        for role in domain::principal::Role::ALL {
            let may = match action.level() {
                Level::Own => true,
                Level::Installation => false,
                Level::Project => action.roles().contains(&role),
            };
            if may {
                continue;
            }
            let answer = open(&tenants, member(&tenants, role.as_str()), &page, &objects).await;
            let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY];
            assert!(refused.contains(&answer.status), "{page:?} as {role}: {} {}", answer.status, answer.html);
        }
    }
}

#[tokio::test]
async fn the_installation_is_shown_to_its_administrator_only() {
    let tenants = tenants().await;
    for (page, action) in private().filter(|(page, _)| page.method == "GET") {
        if action.level() == Level::Installation {
            let answer = open(&tenants, member(&tenants, "owner"), &page, &tenants.absent).await;
            let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
            assert!(refused.contains(&answer.status), "{page:?}: {} {}", answer.status, answer.html);
        }
    }
}

#[tokio::test]
async fn a_form_of_another_origin_is_refused() {
    let tenants = tenants().await;
    let owner = member(&tenants, "owner");
    let hostile =
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")];
    for page in pages().into_iter().filter(|page| page.method == "POST") {
        for (name, value) in hostile {
            let path = filled(&page, &within("ours", &tenants.absent));
            let request = Request::post(path).header("host", "tidegate.example").header(name, value);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let answer = ask(&tenants, owner, request, Body::empty()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{page:?} from {value}");
            assert!(answer.html.contains("another origin"), "{page:?}: {}", answer.html);
        }
    }
}

#[tokio::test]
async fn a_call_of_the_api_from_another_origin_is_refused_though_the_cookie_is_sent_along() {
    let tenants = tenants().await;
    let owner = member(&tenants, "owner");
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for path in ["/api/v1/projects/ours/integrations/mine", "/api/v1/projects/ours/members/x", "/api/v1/users"] {
            for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "same-site")] {
                let request = Request::builder().method(method).uri(path).header("host", "tidegate.example");
                let request = request.header(name, value).header("content-type", "text/plain");
                let answer = ask(&tenants, owner, request, Body::from("{}")).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} from {value}");
                assert!(answer.html.contains("another origin"), "{method} {path}: {}", answer.html);
            }
        }
    }
}

#[tokio::test]
async fn no_page_is_kept_framed_or_read_with_another_policy() {
    let tenants = tenants().await;
    let objects = within("ours", &tenants.absent);
    for page in pages() {
        let answer = open(&tenants, member(&tenants, "owner"), &page, &objects).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{page:?}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{page:?}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{page:?}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{page:?}: {policy}");
    }
}

#[tokio::test]
async fn a_form_sent_without_a_session_keeps_what_was_typed_but_no_secret() {
    let tenants = tenants().await;
    let path = "/projects/ours/service-accounts";
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    let request =
        request.header("host", "tidegate.example").header("referer", format!("http://tidegate.example{path}"));
    let form = "name=robot&secrets.key=hush-hush&old_password=hush-hush";
    let response = tenants.router.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let html = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    let html = String::from_utf8_lossy(&html);
    assert!(html.contains(r#"name="kept" value="name=robot""#), "{html}");
    assert!(html.contains(&format!(r#"name="next" value="{path}""#)), "{html}");
    assert!(!html.contains("hush-hush"));
}
