//! Markdown to HTML by a list of what is allowed.
//!
//! Every element and attribute that comes out is written here, and every text goes through
//! [`super::html`]. Raw HTML of the Markdown is shown as the text that it is. There are no styles (a
//! policy of the console forbids them): the alignment of a column is a class.

mod footnote;
mod table;
#[cfg(test)]
mod tests;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd};

use self::footnote::Footnotes;
use self::table::Table;
use super::html;
use super::link::{self, Target};
use super::page::Heading;

/// A page as HTML, and what else is known of it.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    pub(super) html: String,
    /// The first heading of the first level.
    pub(super) title: Option<String>,
    pub(super) headings: Vec<Heading>,
    /// Its text by heading, for the search.
    pub(super) sections: Vec<Section>,
    /// Every anchor that it has.
    pub(super) anchors: Vec<String>,
    /// Every page and anchor that it links to.
    pub(super) links: Vec<(String, Option<String>)>,
    /// Links, pictures and raw HTML that were not taken as what they are.
    pub(super) refused: Vec<String>,
}

/// The text below a heading.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// None before the first heading below the title.
    pub(super) heading: Option<Heading>,
    pub(super) text: String,
}

/// What a page may refer to.
pub(super) struct Around<'a> {
    /// The path of the page itself.
    pub(super) path: &'a str,
    pub(super) exists: &'a dyn Fn(&str) -> bool,
    pub(super) picture: &'a dyn Fn(&str) -> Option<String>,
}

/// Renders a page.
pub(super) fn render(markdown: &str, around: &Around<'_>) -> Rendered {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    let mut writer = Writer {
        around,
        out: Rendered { sections: vec![Section::default()], ..Rendered::default() },
        heading: None,
        links: Vec::new(),
        pictures: Vec::new(),
        code: None,
        raw: String::new(),
        table: Table::default(),
        footnotes: Footnotes::default(),
    };
    for event in Parser::new_ext(markdown, options) {
        writer.event(event);
    }
    writer.finish()
}

/// A heading that is being read: where its element will begin, and its words.
struct OpenHeading {
    at: usize,
    text: String,
}

/// A picture that is being read: where it leads, and the words that stand for it.
struct OpenPicture {
    destination: String,
    text: String,
}

struct Writer<'a> {
    around: &'a Around<'a>,
    out: Rendered,
    heading: Option<OpenHeading>,
    /// Whether each link that is open is one.
    links: Vec<bool>,
    pictures: Vec<OpenPicture>,
    /// The text of the code block that is open.
    code: Option<String>,
    /// The block of raw HTML that is open.
    raw: String,
    table: Table,
    footnotes: Footnotes,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => {
                self.markup("<code>");
                self.text(&text);
                self.markup("</code>");
            }
            Event::Html(text) => self.raw.push_str(&text),
            Event::InlineHtml(text) => self.raw_html(&text, ("", "")),
            Event::SoftBreak => self.text("\n"),
            Event::HardBreak => {
                self.markup("<br>");
                self.plain("\n");
            }
            Event::Rule => self.markup("<hr>\n"),
            Event::FootnoteReference(label) => self.footnote_reference(&label),
            // Not switched on in the parser; shown as text should that ever change.
            Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text),
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.heading = Some(OpenHeading { at: self.out.html.len(), text: String::new() }),
            Tag::CodeBlock(kind) => self.start_code(&kind),
            Tag::List(Some(1)) => self.markup("<ol>\n"),
            Tag::List(Some(first)) => self.markup(&format!("<ol start=\"{first}\">\n")),
            Tag::FootnoteDefinition(label) => self.start_footnote(&label),
            Tag::Table(columns) => self.start_table(columns),
            Tag::TableHead => self.start_row(true),
            Tag::TableRow => self.start_row(false),
            Tag::TableCell => self.start_cell(),
            Tag::Link { dest_url, .. } => self.start_link(&dest_url),
            Tag::Image { dest_url, .. } => {
                self.pictures.push(OpenPicture { destination: dest_url.to_string(), text: String::new() });
            }
            other => self.markup(simple(&other.to_end()).0),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.end_heading(level as u8),
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::FootnoteDefinition => self.end_footnote(),
            TagEnd::TableHead => self.markup("</tr></thead><tbody>\n"),
            TagEnd::TableCell => self.end_cell(),
            TagEnd::Link => {
                if self.links.pop() == Some(true) {
                    self.markup("</a>");
                }
            }
            TagEnd::Image => self.end_picture(),
            TagEnd::HtmlBlock => {
                let raw = std::mem::take(&mut self.raw);
                self.raw_html(&raw, ("<p>", "</p>\n"));
            }
            other => {
                let (_, close, is_block) = simple(&other);
                self.markup(close);
                if is_block {
                    self.plain("\n");
                }
            }
        }
    }

    /// Text is counted for the search, belongs to the heading that is open, and is shown unless it
    /// stands for a picture.
    fn text(&mut self, text: &str) {
        self.plain(text);
        if let Some(heading) = &mut self.heading {
            heading.text.push_str(text);
        }
        if let Some(picture) = self.pictures.last_mut() {
            picture.text.push_str(text);
        } else if let Some(code) = &mut self.code {
            code.push_str(text);
        } else {
            html::push(&mut self.out.html, text);
        }
    }

    /// A comment is for those who edit the file; everything else is shown as the text that it is.
    fn raw_html(&mut self, raw: &str, (open, close): (&str, &str)) {
        let comment = raw.trim().strip_prefix("<!--").and_then(|rest| rest.split_once("-->"));
        if comment.is_some_and(|(_, after)| after.is_empty()) {
            return;
        }
        self.out.refused.push(raw.to_owned());
        self.markup(open);
        self.text(raw);
        self.markup(close);
    }

    fn plain(&mut self, text: &str) {
        if let Some(section) = self.out.sections.last_mut() {
            section.text.push_str(text);
        }
    }

    /// Markup of our own; inside the words that stand for a picture there is none.
    fn markup(&mut self, markup: &str) {
        if self.pictures.is_empty() {
            self.out.html.push_str(markup);
        }
    }

    fn end_heading(&mut self, level: u8) {
        let Some(OpenHeading { at, text }) = self.heading.take() else {
            return;
        };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let id = self.anchor(&text);
        self.out.html.insert_str(at, &format!("<h{level} id=\"{}\">", html::escaped(&id)));
        self.out.html.push_str(&format!("</h{level}>\n"));
        self.plain("\n");
        if level == 1 && self.out.title.is_none() {
            self.out.title = Some(text);
            return;
        }
        let heading = Heading { level, id, text };
        if (2..=3).contains(&level) {
            self.out.headings.push(heading.clone());
        }
        // The words of the heading were counted as text of the section before it.
        if let Some(section) = self.out.sections.last_mut() {
            let without = section.text.trim_end().strip_suffix(heading.text.as_str()).map(str::to_owned);
            section.text = without.unwrap_or_else(|| section.text.clone());
        }
        self.out.sections.push(Section { heading: Some(heading), text: String::new() });
    }

    /// An anchor as mdBook and code hosts make it, told apart by a number where it is there already.
    fn anchor(&mut self, text: &str) -> String {
        let kept = text.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '-' | '_'));
        let slug: String = kept.flat_map(char::to_lowercase).map(|c| if c.is_whitespace() { '-' } else { c }).collect();
        let slug = if slug.is_empty() { "section".to_owned() } else { slug };
        let mut id = slug.clone();
        let mut number = 0;
        while self.out.anchors.contains(&id) {
            number += 1;
            id = format!("{slug}-{number}");
        }
        self.out.anchors.push(id.clone());
        id
    }

    fn start_code(&mut self, kind: &CodeBlockKind<'_>) {
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.split([' ', ',']).next().unwrap_or_default(),
            CodeBlockKind::Indented => "",
        };
        self.markup("<div class=\"copyable\"><pre tabindex=\"0\"><code");
        if !language.is_empty() && language.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            self.markup(&format!(" class=\"language-{language}\""));
        }
        self.markup(">");
        self.code = Some(String::new());
    }

    fn end_code(&mut self) {
        let code = self.code.take().unwrap_or_default();
        html::push(&mut self.out.html, &code);
        self.markup("</code></pre></div>\n");
        self.plain("\n");
    }

    fn start_link(&mut self, destination: &CowStr<'_>) {
        let target = link::target(self.around.path, destination, self.around.exists);
        let (href, attributes) = match &target {
            Target::Page(path, anchor) => {
                let anchor = anchor.as_ref().map(|anchor| format!("#{anchor}")).unwrap_or_default();
                (format!("{}{anchor}", super::href(path)), "")
            }
            Target::Here(anchor) => (format!("#{anchor}"), ""),
            Target::Outside(url) => (url.clone(), " rel=\"noreferrer noopener\""),
            Target::Nowhere => {
                self.out.refused.push(destination.to_string());
                self.links.push(false);
                return;
            }
        };
        self.markup(&format!("<a href=\"{}\"{attributes}>", html::escaped(&href)));
        self.links.push(self.pictures.is_empty());
        match target {
            Target::Page(path, anchor) => self.out.links.push((path, anchor)),
            Target::Here(anchor) => self.out.links.push((self.around.path.to_owned(), Some(anchor))),
            Target::Outside(_) | Target::Nowhere => {}
        }
    }

    /// Only pictures of the manual itself are shown; of others the words remain.
    fn end_picture(&mut self) {
        let Some(OpenPicture { destination, text }) = self.pictures.pop() else {
            return;
        };
        if let Some(outer) = self.pictures.last_mut() {
            outer.text.push_str(&text);
            return;
        }
        let path = link::joined(self.around.path, &destination);
        match path.and_then(|path| (self.around.picture)(&path)) {
            Some(src) => {
                let (src, alt) = (html::escaped(&src), html::escaped(&text));
                self.out.html.push_str(&format!("<img src=\"{src}\" alt=\"{alt}\" loading=\"lazy\">"));
            }
            None => {
                self.out.refused.push(destination);
                html::push(&mut self.out.html, &text);
            }
        }
    }
}

/// Elements without attributes: how they open and close, and whether they are blocks.
fn simple(tag: &TagEnd) -> (&'static str, &'static str, bool) {
    match tag {
        TagEnd::Paragraph => ("<p>", "</p>\n", true),
        TagEnd::BlockQuote(_) => ("<blockquote>\n", "</blockquote>\n", true),
        TagEnd::List(true) => ("<ol>\n", "</ol>\n", true),
        TagEnd::List(false) => ("<ul>\n", "</ul>\n", true),
        TagEnd::Item => ("<li>", "</li>\n", true),
        TagEnd::Table => ("", "</tbody></table></div>\n", true),
        TagEnd::TableRow => ("<tr>", "</tr>\n", true),
        TagEnd::Emphasis => ("<em>", "</em>", false),
        TagEnd::Strong => ("<strong>", "</strong>", false),
        TagEnd::Strikethrough => ("<del>", "</del>", false),
        // Not switched on in the parser, or written elsewhere in this file.
        _ => ("", "", false),
    }
}
