//! The checks of the contents: list, read, and the life of a probe object.

use bytes::Bytes;
use domain::proof::{CheckName, CheckStatus, ProofMode};
use domain::provider::{
    Connection, GetAsk, ListAsk, ObjectStorage, ProviderError, ProviderErrorKind, PutAsk, PutCondition, RemedyAsk,
    Stored,
};
use futures::StreamExt as _;

use super::leftovers::HIDDEN;
use super::report::CHECK_LIMIT;
use super::run::Bench;
use super::{Outcome, Report};

pub(crate) const FIRST: &[u8] = b"tidegate probe 1\n";
pub(crate) const SECOND: &[u8] = b"tidegate probe 2, overwritten\n";

/// Tells whether there is anything to go on with: of a bucket that is not there nothing else is asked.
pub(crate) async fn check(bench: &mut Bench<'_>, report: &mut Report<'_>) -> bool {
    list(bench, report).await;
    if report.no_bucket() {
        return false;
    }
    read(bench, report).await;
    if bench.writes() {
        write(bench, report).await;
    } else {
        let reason = match bench.place.purpose.writes() {
            true => "this mode of proof writes nothing",
            false => "an input is never written to",
        };
        for name in [CheckName::WriteProbe, CheckName::OverwriteProbe, CheckName::ReadBack, CheckName::Encryption] {
            report.skip(name, reason);
        }
    }
    // What was written before the bucket went away is looked after all the same.
    !report.no_bucket() || report.passed(CheckName::WriteProbe)
}

/// A check that got an error, with what mends it.
fn failed(error: &ProviderError, name: CheckName, connection: &dyn Connection, need: &RemedyAsk) -> Outcome {
    Outcome::of_error(error).naming_bucket(need).with_remedy(connection.remedy(name, need))
}

async fn list(bench: &mut Bench<'_>, report: &mut Report<'_>) {
    if bench.ask.mode == ProofMode::WriteOnly {
        return report.skip(CheckName::List, "this mode of proof only creates");
    }
    let prefix = bench.place.prefix.as_str().to_owned();
    let (storage, need) = (bench.storage.clone(), bench.need());
    let connection = bench.ask.connection.clone();
    let mut existing = None;
    let test = async {
        match storage.list(&ListAsk { prefix: prefix.clone(), limit: 100, ..ListAsk::default() }).await {
            Ok(listing) => {
                let hidden = format!("{prefix}{HIDDEN}");
                let mine = |key: &str| key.starts_with(&hidden) || key.ends_with('/');
                existing = listing.items.iter().find(|item| !mine(&item.key)).map(|item| item.key.clone());
                let count = listing.items.len();
                let keys = if count == 1 { "key" } else { "keys" };
                Outcome::passed(format!("'{prefix}' was listed, {count} {keys} on its first page"))
            }
            Err(error) => failed(&error, CheckName::List, connection.as_ref(), &need),
        }
    };
    report.check(CheckName::List, test).await;
    bench.existing = existing;
}

/// An existing object tells most; an absent key tells only if the store says 404 for it.
async fn read(bench: &mut Bench<'_>, report: &mut Report<'_>) {
    if !bench.reads() {
        return report.skip(CheckName::Read, "this mode of proof reads no contents");
    }
    let key = bench.existing.clone().unwrap_or_else(|| bench.names.absent.clone());
    let absent = bench.existing.is_none();
    let (storage, need, connection) = (bench.storage.clone(), bench.need(), bench.ask.connection.clone());
    let (mut tells_absent, mut archived) = (false, false);
    let test = async {
        match first_byte(storage.as_ref(), &key).await {
            Ok(()) => Outcome::passed(format!("'{key}' was read")),
            Err(error) if absent && error.kind == ProviderErrorKind::NoSuchKey => {
                tells_absent = true;
                Outcome::passed(
                    "the prefix is empty; the store answers 404 for an absent key, which it does only to readers",
                )
                .with_answer(error.answer)
            }
            Err(error) if absent && error.kind == ProviderErrorKind::Denied => Outcome::skipped(
                "the prefix is empty, and the store answers 403 for an absent key to those who may read as well",
            )
            .with_answer(error.answer),
            Err(error) if is_archived(&error) => {
                archived = true;
                Outcome::skipped(format!("'{key}' is archived, and nothing can be read of it until it is restored"))
                    .with_answer(error.answer)
            }
            Err(error) => failed(&error, CheckName::Read, connection.as_ref(), &need),
        }
    };
    report.check(CheckName::Read, test).await;
    bench.tells_absent = tells_absent;
    if archived {
        bench.existing = None;
    }
    if !absent {
        let absent = first_byte(bench.storage.as_ref(), &bench.names.absent);
        let absent = tokio::time::timeout(CHECK_LIMIT, absent).await;
        bench.tells_absent =
            absent.is_ok_and(|absent| absent.is_err_and(|error| error.kind == ProviderErrorKind::NoSuchKey));
    }
}

/// An object in cold storage: AWS says so with 403, Azure with 409.
fn is_archived(error: &ProviderError) -> bool {
    let code = error.answer.as_ref().and_then(|answer| answer.code.as_deref());
    matches!(code, Some("InvalidObjectState" | "BlobArchived"))
}

async fn write(bench: &mut Bench<'_>, report: &mut Report<'_>) {
    let condition = match bench.ask.connection.facts().conditional_create {
        true => PutCondition::Absent,
        false => PutCondition::None,
    };
    let put = put(bench, FIRST, condition);
    let (storage, connection, need) = (bench.storage.clone(), bench.ask.connection.clone(), bench.need());
    let mut stored = None;
    // Until the store has said otherwise: running out of time says nothing.
    let mut lost = true;
    let test = async {
        match storage.put(&put).await {
            Ok(done) => {
                stored = Some(done);
                Outcome::passed(format!("'{}' was created", put.key))
            }
            Err(error) => {
                lost = error.kind.is_inconclusive();
                failed(&error, CheckName::WriteProbe, connection.as_ref(), &need)
            }
        }
    };
    report.check(CheckName::WriteProbe, test).await;
    let Some(stored) = stored else {
        if lost {
            bench.leftovers.may_have_written();
        }
        for name in [CheckName::OverwriteProbe, CheckName::ReadBack, CheckName::Encryption] {
            report.skip(name, "no probe could be written");
        }
        return;
    };
    bench.leftovers.wrote(&stored);
    report.note(CheckName::Encryption, encryption(bench, &stored));
    if bench.ask.mode == ProofMode::WriteOnly {
        for name in [CheckName::OverwriteProbe, CheckName::ReadBack] {
            report.skip(name, "this mode of proof only creates");
        }
        return;
    }
    overwrite_and_read_back(bench, report).await;
}

async fn overwrite_and_read_back(bench: &mut Bench<'_>, report: &mut Report<'_>) {
    let put = put(bench, SECOND, PutCondition::None);
    let (storage, connection, need) = (bench.storage.clone(), bench.ask.connection.clone(), bench.need());
    let mut stored = None;
    let test = async {
        match storage.put(&put).await {
            Ok(done) => {
                stored = Some(done);
                Outcome::passed(format!("'{}' was overwritten", put.key))
            }
            Err(error) => failed(&error, CheckName::OverwriteProbe, connection.as_ref(), &need),
        }
    };
    let overwritten = report.check(CheckName::OverwriteProbe, test).await;
    let written = |body: &[u8]| match overwritten {
        CheckStatus::Passed => body == SECOND,
        // Nobody knows whether the store has taken it.
        CheckStatus::Inconclusive => body == FIRST || body == SECOND,
        CheckStatus::Failed | CheckStatus::Warning | CheckStatus::Skipped => body == FIRST,
    };
    if let Some(stored) = &stored {
        bench.leftovers.wrote(stored);
    }
    let mut read_back = None;
    let test = async {
        match whole(storage.as_ref(), &put.key).await {
            Ok(body) if written(&body) => {
                read_back = Some(if body == SECOND { SECOND } else { FIRST });
                Outcome::passed("what was written was read back byte for byte")
            }
            Ok(_) => Outcome::failed("what was read back is not what was written"),
            Err(error) => failed(&error, CheckName::ReadBack, connection.as_ref(), &need),
        }
    };
    report.check(CheckName::ReadBack, test).await;
    bench.read_back = read_back;
}

fn encryption(bench: &Bench<'_>, stored: &Stored) -> Outcome {
    let Some(sse) = &bench.place.sse else {
        return Outcome::skipped("the datasource asks for no encryption of its own");
    };
    let wanted = sse.headers().into_iter().next().map(|(_, value)| value).unwrap_or_default();
    let other_key = sse.kms_key_arn().zip(stored.kms_key.as_deref()).filter(|(asked, used)| !is_same_key(asked, used));
    match stored.encryption.as_deref() {
        Some(got) if got == wanted && other_key.is_some() => {
            Outcome::failed("the store encrypted with another key than the one that was named")
        }
        Some(got) if got == wanted => Outcome::passed(format!("the store reports '{got}'")),
        Some(got) => Outcome::failed(format!("the store reports '{got}' in place of '{wanted}'")),
        None => Outcome::failed(format!("the store took the write and does not report '{wanted}'")),
    }
}

/// Stores report a key by its ARN or by its id alone; an alias does not say which key it stands for.
fn is_same_key(asked: &str, used: &str) -> bool {
    let id = |key: &str| key.rsplit('/').next().unwrap_or_default().to_owned();
    asked.contains("alias/") || id(asked) == id(used)
}

/// `delete-probe`, after everything that needs the probe.
pub(crate) async fn delete(bench: &mut Bench<'_>, report: &mut Report<'_>) {
    if !bench.writes() || !report.passed(CheckName::WriteProbe) {
        return report.skip(CheckName::DeleteProbe, "there is no probe to remove");
    }
    if bench.ask.mode == ProofMode::WriteOnly {
        return report.skip(CheckName::DeleteProbe, "this mode of proof only creates; 'cleanup' names what stays");
    }
    let (storage, connection, need) = (bench.storage.clone(), bench.ask.connection.clone(), bench.need());
    let key = bench.names.object.clone();
    let test = async {
        match storage.delete(&key, None).await {
            Ok(()) => Outcome::passed(format!("'{key}' was removed")),
            Err(error) => failed(&error, CheckName::DeleteProbe, connection.as_ref(), &need),
        }
    };
    if report.check(CheckName::DeleteProbe, test).await == CheckStatus::Passed {
        bench.leftovers.removed();
    }
}

/// A write of the probe, with the headers of the encryption.
pub(crate) fn put(bench: &Bench<'_>, body: &'static [u8], condition: PutCondition) -> PutAsk {
    PutAsk {
        key: bench.names.object.clone(),
        body: Bytes::from_static(body),
        condition,
        headers: bench.place.sse.as_ref().map(|sse| sse.headers()).unwrap_or_default(),
    }
}

/// Reads one byte, so that contents are really reached.
pub(crate) async fn first_byte(storage: &dyn ObjectStorage, key: &str) -> Result<(), ProviderError> {
    let (stored, mut body) = storage.get(&GetAsk { key: key.to_owned(), range: None }).await?;
    if stored.size == Some(0) {
        return Ok(());
    }
    body.next().await.transpose().map(drop)
}

async fn whole(storage: &dyn ObjectStorage, key: &str) -> Result<Vec<u8>, ProviderError> {
    let (_, mut body) = storage.get(&GetAsk { key: key.to_owned(), range: None }).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await.transpose()? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > 1024 {
            break;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::is_same_key;

    #[test]
    fn a_key_is_known_by_its_arn_and_by_its_id() {
        let arn = "arn:aws:kms:us-east-1:123456789012:key/0a1b";
        assert!(is_same_key(arn, arn) && is_same_key(arn, "0a1b"));
        assert!(!is_same_key(arn, "0a1c"));
        assert!(is_same_key("arn:aws:kms:us-east-1:123456789012:alias/lake", "0a1c"));
    }
}
