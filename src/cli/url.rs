//! `tidegate url sign`: signs any number of keys, holding no more than one call's worth of them.
//!
//! The server ends every answer with a line that says so; an answer without it was cut, and a
//! cut answer is a failure whatever was printed before.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use clap::{Args, Subcommand};
use domain::ttl;
use indicatif::ProgressBar;
use serde::Deserialize;

use super::answer::{self, Answer};
use super::client::{Ask, NDJSON};
use super::failure::{Failure, clean};
use super::remote::Remote;

/// The most keys that one call takes.
const CHUNK: usize = 100_000;

/// What can be done with URLs.
#[derive(Debug, Subcommand)]
pub(crate) enum UrlCommand {
    /// Sign URLs, a line a key, in the order of the keys
    Sign(SignArgs),
}

/// Which keys, and what the URLs are good for.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The datasource
    datasource: String,
    /// Whole keys, the datasource's prefix included
    #[arg(value_name = "KEY", required_unless_present = "from")]
    keys: Vec<String>,
    /// Also the keys in this file, a line a key; `-` is standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// What the URLs are good for
    #[arg(long, default_value = "GET", value_parser = ["GET", "HEAD", "PUT", "DELETE"], ignore_case = true)]
    method: String,
    /// How long they work
    #[arg(long, value_name = "TTL", default_value = "15m", value_parser = ttl::parse)]
    ttl: Duration,
    /// The content type that whoever writes must send
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
}

pub(super) async fn run(command: UrlCommand, remote: &Remote) -> Result<(), Failure> {
    let UrlCommand::Sign(args) = command;
    let path = remote.in_project(&["datasources", &args.datasource, "urls"])?;
    let mut keys = Keys::open(&args)?;
    let mut printer = Printer::new(remote.terminal.json_was_asked());
    let progress = (args.from.is_some() && remote.terminal.progress() && !remote.terminal.live())
        .then(|| ProgressBar::no_length().with_message("URLs signed"));
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout());
    while let Some((body, count)) = keys.chunk(&args)? {
        let answer = remote.send(Ask::new(http::Method::POST, &path).with_body(body).accepting(NDJSON)).await?;
        copy(answer, count, &mut printer, &mut out).await?;
        if let Some(progress) = &progress {
            progress.inc(count as u64);
        }
    }
    if let Some(progress) = progress {
        progress.finish_and_clear();
    }
    Ok(out.flush()?)
}

/// The keys of the arguments, then those of the file.
struct Keys<'a> {
    args: std::slice::Iter<'a, String>,
    file: Option<Box<dyn BufRead>>,
    line: usize,
}

impl<'a> Keys<'a> {
    fn open(args: &'a SignArgs) -> Result<Self, Failure> {
        let file: Option<Box<dyn BufRead>> = match &args.from {
            None => None,
            Some(path) if path.as_os_str() == "-" => Some(Box::new(BufReader::new(io::stdin()))),
            Some(path) => {
                let unreadable = |error: io::Error| {
                    Failure::usage(format!("cannot read {}: {error}", path.display()), "name a file with a key a line")
                };
                Some(Box::new(BufReader::new(File::open(path).map_err(unreadable)?)))
            }
        };
        Ok(Self { args: args.keys.iter(), file, line: 0 })
    }

    /// The next key exactly as it stands: only the newline is cut.
    fn next(&mut self) -> Result<Option<Cow<'a, str>>, Failure> {
        if let Some(key) = self.args.next() {
            return Ok(Some(Cow::Borrowed(key)));
        }
        let Some(file) = &mut self.file else { return Ok(None) };
        let mut line = Vec::new();
        self.line += 1;
        let wrong =
            |what: &str, line: usize| Failure::usage(format!("line {line} {what}"), "give a key a line, in UTF-8");
        let unreadable = |error: io::Error| wrong(&format!("cannot be read: {error}"), self.line);
        if file.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            return Ok(None);
        }
        line.pop_if(|last| *last == b'\n');
        if line.is_empty() {
            return Err(wrong("is empty", self.line));
        }
        String::from_utf8(line).map(|key| Some(Cow::Owned(key))).map_err(|_| wrong("is not UTF-8", self.line))
    }

    /// The body of the next call, and how many keys it has.
    fn chunk(&mut self, args: &SignArgs) -> Result<Option<(Bytes, usize)>, Failure> {
        let mut body = b"{\"keys\":".to_vec();
        let mut count = 0;
        while count < CHUNK
            && let Some(key) = self.next()?
        {
            body.push(if count == 0 { b'[' } else { b',' });
            json(&mut body, &key)?;
            count += 1;
        }
        if count == 0 {
            return Ok(None);
        }
        write!(body, "],\"method\":\"{}\",\"ttl_seconds\":{}", args.method.to_uppercase(), args.ttl.as_secs())?;
        if let Some(content_type) = &args.content_type {
            write!(body, ",\"content_type\":")?;
            json(&mut body, content_type)?;
        }
        body.push(b'}');
        Ok(Some((Bytes::from(body), count)))
    }
}

fn json(body: &mut Vec<u8>, text: &str) -> Result<(), Failure> {
    serde_json::to_writer(body, text)
        .map_err(|error| Failure::local("request", "the request could not be written").because(error.to_string()))
}

/// A line of the answer: the head, a URL, or the end.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    url: Option<Cow<'a, str>>,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    done: bool,
    #[serde(default)]
    count: Option<u64>,
}

struct Printer {
    json: bool,
    told_headers: bool,
}

impl Printer {
    fn new(json: bool) -> Self {
        Self { json, told_headers: false }
    }

    fn line(&mut self, raw: &[u8], line: &Line<'_>, out: &mut impl Write) -> io::Result<()> {
        if self.json {
            out.write_all(raw)?;
            return out.write_all(b"\n");
        }
        let Some(url) = &line.url else { return Ok(()) };
        if let Some(headers) = line.headers.as_ref().filter(|headers| !headers.is_empty() && !self.told_headers) {
            self.told_headers = true;
            let mut stderr = io::stderr().lock();
            writeln!(stderr, "whoever uses these URLs must send:")?;
            for (name, value) in headers {
                writeln!(stderr, "  {}: {}", clean(name), clean(value))?;
            }
        }
        out.write_all(url.as_bytes())?;
        out.write_all(b"\n")
    }
}

async fn copy(answer: Answer, asked: usize, printer: &mut Printer, out: &mut impl Write) -> Result<(), Failure> {
    let mut lines = answer.lines();
    let mut tail = Tail { asked, ..Tail::default() };
    while let Some(raw) = lines.next().await? {
        if raw.is_empty() {
            continue;
        }
        let line: Line<'_> = answer::parse(&raw)?;
        tail.see(&line);
        printer.line(&raw, &line, out)?;
    }
    out.flush()?;
    tail.check()
}

/// Counts, so that nothing can be missing unnoticed.
#[derive(Default)]
struct Tail {
    asked: usize,
    urls: usize,
    done: Option<u64>,
}

impl Tail {
    fn see(&mut self, line: &Line<'_>) {
        self.urls += usize::from(line.url.is_some());
        // Only the very last line ends the answer.
        self.done = line.done.then_some(line.count.unwrap_or_default());
    }

    fn check(&self) -> Result<(), Failure> {
        if self.done == Some(self.asked as u64) && self.urls == self.asked {
            return Ok(());
        }
        let why = match self.done {
            None => format!("the last line is missing; {} of {} URLs came", self.urls, self.asked),
            Some(count) => {
                format!("{} URLs came, {} were asked for, the server counted {count}", self.urls, self.asked)
            }
        };
        Err(Failure::local("incomplete_answer", "the answer was cut").because(why).mended_by("sign these keys again"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(keys: &[&str], from: Option<&[u8]>) -> (SignArgs, tempfile::NamedTempFile) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), from.unwrap_or_default()).unwrap();
        let args = SignArgs {
            datasource: "d".to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            from: from.map(|_| file.path().to_owned()),
            method: "get".to_owned(),
            ttl: Duration::from_secs(900),
            content_type: None,
        };
        (args, file)
    }

    fn keys_of(body: &[u8]) -> Vec<String> {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        assert_eq!((&body["method"], &body["ttl_seconds"]), (&"GET".into(), &900.into()));
        serde_json::from_value(body["keys"].clone()).unwrap()
    }

    #[test]
    fn keys_stay_as_they_are_and_in_order() {
        let (args, _file) = args(&["/a", "b\"c"], Some(" d \n//e%2F\r\nlast".as_bytes()));
        let mut keys = Keys::open(&args).unwrap();
        let (body, count) = keys.chunk(&args).unwrap().unwrap();
        assert_eq!((keys_of(&body), count), (["/a", "b\"c", " d ", "//e%2F\r", "last"].map(str::to_owned).to_vec(), 5));
        assert!(keys.chunk(&args).unwrap().is_none());
    }

    #[test]
    fn a_call_has_at_most_100_000_keys() {
        let (args, _file) = args(&[], Some("k\n".repeat(CHUNK + 1).as_bytes()));
        let mut keys = Keys::open(&args).unwrap();
        assert_eq!(keys.chunk(&args).unwrap().unwrap().1, CHUNK);
        assert_eq!(keys.chunk(&args).unwrap().unwrap().1, 1);
        assert!(keys.chunk(&args).unwrap().is_none());
    }

    #[test]
    fn an_empty_line_and_one_that_is_not_text_are_named() {
        for (content, shown) in [(&b"a\n\nb"[..], "line 2 is empty"), (b"a\n\xff", "line 2 is not UTF-8")] {
            let (args, _file) = args(&[], Some(content));
            let failure = Keys::open(&args).unwrap().chunk(&args).unwrap_err();
            assert!(failure.render(false).contains(shown));
        }
    }

    fn tail(lines: &[&str]) -> Result<(), Failure> {
        let mut tail = Tail { asked: 2, ..Tail::default() };
        lines.iter().for_each(|line| tail.see(&serde_json::from_str(line).unwrap()));
        tail.check()
    }

    #[test]
    fn only_an_answer_with_all_urls_and_its_last_line_is_whole() {
        let (head, url) = (r#"{"grant_id":"g","count":2}"#, r#"{"key":"k","url":"https://x","headers":{}}"#);
        let end = r#"{"done":true,"count":2}"#;
        assert!(tail(&[head, url, url, end]).is_ok());
        assert!(tail(&[head, url, url]).is_err());
        assert!(tail(&[head, url, end]).is_err());
        assert!(tail(&[head, url, url, end, url]).is_err());
        assert!(tail(&[head, url, url, r#"{"done":true,"count":3}"#]).is_err());
        assert!(tail(&[]).is_err());
    }

    #[test]
    fn a_printed_url_is_bare_and_json_passes_through() {
        let raw = br#"{"key":"k","url":"https://x/?a=b\u0026c","headers":{}}"#;
        let line: Line<'_> = serde_json::from_slice(raw).unwrap();
        let print = |json: bool| {
            let mut out = Vec::new();
            Printer::new(json).line(raw, &line, &mut out).unwrap();
            out
        };
        assert_eq!(print(false), b"https://x/?a=b&c\n");
        assert_eq!(print(true), [&raw[..], b"\n"].concat());
    }
}
