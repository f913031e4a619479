//! The manual as the console serves it at `/docs`.
//!
//! The Markdown of `docs/` is embedded, so a program without its source tree has it too, and a page for each
//! method is made from its descriptor, so the two cannot disagree. Always true: whatever the Markdown
//! says, only elements and attributes that `markdown` writes itself come out, and no style, script or
//! handler is among them; a link leads to a page of the manual, to an address of the web, or nowhere.
//! Nothing here speaks HTTP.

mod html;
mod link;
mod manual;
mod markdown;
mod method;
mod page;
mod search;
mod source;
mod summary;

pub use manual::Manual;
pub use page::{Asset, Entry, Heading, Hit, Neighbour, Page};

/// Where a page of the manual is served.
pub fn href(path: &str) -> String {
    format!("/docs/{path}")
}
