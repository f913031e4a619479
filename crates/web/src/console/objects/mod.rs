//! Objects: looking at them, putting them there, and handing them out.
//!
//! What always holds: objects come from the bucket's own origin and never through this one, so that
//! nothing a stranger wrote can act as a page of the console; every URL and credential that a page hands
//! out is a grant and is recorded.

mod credential;
mod download;
mod kind;
mod latency;
mod list;
mod place;
mod shared;
mod show;
mod sign;
mod text;
mod thumbs;
mod time_window;
mod tools;
mod upload;
mod url;
mod why;

use super::pages::Pages;

pub(super) use text::{size, visible};

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/projects/{project}/datasources/{name}/objects", "object.list", list::show)
        .get("/projects/{project}/datasources/{name}/object", "object.show", show::show)
        .post("/projects/{project}/datasources/{name}/object/download", "url.sign", download::submit)
        .post("/projects/{project}/datasources/{name}/object/why", "object.show", why::submit)
        .get("/projects/{project}/datasources/{name}/object/url", "url.sign", url::show)
        .post("/projects/{project}/datasources/{name}/object/url", "url.sign", url::submit)
        .post("/projects/{project}/datasources/{name}/uploads", "url.sign", upload::submit)
        .get("/projects/{project}/datasources/{name}/credential", "credential.issue", credential::show)
        .post("/projects/{project}/datasources/{name}/credential", "credential.issue", credential::submit)
        .post("/projects/{project}/datasources/{name}/latency/probe", "url.sign", latency::probe)
        .post("/projects/{project}/datasources/{name}/latency", "latency.record", latency::record)
}
