//! Where paths lead, and lists of a directory: whole whatever they may cost, or refused.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use domain::provider::{ListAsk, Listing, ObjectStorage as _, ProviderErrorKind as Kind};

use super::folder::{Root, is_absent};
use super::storage::LocalStorage;
use super::turns::Turns;
use super::walk::{self, Bounds};

/// Names around `/` in the order of bytes, so that a directory is neither where its name nor where its keys would be.
const KEYS: [&str; 14] = [
    "a",
    "a!/x",
    "a-1",
    "a-2/deep/er/one",
    "a-2/deep/er/two",
    "a/0",
    "a/b",
    "a/b-/c",
    "a0",
    "b-1/x",
    "b-2/x",
    "b/c/d/e/f/g",
    "z/1",
    "z/2",
];
const EMPTY: [&str; 7] = ["a/", "a/nothing/at/all", "b/c/none", "m", "m1/m2/m3", "z/0/0", "zz"];

/// A connected folder with the bucket `bucket`.
struct House {
    folder: tempfile::TempDir,
    root: Root,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bucket")).unwrap();
        let root = Root { base: folder.path().to_path_buf(), rest: Default::default() };
        Self { folder, root }
    }

    /// With the keys above, in many small directories.
    fn furnished() -> Self {
        let house = Self::new();
        let bucket = house.folder.path().join("bucket");
        for key in KEYS.iter().filter(|key| **key != "a") {
            let file = bucket.join(key);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, key).unwrap();
        }
        for directory in EMPTY {
            fs::create_dir_all(bucket.join(directory)).unwrap();
        }
        house
    }

    fn list(&self, ask: &ListAsk, bounds: Bounds) -> std::io::Result<Listing> {
        walk::list(&self.root, "bucket", ask, bounds)
    }

    /// All pages: what they hold, in order, and how many they are.
    fn pages(&self, ask: &ListAsk, bounds: Bounds) -> (Vec<String>, usize) {
        let (mut all, mut ask) = (Vec::new(), ask.clone());
        for count in 1..10_000 {
            let page = self.list(&ask, bounds).unwrap();
            assert!(page.items.len() + page.prefixes.len() <= usize::try_from(ask.limit).unwrap(), "{ask:?}");
            let mut found = page.prefixes;
            found.extend(page.items.into_iter().map(|item| item.key));
            found.sort();
            all.append(&mut found);
            match page.next {
                None => return (all, count),
                next => {
                    assert!(next > ask.token, "no page begins where the one before began: {next:?}, {ask:?}");
                    ask.token = next;
                }
            }
        }
        panic!("it does not end: {ask:?}");
    }
}

/// What a store with these keys lists.
fn expected(ask: &ListAsk) -> Vec<String> {
    let keys = KEYS.iter().filter(|key| **key != "a" && key.starts_with(&ask.prefix));
    let behind = |key: &&&str| ask.start_after.as_deref().is_none_or(|after| **key > after);
    let rolled = |key: &&str| {
        let end = ask.delimiter.as_ref().and_then(|delimiter| key[ask.prefix.len()..].find(delimiter.as_str()));
        end.map_or_else(|| (*key).to_owned(), |end| key[..=ask.prefix.len() + end].to_owned())
    };
    keys.filter(behind).map(rolled).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn however_little_a_page_may_cost_all_of_them_hold_every_key_once() {
    let house = House::furnished();
    let small = (1..4).flat_map(|directories| {
        [1, 2, 1000].map(|at_once| Bounds {
            directories,
            at_once,
            names: if at_once == 2 { 1 } else { 1000 },
            in_all: 3 * at_once,
        })
    });
    for bounds in small.chain([Bounds::USUAL]) {
        for prefix in ["", "a", "a-", "a/", "b/c", "b/c/", "m", "none/", "z/"] {
            for delimiter in [None, Some("/"), Some("-")] {
                for limit in [1, 2, 1000] {
                    let ask = ListAsk {
                        prefix: prefix.to_owned(),
                        delimiter: delimiter.map(str::to_owned),
                        limit,
                        ..ListAsk::default()
                    };
                    let mut expected = expected(&ask);
                    // A directory is rolled up without a look into it.
                    let (mut found, _) = house.pages(&ask, bounds);
                    if delimiter == Some("/") {
                        let empty = |key: &String| !expected.contains(key) && key.ends_with('/');
                        assert!(found.iter().filter(|key| empty(key)).all(|key| has_no_file(&house, key)), "{found:?}");
                        let shown: Vec<_> = found.iter().filter(|key| !empty(key)).cloned().collect();
                        found = shown;
                    }
                    found.sort();
                    expected.sort();
                    assert_eq!(found, expected, "{bounds:?} {ask:?}");
                }
            }
        }
        for after in KEYS {
            let ask = ListAsk { start_after: Some(after.to_owned()), limit: 3, ..ListAsk::default() };
            assert_eq!(house.pages(&ask, bounds).0, expected(&ask), "{bounds:?} {ask:?}");
        }
    }
}

fn has_no_file(house: &House, key: &str) -> bool {
    let below = house.folder.path().join("bucket").join(key);
    let mut entries = fs::read_dir(below).unwrap().map(|entry| entry.unwrap().path());
    entries.all(|path| path.is_dir() && has_no_file(house, path.to_str().unwrap()))
}

#[test]
fn a_tree_of_empty_directories_ends_its_pages_early() {
    let house = House::new();
    for at in 0..20 {
        fs::create_dir_all(house.folder.path().join(format!("bucket/{at:02}/nothing"))).unwrap();
    }
    fs::write(house.folder.path().join("bucket/zz"), "last").unwrap();
    let ask = ListAsk { limit: 10, ..ListAsk::default() };
    let bounds = Bounds { directories: 7, ..Bounds::USUAL };
    let first = house.list(&ask, bounds).unwrap();
    assert_eq!((first.items.len(), first.next.as_deref()), (0, Some("03/nothing/")));
    let (found, pages) = house.pages(&ask, bounds);
    assert_eq!(found, ["zz"]);
    assert!((6..10).contains(&pages), "{pages}");
    let by_names = house.pages(&ask, Bounds { names: 5, ..Bounds::USUAL });
    assert!(by_names.0 == ["zz"] && by_names.1 > 2, "{by_names:?}");
    assert_eq!(house.pages(&ask, Bounds::USUAL), (vec!["zz".to_owned()], 1));
}

#[test]
fn only_what_is_not_there_or_not_for_us_is_left_out_of_a_list() {
    use rustix::io::Errno;
    for absent in [Errno::NOENT, Errno::NOTDIR, Errno::LOOP, Errno::NAMETOOLONG, Errno::ACCESS, Errno::PERM] {
        assert!(is_absent(&absent.into()), "{absent}");
    }
    for unknown in [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::IO, Errno::STALE, Errno::TIMEDOUT, Errno::INTR] {
        assert!(!is_absent(&unknown.into()), "{unknown}");
    }
}

/// Says to the same test, in a process of its own, that it may have few open files.
const ALONE: &str = "TIDEGATE_TEST_FEW_OPEN_FILES";

#[test]
fn with_too_few_open_files_a_list_is_whole_or_refused() {
    if std::env::var_os(ALONE).is_none() {
        let name = "local_directory::tests::with_too_few_open_files_a_list_is_whole_or_refused";
        let script = "ulimit -n 40 && exec \"$0\" --exact \"$1\" --nocapture";
        let program = std::env::current_exe().unwrap();
        let done = Command::new("sh").arg("-c").arg(script).arg(program).arg(name).env(ALONE, "1").output().unwrap();
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        assert!(done.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let house = House::furnished();
    let ask = ListAsk { limit: 1000, ..ListAsk::default() };
    let (mut refused, mut whole) = (0, 0);
    for free in 0..12 {
        let mut taken: Vec<_> = std::iter::from_fn(|| fs::File::open("/dev/null").ok()).collect();
        taken.truncate(taken.len().saturating_sub(free));
        let listed = house.list(&ask, Bounds::USUAL);
        drop(taken);
        match listed {
            Ok(page) => {
                let keys: Vec<_> = page.items.into_iter().map(|item| item.key).collect();
                assert_eq!(keys, expected(&ask), "{free} files could be opened");
                whole += 1;
            }
            Err(error) => {
                assert_eq!(rustix::io::Errno::from_io_error(&error), Some(rustix::io::Errno::MFILE));
                assert_eq!(super::folder::meaning("list", &error).kind, Kind::Unavailable);
                refused += 1;
            }
        }
    }
    assert!(refused >= 3 && whole >= 3, "{refused} refused, {whole} whole: both are looked at");
}

#[tokio::test]
async fn of_more_lists_than_may_run_at_once_one_is_refused_for_now() {
    let house = House::furnished();
    let turns = Arc::new(Turns::new(1, Duration::ZERO));
    let bucket = "bucket".parse().unwrap();
    let storage = LocalStorage { root: Arc::new(house.root.clone()), bucket, turns: turns.clone() };
    let ask = ListAsk { limit: 1000, ..ListAsk::default() };
    let running = turns.take("list").await.unwrap();
    for refused in [storage.list(&ask).await.err(), storage.list_buckets().await.err()] {
        let refused = refused.unwrap();
        assert_eq!(refused.kind, Kind::Throttled);
        let shown = domain::Error::from(refused);
        assert!(shown.retryable() && shown.to_string().contains("try again"), "{shown}");
    }
    assert!(storage.head("z/1").await.is_ok(), "one object is no list");
    drop(running);
    assert_eq!(storage.list(&ask).await.unwrap().items.len(), KEYS.len() - 1);
    assert_eq!(storage.list_buckets().await.unwrap().len(), 1, "each turn is given back");
}

#[test]
fn more_buckets_than_are_listed_are_refused_rather_than_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let root = Root { base: folder.path().to_path_buf(), rest: Default::default() };
    let make = |at: usize| fs::create_dir(Path::new(folder.path()).join(at.to_string())).unwrap();
    (0..10_000).for_each(make);
    assert_eq!(walk::buckets(&root).unwrap().len(), 10_000);
    make(10_000);
    let error = walk::buckets(&root).unwrap_err();
    assert_eq!(super::folder::meaning("list buckets", &error).kind, Kind::Unsupported, "{error}");
}

#[test]
fn paths_say_where_they_lead() {
    for good in ["/", "/srv", "/srv/data/a b"] {
        assert!(super::plain(good).is_some(), "{good}");
    }
    for bad in ["", "srv", "/srv/../etc", "/srv/./data", "..", "/.."] {
        assert!(super::plain(bad).is_none(), "{bad}");
    }
}
