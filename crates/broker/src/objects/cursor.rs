//! Where a listing goes on: opaque to callers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Error, Result};
use serde::{Deserialize, Serialize};

/// Where a listing goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cursor {
    /// The store's token of the page to ask for.
    #[serde(rename = "t", skip_serializing_if = "Option::is_none", default)]
    pub(crate) token: Option<String>,
    /// The last key of that page that was looked at already.
    #[serde(rename = "k", skip_serializing_if = "Option::is_none", default)]
    pub(crate) key: Option<String>,
}

impl Cursor {
    /// Reads the `after` of a request; none begins at the beginning.
    pub(crate) fn read(after: Option<&str>) -> Result<Self> {
        let Some(after) = after else { return Ok(Self::default()) };
        let read = URL_SAFE_NO_PAD.decode(after).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        read.ok_or_else(|| {
            Error::invalid("/after", "this is not the 'next' of a page before")
                .with_hint("leave 'after' out to begin again")
        })
    }

    /// Writes the `next` of an answer.
    pub(crate) fn write(&self) -> Result<String> {
        serde_json::to_vec(self).map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_anything_else_is_refused() {
        let cursor = Cursor { token: Some("t+/=é".into()), key: Some(" k\n".into()) };
        assert_eq!(Cursor::read(Some(&cursor.write().unwrap())).unwrap(), cursor);
        assert_eq!(Cursor::read(None).unwrap(), Cursor::default());
        for bad in ["", "x", "e30x", "not base64!"] {
            assert_eq!(Cursor::read(Some(bad)).unwrap_err().fields()[0].pointer, "/after", "{bad}");
        }
    }
}
