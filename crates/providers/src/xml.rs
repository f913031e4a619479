//! The answers of S3, STS and IAM as a small tree.
//!
//! Text is kept byte for byte: white space at the ends of a key, references and CDATA all arrive as the
//! store meant them. Name spaces are dropped, documents with a DTD or too deep a nesting are refused.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Deeper than any answer of these services; a deeper one is not theirs.
const MAX_DEPTH: usize = 16;

/// More than any answer of these services has; 5,000 containers of Azure have fewer than 100,000. An element takes
/// many times the memory of its text, so the length of a body bounds too little.
const MAX_ELEMENTS: usize = 200_000;

/// More attributes than any element of theirs has.
const MAX_ATTRIBUTES: usize = 32;

/// An element with its text and children.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    children: Vec<Element>,
    /// The attributes that say `true`.
    flags: Vec<String>,
}

/// Why a body is no such document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer is not a well-formed XML document")]
pub(crate) struct NotXml;

impl Element {
    /// Reads a whole document.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, NotXml> {
        let text = std::str::from_utf8(body).map_err(|_| NotXml)?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        let mut left = MAX_ELEMENTS;
        loop {
            match reader.read_event().map_err(|_| NotXml)? {
                Event::Start(start) if root.is_none() && open.len() < MAX_DEPTH => {
                    open.push(Self::begun(&start, &mut left)?);
                }
                Event::Empty(start) if root.is_none() => {
                    close(&mut open, &mut root, Self::begun(&start, &mut left)?);
                }
                Event::End(_) => {
                    let element = open.pop().ok_or(NotXml)?;
                    close(&mut open, &mut root, element);
                }
                Event::Text(text) => push(&mut open, &text)?,
                Event::CData(text) => push(&mut open, &text)?,
                Event::GeneralRef(reference) => push(&mut open, resolve(&reference)?.encode_utf8(&mut [0; 4]))?,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
                Event::Start(_) | Event::Empty(_) | Event::DocType(_) => return Err(NotXml),
            }
        }
        if open.is_empty() { root.ok_or(NotXml) } else { Err(NotXml) }
    }

    fn begun(start: &BytesStart<'_>, left: &mut usize) -> Result<Self, NotXml> {
        *left = left.checked_sub(1).ok_or(NotXml)?;
        let mut flags = Vec::new();
        for (number, attribute) in start.attributes().enumerate() {
            let attribute = attribute.ok().filter(|_| number < MAX_ATTRIBUTES).ok_or(NotXml)?;
            if attribute.value == "true" {
                flags.push(attribute.key.local_name().as_ref().to_owned());
            }
        }
        Ok(Self { name: start.local_name().as_ref().to_owned(), flags, ..Self::default() })
    }

    /// Whether an attribute of that name says `true`.
    pub(crate) fn is(&self, attribute: &str) -> bool {
        self.flags.iter().any(|flag| flag == attribute)
    }

    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of that name.
    pub(crate) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the element at the end of a path of names.
    pub(crate) fn text_at(&self, path: &[&str]) -> Option<&str> {
        path.iter().try_fold(self, |element, name| element.child(name)).map(|element| element.text.as_str())
    }
}

fn close(open: &mut [Element], root: &mut Option<Element>, element: Element) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

fn push(open: &mut [Element], text: &str) -> Result<(), NotXml> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(NotXml),
    }
    Ok(())
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, NotXml> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| NotXml)? {
        return Ok(character);
    }
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(NotXml),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_blanks_references_and_cdata() {
        let root = Element::parse(
            b"<?xml version=\"1.0\"?>\n<a xmlns=\"urn:x\"><Key> b &amp;&#x41;<![CDATA[<c>]]> </Key><n:Empty/></a>\n",
        )
        .unwrap();
        assert_eq!(root.text_at(&["Key"]), Some(" b &A<c> "));
        assert_eq!(root.text_at(&["Empty"]), Some(""));
        assert_eq!(root.text_at(&["Nothing"]), None);
    }

    #[test]
    fn attributes_that_say_true_are_known() {
        let root = Element::parse(b"<a x=\"1\"><Name Encoded=\"true\">b</Name><Name Encoded=\"false\"/></a>").unwrap();
        let encoded: Vec<_> = root.children("Name").map(|name| name.is("Encoded")).collect();
        assert_eq!(encoded, [true, false]);
        assert!(Element::parse(b"<a x=1></a>").is_err());
    }

    #[test]
    fn more_elements_or_attributes_than_any_answer_has_are_refused() {
        let elements = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count - 1));
        assert!(Element::parse(elements(MAX_ELEMENTS).as_bytes()).is_ok());
        assert!(Element::parse(elements(MAX_ELEMENTS + 1).as_bytes()).is_err());
        let attributes = |count: usize| {
            let all: String = (0..count).map(|number| format!(" x{number}='true'")).collect();
            format!("<a{all}/>")
        };
        assert!(Element::parse(attributes(MAX_ATTRIBUTES).as_bytes()).is_ok());
        assert!(Element::parse(attributes(MAX_ATTRIBUTES + 1).as_bytes()).is_err());
    }

    #[test]
    fn what_is_no_single_document_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(17), "</a>".repeat(17));
        for bad in
            ["", "text", "<a>", "<a></b>", "<a/><b/>", "<!DOCTYPE x><a/>", "<a>&x;</a>", "<html><br></html>", &deep]
        {
            assert!(Element::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Element::parse(b"<a>\xff</a>").is_err());
    }
}
