//! The audit of a project and that of the installation: the same pages over two logs.
//!
//! Reading is decided by the use cases; the pages say plainly that a server which verifies its own log
//! shows less than an export verified elsewhere.

mod download;
mod line;
mod list;
mod log;
mod show;
mod verify;
mod words;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/projects/{project}/audit", "audit.read", list::show)
        .get("/projects/{project}/audit/verify", "audit.read", verify::show)
        .post("/projects/{project}/audit/verify", "audit.read", verify::submit)
        .get("/projects/{project}/audit/export", "audit.read", download::export)
        .get("/projects/{project}/audit/checkpoint", "audit.read", download::checkpoint)
        .get("/projects/{project}/audit/key", "audit.read", download::key)
        .get("/projects/{project}/audit/{seq}", "audit.read", show::show)
        .get("/projects/{project}/audit/{seq}/proof", "audit.read", download::proof)
        .get("/admin/audit", "audit.read-installation", list::show)
        .get("/admin/audit/verify", "audit.read-installation", verify::show)
        .post("/admin/audit/verify", "audit.read-installation", verify::submit)
        .get("/admin/audit/export", "audit.read-installation", download::export)
        .get("/admin/audit/checkpoint", "audit.read-installation", download::checkpoint)
        .get("/admin/audit/key", "audit.read-installation", download::key)
        .get("/admin/audit/{seq}", "audit.read-installation", show::show)
        .get("/admin/audit/{seq}/proof", "audit.read-installation", download::proof)
}
