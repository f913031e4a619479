//! The checks of narrowing: a credential of a scope must work inside it and nowhere else.
//!
//! Each refusal has a positive twin that differs in nothing but the thing tested: the same request,
//! the same key, another session.

use std::sync::Arc;

use domain::place::Prefix;
use domain::proof::{CheckName, ProofMode};
use domain::provider::{ListAsk, NarrowedBy, ObjectStorage, ProviderError, ProviderErrorKind, PutCondition};
use domain::scope::{Access, Scope};

use super::content::{SECOND, first_byte, put};
use super::run::Bench;
use super::{Outcome, Report};

const CHECKS: [CheckName; 3] =
    [CheckName::ScopedCredential, CheckName::ScopeRefusesSibling, CheckName::ScopeRefusesOtherVerbs];

pub(crate) async fn check(bench: &Bench<'_>, report: &mut Report<'_>) {
    if let NarrowedBy::Nothing { why } = &bench.ask.connection.facts().narrowed_by {
        return CHECKS.into_iter().for_each(|name| report.skip(name, why));
    }
    if bench.ask.mode == ProofMode::WriteOnly {
        let why = "this mode of proof only creates, so nothing shows what a credential may read";
        return CHECKS.into_iter().for_each(|name| report.skip(name, why));
    }
    let mut inside = None;
    report
        .check(CheckName::ScopedCredential, async {
            let (outcome, storage) = scoped_credential(bench).await;
            inside = storage;
            outcome
        })
        .await;
    let Some(inside) = inside else {
        report.skip(CheckName::ScopeRefusesSibling, "no narrowed credential could be had");
        report.skip(CheckName::ScopeRefusesOtherVerbs, "no narrowed credential could be had");
        return;
    };
    report.check(CheckName::ScopeRefusesSibling, refuses_sibling(bench, inside.as_ref())).await;
    if bench.writes() && report.passed(CheckName::OverwriteProbe) {
        report.check(CheckName::ScopeRefusesOtherVerbs, refuses_other_verbs(bench)).await;
    } else {
        report.skip(
            CheckName::ScopeRefusesOtherVerbs,
            "the datasource allows no other verb, so a refusal would not show that the scope made it",
        );
    }
}

fn scope(bench: &Bench<'_>, prefix: Prefix, access: Access) -> Scope {
    let kms_key_arn = bench.place.sse.as_ref().and_then(|sse| sse.kms_key_arn()).map(str::to_owned);
    Scope { bucket: bench.place.bucket.clone(), prefix, access, kms_key_arn }
}

async fn list_one(storage: &dyn ObjectStorage, prefix: &Prefix) -> Result<(), ProviderError> {
    storage.list(&ListAsk { prefix: prefix.as_str().to_owned(), limit: 1, ..ListAsk::default() }).await.map(drop)
}

/// The positive twin: a credential for the whole datasource lists it.
async fn scoped_credential(bench: &Bench<'_>) -> (Outcome, Option<Arc<dyn ObjectStorage>>) {
    let prefix = &bench.place.prefix;
    let storage = match bench.scoped(scope(bench, prefix.clone(), Access::Read)).await {
        Ok(storage) => storage,
        Err(error) => return (unavailable(bench, &error), None),
    };
    match list_one(storage.as_ref(), prefix).await {
        Ok(()) => (Outcome::passed("a credential narrowed to the datasource lists it"), Some(storage)),
        Err(error) => {
            let remedy = bench.ask.connection.remedy(CheckName::ScopedCredential, &bench.need());
            (Outcome::of_error(&error).with_remedy(remedy), None)
        }
    }
}

fn unavailable(bench: &Bench<'_>, error: &ProviderError) -> Outcome {
    let remedy = || bench.ask.connection.remedy(CheckName::ScopedCredential, &bench.need());
    match error.kind {
        ProviderErrorKind::NotExpressible | ProviderErrorKind::PolicyTooLarge => Outcome::skipped(none(error)),
        // It can be had once the place is made otherwise.
        ProviderErrorKind::Unsupported => Outcome::skipped(none(error)).with_remedy(remedy()),
        // A key pair that may not ask for narrowed credentials still signs URLs.
        _ if bench.ask.connection.facts().narrowed_by == NarrowedBy::FederationToken && error.kind.is_refusal() => {
            Outcome::skipped("the key pair may not ask for narrowed credentials; signed URLs work all the same")
                .with_answer(error.answer.clone())
        }
        _ => Outcome::of_error(error).with_remedy(remedy()),
    }
}

fn none(error: &ProviderError) -> String {
    format!("no credential of this datasource can be handed out: {}", error.message)
}

/// A credential scoped beside the probe must neither list the datasource nor read what is in it.
async fn refuses_sibling(bench: &Bench<'_>, inside: &dyn ObjectStorage) -> Outcome {
    let Ok(beside) = bench.names.beside.parse::<Prefix>() else {
        return Outcome::skipped("the prefix is too long to scope beside it");
    };
    let outside = match bench.scoped(scope(bench, beside, Access::Read)).await {
        Ok(storage) => storage,
        Err(error) => return unavailable(bench, &error),
    };
    let open = |what: &str| {
        Outcome::failed(format!("a credential scoped beside it could {what}: this store ignores the scope"))
    };
    let listed = list_one(outside.as_ref(), &bench.place.prefix).await;
    let refused =
        Outcome::of_refusal(listed, "a credential scoped beside it may not list it", open("list the datasource"));
    if !refused.is_passed() {
        return refused;
    }
    let written = bench.writes().then(|| bench.names.object.clone());
    let Some(key) = written.or_else(|| bench.existing.clone()) else { return refused };
    if first_byte(inside, &key).await.is_err() {
        return refused;
    }
    let read = first_byte(outside.as_ref(), &key).await;
    Outcome::of_refusal(
        read,
        "a credential scoped beside it may neither list nor read it",
        open("read an object of it"),
    )
}

/// A reading credential must not write the proof's own probe, and a writing one must not read it.
async fn refuses_other_verbs(bench: &Bench<'_>) -> Outcome {
    let prefix = &bench.place.prefix;
    let reader = match bench.scoped(scope(bench, prefix.clone(), Access::Read)).await {
        Ok(storage) => storage,
        Err(error) => return unavailable(bench, &error),
    };
    let open = |what: &str| Outcome::failed(format!("{what}: this store ignores the scope"));
    let wrote = reader.put(&put(bench, SECOND, PutCondition::None)).await;
    let refused =
        Outcome::of_refusal(wrote, "a reading credential may not write", open("a reading credential could write"));
    if !refused.is_passed() {
        return refused;
    }
    let writer = match bench.scoped(scope(bench, prefix.clone(), Access::Write)).await {
        Ok(storage) => storage,
        Err(error) => return unavailable(bench, &error),
    };
    let read = first_byte(writer.as_ref(), &bench.names.object).await;
    Outcome::of_refusal(
        read,
        "a reading credential may not write, a writing one may not read",
        open("a writing credential could read"),
    )
}
