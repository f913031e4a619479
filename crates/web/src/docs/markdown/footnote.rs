//! Footnotes: numbered as they are referred to, and put at the end of the page.

use std::collections::BTreeMap;

use super::{Rendered, Writer};

#[derive(Default)]
pub(super) struct Footnotes {
    /// Labels in the order in which they are first referred to.
    order: Vec<String>,
    bodies: BTreeMap<String, String>,
    /// The page that waits while a footnote is read, and the footnote's label.
    waiting: Vec<(String, String)>,
}

impl Writer<'_> {
    /// The page waits while a footnote is read.
    pub(super) fn start_footnote(&mut self, label: &str) {
        self.footnotes.waiting.push((label.to_owned(), std::mem::take(&mut self.out.html)));
    }

    pub(super) fn end_footnote(&mut self) {
        if let Some((label, page)) = self.footnotes.waiting.pop() {
            let body = std::mem::replace(&mut self.out.html, page);
            self.footnotes.bodies.entry(label).or_insert(body);
        }
    }

    pub(super) fn footnote_reference(&mut self, label: &str) {
        let known = self.footnotes.order.iter().position(|other| other == label);
        let number = known.map_or(self.footnotes.order.len(), |at| at) + 1;
        let id = if known.is_none() { format!(" id=\"fnref-{number}\"") } else { String::new() };
        if known.is_none() {
            self.footnotes.order.push(label.to_owned());
        }
        self.markup(&format!("<sup class=\"footnote-ref\"><a{id} href=\"#fn-{number}\">{number}</a></sup>"));
    }

    /// The page with its footnotes.
    pub(super) fn finish(mut self) -> Rendered {
        // What the parser left open goes back to where it came from.
        while !self.footnotes.waiting.is_empty() {
            self.end_footnote();
        }
        if self.footnotes.order.is_empty() {
            return self.out;
        }
        self.out.html.push_str("<section class=\"footnotes\" aria-label=\"Footnotes\"><ol>\n");
        for (at, label) in self.footnotes.order.iter().enumerate() {
            let number = at + 1;
            let body = self.footnotes.bodies.get(label).map(String::as_str).unwrap_or_default();
            let back =
                format!("<a class=\"footnote-back\" href=\"#fnref-{number}\" aria-label=\"Back to the text\">↩</a>");
            self.out.html.push_str(&format!("<li id=\"fn-{number}\">{body}{back}</li>\n"));
        }
        self.out.html.push_str("</ol></section>\n");
        self.out
    }
}
