//! Opening, migrating, backing up.

use domain::ErrorKind;
use domain::id::InstallationId;
use domain::secret::SecretBytes;
use domain::step::nobody;
use store::installation::{self, Installation};
use store::{Engine, Store, StoreConfig, args};

use crate::bench::{Bench, on_both, sqlite};

on_both!(
    a_newer_schema_is_refused,
    opening_again_finds_what_was_there,
    two_that_open_together_migrate_once,
    there_is_one_installation,
);

fn made() -> Installation {
    Installation {
        id: InstallationId::new(),
        created_at: "2026-01-02T03:04:05.000006Z".parse().unwrap(),
        root_key_id: "k1".into(),
        root_key_check: "{}".into(),
        signing_key: vec![1, 2, 3],
    }
}

async fn install(bench: &Bench) -> Installation {
    let made = made();
    let new = made.clone();
    bench.store.write(move |tx| Box::pin(async move { installation::create(tx, &new).await })).await.unwrap();
    made
}

async fn a_newer_schema_is_refused(bench: Bench) {
    let sql = "INSERT INTO schema_version (version) VALUES (9999)";
    bench.store.write(move |tx| Box::pin(async move { Ok(tx.execute(sql, args![]).await?) })).await.unwrap();
    let error = Store::open(&bench.config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.message().contains("9999"), "{error}");
    assert!(error.hint().unwrap().contains("newer program"));
}

async fn opening_again_finds_what_was_there(bench: Bench) {
    let made = install(&bench).await;
    bench.store.close().await;
    let again = Store::open(&bench.config).await.unwrap();
    let mut tx = again.snapshot().await.unwrap();
    assert_eq!(installation::get(&mut tx).await.unwrap(), Some(made));
}

async fn two_that_open_together_migrate_once(bench: Bench) {
    let folder = tempfile::tempdir().unwrap();
    let config = match bench.store.engine() {
        Engine::Sqlite => StoreConfig::Sqlite { path: folder.path().join("new.db") },
        Engine::Postgres => {
            for sql in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
                bench
                    .store
                    .write(move |tx| Box::pin(async move { Ok(tx.execute(sql, args![]).await?) }))
                    .await
                    .unwrap();
            }
            bench.config.clone()
        }
    };
    let (one, two) = futures::join!(Store::open(&config), Store::open(&config));
    one.unwrap();
    two.unwrap();
}

async fn there_is_one_installation(bench: Bench) {
    let kept = install(&bench).await;
    let second = bench.store.write(|tx| Box::pin(async move { installation::create(tx, &made()).await }));
    assert_eq!(second.await.unwrap_err().kind(), ErrorKind::Conflict);
    let replaced = bench
        .store
        .write(|tx| {
            Box::pin(async move {
                assert!(!installation::replace_root_key(tx, "other", "k2", "{}", b"new").await?);
                installation::replace_root_key(tx, "k1", "k2", "{}", b"new").await
            })
        })
        .await
        .unwrap();
    assert!(replaced);
    let mut tx = bench.store.snapshot().await.unwrap();
    let now = installation::get(&mut tx).await.unwrap().unwrap();
    assert_eq!((now.id, now.root_key_id.as_str(), now.signing_key.as_slice()), (kept.id, "k2", b"new".as_slice()));
}

#[tokio::test]
async fn the_files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    sqlite(async |bench: Bench| {
        install(&bench).await;
        for entry in std::fs::read_dir(bench.folder()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::write(&path, "x".repeat(10_000)).unwrap();
    let error = Store::open(&StoreConfig::Sqlite { path }).await.unwrap_err();
    assert!(error.message().contains("not a database"), "{error}");
    let path = folder.path().join("no-such-folder").join("store.db");
    let error = Store::open(&StoreConfig::Sqlite { path }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuditUnavailable);
}

#[tokio::test]
async fn a_url_that_cannot_be_read_is_not_repeated() {
    let url = SecretBytes::from("postgres://admin:hunter2@[bad/x");
    let error = Store::open(&StoreConfig::Postgres { url }).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_temporary_store_works_and_leaves_nothing() {
    let store = Store::open(&StoreConfig::SqliteMemory).await.unwrap();
    store.write(|tx| Box::pin(async move { installation::create(tx, &made()).await })).await.unwrap();
    let mut tx = store.snapshot().await.unwrap();
    assert!(installation::get(&mut tx).await.unwrap().is_some());
}

#[tokio::test]
async fn a_backup_is_whole_and_private_and_says_what_it_is_of() {
    use std::os::unix::fs::PermissionsExt as _;
    sqlite(async |bench: Bench| {
        let made = install(&bench).await;
        let to = bench.folder().join("backup.db");
        let manifest = bench.store.backup(&to, nobody).await.unwrap();
        assert_eq!((manifest.installation, manifest.root_key_id.as_str(), manifest.schema_version), (made.id, "k1", 4));
        assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Store::inspect_backup(&to).await.unwrap(), manifest);
        assert_eq!(bench.store.backup(&to, nobody).await.unwrap_err().kind(), ErrorKind::Conflict);
        let leftovers = std::fs::read_dir(bench.folder()).unwrap();
        assert!(leftovers.into_iter().all(|entry| !entry.unwrap().file_name().to_string_lossy().starts_with('.')));
        let restored = Store::open(&StoreConfig::Sqlite { path: to }).await.unwrap();
        let mut tx = restored.snapshot().await.unwrap();
        assert_eq!(installation::get(&mut tx).await.unwrap(), Some(made));
    })
    .await;
}

#[tokio::test]
async fn a_restored_backup_replaces_the_database_and_keeps_it_beside() {
    sqlite(async |bench: Bench| {
        let made = install(&bench).await;
        let (copy, to) = (bench.folder().join("backup.db"), bench.folder().join("other.db"));
        bench.store.backup(&copy, nobody).await.unwrap();
        assert_eq!(Store::restore(&copy, &to, nobody).await.unwrap(), None);
        let kept = Store::restore(&copy, &to, nobody).await.unwrap().unwrap();
        assert!(kept.ends_with("other.db.before-restore-1") && kept.exists());
        let store = Store::open(&StoreConfig::Sqlite { path: to.clone() }).await.unwrap();
        let found = store.read(|tx| Box::pin(installation::get(tx))).await.unwrap();
        assert_eq!(found, Some(made));
        let error = Store::restore(&copy, &to, nobody).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "a database in use is not replaced");
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_damaged_backup_is_not_accepted() {
    sqlite(async |bench: Bench| {
        install(&bench).await;
        let to = bench.folder().join("backup.db");
        bench.store.backup(&to, nobody).await.unwrap();
        let mut bytes = std::fs::read(&to).unwrap();
        let middle = bytes.len() / 2;
        bytes[4096..middle].fill(0xff);
        std::fs::write(&to, bytes).unwrap();
        assert_eq!(Store::inspect_backup(&to).await.unwrap_err().kind(), ErrorKind::Invalid);
        std::fs::write(&to, "not a database").unwrap();
        assert_eq!(Store::inspect_backup(&to).await.unwrap_err().kind(), ErrorKind::Invalid);
    })
    .await;
}

#[tokio::test]
async fn a_backup_of_postgres_points_to_pg_dump() {
    crate::bench::postgres(async |bench: Bench| {
        let error = bench.store.backup(std::path::Path::new("backup.db"), nobody).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.hint().unwrap().contains("pg_dump"));
    })
    .await;
}

#[tokio::test]
async fn a_refused_password_is_told_to_the_operator_without_it() {
    crate::bench::postgres(async |bench: Bench| {
        let StoreConfig::Postgres { url } = &bench.config else { panic!("this bench is on PostgreSQL") };
        let (before, host) = url.expose_str().unwrap().rsplit_once('@').unwrap();
        let scheme_and_user = before.rsplit_once(':').unwrap().0;
        let url = SecretBytes::new(format!("{scheme_and_user}:hunter2@{host}"));
        let error = Store::open(&StoreConfig::Postgres { url }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuditUnavailable);
        assert!(error.message().contains("password authentication failed"), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    })
    .await;
}

#[tokio::test]
async fn connections_that_the_server_closed_are_replaced() {
    crate::bench::postgres(async |bench: Bench| {
        // Leaves several idle connections in the pool.
        let mut looks = Vec::new();
        for _ in 0..4 {
            looks.push(bench.store.snapshot().await.unwrap());
        }
        drop(looks);
        let other = Store::open(&bench.config).await.unwrap();
        let sql = "SELECT COUNT(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let ended = other
            .write(move |tx| Box::pin(async move { Ok(tx.fetch_one(sql, args![]).await?.get_count::<u64>("ended")?) }));
        assert!(ended.await.unwrap() > 0);
        install(&bench).await;
    })
    .await;
}

#[tokio::test]
async fn a_commit_waits_for_the_disk() {
    sqlite(async |bench: Bench| {
        bench
            .store
            .write(|tx| {
                Box::pin(async move {
                    let mode = tx.fetch_one("PRAGMA journal_mode", args![]).await?;
                    assert_eq!(mode.get_text("journal_mode")?, "wal");
                    // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
                    assert_eq!(tx.fetch_one("PRAGMA synchronous", args![]).await?.get_i64("synchronous")?, 2);
                    assert_eq!(tx.fetch_one("PRAGMA foreign_keys", args![]).await?.get_i64("foreign_keys")?, 1);
                    Ok(())
                })
            })
            .await
            .unwrap();
    })
    .await;
}
