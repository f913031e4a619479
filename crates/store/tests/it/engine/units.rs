//! What a unit of work is, on both engines.

use domain::{Error, ErrorKind};
use store::{Query, StoreError, Value, args};

use crate::bench::{Bench, on_both};

on_both!(
    a_unit_that_fails_leaves_nothing,
    a_unit_that_panics_leaves_nothing_and_the_store_works_on,
    a_failed_statement_cannot_be_swallowed,
    what_is_deferred_is_run_in_its_order_and_at_the_end_of_the_unit,
    what_is_deferred_is_not_counted_with_the_next_statement,
    a_deferred_violation_undoes_its_unit_and_no_other,
    a_deferred_violation_is_the_failure_of_what_comes_next,
    what_a_failing_unit_deferred_is_not_kept,
    uniqueness_names_the_same_constraint,
    every_kind_of_value_comes_back,
    a_wrong_type_is_a_corrupted_row,
    a_read_changes_nothing,
    a_read_sees_one_state,
    a_closed_store_refuses_politely,
);

const INSERT: &str = "INSERT INTO projects (id, name, external_id, created_at, created_by) VALUES ($1, $2, $3, 0, '')";

async fn count(bench: &Bench) -> i64 {
    let rows = bench.store.read(|tx| {
        Box::pin(async move { Ok(tx.fetch_one("SELECT COUNT(*) AS n FROM projects", args![]).await?.get_i64("n")?) })
    });
    rows.await.unwrap()
}

async fn a_unit_that_fails_leaves_nothing(bench: Bench) {
    let outcome = bench.store.write(|tx| {
        Box::pin(async move {
            tx.execute(INSERT, args!["a", "a", "a"]).await?;
            Err::<(), _>(Error::invalid("/name", "no"))
        })
    });
    assert_eq!(outcome.await.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(count(&bench).await, 0);
}

async fn a_unit_that_panics_leaves_nothing_and_the_store_works_on(bench: Bench) {
    let outcome = bench.store.write::<(), _>(|tx| {
        Box::pin(async move {
            tx.execute(INSERT, args!["a", "a", "a"]).await?;
            panic!("on purpose")
        })
    });
    assert_eq!(outcome.await.unwrap_err().kind(), ErrorKind::Internal);
    bench.store.write(|tx| Box::pin(async move { Ok(tx.execute(INSERT, args!["b", "b", "b"]).await?) })).await.unwrap();
    assert_eq!(count(&bench).await, 1);
}

async fn a_failed_statement_cannot_be_swallowed(bench: Bench) {
    let outcome = bench.store.write(|tx| {
        Box::pin(async move {
            tx.execute(INSERT, args!["a", "a", "a"]).await?;
            assert!(tx.execute(INSERT, args!["a", "b", "b"]).await.is_err());
            assert!(matches!(tx.execute(INSERT, args!["c", "c", "c"]).await, Err(StoreError::UnitFailed)));
            Ok(())
        })
    });
    let error = outcome.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    // Not a panic of the assertions above.
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), StoreError::UnitFailed.to_string());
    assert_eq!(count(&bench).await, 0);
}

async fn what_is_deferred_is_run_in_its_order_and_at_the_end_of_the_unit(bench: Bench) {
    let unit = bench.store.write(|tx| {
        Box::pin(async move {
            tx.defer(INSERT, args!["a", "b", "$1"]).await?;
            tx.defer("UPDATE projects SET name = $2 WHERE name = $1 OR name = '$1'", args!["b", "c"]).await?;
            let row = tx.fetch_one("SELECT id, name, external_id FROM projects WHERE name = $1", args!["c"]).await?;
            assert_eq!((row.get_text("id")?, row.get_text("external_id")?), ("a", "$1"));
            tx.defer("DELETE FROM projects WHERE id = $1", args!["a"]).await?;
            tx.defer(INSERT, args!["last", "c", "$1"]).await?;
            Ok(())
        })
    });
    unit.await.unwrap();
    let mut tx = bench.look().await;
    let rows = tx.fetch_all("SELECT id FROM projects", args![]).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.get_text("id").unwrap()).collect::<Vec<_>>(), ["last"]);
}

async fn what_is_deferred_is_not_counted_with_the_next_statement(bench: Bench) {
    let touched = bench.store.write(|tx| {
        Box::pin(async move {
            tx.defer(INSERT, args!["a", "a", "a"]).await?;
            tx.defer(INSERT, args!["b", "b", "b"]).await?;
            let none = tx.execute("UPDATE projects SET name = $1 WHERE id = $2", args!["x", "none"]).await?;
            tx.defer(INSERT, args!["c", "c", "c"]).await?;
            Ok((none, tx.execute("DELETE FROM projects WHERE id <> $1", args!["a"]).await?))
        })
    });
    assert_eq!(touched.await.unwrap(), (0, 2));
    assert_eq!(count(&bench).await, 1);
}

async fn a_deferred_violation_undoes_its_unit_and_no_other(bench: Bench) {
    let units = ["a", "b", "a", "c"].map(|last| {
        bench.store.write(move |tx| {
            Box::pin(async move {
                tx.execute(INSERT, args![format!("{last}-first"), uuid::Uuid::new_v4().to_string(), last]).await?;
                tx.defer(INSERT, args![last, last, format!("{last}-last")]).await?;
                Ok(())
            })
        })
    });
    let mut kinds = Vec::new();
    for unit in units {
        kinds.push(unit.await.err().map(|error| error.kind()));
    }
    assert_eq!(kinds, [None, None, Some(ErrorKind::Conflict), None]);
    assert_eq!(count(&bench).await, 6);
}

async fn a_deferred_violation_is_the_failure_of_what_comes_next(bench: Bench) {
    let outcome = bench.store.write(|tx| {
        Box::pin(async move {
            tx.execute(INSERT, args!["a", "a", "a"]).await?;
            let failed = match tx.defer(INSERT, args!["a", "b", "b"]).await {
                Ok(()) => tx.fetch_all("SELECT id FROM projects WHERE id = $1", args!["a"]).await.map(drop),
                Err(now) => Err(now),
            };
            assert!(failed.unwrap_err().is_unique("projects_id"));
            assert!(matches!(tx.defer(INSERT, args!["c", "c", "c"]).await, Err(StoreError::UnitFailed)));
            Ok(())
        })
    });
    let error = outcome.await.unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), StoreError::UnitFailed.to_string());
    assert_eq!(count(&bench).await, 0);
}

async fn what_a_failing_unit_deferred_is_not_kept(bench: Bench) {
    let outcome = bench.store.write(|tx| {
        Box::pin(async move {
            tx.defer(INSERT, args!["a", "a", "a"]).await?;
            Err::<(), _>(Error::invalid("/name", "no"))
        })
    });
    assert_eq!(outcome.await.unwrap_err().kind(), ErrorKind::Invalid);
    bench.store.write(|tx| Box::pin(async move { Ok(tx.defer(INSERT, args!["b", "b", "b"]).await?) })).await.unwrap();
    assert_eq!(count(&bench).await, 1);
}

async fn uniqueness_names_the_same_constraint(bench: Bench) {
    bench.store.write(|tx| Box::pin(async move { Ok(tx.execute(INSERT, args!["a", "a", "a"]).await?) })).await.unwrap();
    for (args, constraint) in [
        (args!["a", "b", "b"], "projects_id"),
        (args!["b", "a", "b"], "projects_name"),
        (args!["b", "b", "a"], "projects_external_id"),
    ] {
        let outcome = bench.store.write(move |tx| {
            Box::pin(async move {
                let error = tx.execute(INSERT, args).await.unwrap_err();
                assert!(error.is_unique(constraint), "{error} is not about {constraint}");
                Err::<(), _>(error.into())
            })
        });
        assert_eq!(outcome.await.unwrap_err().kind(), ErrorKind::Conflict);
    }
}

async fn every_kind_of_value_comes_back(bench: Bench) {
    bench
        .store
        .write(|tx| {
            Box::pin(async move {
                tx.execute("CREATE TABLE kinds (a BIGINT, b BIGINT, c TEXT, d TEXT)", args![]).await?;
                let sql = "INSERT INTO kinds (a, b, c, d) VALUES ($1, $2, $3, $4)";
                tx.execute(sql, args![i64::MIN, None::<i64>, "é\"';--", None::<&str>]).await?;
                let row = tx.fetch_one("SELECT d, c, b, a FROM kinds WHERE c = $1", args!["é\"';--"]).await?;
                assert_eq!(row.get_i64("a")?, i64::MIN);
                assert_eq!(row.get_opt_i64("b")?, None);
                assert_eq!(row.get_text("c")?, "é\"';--");
                assert_eq!(row.get_opt_text("d")?, None);
                let bytes = vec![0, 255, b'\''];
                let sql = "INSERT INTO audit_logs (log, size, frontier, root) VALUES ($1, $2, $3, $4)";
                tx.execute(sql, args!["l", 0, bytes.clone(), Vec::new()]).await?;
                let row = tx.fetch_one("SELECT frontier, root FROM audit_logs", args![]).await?;
                assert_eq!(row.get_blob("frontier")?, bytes);
                assert_eq!(row.get_blob("root")?, b"");
                Ok(())
            })
        })
        .await
        .unwrap();
}

async fn a_wrong_type_is_a_corrupted_row(bench: Bench) {
    let mut tx = bench.store.snapshot().await.unwrap();
    let row = tx.fetch_one("SELECT 7 AS number, 'x' AS word", args![]).await.unwrap();
    assert!(matches!(row.get_text("number"), Err(StoreError::Corrupt { column: "number", .. })));
    assert!(matches!(row.get_i64("nothing"), Err(StoreError::Corrupt { column: "nothing", .. })));
    assert!(matches!(row.get_bool("number"), Err(StoreError::Corrupt { .. })));
    assert!(row.get::<domain::id::ProjectId>("word").is_err());
    assert!(row.get_json::<Vec<String>>("word").is_err());
    let error = Error::from(row.get_word::<domain::principal::Role>("word").unwrap_err());
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Internal, false));
}

async fn a_read_changes_nothing(bench: Bench) {
    let outcome = bench.store.read(|tx| Box::pin(async move { Ok(tx.execute(INSERT, args!["a", "a", "a"]).await?) }));
    assert!(outcome.await.is_err());
    assert_eq!(count(&bench).await, 0);
}

async fn a_read_sees_one_state(bench: Bench) {
    let all =
        || Query::new("SELECT id FROM projects WHERE id > $1", vec![Value::from("")]).text(" ORDER BY id").limit(9);
    let mut tx = bench.store.snapshot().await.unwrap();
    assert_eq!(tx.fetch_query(all()).await.unwrap().len(), 0);
    bench.store.write(|tx| Box::pin(async move { Ok(tx.execute(INSERT, args!["a", "a", "a"]).await?) })).await.unwrap();
    assert_eq!(tx.fetch_query(all()).await.unwrap().len(), 0);
    drop(tx);
    let mut tx = bench.store.snapshot().await.unwrap();
    assert_eq!(tx.fetch_query(all()).await.unwrap().len(), 1);
}

async fn a_closed_store_refuses_politely(bench: Bench) {
    bench.store.close().await;
    let write = bench.store.write(|tx| Box::pin(async move { Ok(tx.execute(INSERT, args!["a", "a", "a"]).await?) }));
    let error = write.await.unwrap_err();
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::AuditUnavailable, true));
    assert!(bench.store.snapshot().await.is_err());
}
