//! Writes a batch of URLs in order, a piece at a time: memory stays bounded however large the batch is.
//!
//! The text is put together by hand in one buffer. URLs are ASCII without quotes, so that only keys are
//! escaped; what all lines share is written once.

use axum::body::{Body, Bytes};
use broker::UrlBatch;
use domain::Result;
use futures::StreamExt as _;
use serde_json::json;

/// So many URLs make a piece: a fraction of a millisecond's work.
const PIECE: usize = 256;
/// What a line takes beside its key and URL.
const LINE: usize = 256;

/// The two forms of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One JSON document.
    Document,
    /// A line a URL, between a first and a last one.
    Lines,
}

/// A batch on its way out.
pub(super) struct Printer {
    batch: UrlBatch,
    form: Form,
    head: Option<String>,
    /// Everything after the URL.
    tail: String,
    count: usize,
    ended: bool,
    room: usize,
}

impl Printer {
    pub(super) fn new(batch: UrlBatch, form: Form) -> Self {
        let (grant, expires_at, count) = (batch.grant.to_string(), batch.expires_at.to_string(), batch.left());
        let mut head = json!({ "grant_id": grant, "expires_at": expires_at, "count": count }).to_string();
        match form {
            Form::Lines => head.push('\n'),
            Form::Document => {
                head.pop();
                head.push_str(",\"urls\":[");
            }
        }
        let headers: serde_json::Map<String, serde_json::Value> =
            batch.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let rest = json!({ "method": batch.verb.as_str(), "headers": headers, "expires_at": expires_at }).to_string();
        let tail = format!("\",{}", rest.trim_start_matches('{'));
        Self { batch, form, head: Some(head), tail, count, ended: false, room: PIECE * LINE }
    }

    /// The next piece; `None` after the last.
    async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.ended {
            return Ok(None);
        }
        let keys = self.batch.next_keys(PIECE).await?;
        let mut out = String::with_capacity(self.room);
        let begins = self.head.is_some();
        out.push_str(&self.head.take().unwrap_or_default());
        for (at, key) in keys.iter().enumerate() {
            if self.form == Form::Document && !(begins && at == 0) {
                out.push(',');
            }
            out.push_str("{\"key\":\"");
            escape_into(key.as_str(), &mut out);
            out.push_str("\",\"url\":\"");
            self.batch.sign_into(key, &mut out);
            out.push_str(&self.tail);
            if self.form == Form::Lines {
                out.push('\n');
            }
        }
        if self.batch.left() == 0 {
            self.ended = true;
            match self.form {
                Form::Lines => out.push_str(&format!("{{\"done\":true,\"count\":{}}}\n", self.count)),
                Form::Document => out.push_str("]}"),
            }
        }
        self.room = out.len() + LINE;
        Ok(Some(Bytes::from(out)))
    }

    /// The body of the answer. Its first piece is made now, so that a refusal is still an answer of its own;
    /// one that comes later breaks the body off, and the reader misses its end.
    ///
    /// # Errors
    /// The refusal of a provider that signs itself.
    pub(super) async fn into_body(mut self) -> Result<Body> {
        let first = self.next().await?;
        let rest = futures::stream::try_unfold(self, |mut printer| async move {
            // Others have their turn between two pieces.
            tokio::task::yield_now().await;
            Ok(printer.next().await?.map(|piece| (piece, printer)))
        });
        let all = futures::stream::iter(first).map(Ok::<_, domain::Error>).chain(rest);
        Ok(Body::from_stream(all))
    }
}

/// JSON's own escapes (RFC 8259, section 7).
fn escape_into(text: &str, out: &mut String) {
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let named = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => "",
            _ => continue,
        };
        out.push_str(text.get(plain..at).unwrap_or_default());
        out.push_str(named);
        if named.is_empty() {
            out.push_str(&format!("\\u{byte:04x}"));
        }
        plain = at + 1;
    }
    out.push_str(text.get(plain..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_reads_back_as_it_was() {
        let all: String = (0..=0x7f_u8).map(char::from).collect();
        for text in ["", "plain/key", "\"quoted\\\"", "é\u{2028}\u{1f600}", &all, "\n", "a\u{0}b"] {
            let mut out = String::from("\"");
            escape_into(text, &mut out);
            out.push('"');
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}
