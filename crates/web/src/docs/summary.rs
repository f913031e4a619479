//! The table of contents, read from `SUMMARY.md` as mdBook reads it.
//!
//! A heading begins a part; a link is a page; a list inside a list item stands below it.

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use super::page::{Entry, Neighbour};

/// The table of contents.
pub(super) fn tree(markdown: &str) -> Vec<Entry> {
    let mut reader = Reader::default();
    for event in Parser::new(markdown) {
        reader.event(event);
    }
    nested(&mut reader.lines.into_iter().peekable(), 0)
}

/// Every page in the order of the table of contents.
pub(super) fn in_order(tree: &[Entry]) -> Vec<Neighbour> {
    let mut pages = Vec::new();
    for entry in tree {
        if let Some(path) = &entry.path {
            pages.push(Neighbour { title: entry.title.clone(), path: path.clone() });
        }
        pages.extend(in_order(&entry.children));
    }
    pages
}

struct Line {
    depth: usize,
    title: String,
    path: Option<String>,
}

#[derive(Default)]
struct Reader {
    lines: Vec<Line>,
    lists: usize,
    in_part: bool,
    open: Option<Line>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            // The only heading above the first part is the title of the book itself.
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => self.begin(0, None),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let depth = self.lists + usize::from(self.in_part && self.lists == 0);
                self.begin(depth, dest_url.strip_suffix(".md").map(str::to_owned));
            }
            Event::Start(Tag::List(_)) => self.lists += 1,
            Event::End(TagEnd::List(_)) => self.lists = self.lists.saturating_sub(1),
            Event::Text(text) | Event::Code(text) => {
                if let Some(line) = &mut self.open {
                    line.title.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let part = self.open.take().filter(|line| line.title != "Summary");
                self.in_part = part.is_some();
                self.lines.extend(part);
            }
            Event::End(TagEnd::Link) => self.lines.extend(self.open.take().filter(|line| line.path.is_some())),
            _ => {}
        }
    }

    fn begin(&mut self, depth: usize, path: Option<String>) {
        self.open = Some(Line { depth, title: String::new(), path });
    }
}

/// Lines as a tree; the depth of a list is bounded by what the parser nests.
fn nested(lines: &mut std::iter::Peekable<std::vec::IntoIter<Line>>, depth: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let Some(line) = lines.next_if(|line| line.depth >= depth) {
        let below = line.depth + 1;
        entries.push(Entry { title: line.title, path: line.path, children: nested(lines, below) });
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(tree: &[Entry]) -> String {
        let shown = tree.iter().map(|entry| {
            let path = entry.path.as_deref().unwrap_or("-");
            let below = outline(&entry.children);
            if below.is_empty() {
                format!("{}={path}", entry.title)
            } else {
                format!("{}={path}[{below}]", entry.title)
            }
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn parts_pages_and_pages_below_them_become_a_tree() {
        let text = "# Summary\n\n[First](first.md)\n\n# Part\n\n- [A](a.md)\n  - [B `x`](sub/b.md)\n- [C](c.md)\n\n# Other\n\n- [D](d.md)\n";
        let tree = tree(text);
        assert_eq!(outline(&tree), "First=first Part=-[A=a[B x=sub/b] C=c] Other=-[D=d]");
        let order: Vec<_> = in_order(&tree).into_iter().map(|page| page.path).collect();
        assert_eq!(order, ["first", "a", "sub/b", "c", "d"]);
    }

    #[test]
    fn a_link_that_is_no_page_is_left_out() {
        assert_eq!(outline(&tree("- [A](a.md)\n- [B](https://example.com)\n")), "A=a");
    }
}
