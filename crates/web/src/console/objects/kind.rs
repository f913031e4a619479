//! What a browser can make of an object, by its type and its name.
//!
//! Pages, scripts and drawings of strangers are never opened: text is shown as text, a drawing as a
//! picture, in which no script runs.

/// How an object is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Picture,
    Video,
    Audio,
    Json,
    Text,
    /// Not at all.
    Other,
}

/// Types that say nothing.
const VAGUE: [&str; 3] = ["", "application/octet-stream", "binary/octet-stream"];
/// Types of text beside `text/*` and those that end in `+xml` or `+json`.
const TEXTS: [&str; 10] = [
    "application/xml",
    "application/javascript",
    "application/ecmascript",
    "application/x-ndjson",
    "application/jsonl",
    "application/yaml",
    "application/x-yaml",
    "application/toml",
    "application/sql",
    "application/x-sh",
];
const PICTURES: [&str; 8] = ["png", "jpeg", "gif", "webp", "avif", "bmp", "svg+xml", "x-icon"];

const TEXT_NAMES: [&str; 34] = [
    "txt", "md", "csv", "tsv", "log", "ndjson", "jsonl", "yaml", "yml", "toml", "ini", "cfg", "conf", "xml", "html",
    "htm", "xhtml", "css", "js", "mjs", "ts", "py", "rs", "go", "c", "h", "java", "sh", "sql", "srt", "vtt", "tex",
    "rst", "r",
];

/// By the type that was written with it, or by its name where the type says nothing.
pub(super) fn of(content_type: Option<&str>, key: &str) -> Kind {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if VAGUE.contains(&essence.as_str()) { of_name(key) } else { of_type(&essence) }
}

fn of_type(essence: &str) -> Kind {
    match essence.split_once('/') {
        Some(("image", kind)) if PICTURES.contains(&kind) => Kind::Picture,
        Some(("video", _)) => Kind::Video,
        Some(("audio", _)) => Kind::Audio,
        Some((_, kind)) if kind == "json" || kind.ends_with("+json") => Kind::Json,
        Some(("text", _)) => Kind::Text,
        Some((_, kind)) if kind.ends_with("+xml") || TEXTS.contains(&essence) => Kind::Text,
        _ => Kind::Other,
    }
}

fn of_name(key: &str) -> Kind {
    match extension(key).as_str() {
        "svg" => Kind::Picture,
        _ if is_thumb(key) => Kind::Picture,
        "mp4" | "m4v" | "webm" | "ogv" | "mov" => Kind::Video,
        "mp3" | "m4a" | "ogg" | "oga" | "opus" | "wav" | "flac" | "aac" => Kind::Audio,
        "json" | "geojson" => Kind::Json,
        extension if TEXT_NAMES.contains(&extension) => Kind::Text,
        _ => Kind::Other,
    }
}

/// Whether a listing shows the object as a small picture.
pub(super) fn is_thumb(key: &str) -> bool {
    matches!(extension(key).as_str(), "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" | "bmp")
}

/// What follows the last dot of the name, in small letters; empty where nothing does.
pub(super) fn extension(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or_default();
    let known = |extension: &&str| extension.len() <= 8 && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let extension = name.rsplit_once('.').map(|(_, extension)| extension).filter(known);
    extension.unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_decides_and_the_name_only_where_the_type_says_nothing() {
        assert_eq!(of(Some("image/PNG; x=y"), "a.txt"), Kind::Picture);
        assert_eq!(of(Some("text/html"), "a.png"), Kind::Text);
        assert_eq!(of(Some("application/zip"), "a.png"), Kind::Other);
        for vague in [None, Some(""), Some("application/octet-stream"), Some("binary/octet-stream")] {
            assert_eq!(of(vague, "x/a.PNG"), Kind::Picture, "{vague:?}");
        }
        assert_eq!((of(None, "a.json"), of(None, "a"), of(None, "a.b/c")), (Kind::Json, Kind::Other, Kind::Other));
    }

    #[test]
    fn pages_scripts_and_documents_are_text() {
        for text in
            ["text/html", "application/xhtml+xml", "text/javascript", "application/javascript", "application/xml"]
        {
            assert_eq!(of(Some(text), "x"), Kind::Text, "{text}");
        }
        assert_eq!(of(Some("application/pdf"), "x.pdf"), Kind::Other);
    }

    #[test]
    fn a_drawing_is_no_small_picture() {
        assert!(is_thumb("a/b.JPeG") && !is_thumb("a.svg") && !is_thumb("png") && !is_thumb("a.png/x"));
        assert_eq!(of(None, "a.svg"), Kind::Picture);
    }
}
