//! The shared commit of the embedded database.

use audit_log::{Frontier, leaf_hash};
use domain::audit::Outcome;
use domain::{Error, ErrorKind, Result};
use futures::future::{BoxFuture, join_all};
use store::audit::{Log, NewRecord};
use store::{Store, StoreConfig, Tx, args};
use tokio::sync::oneshot;

use crate::bench::{Bench, at, sqlite};

const INSERT: &str = "INSERT INTO projects (id, name, external_id, created_at, created_by) VALUES ($1, $1, $1, 0, '')";

fn insert(id: String) -> impl for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<()>> + Send + 'static {
    move |tx| {
        Box::pin(async move {
            tx.execute(INSERT, args![id]).await?;
            Ok(())
        })
    }
}

/// Keeps the writer busy with one unit until told; says when it has begun.
fn gate(store: &Store) -> (oneshot::Receiver<()>, oneshot::Sender<()>, BoxFuture<'static, Result<()>>) {
    let (begun, has_begun) = oneshot::channel();
    let (open, is_open) = oneshot::channel();
    let store = store.clone();
    let work = async move {
        store
            .write(|tx| {
                Box::pin(async move {
                    tx.execute(INSERT, args!["gate"]).await?;
                    begun.send(()).unwrap();
                    is_open.await.unwrap();
                    Ok(())
                })
            })
            .await
    };
    (has_begun, open, Box::pin(work))
}

async fn names(store: &Store) -> Vec<String> {
    let mut tx = store.snapshot().await.unwrap();
    let rows = tx.fetch_all("SELECT name FROM projects ORDER BY name", args![]).await.unwrap();
    rows.iter().map(|row| row.get_text("name").unwrap().to_owned()).collect()
}

/// Runs the units so that they are all queued behind the gate, and gives their outcomes.
async fn together<F>(store: &Store, units: Vec<F>) -> (Result<()>, Vec<Result<()>>)
where
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<()>> + Send + 'static,
{
    let (begun, open, gate) = gate(store);
    let units = async {
        begun.await.unwrap();
        // Polled once in order, each is in the queue before the gate opens.
        let mut waiting: Vec<_> = units.into_iter().map(|unit| Box::pin(store.write(unit))).collect();
        for unit in &mut waiting {
            assert!(futures::poll!(unit).is_pending());
        }
        open.send(()).unwrap();
        join_all(waiting).await
    };
    futures::join!(gate, units)
}

#[tokio::test]
async fn units_that_wait_together_share_one_commit() {
    sqlite(async |bench: Bench| {
        let before = bench.store.statistics().unwrap();
        let (gate, outcomes) = together(&bench.store, (0..100).map(|n| insert(format!("p{n:03}"))).collect()).await;
        assert!(gate.is_ok() && outcomes.iter().all(Result::is_ok));
        let after = bench.store.statistics().unwrap();
        assert_eq!((after.units - before.units, after.commits - before.commits), (101, 1));
        assert_eq!(names(&bench.store).await.len(), 101);
    })
    .await;
}

#[tokio::test]
async fn more_units_than_a_commit_takes_are_all_done() {
    sqlite(async |bench: Bench| {
        let (_, outcomes) = together(&bench.store, (0..300).map(|n| insert(format!("p{n:03}"))).collect()).await;
        assert!(outcomes.iter().all(Result::is_ok));
        assert_eq!(bench.store.statistics().unwrap().commits, 3);
        assert_eq!(names(&bench.store).await.len(), 301);
    })
    .await;
}

#[tokio::test]
async fn a_failing_unit_disturbs_nobody_in_its_commit() {
    sqlite(async |bench: Bench| {
        let ids = ["a", "b", "a", "c"].map(|id| insert(id.to_owned()));
        let (_, outcomes) = together(&bench.store, ids.into()).await;
        let kinds: Vec<_> = outcomes.into_iter().map(|outcome| outcome.err().map(|error| error.kind())).collect();
        assert_eq!(kinds, [None, None, Some(ErrorKind::Conflict), None]);
        assert_eq!(names(&bench.store).await, ["a", "b", "c", "gate"]);
        assert_eq!(bench.store.statistics().unwrap().commits, 1);
    })
    .await;
}

#[tokio::test]
async fn units_that_defer_or_do_nothing_disturb_nobody_in_their_commit() {
    type Made = fn(&mut Tx) -> BoxFuture<'_, Result<()>>;
    sqlite(async |bench: Bench| {
        let first: Made = |tx| insert("first".to_owned())(tx);
        let nothing: Made = |_| Box::pin(async { Ok(()) });
        let refused: Made = |_| Box::pin(async { Err(Error::invalid("/name", "no")) });
        let refused_late: Made = |tx| {
            Box::pin(async move {
                tx.defer(INSERT, args!["refused"]).await?;
                Err(Error::invalid("/name", "no"))
            })
        };
        let violating: Made = |tx| {
            Box::pin(async move {
                tx.defer(INSERT, args!["violating"]).await?;
                tx.defer(INSERT, args!["first"]).await?;
                Ok(())
            })
        };
        let last: Made = |tx| {
            Box::pin(async move {
                tx.defer(INSERT, args!["last"]).await?;
                Ok(())
            })
        };
        let units = vec![nothing, first, refused, nothing, refused_late, violating, last, nothing];
        let (gate, outcomes) = together(&bench.store, units).await;
        gate.unwrap();
        let kinds: Vec<_> = outcomes.into_iter().map(|outcome| outcome.err().map(|error| error.kind())).collect();
        let (no, taken) = (Some(ErrorKind::Invalid), Some(ErrorKind::Conflict));
        assert_eq!(kinds, [None, None, no, None, no, taken, None, None]);
        assert_eq!(names(&bench.store).await, ["first", "gate", "last"]);
        assert_eq!(bench.store.statistics().unwrap().commits, 1);
        // Alone in its commit, and the first of it.
        assert!(bench.store.write(refused).await.is_err());
        bench.store.write(nothing).await.unwrap();
        assert!(bench.store.write(refused_late).await.is_err());
        assert_eq!(names(&bench.store).await, ["first", "gate", "last"]);
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_fails_in_a_shared_commit_leaves_no_gap_in_a_log() {
    type Made = fn(&mut Tx) -> BoxFuture<'_, Result<()>>;
    async fn append(tx: &mut Tx) -> Result<()> {
        let build = |seq: u64| {
            let (action, record) = ("test.append".to_owned(), format!("{{\"seq\":{seq}}}"));
            Ok(NewRecord { time: at(0), action, principal: None, outcome: Outcome::Done, record, private: None })
        };
        store::audit::append(tx, Log::Installation, build).await.map(drop)
    }
    sqlite(async |bench: Bench| {
        let kept: Made = |tx| Box::pin(append(tx));
        let twice: Made = |tx| {
            Box::pin(async move {
                append(tx).await?;
                append(tx).await
            })
        };
        let refused: Made = |tx| {
            Box::pin(async move {
                append(tx).await?;
                Err(Error::invalid("/name", "no"))
            })
        };
        let (_, outcomes) = together(&bench.store, vec![kept, refused, kept, twice, refused, refused, kept]).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 4);
        assert_eq!(bench.store.statistics().unwrap().commits, 1);
        // The next commit reads the log again.
        bench.store.write(kept).await.unwrap();
        let mut expected = Frontier::new();
        for seq in 0..6 {
            expected.append(leaf_hash(format!("{{\"seq\":{seq}}}").as_bytes()));
        }
        let mut tx = bench.store.snapshot().await.unwrap();
        let head = store::audit::head(&mut tx, Log::Installation).await.unwrap().unwrap();
        assert_eq!((head.size, head.root), (6, expected.root()));
        let rows = tx.fetch_all("SELECT seq FROM audit_records ORDER BY seq", args![]).await.unwrap();
        let seqs: Vec<_> = rows.iter().map(|row| row.get_i64("seq").unwrap()).collect();
        assert_eq!(seqs, [0, 1, 2, 3, 4, 5]);
    })
    .await;
}

#[tokio::test]
async fn a_commit_that_fails_has_failed_for_everyone_in_it() {
    sqlite(async |bench: Bench| {
        // A violated reference that is looked at by COMMIT only.
        let bad: fn(&mut Tx) -> BoxFuture<'_, Result<()>> = |tx| {
            Box::pin(async move {
                tx.execute("PRAGMA defer_foreign_keys = ON", args![]).await?;
                let sql = "INSERT INTO members (project, principal, role) VALUES ('none', 'none', 'viewer')";
                tx.execute(sql, args![]).await?;
                Ok(())
            })
        };
        let good: fn(&mut Tx) -> BoxFuture<'_, Result<()>> = |tx| insert("good".to_owned())(tx);
        let (gate, outcomes) = together(&bench.store, vec![good, bad]).await;
        for outcome in outcomes.into_iter().chain([gate]) {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::AuditUnavailable);
        }
        assert!(names(&bench.store).await.is_empty());
        bench.store.write(insert("later".to_owned())).await.unwrap();
        assert_eq!(names(&bench.store).await, ["later"]);
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_is_reported_and_nothing_acknowledged_is_lost() {
    sqlite(async |bench: Bench| {
        bench.store.write(insert("before".to_owned())).await.unwrap();
        let limit = |sql: &'static str| {
            bench.store.write(move |tx| {
                Box::pin(async move {
                    tx.fetch_all(sql, args![]).await?;
                    Ok(())
                })
            })
        };
        limit("PRAGMA max_page_count = 1").await.unwrap();
        let big: fn(&mut Tx) -> BoxFuture<'_, Result<()>> = |tx| insert("x".repeat(1_000_000))(tx);
        let small: fn(&mut Tx) -> BoxFuture<'_, Result<()>> = |tx| insert("small".to_owned())(tx);
        let (gate, outcomes) = together(&bench.store, vec![small, big]).await;
        let [small, big] = outcomes.try_into().unwrap();
        let error = big.unwrap_err();
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::AuditUnavailable, true));
        assert!(error.message().contains("disk is full"), "{error}");
        let kept = names(&bench.store).await;
        assert_eq!(kept.contains(&"small".to_owned()), small.is_ok());
        assert_eq!(kept.contains(&"gate".to_owned()), gate.is_ok());
        limit("PRAGMA max_page_count = 1000000").await.unwrap();
        bench.store.write(insert("after".to_owned())).await.unwrap();
        let kept = names(&bench.store).await;
        assert!(kept.contains(&"before".to_owned()) && kept.contains(&"after".to_owned()));
    })
    .await;
}

/// What a crash leaves: the files as they are, without anybody closing them.
async fn after_a_crash(bench: &Bench) -> (tempfile::TempDir, Store) {
    let copy = tempfile::tempdir().unwrap();
    for name in ["store.db", "store.db-wal"] {
        std::fs::copy(bench.folder().join(name), copy.path().join(name)).unwrap();
    }
    let store = Store::open(&StoreConfig::Sqlite { path: copy.path().join("store.db") }).await.unwrap();
    (copy, store)
}

#[tokio::test]
async fn a_crash_keeps_what_was_answered_and_nothing_that_was_not() {
    sqlite(async |bench: Bench| {
        join_all((0..20).map(|n| bench.store.write(insert(format!("p{n:02}"))))).await;
        let (begun, open, gate) = gate(&bench.store);
        let crash = async {
            begun.await.unwrap();
            let (_folder, crashed) = after_a_crash(&bench).await;
            open.send(()).unwrap();
            names(&crashed).await
        };
        let (_, left) = futures::join!(gate, crash);
        assert_eq!(left.len(), 20);
        assert!(!left.contains(&"gate".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_stop_his_unit() {
    sqlite(async |bench: Bench| {
        let (begun, open, gate) = gate(&bench.store);
        let leaver = async {
            begun.await.unwrap();
            let mut unit = Box::pin(bench.store.write(insert("left".to_owned())));
            assert!(futures::poll!(&mut unit).is_pending());
            drop(unit);
            open.send(()).unwrap();
        };
        let (gate, ()) = futures::join!(gate, leaver);
        gate.unwrap();
        assert_eq!(names(&bench.store).await, ["gate", "left"]);
    })
    .await;
}

#[tokio::test]
async fn closing_finishes_what_is_queued() {
    sqlite(async |bench: Bench| {
        let (begun, open, gate) = gate(&bench.store);
        let closer = async {
            begun.await.unwrap();
            let mut unit = Box::pin(bench.store.write(insert("queued".to_owned())));
            assert!(futures::poll!(&mut unit).is_pending());
            open.send(()).unwrap();
            futures::join!(unit, bench.store.close())
        };
        let (_, (unit, ())) = futures::join!(gate, closer);
        unit.unwrap();
        let again = Store::open(&bench.config).await.unwrap();
        assert_eq!(names(&again).await, ["gate", "queued"]);
    })
    .await;
}
