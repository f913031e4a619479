//! Every route, as everybody, on another tenant's objects: they look like objects that are nowhere.
//!
//! The routes come from the OpenAPI document, so a new one is in the matrix at once. One whose path or
//! body cannot be filled fails the test until `fill.rs` knows how.

mod fill;

use axum::http::StatusCode;

use crate::tenants::{Asker, Objects, Tenants, tenants};
use fill::{Call, Operation, operations};

/// What a caller gets, with every name of an object replaced by one word.
async fn seen(tenants: &Tenants, asker: &Asker, call: &Call, named: &Objects) -> (StatusCode, String) {
    let (status, mut body) = tenants.send(Some(&asker.token), call.method, &call.path, call.body.as_ref()).await;
    for name in named.values() {
        body = body.replace(name.as_str(), "<object>");
    }
    (status, body)
}

/// `objects` in the project of this name.
fn within(project: &str, objects: &Objects) -> Objects {
    let mut objects = objects.clone();
    objects.insert("project", project.to_owned());
    objects
}

async fn assert_alike(tenants: &Tenants, asker: &Asker, operation: &Operation, theirs: &Objects, absent: &Objects) {
    let (there, nowhere) = (operation.call(theirs), operation.call(absent));
    let hidden = seen(tenants, asker, &there, theirs).await;
    let missing = seen(tenants, asker, &nowhere, absent).await;
    assert_eq!(hidden, missing, "{} tells {} that it is there", operation.name(), asker.who);
    let refused = matches!(hidden.0, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
    assert!(refused, "{} answers {} with {hidden:?}", operation.name(), asker.who);
}

#[tokio::test]
async fn another_tenants_project_looks_missing_to_everybody() {
    let tenants = tenants().await;
    let absent = within("absent-project", &tenants.theirs);
    for operation in operations().iter().filter(|operation| operation.in_project()) {
        for asker in &tenants.askers {
            let (status, _) = seen(&tenants, asker, &operation.call(&tenants.theirs), &tenants.theirs).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{} as {}", operation.name(), asker.who);
            assert_alike(&tenants, asker, operation, &tenants.theirs, &absent).await;
        }
    }
}

#[tokio::test]
async fn another_tenants_objects_look_missing_in_ones_own_project() {
    let tenants = tenants().await;
    let (theirs, absent) = (within("ours", &tenants.theirs), within("ours", &tenants.absent));
    let mut tried = 0;
    for operation in operations().iter().filter(|operation| operation.in_project() && operation.names_objects()) {
        for asker in tenants.askers.iter().filter(|asker| !asker.administrator) {
            assert_alike(&tenants, asker, operation, &theirs, &absent).await;
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} were tried");
}

#[tokio::test]
async fn installation_is_closed_to_all_but_its_administrator() {
    let tenants = tenants().await;
    for operation in operations().iter().filter(|operation| operation.in_installation()) {
        for asker in tenants.askers.iter().filter(|asker| !asker.administrator) {
            let (status, body) = seen(&tenants, asker, &operation.call(&tenants.theirs), &tenants.theirs).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{} as {}: {body}", operation.name(), asker.who);
            assert_alike(&tenants, asker, operation, &tenants.theirs, &tenants.absent).await;
        }
    }
}

#[tokio::test]
async fn somebody_elses_own_things_look_missing() {
    let tenants = tenants().await;
    for operation in operations().iter().filter(|operation| operation.is_own() && operation.names_objects()) {
        for asker in &tenants.askers {
            if !asker.who.starts_with("owner of theirs") {
                assert_alike(&tenants, asker, operation, &tenants.theirs, &tenants.absent).await;
            }
        }
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_answered() {
    let tenants = tenants().await;
    for operation in operations().iter().filter(|operation| !operation.is_public()) {
        for token in [None, Some("tgt_wrong"), Some("")] {
            let call = operation.call(&tenants.theirs);
            let (status, _) = tenants.send(token, call.method, &call.path, call.body.as_ref()).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{}", operation.name());
        }
    }
}

/// Without this, a matrix of objects that do not exist would pass.
#[tokio::test]
async fn owner_of_the_objects_finds_them() {
    let tenants = tenants().await;
    let mut found = 0;
    for operation in operations().iter().filter(|operation| operation.in_project() && operation.reads()) {
        let (status, body) =
            seen(&tenants, &tenants.their_owner, &operation.call(&tenants.theirs), &Objects::new()).await;
        assert_ne!(status, StatusCode::NOT_FOUND, "{}: {body}", operation.name());
        found += usize::from(status.is_success());
    }
    assert!(found > 10, "only {found} were found");
}
