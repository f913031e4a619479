//! Finding words in the manual.
//!
//! Every word of a query must begin a word of the page; one or two letters among others must be a whole
//! word. Pages that have all of them in their title come first, then those with all in a heading, then
//! those that have them one after the other in the text; within a page the best section is shown. The whole manual is some thousand words, so it is looked through, not indexed
//! on disk.

use std::ops::Range;

use super::html;
use super::markdown::Section;
use super::page::{Heading, Hit};

/// Longer queries are cut.
const QUERY_CHARACTERS: usize = 200;
const QUERY_WORDS: usize = 12;
/// How many words of an excerpt stand before the first that was found, and how many it has.
const BEFORE: usize = 8;
const EXCERPT_WORDS: usize = 32;

/// Every page, cut into words.
#[derive(Debug, Default)]
pub(super) struct Index {
    pages: Vec<IndexedPage>,
}

#[derive(Debug)]
struct IndexedPage {
    path: String,
    title: String,
    title_words: Words,
    sections: Vec<IndexedSection>,
}

#[derive(Debug)]
struct IndexedSection {
    heading: Option<Heading>,
    heading_words: Words,
    text: String,
    /// The words of the text as they stand there.
    in_order: Vec<String>,
    words: Words,
}

/// How well a section answers; compared field by field.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    place: Place,
    in_title: usize,
    in_heading: usize,
    /// How many words of the query the section has at all.
    covered: usize,
    whole_words: usize,
    occurrences: usize,
}

/// The best place that has the whole query.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    #[default]
    Scattered,
    /// One after the other in the text.
    Phrase,
    Heading,
    Title,
}

impl Index {
    /// Takes a page up. Pages that answer equally well are shown in the order in which they came.
    pub(super) fn add(&mut self, path: &str, title: &str, sections: &[Section]) {
        let sections = sections.iter().map(|section| IndexedSection {
            heading: section.heading.clone(),
            heading_words: Words::of(section.heading.as_ref().map_or("", |heading| &heading.text)),
            text: section.text.clone(),
            in_order: words(&section.text).map(|(_, word)| word).collect(),
            words: Words::of(&section.text),
        });
        self.pages.push(IndexedPage {
            path: path.to_owned(),
            title: title.to_owned(),
            title_words: Words::of(title),
            sections: sections.collect(),
        });
    }

    /// The pages that have every word of the query, the best first.
    pub(super) fn search(&self, query: &str, limit: usize) -> Vec<Hit> {
        let cut: String = query.chars().take(QUERY_CHARACTERS).collect();
        let phrase: Vec<String> = words(&cut).map(|(_, word)| word).take(QUERY_WORDS).collect();
        let mut wanted: Vec<Wanted> = phrase.iter().map(|word| Wanted::of(word, phrase.len())).collect();
        wanted.sort();
        wanted.dedup();
        if wanted.is_empty() {
            return Vec::new();
        }
        let wanted = Query { words: wanted, phrase };
        let mut found: Vec<_> = self.pages.iter().filter_map(|page| page.answer(&wanted)).collect();
        found.sort_by_key(|(score, _, _)| std::cmp::Reverse(*score));
        found.into_iter().take(limit).map(|(_, page, section)| page.hit(section, &wanted)).collect()
    }
}

/// What is looked for: its words, and their order.
struct Query {
    words: Vec<Wanted>,
    phrase: Vec<String>,
}

/// A word of a query.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    text: String,
    /// Whether longer words that begin so do not count.
    whole: bool,
}

impl Wanted {
    fn of(word: &str, words: usize) -> Self {
        Self { text: word.to_owned(), whole: words > 1 && word.chars().count() < 3 }
    }

    fn is(&self, word: &str) -> bool {
        if self.whole { word == self.text } else { word.starts_with(&self.text) }
    }
}

impl IndexedPage {
    /// The best section and how well it answers; nothing if a word is nowhere on the page.
    fn answer(&self, query: &Query) -> Option<(Score, &Self, &IndexedSection)> {
        let on_page = |word: &Wanted| self.title_words.count(word) > 0 || self.sections.iter().any(|s| s.has(word));
        if !query.words.iter().all(on_page) {
            return None;
        }
        let in_title = query.words.iter().filter(|word| self.title_words.count(word) > 0).count();
        let mut best: Option<(Score, &IndexedSection)> = None;
        for section in &self.sections {
            let score = section.score(in_title, query);
            if best.is_none_or(|(other, _)| score > other) {
                best = Some((score, section));
            }
        }
        best.map(|(score, section)| (score, self, section))
    }

    fn hit(&self, section: &IndexedSection, query: &Query) -> Hit {
        Hit {
            path: self.path.clone(),
            title: self.title.clone(),
            heading: section.heading.as_ref().map(|heading| heading.text.clone()),
            anchor: section.heading.as_ref().map(|heading| heading.id.clone()),
            excerpt: excerpt(&section.text, query),
        }
    }
}

impl IndexedSection {
    fn has(&self, word: &Wanted) -> bool {
        self.heading_words.count(word) > 0 || self.words.count(word) > 0
    }

    fn score(&self, in_title: usize, query: &Query) -> Score {
        let words = &query.words;
        let in_heading = words.iter().filter(|word| self.heading_words.count(word) > 0).count();
        let place = match words.len() {
            all if in_title == all => Place::Title,
            all if in_heading == all => Place::Heading,
            _ if phrase_at(&self.in_order, &query.phrase).is_some() => Place::Phrase,
            _ => Place::Scattered,
        };
        Score {
            place,
            in_title,
            in_heading,
            covered: words.iter().filter(|word| self.has(word)).count(),
            whole_words: words.iter().filter(|word| self.heading_words.whole(word) || self.words.whole(word)).count(),
            occurrences: words.iter().map(|word| self.words.count(word)).sum(),
        }
    }
}

/// Words in order, so that those with a common beginning stand together.
#[derive(Debug)]
struct Words(Vec<String>);

impl Words {
    fn of(text: &str) -> Self {
        let mut words: Vec<String> = words(text).map(|(_, word)| word).collect();
        words.sort();
        Self(words)
    }

    /// How many words answer to it.
    fn count(&self, wanted: &Wanted) -> usize {
        let at = self.0.partition_point(|word| *word < wanted.text);
        self.0.iter().skip(at).take_while(|word| wanted.is(word)).count()
    }

    fn whole(&self, wanted: &Wanted) -> bool {
        self.0.binary_search(&wanted.text).is_ok()
    }
}

/// Where the words stand one after the other, the last one perhaps only begun: the number of the first.
fn phrase_at(text: &[String], phrase: &[String]) -> Option<usize> {
    let (last, before) = phrase.split_last()?;
    text.windows(phrase.len()).position(|window| {
        let end = window.last().is_some_and(|word| word.starts_with(last.as_str()));
        end && window.iter().zip(before).all(|(word, wanted)| word == wanted)
    })
}

/// Runs of letters and digits with where they stand, in lower case.
fn words(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = rest.find(|(_, c)| c.is_alphanumeric())?;
        let mut word: String = first.to_lowercase().collect();
        let mut end = start + first.len_utf8();
        while let Some((at, next)) = rest.next_if(|(_, c)| c.is_alphanumeric()) {
            word.extend(next.to_lowercase());
            end = at + next.len_utf8();
        }
        Some((start..end, word))
    })
}

/// Some words around the phrase, or the first word that was found, as safe HTML.
fn excerpt(text: &str, query: &Query) -> String {
    let (places, words): (Vec<_>, Vec<_>) = words(text).unzip();
    let is_wanted = |word: &String| query.words.iter().any(|wanted| wanted.is(word));
    let found = phrase_at(&words, &query.phrase).or_else(|| words.iter().position(is_wanted)).unwrap_or_default();
    let begin = found.saturating_sub(BEFORE);
    let shown = places.iter().zip(&words).skip(begin).take(EXCERPT_WORDS);
    let mut out = String::from(if begin > 0 { "… " } else { "" });
    let mut at = places.get(begin).map_or(0, |place| place.start);
    for (place, word) in shown {
        between(&mut out, text.get(at..place.start).unwrap_or_default());
        let original = html::escaped(text.get(place.clone()).unwrap_or_default());
        out.push_str(&if is_wanted(word) { format!("<mark>{original}</mark>") } else { original });
        at = place.end;
    }
    if begin + EXCERPT_WORDS < words.len() {
        out.push_str(" …");
    } else {
        between(&mut out, text.get(at..).unwrap_or_default().trim_end());
    }
    out
}

/// What stands between words, each run of white space as one blank.
fn between(out: &mut String, text: &str) {
    for character in text.chars() {
        if !character.is_whitespace() {
            html::push(out, character.encode_utf8(&mut [0; 4]));
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(heading: &str, text: &str) -> Section {
        let heading =
            (!heading.is_empty()).then(|| Heading { level: 2, id: heading.to_lowercase(), text: heading.to_owned() });
        Section { heading, text: text.to_owned() }
    }

    fn index() -> Index {
        let mut index = Index::default();
        index.add("text", "One", &[section("", "It speaks of Grants once."), section("Other", "nothing")]);
        index.add("heading", "Two", &[section("", "nothing"), section("Grants", "what was handed out, x<y & \"z\"")]);
        index.add("title", "Grants and revoking", &[section("", "nothing"), section("Revoking", "how")]);
        index
    }

    fn paths(query: &str) -> Vec<String> {
        index().search(query, 10).iter().map(Hit::href).collect()
    }

    #[test]
    fn titles_come_before_headings_and_headings_before_text() {
        assert_eq!(paths("grants"), ["/docs/title", "/docs/heading#grants", "/docs/text"]);
        assert_eq!(paths("GRA"), paths("grants"), "the beginning of a word is enough, in any case");
    }

    fn query(text: &str) -> Query {
        let phrase: Vec<String> = words(text).map(|(_, word)| word).collect();
        Query { words: phrase.iter().map(|word| Wanted::of(word, phrase.len())).collect(), phrase }
    }

    #[test]
    fn words_one_after_the_other_come_before_words_that_are_scattered() {
        let mut index = Index::default();
        index.add("scattered", "A role", &[section("", "Tidegate assumes it, assumes and assumes.")]);
        index.add("phrase", "Proofs", &[section("", "far away stands `assumes-role` once")]);
        let found: Vec<_> = index.search("assumes-role", 10).into_iter().map(|hit| hit.path).collect();
        assert_eq!(found, ["phrase", "scattered"]);
    }

    #[test]
    fn short_words_among_others_are_whole_words() {
        let mut index = Index::default();
        index.add("whole", "A", &[section("", "the external id")]);
        index.add("begun", "B", &[section("", "an external identity")]);
        let found = |query: &str| index.search(query, 10).into_iter().map(|hit| hit.path).collect::<Vec<_>>();
        assert_eq!(found("external id"), ["whole"]);
        assert_eq!(found("id"), ["whole", "begun"], "alone it may be the beginning of one");
    }

    #[test]
    fn every_word_is_needed() {
        assert_eq!(paths("grants handed"), ["/docs/heading#grants"]);
        assert_eq!(paths("revok grants"), ["/docs/title#revoking"]);
        assert_eq!(paths("grants xyzzy"), [""; 0]);
        assert_eq!(paths(" \"<>- "), [""; 0]);
    }

    #[test]
    fn the_excerpt_marks_words_and_is_no_markup() {
        let hits = index().search("y handed", 10);
        assert_eq!(hits[0].excerpt, "what was <mark>handed</mark> out, x&lt;<mark>y</mark> &amp; &quot;z&quot;");
        let long = format!("{} needle {}", "a ".repeat(50), "b ".repeat(50));
        let shown = excerpt(&long, &query("needle"));
        assert!(shown.starts_with("… a a a a a a a a <mark>needle</mark> b") && shown.ends_with("b …"), "{shown}");
    }

    #[test]
    fn a_long_query_is_cut_and_the_limit_holds() {
        assert_eq!(paths(&format!("{} xyzzy", "grants ".repeat(1_000))).len(), 3);
        assert_eq!(index().search("grants", 2).len(), 2);
        assert!(index().search("grants", 0).is_empty());
    }
}
