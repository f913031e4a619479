//! The table of contents of the API: a folder per noun, a file per route.

mod answers;
mod audit;
mod credentials;
mod datasources;
mod grants;
mod integrations;
mod issuer;
mod keys;
mod members;
mod methods;
mod objects;
mod projects;
mod proof_runs;
mod service_accounts;
mod sessions;
mod setup;
mod tokens;
mod urls;
mod users;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::OpenApi as _;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::App;
use crate::face::{Problem, alive, metrics, ready};

/// What the document says of the API as a whole.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tidegate",
        description = "Secure, proven, short-lived, audited access to data and services that belong to somebody else.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem)),
    modifiers(&Bearer)
)]
struct Document;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        document.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("token", [])]);
    }
}

fn described() -> OpenApiRouter<App> {
    let v1 = OpenApiRouter::new()
        .routes(routes!(sessions::begin).layer(DefaultBodyLimit::max(sessions::BODY_LIMIT)))
        .routes(routes!(sessions::end))
        .routes(routes!(sessions::whoami))
        .routes(routes!(users::create, users::list))
        .routes(routes!(users::show, users::change, users::remove))
        .routes(routes!(users::reset_password))
        .routes(routes!(users::change_password))
        .routes(routes!(projects::create, projects::list))
        .routes(routes!(projects::show, projects::delete))
        .routes(routes!(service_accounts::create, service_accounts::list))
        .routes(routes!(service_accounts::show, service_accounts::change, service_accounts::remove))
        .routes(routes!(members::add, members::list))
        .routes(routes!(members::show, members::change, members::remove))
        .routes(routes!(tokens::create, tokens::list))
        .routes(routes!(tokens::revoke))
        .routes(routes!(urls::sign).layer(DefaultBodyLimit::max(urls::BODY_LIMIT)))
        .routes(routes!(credentials::issue))
        .routes(routes!(grants::list))
        .routes(routes!(grants::show))
        .routes(routes!(grants::revoke))
        .routes(routes!(grants::revoke_by))
        .routes(routes!(audit::of_a_project))
        .routes(routes!(audit::checkpoint_of_a_project))
        .routes(routes!(audit::key_of_a_project))
        .routes(routes!(audit::proof_of_a_project))
        .routes(routes!(audit::of_the_installation))
        .routes(routes!(audit::checkpoint_of_the_installation))
        .routes(routes!(audit::key_of_the_installation))
        .routes(routes!(audit::proof_of_the_installation))
        .routes(routes!(keys::root_status))
        .routes(routes!(keys::project_status))
        .routes(routes!(keys::rotate))
        .routes(routes!(keys::rewrap))
        .routes(routes!(issuer::show))
        .routes(routes!(issuer::rotate))
        .routes(routes!(methods::list))
        .routes(routes!(setup::of_method))
        .routes(routes!(setup::of_integration))
        .routes(routes!(integrations::create, integrations::list))
        .routes(routes!(integrations::show, integrations::change, integrations::delete))
        .routes(routes!(integrations::prove))
        .routes(routes!(integrations::proofs))
        .routes(routes!(integrations::pause))
        .routes(routes!(integrations::resume))
        .routes(routes!(integrations::browse))
        .routes(routes!(integrations::secrets))
        .routes(routes!(integrations::roll_back))
        .routes(routes!(datasources::create, datasources::list))
        .routes(routes!(datasources::show, datasources::change, datasources::delete))
        .routes(routes!(datasources::prove))
        .routes(routes!(datasources::proofs))
        .routes(routes!(proof_runs::of_integration))
        .routes(routes!(proof_runs::of_datasource))
        .routes(routes!(proof_runs::show))
        .routes(routes!(objects::list));
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", v1)
}

/// The OpenAPI 3.1 document, generated from the routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = described().split_for_parts().1;
    answers::complete(&mut document);
    document
}

/// The same as it is served, checked in and printed: JSON with line breaks, so that changes can be read.
pub fn openapi_text() -> String {
    openapi().to_pretty_json().unwrap_or_default()
}

/// All routes.
pub(crate) fn router() -> Router<App> {
    let (routes, _) = described().split_for_parts();
    let text = openapi_text();
    routes
        .route(
            "/openapi.json",
            get(move |State(_): State<App>| async move {
                ([(header::CONTENT_TYPE, "application/json")], text.clone()).into_response()
            }),
        )
        .route("/.well-known/openid-configuration", get(issuer::discovery))
        .route("/.well-known/jwks.json", get(issuer::jwks))
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

#[cfg(test)]
mod tests {
    /// Actions of a route that needs no token, with the reason.
    const PUBLIC: [(&str, &str); 1] = [("session.begin", "signing in is how one gets a token")];

    #[test]
    fn every_post_says_how_it_is_repeated() {
        let document = serde_json::to_value(super::openapi()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            let known = item.get("post").is_none() || crate::face::is_known(path);
            assert!(known, "POST {path} is in no list of face/idempotency.rs");
        }
    }

    #[test]
    fn every_answer_is_described_and_errors_are_problems() {
        let document = serde_json::to_value(super::openapi()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    assert!(answer["description"].as_str().is_some_and(|words| !words.is_empty()), "{method} {path}");
                    let problem = answer["content"].get("application/problem+json").is_some();
                    assert_eq!(problem, status == "default", "{method} {path} {status}");
                }
            }
        }
    }

    #[test]
    fn every_route_declares_its_action() {
        let document = serde_json::to_value(super::openapi()).unwrap();
        let mut routes = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let action = operation["x-tidegate-action"].as_str().unwrap_or_default();
                let known =
                    authz::Action::parse(action).is_some() || PUBLIC.iter().any(|(public, _)| *public == action);
                assert!(known, "{method} {path} declares '{action}', which is no action");
                assert!(operation["responses"]["default"].is_object(), "{method} {path} does not describe its errors");
                routes += 1;
            }
        }
        assert!(routes > 5);
    }
}
