//! Proofs of integrations and datasources: while they go on, as reports, and what changed between two.

mod compare;
mod history;
mod report;
mod run;
mod subject;
mod view;

use super::pages::Pages;

pub(super) use view::{CheckView, checks, summary, took};

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/projects/{project}/proof-runs/{id}", "proof.list", run::show)
        .get("/projects/{project}/proof-runs/{id}/progress", "proof.list", run::progress)
        .get("/projects/{project}/integrations/{name}/proofs", "proof.list", history::of_integration)
        .get("/projects/{project}/integrations/{name}/proofs/{id}", "proof.list", report::of_integration)
        .get("/projects/{project}/datasources/{name}/proofs", "proof.list", history::of_datasource)
        .get("/projects/{project}/datasources/{name}/proofs/{id}", "proof.list", report::of_datasource)
}
