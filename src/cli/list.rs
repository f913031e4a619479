//! Follows a list to its end, printing as it goes.

use std::io::{self, Write};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::failure::Failure;
use super::path::ApiPath;
use super::remote::Remote;
use super::terminal::Terminal;
use super::{answer, show};

/// The largest page that the server gives.
const LIMIT: &str = "1000";

/// A page, whose items are kept as they came.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
    #[serde(default)]
    next: Option<String>,
    #[serde(default)]
    prefixes: Vec<String>,
}

/// A column: its heading and the RFC 6901 pointer to its value.
pub(crate) type Column = (&'static str, &'static str);

/// Prints all pages of a list.
///
/// # Errors
/// The server's refusal, or that the output cannot be written.
pub(crate) async fn print(remote: &Remote, path: &ApiPath, columns: &[Column]) -> Result<(), Failure> {
    let mut printer: Box<dyn Printer> =
        if remote.terminal.json() { Box::new(Json::default()) } else { Box::new(Rows { columns, begun: false }) };
    pages(remote, path, printer.as_mut()).await
}

/// Prints a list that came whole.
///
/// # Errors
/// If it is not understood, or the output cannot be written.
pub(crate) fn show(terminal: Terminal, body: &[u8], columns: &[Column]) -> Result<(), Failure> {
    if terminal.json() {
        return show::unchanged(body);
    }
    let page: Page<'_> = answer::parse(body)?;
    if page.items.is_empty() {
        return Ok(());
    }
    Rows { columns, begun: false }.page(&page, &mut io::stdout().lock())
}

/// Prints a listing of objects, a line an object, without waiting for the end.
///
/// # Errors
/// As [`print()`].
pub(crate) async fn print_objects(remote: &Remote, path: &ApiPath) -> Result<(), Failure> {
    let mut printer: Box<dyn Printer> =
        if remote.terminal.json() { Box::new(Json::default()) } else { Box::new(Objects) };
    pages(remote, path, printer.as_mut()).await
}

async fn pages(remote: &Remote, path: &ApiPath, printer: &mut dyn Printer) -> Result<(), Failure> {
    let mut after: Option<String> = None;
    loop {
        let page_path = path.clone().with("limit", LIMIT).with_some("after", after.as_deref());
        let body = remote.get(&page_path).await?;
        let page: Page<'_> = answer::parse(&body)?;
        // Standard output is locked only while a page is written.
        printer.page(&page, &mut io::BufWriter::new(io::stdout().lock()))?;
        match page.next {
            // The same cursor twice would never end.
            Some(next) if after.as_ref() != Some(&next) => after = Some(next),
            _ => break,
        }
    }
    printer.end(&mut io::stdout().lock())
}

trait Printer {
    fn page(&mut self, page: &Page<'_>, out: &mut dyn Write) -> Result<(), Failure>;
    fn end(&mut self, _out: &mut dyn Write) -> Result<(), Failure> {
        Ok(())
    }
}

/// One JSON document of all pages.
#[derive(Default)]
struct Json {
    count: usize,
    prefixes: Vec<String>,
}

impl Printer for Json {
    fn page(&mut self, page: &Page<'_>, out: &mut dyn Write) -> Result<(), Failure> {
        for item in &page.items {
            out.write_all(if self.count == 0 { b"{\"items\":[" } else { b"," })?;
            out.write_all(item.get().as_bytes())?;
            self.count += 1;
        }
        self.prefixes.extend(page.prefixes.iter().cloned());
        Ok(out.flush()?)
    }

    fn end(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        if self.count == 0 {
            out.write_all(b"{\"items\":[")?;
        }
        out.write_all(b"]")?;
        if !self.prefixes.is_empty() {
            write!(out, ",\"prefixes\":{}", serde_json::json!(self.prefixes))?;
        }
        Ok(out.write_all(b",\"next\":null}\n")?)
    }
}

/// A table a page.
struct Rows<'a> {
    columns: &'a [Column],
    begun: bool,
}

impl Printer for Rows<'_> {
    fn page(&mut self, page: &Page<'_>, out: &mut dyn Write) -> Result<(), Failure> {
        if page.items.is_empty() {
            return Ok(());
        }
        let mut table = show::table();
        if !self.begun {
            table.set_header(self.columns.iter().map(|(heading, _)| heading.to_uppercase()));
            self.begun = true;
        }
        for item in &page.items {
            let value: Value = answer::parse(item.get().as_bytes())?;
            table.add_row(self.columns.iter().map(|(_, at)| value.pointer(at).map(show::text).unwrap_or_default()));
        }
        writeln!(out, "{}", table.trim_fmt())?;
        Ok(out.flush()?)
    }
}

/// When, how much, which: the key comes last because it may hold anything.
struct Objects;

impl Printer for Objects {
    fn page(&mut self, page: &Page<'_>, out: &mut dyn Write) -> Result<(), Failure> {
        for prefix in &page.prefixes {
            writeln!(out, "{:20}  {:>14}  {}", "", "PREFIX", show::text(&Value::from(prefix.as_str())))?;
        }
        for item in &page.items {
            let value: Value = answer::parse(item.get().as_bytes())?;
            let cell = |name: &str| value.get(name).map(show::text).unwrap_or_default();
            writeln!(out, "{:20}  {:>14}  {}", cell("modified"), cell("size"), cell("key"))?;
        }
        Ok(out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(printer: &mut dyn Printer, pages: &[&str]) -> String {
        let mut out = Vec::new();
        for page in pages {
            printer.page(&serde_json::from_str(page).unwrap(), &mut out).unwrap();
        }
        printer.end(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pages_become_one_document_with_items_unchanged() {
        let pages = [r#"{"items":[{"b": 1.0,"a":2}],"next":"x"}"#, r#"{"items":[3],"next":null}"#];
        assert_eq!(run(&mut Json::default(), &pages), "{\"items\":[{\"b\": 1.0,\"a\":2},3],\"next\":null}\n");
        assert_eq!(run(&mut Json::default(), &[r#"{"items":[]}"#]), "{\"items\":[],\"next\":null}\n");
    }

    #[test]
    fn the_heading_is_printed_once() {
        let mut rows = Rows { columns: &[("name", "/name"), ("by", "/x/y")], begun: false };
        let text = run(&mut rows, &[r#"{"items":[{"name":"a","x":{"y":7}}]}"#, r#"{"items":[{"name":"b"}]}"#]);
        assert_eq!(text.matches("NAME").count(), 1, "{text}");
        assert!(text.contains('7') && text.contains('b'), "{text}");
    }

    #[test]
    fn a_key_with_control_characters_stays_on_its_line() {
        let text = run(&mut Objects, &[r#"{"items":[{"key":"a\nb","size":3,"modified":"2026-01-01T00:00:00Z"}]}"#]);
        assert_eq!(text, "2026-01-01T00:00:00Z               3  a\\nb\n");
    }
}
