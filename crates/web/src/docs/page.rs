//! What the manual gives to the console.

use std::borrow::Cow;

/// A line of the table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As the table of contents says it.
    pub title: String,
    /// The page; none where it is the title of a part.
    pub path: Option<String>,
    /// What stands below it.
    pub children: Vec<Entry>,
}

/// A page, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its path below `/docs/`, without `.md`.
    pub path: String,
    /// Its title as plain text.
    pub title: String,
    /// Its body with the title as `h1`: safe HTML, to be put out as it is.
    pub html: String,
    /// What is on this page: headings of the second and third level, in order.
    pub headings: Vec<Heading>,
    /// The page before it in the table of contents.
    pub previous: Option<Neighbour>,
    /// The page after it in the table of contents.
    pub next: Option<Neighbour>,
}

/// A heading of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 2 or 3.
    pub level: u8,
    /// Its anchor.
    pub id: String,
    /// Its words as plain text.
    pub text: String,
}

/// A page beside another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// As the table of contents says it.
    pub title: String,
    /// Its path below `/docs/`.
    pub path: String,
}

/// A page that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its path below `/docs/`.
    pub path: String,
    /// Its title as plain text.
    pub title: String,
    /// The heading under which the words stand, as plain text; none before the first one.
    pub heading: Option<String>,
    /// The anchor of that heading.
    pub anchor: Option<String>,
    /// Some words around the first one that was found: safe HTML with `<mark>`.
    pub excerpt: String,
}

impl Hit {
    /// Where it leads.
    pub fn href(&self) -> String {
        match &self.anchor {
            Some(anchor) => format!("{}#{anchor}", super::href(&self.path)),
            None => super::href(&self.path),
        }
    }
}

/// A picture of the manual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its media type.
    pub content_type: &'static str,
    /// What it is.
    pub bytes: Cow<'static, [u8]>,
}
