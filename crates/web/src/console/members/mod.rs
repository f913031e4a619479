//! Members of a project: who may do what here.

mod add;
mod change;
mod list;
mod remove;

use domain::principal::Role;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/projects/{project}/members", "member.list", list::show)
        .post("/projects/{project}/members", "member.change", add::submit)
        .post("/projects/{project}/members/{who}/role", "member.change", change::submit)
        .get("/projects/{project}/members/{who}/remove", "member.change", remove::ask)
        .post("/projects/{project}/members/{who}/remove", "member.change", remove::submit)
}

/// What a role may do, in a sentence.
pub(super) fn in_words(role: &Role) -> &'static str {
    match role {
        Role::Viewer => "Reads configuration and grants.",
        Role::Auditor => "Reads configuration, grants and the audit.",
        Role::Developer => "Also browses objects, signs URLs and issues credentials; revokes their own.",
        Role::Admin => "Also changes integrations, datasources, members and tokens; revokes everything.",
        Role::Owner => "Also deletes the project and names owners.",
    }
}
