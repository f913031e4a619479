//! The tour: an act a file, each step done over HTTP as any client would do it.

mod connect;
mod hand_out;
mod plain;
mod proof;
mod record;
mod refuse;
mod revoke;

use std::path::Path;

use super::say::Say;
use super::store::EmbeddedStore;
use crate::cli::Failure;
use crate::cli::remote::Remote;

/// The project of the demo.
pub(super) const PROJECT: &str = "demo";

/// What the acts share.
pub(super) struct Tour<'a> {
    pub(super) remote: &'a Remote,
    pub(super) store: &'a EmbeddedStore,
    pub(super) folder: &'a Path,
}

/// Goes through all acts; what needs a step that failed is left out.
pub(super) async fn run(tour: &Tour<'_>, say: &mut Say) {
    let Some(()) = connect::run(tour, say).await else { return };
    let handed = hand_out::run(tour, say).await;
    if let Some(handed) = &handed {
        refuse::run(tour, say, handed).await;
        revoke::run(tour, say, handed).await;
    }
    record::run(tour, say).await;
}

/// A step that went otherwise than it must.
fn wrong(what: impl Into<String>) -> Failure {
    Failure::local("demo", what)
}
