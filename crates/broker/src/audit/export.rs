//! The whole log in lines, as `audit verify` reads it, in bounded memory.

use audit_log::ExportLine;
use bytes::Bytes;
use domain::audit::{Outcome, Target};
use domain::page::PageAsk;
use domain::principal::Caller;
use domain::{Error, Result};
use futures::stream::{self, BoxStream, StreamExt as _};
use store::Store;

use super::{AuditScope, Log, event};
use crate::Broker;

/// So many records are read at a time.
const PAGE: u32 = 200;

/// Where an export stands.
struct Cursor {
    store: Store,
    log: Log,
    /// The last record that was written.
    after: Option<u64>,
    /// Records from here on were appended later and are left to the next export.
    size: u64,
}

impl Broker {
    /// All records of a log, a line each. That it was read is recorded, and is its last line.
    ///
    /// # Errors
    /// `not_found` for a project that the caller may not see; an error in the stream breaks it off.
    pub async fn export_audit(&self, caller: &Caller, scope: &AuditScope) -> Result<BoxStream<'static, Result<Bytes>>> {
        let opened = self.open_log(caller, scope).await?;
        let read =
            event(opened.action, Outcome::Done, opened.rule, Target::new("audit", opened.log)).with("export", true);
        self.record(opened.log, Some(caller), read).await?;
        let log = opened.log;
        let head = self.store().read(move |tx| Box::pin(store::audit::head(tx, log))).await?;
        let size = head.map(|head| head.size).unwrap_or_default();
        let cursor = Cursor { store: self.store().clone(), log, after: None, size };
        Ok(stream::try_unfold(cursor, next).boxed())
    }
}

async fn next(mut cursor: Cursor) -> Result<Option<(Bytes, Cursor)>> {
    let begin = cursor.after.map_or(0, |last| last.saturating_add(1));
    if begin >= cursor.size {
        return Ok(None);
    }
    let ask = PageAsk { after: cursor.after.map(|last| last.to_string()), limit: PAGE };
    let log = cursor.log;
    let read = cursor.store.read(move |tx| {
        Box::pin(async move { store::audit::list(tx, log, &store::audit::AuditFilter::default(), &ask).await })
    });
    let records = read.await?.items;
    let Some(last) = records.last() else { return Err(Error::internal("records of the log are missing")) };
    let last = last.seq;
    let mut lines = String::new();
    for record in records.iter().take_while(|record| record.seq < cursor.size) {
        ExportLine { record: &record.record, private: record.private.as_deref() }.write(&mut lines);
    }
    cursor.after = Some(last);
    Ok(Some((Bytes::from(lines), cursor)))
}
