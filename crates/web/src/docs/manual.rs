//! All pages, rendered once.

use std::collections::BTreeMap;

use domain::provider::Descriptor;

use super::markdown::{self, Around, Rendered};
use super::page::{Asset, Entry, Hit, Neighbour, Page};
use super::search::Index;
use super::{method, source, summary};

/// The manual: its table of contents, its pages, and what is found in them.
#[derive(Debug)]
pub struct Manual {
    tree: Vec<Entry>,
    pages: BTreeMap<String, Page>,
    first: Option<String>,
    index: Index,
    /// What was rendered, for the tests to judge.
    #[cfg(test)]
    rendered: BTreeMap<String, Rendered>,
}

impl Manual {
    /// The pages that are written and one for each method. Renders all of them: keep what it gives.
    pub fn with_methods(methods: &[&'static Descriptor]) -> Self {
        let mut tree = summary::tree(&source::text("SUMMARY.md").unwrap_or_default());
        if !methods.is_empty() {
            let part = tree.iter_mut().find(|entry| entry.path.is_none());
            part.map_or(&mut Vec::new(), |part| &mut part.children).push(method::entry(methods));
        }
        let order = summary::in_order(&tree);
        let exists = |path: &str| order.iter().any(|page| page.path == path);
        let mut rendered = Vec::new();
        for Neighbour { path, .. } in &order {
            let text = method::markdown(path, methods, &exists).or_else(|| source::text(&format!("{path}.md")));
            let around = Around { path, exists: &exists, picture: &source::picture_href };
            rendered.extend(text.map(|text| (path.clone(), markdown::render(&text, &around))));
        }
        Self::of(tree, &order, rendered)
    }

    fn of(tree: Vec<Entry>, order: &[Neighbour], rendered: Vec<(String, Rendered)>) -> Self {
        let mut pages = BTreeMap::new();
        let mut index = Index::default();
        #[cfg(test)]
        let mut kept = BTreeMap::new();
        for (path, rendered) in rendered {
            let at = order.iter().position(|page| page.path == path);
            let beside = |step: isize| order.get(at?.checked_add_signed(step)?).cloned();
            let listed = at.and_then(|at| order.get(at)).map(|page| page.title.clone());
            let title = rendered.title.clone().or(listed).unwrap_or_default();
            index.add(&path, &title, &rendered.sections);
            let page = Page {
                path: path.clone(),
                title,
                html: rendered.html.clone(),
                headings: rendered.headings.clone(),
                previous: beside(-1),
                next: beside(1),
            };
            pages.insert(path.clone(), page);
            #[cfg(test)]
            kept.insert(path, rendered);
        }
        let first = order.first().map(|page| page.path.clone());
        Self {
            tree,
            pages,
            first,
            index,
            #[cfg(test)]
            rendered: kept,
        }
    }

    /// The table of contents.
    pub fn tree(&self) -> &[Entry] {
        &self.tree
    }

    /// The page to begin with.
    pub fn first(&self) -> Option<&Page> {
        self.page(self.first.as_deref()?)
    }

    /// The page at a path below `/docs/`, for example `console/objects`.
    pub fn page(&self, path: &str) -> Option<&Page> {
        self.pages.get(path)
    }

    /// Pages in which every word of the query stands or begins a word, the best first.
    pub fn search(&self, query: &str, limit: usize) -> Vec<Hit> {
        self.index.search(query, limit)
    }

    /// A picture of the manual, if it is still the one that the hash was made of.
    pub fn asset(&self, hash: &str, path: &str) -> Option<Asset> {
        source::picture(hash, path)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::*;

    /// The pages that are written, without those of the methods.
    fn written() -> &'static Manual {
        static MANUAL: OnceLock<Manual> = OnceLock::new();
        MANUAL.get_or_init(|| Manual::with_methods(&[]))
    }

    #[test]
    fn every_page_of_the_table_of_contents_is_rendered_and_none_is_forgotten() {
        let manual = written();
        let listed = summary::in_order(manual.tree());
        for page in &listed {
            let shown = manual.page(&page.path).unwrap_or_else(|| panic!("{} is listed and not there", page.path));
            assert!(shown.html.starts_with("<h1 id="), "{} has no title", page.path);
        }
        let mut listed: Vec<_> = listed.into_iter().map(|page| page.path).collect();
        let mut embedded = source::pages();
        listed.sort();
        embedded.sort();
        assert_eq!(listed, embedded, "left: in SUMMARY.md; right: in docs/");
    }

    #[test]
    fn every_link_of_the_manual_leads_to_a_page_and_an_anchor_that_exist() {
        let manual = written();
        let mut links = 0;
        for (path, page) in &manual.rendered {
            assert!(page.refused.is_empty(), "{path} has what is not shown as it is written: {:?}", page.refused);
            for (target, anchor) in &page.links {
                let there = &manual.rendered[target].anchors;
                let found = anchor.as_ref().is_none_or(|anchor| there.contains(anchor));
                assert!(found, "{path} links to {target}#{}", anchor.as_deref().unwrap_or_default());
                links += 1;
            }
        }
        assert!(links > 50, "{links} links only: is the test looking at them?");
    }

    #[test]
    fn pages_are_chained_in_the_order_of_the_table_of_contents() {
        let manual = written();
        let first = manual.first().unwrap();
        assert_eq!(first.previous, None);
        let second = manual.page(&first.next.as_ref().unwrap().path).unwrap();
        assert_eq!(second.previous.as_ref().unwrap().path, first.path);
        assert!(manual.page("no/such/page").is_none() && manual.page("SUMMARY").is_none());
    }

    #[test]
    fn known_words_are_found_where_they_stand() {
        let manual = written();
        let best = |query: &str| manual.search(query, 5).first().map(Hit::href).unwrap_or_default();
        assert_eq!(best("taking access back"), "/docs/access#taking-access-back");
        assert_eq!(best("root key"), "/docs/install#the-root-key");
        assert_eq!(best("trust policy"), "/docs/aws#the-trust-policy");
        assert!(manual.search("refuses-wrong-external-id", 50).iter().any(|hit| hit.path == "proofs"));
        assert!(manual.search("xyzzy", 5).is_empty());
    }
}
