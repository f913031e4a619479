//! What is embedded of `docs/`: Markdown and pictures.

use std::borrow::Cow;

use rust_embed::RustEmbed;

use super::page::Asset;

#[derive(RustEmbed)]
#[folder = "../../docs/"]
#[include = "**/*.md"]
#[include = "**/*.png"]
#[include = "**/*.jpg"]
#[include = "**/*.webp"]
#[include = "**/*.svg"]
struct Files;

/// Pictures by the end of their name; nothing else is served as an asset.
const PICTURES: &[(&str, &str)] =
    &[("png", "image/png"), ("jpg", "image/jpeg"), ("webp", "image/webp"), ("svg", "image/svg+xml")];

/// The text of a file.
pub(super) fn text(path: &str) -> Option<String> {
    String::from_utf8(Files::get(path)?.data.into_owned()).ok()
}

/// Where a picture is served: below a hash of what it is, so that it may be cached for ever.
pub(super) fn picture_href(path: &str) -> Option<String> {
    content_type(path)?;
    Some(format!("/docs/assets/{}/{path}", hash(&Files::get(path)?)))
}

/// A picture, if it is still what that hash was made of.
pub(super) fn picture(wanted: &str, path: &str) -> Option<Asset> {
    let content_type = content_type(path)?;
    let file = Files::get(path)?;
    (hash(&file) == wanted).then(|| Asset { content_type, bytes: Cow::Owned(file.data.into_owned()) })
}

fn content_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    PICTURES.iter().find(|(known, _)| *known == extension).map(|(_, content_type)| *content_type)
}

fn hash(file: &rust_embed::EmbeddedFile) -> String {
    file.metadata.sha256_hash().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Every page that is embedded, listed or not.
#[cfg(test)]
pub(super) fn pages() -> Vec<String> {
    let names = Files::iter().filter_map(|name| name.strip_suffix(".md").map(str::to_owned));
    names.filter(|name| name != "SUMMARY").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_are_assets() {
        let hash = hash(&Files::get("SUMMARY.md").unwrap());
        assert_eq!(picture(&hash, "SUMMARY.md"), None);
        assert_eq!(picture_href("SUMMARY.md"), None);
        assert_eq!(picture_href("../../Cargo.png"), None);
    }

    #[test]
    fn what_is_not_part_of_the_manual_is_not_embedded() {
        assert!(Files::get("openapi.json").is_none() && Files::get("book.toml").is_none());
        assert!(pages().len() > 20);
    }
}
