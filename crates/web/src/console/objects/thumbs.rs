//! The entries of a folder as they are shown, with small pictures straight from the bucket.

use std::collections::HashMap;

use broker::ObjectPage;
use domain::place::ObjectKey;
use domain::provider::ObjectEntry;
use jiff::Timestamp;

use super::kind;
use super::place::Place;
use super::shared::{Own, Shared, shared};
use super::sign::{self, Signed};
use super::text;
use crate::App;
use crate::console::form::Trouble;

/// A larger picture is not loaded without being asked for.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A folder in the one that is shown.
pub(super) struct Folder {
    pub(super) name: String,
    pub(super) path: String,
}

/// An object in it.
pub(super) struct Item {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) size: String,
    pub(super) bytes: u64,
    pub(super) modified: Option<Timestamp>,
    /// What the signed URL of its picture has of its own.
    pub(super) picture: Option<Own>,
    /// Where to ask why it does not load.
    pub(super) why: String,
    /// What stands in place of a picture.
    pub(super) word: String,
}

/// The grant of a page's pictures.
pub(super) struct Pictures {
    pub(super) count: usize,
    /// What all of the URLs have in common.
    pub(super) shared: Shared,
    pub(super) grant: String,
    pub(super) expires_at: Timestamp,
}

/// What is in a folder.
#[derive(Default)]
pub(super) struct Shelf {
    pub(super) folders: Vec<Folder>,
    pub(super) items: Vec<Item>,
    pub(super) pictures: Option<Pictures>,
    /// Why no picture could be signed.
    pub(super) trouble: Option<Trouble>,
}

impl Shelf {
    /// The entries of a page below a prefix.
    pub(super) fn of(place: &Place, prefix: &str, page: &ObjectPage) -> Self {
        // Where proofs write; some stores keep a folder that has become empty.
        let own = format!("{}.tidegate/", place.base());
        let folders = page.prefixes.iter().filter(|path| **path != own).map(|path| Folder {
            name: place.name(prefix, path.strip_suffix('/').unwrap_or(path)),
            path: place.folder(path),
        });
        let items = page.items.iter().map(|entry| item(place, prefix, entry));
        Self { folders: folders.collect(), items: items.collect(), ..Self::default() }
    }

    /// Whether most of what is here are pictures, so that a grid shows it best.
    pub(super) fn is_album(&self) -> bool {
        let pictures = self.items.iter().filter(|item| kind::is_thumb(&item.key)).count();
        pictures > 0 && pictures.saturating_mul(2) >= self.items.len()
    }

    /// Signs the pictures of the page, all of them as one grant.
    pub(super) async fn with_pictures(mut self, app: &App, place: &Place) -> Self {
        let keys: Vec<ObjectKey> =
            self.items.iter().filter(|item| shows(item)).flat_map(|item| item.key.parse()).collect();
        if keys.is_empty() {
            return self;
        }
        match sign::for_page(app, place, keys).await {
            Ok(signed) => self.hang(signed),
            Err(error) => self.trouble = Some(Trouble::of(&error)),
        }
        self
    }

    fn hang(&mut self, signed: Signed) {
        let (keys, urls): (Vec<_>, Vec<_>) = signed.urls.iter().map(|(key, url)| (key.as_str(), url.as_str())).unzip();
        let (shared, own) = shared(&urls);
        self.pictures =
            Some(Pictures { count: urls.len(), shared, grant: signed.grant, expires_at: signed.expires_at });
        let mut urls: HashMap<&str, Own> = keys.into_iter().zip(own).collect();
        for item in &mut self.items {
            item.picture = urls.remove(item.key.as_str());
        }
    }

    /// The smallest object, to measure the way to the bucket with.
    pub(super) fn probe(&self) -> Option<&str> {
        let addressed = self.items.iter().filter(|item| text::browsers_keep(&item.key));
        addressed.min_by_key(|item| item.bytes).map(|item| item.key.as_str())
    }
}

fn shows(item: &Item) -> bool {
    kind::is_thumb(&item.key) && item.bytes > 0 && item.bytes <= LARGEST && text::browsers_keep(&item.key)
}

fn item(place: &Place, prefix: &str, entry: &ObjectEntry) -> Item {
    let extension = kind::extension(&entry.key);
    let word = match extension.as_str() {
        _ if kind::is_thumb(&entry.key) && entry.size > LARGEST => "large picture".to_owned(),
        "" => "object".to_owned(),
        _ => extension,
    };
    let name = place.name(prefix, &entry.key);
    Item {
        name: if name.is_empty() { "(the folder itself)".to_owned() } else { name },
        path: place.object(&entry.key),
        size: text::size(entry.size),
        bytes: entry.size,
        modified: entry.modified,
        picture: None,
        why: place.why(&entry.key, "picture"),
        word,
        key: entry.key.clone(),
    }
}
