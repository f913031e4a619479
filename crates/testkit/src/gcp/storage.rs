//! A double: what Cloud Storage lets a caller do, before fake-gcs-server does it.
//!
//! Our reading of the documentation: overwriting needs the right to delete; an absent object is told
//! only to those who may list; a bucket that does not exist is told to everybody who is somebody.

use http::request::Parts;
use http::{HeaderMap, Method, Response};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::reply::{Face, Refusal, json as answer_json};
use super::route::Ask;
use super::state::{At, Caller, State};
use super::upstream::{Upstream, collect, pass};
use super::{GcpCall, Note, Shared, lock, object, signed_url, xml};
use crate::front::Form;
use crate::server::ReplyBody;

/// A request to storage, taken apart.
pub(super) struct Request {
    pub(super) ask: Ask,
    pub(super) method: Method,
    pub(super) path: String,
    /// As it was sent.
    pub(super) query: String,
    pub(super) headers: HeaderMap,
}

impl Request {
    pub(super) fn new(ask: Ask, head: Parts) -> Self {
        let (path, query) = (head.uri.path().to_owned(), head.uri.query().unwrap_or_default().to_owned());
        Self { ask, method: head.method, path, query, headers: head.headers }
    }

    pub(super) fn form(&self) -> Form {
        Form::parse(self.query.as_bytes())
    }

    /// As it was sent, without what proves who sent it.
    pub(super) fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}

pub(super) async fn answer(
    state: &Shared,
    upstream: &Upstream,
    mut request: Request,
    body: Incoming,
    note: &mut Note,
) -> Result<Response<ReplyBody>, Refusal> {
    let caller = identify(&lock(state), &request)?;
    note.principal = Some(caller.member.clone());
    if is_about_buckets(request.ask.call) {
        let body = collect(body).await?;
        note.body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        return bucket(&mut lock(state), &request, &caller, &note.body);
    }
    let body = collect(body).await?;
    if request.ask.call == GcpCall::ObjectPut && request.ask.at.key.is_none() {
        request.ask.at.key = object::name_of_upload(&request.form(), &request.headers, &body);
        if request.ask.at.key.as_deref().unwrap_or_default().is_empty() {
            return Err(Refusal::invalid("Required parameter: name"));
        }
    }
    permit(&lock(state), &request.ask, &caller)?;
    may_replace(state, upstream, &request, &caller).await?;
    let done = match request.ask.face {
        Face::Json => object::answer(state, upstream, &request, body).await?,
        Face::Xml => xml::answer(upstream, &request, body).await?,
    };
    if done.status() == 404 {
        return Err(absent(&lock(state), &request.ask, &caller));
    }
    Ok(done)
}

/// Goes on with an upload; its address is all the proof there is.
pub(super) async fn go_on(
    state: &Shared,
    upstream: &Upstream,
    request: &Request,
    body: Incoming,
) -> Result<Response<ReplyBody>, Refusal> {
    let body = collect(body).await?;
    let done = upstream.send(request.method.clone(), &request.target(), request.headers.clone(), body).await?;
    object::in_own_name(state, upstream, pass(done)).await
}

fn identify(state: &State, request: &Request) -> Result<Caller, Refusal> {
    if request.ask.face == Face::Xml && signed_url::is_signed(&request.query) {
        return signed_url::verify(state, request.method.as_str(), &request.path, &request.query, &request.headers);
    }
    let Some(given) = request.headers.get("authorization") else {
        return Err(Refusal::unauthenticated(
            "Anonymous caller does not have access to the Google Cloud Storage resource.",
        ));
    };
    let token = given.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
    token.and_then(|token| state.bearer(token)).ok_or_else(|| Refusal::unauthenticated("Invalid Credentials"))
}

fn is_about_buckets(call: GcpCall) -> bool {
    use GcpCall::{BucketGet, BucketList, BucketPatch, BucketPermissions, BucketPolicy};
    matches!(call, BucketList | BucketGet | BucketPatch | BucketPolicy | BucketPermissions)
}

fn permission(call: GcpCall) -> &'static str {
    match call {
        GcpCall::BucketGet => "storage.buckets.get",
        GcpCall::BucketPatch => "storage.buckets.update",
        GcpCall::BucketPolicy => "storage.buckets.getIamPolicy",
        GcpCall::ObjectList => "storage.objects.list",
        GcpCall::ObjectPut => "storage.objects.create",
        GcpCall::ObjectDelete => "storage.objects.delete",
        GcpCall::ObjectUpdate => "storage.objects.update",
        _ => "storage.objects.get",
    }
}

fn permit(state: &State, ask: &Ask, caller: &Caller) -> Result<(), Refusal> {
    let needs = |at: &At, permission: &str| {
        if !state.buckets.contains_key(&at.bucket) {
            return Err(Refusal::no_bucket());
        }
        let may = state.allows(caller, permission, at);
        if may { Ok(()) } else { Err(Refusal::denied(&caller.member, permission, at.key.is_some())) }
    };
    needs(&ask.at, permission(ask.call))?;
    ask.destination.as_ref().map_or(Ok(()), |to| needs(to, "storage.objects.create"))
}

/// Who may not delete may not replace; where the caller says that nothing may be there, it is not.
async fn may_replace(state: &Shared, upstream: &Upstream, request: &Request, caller: &Caller) -> Result<(), Refusal> {
    let at = match request.ask.call {
        GcpCall::ObjectPut => &request.ask.at,
        GcpCall::ObjectCopy => request.ask.destination.as_ref().unwrap_or(&request.ask.at),
        _ => return Ok(()),
    };
    let header = request.headers.get("x-goog-if-generation-match").and_then(|value| value.to_str().ok());
    let form = request.form();
    let wanted = header.or(form.get("ifGenerationMatch"));
    let may = lock(state).allows(caller, "storage.objects.delete", at);
    let there = upstream.generation(at).await?;
    // fake-gcs-server looks at no generation of a simple upload; 0 is that of nothing.
    if wanted.is_some_and(|wanted| wanted != there.as_deref().unwrap_or("0")) {
        let message = "At least one of the pre-conditions you specified did not hold.";
        return Err(Refusal::new(412, "PreconditionFailed", "conditionNotMet", message));
    }
    if may || there.is_none() {
        return Ok(());
    }
    Err(Refusal::denied(&caller.member, "storage.objects.delete", true))
}

fn absent(state: &State, ask: &Ask, caller: &Caller) -> Refusal {
    let key = ask.at.key.clone().unwrap_or_default();
    let at = At { bucket: ask.at.bucket.clone(), key: None, list_prefix: key.clone() };
    if state.allows(caller, "storage.objects.list", &at) {
        Refusal::no_object(&at.bucket, &key)
    } else {
        Refusal::denied(&caller.member, "storage.objects.list", false)
    }
}

fn bucket(state: &mut State, request: &Request, caller: &Caller, body: &Value) -> Result<Response<ReplyBody>, Refusal> {
    let (call, at) = (request.ask.call, &request.ask.at);
    if call == GcpCall::BucketList {
        if !state.iam.allows_in_project(&caller.member, "storage.buckets.list") || caller.boundary.is_some() {
            return Err(Refusal::denied(&caller.member, "storage.buckets.list", false));
        }
        let items: Vec<_> = state.buckets.values().collect();
        return Ok(answer_json(200, &json!({"kind": "storage#buckets", "items": items})));
    }
    if !state.buckets.contains_key(&at.bucket) {
        return Err(Refusal::no_bucket());
    }
    if call == GcpCall::BucketPermissions {
        return Ok(answer_json(200, &held(state, request, caller)));
    }
    if !state.allows(caller, permission(call), at) {
        return Err(Refusal::denied(&caller.member, permission(call), false));
    }
    if call == GcpCall::BucketPolicy {
        return Ok(answer_json(200, &state.iam.policy(&at.bucket)));
    }
    let metadata = state.buckets.entry(at.bucket.clone()).or_default();
    if call == GcpCall::BucketPatch {
        merge(metadata, body);
    }
    Ok(answer_json(200, metadata))
}

/// Which of the permissions asked about the caller has; nobody needs a right to ask.
fn held(state: &State, request: &Request, caller: &Caller) -> Value {
    let asked = request.query.split('&').filter_map(|field| field.strip_prefix("permissions="));
    let held: Vec<_> = asked.filter(|asked| state.allows(caller, asked, &request.ask.at)).collect();
    let mut answer = json!({"kind": "storage#testIamPermissionsResponse"});
    if let (false, Some(answer)) = (held.is_empty(), answer.as_object_mut()) {
        answer.insert("permissions".into(), json!(held));
    }
    answer
}

/// Merges as the JSON API does (RFC 7396): what is null goes.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let (Some(fields), true) = (patch.as_object(), target.is_object() || target.is_null()) else {
        *target = patch.clone();
        return;
    };
    if target.is_null() {
        *target = json!({});
    }
    let Some(target) = target.as_object_mut() else { return };
    for (name, value) in fields {
        if value.is_null() {
            target.remove(name);
        } else {
            let field = target.entry(name.clone()).or_insert(Value::Null);
            if value.is_object() && field.is_object() { merge(field, value) } else { *field = value.clone() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_changes_what_it_names_and_removes_what_is_null() {
        let mut target = json!({"a": {"b": 1, "c": 2}, "d": [1], "e": 5});
        merge(&mut target, &json!({"a": {"b": 3}, "d": [2], "e": null, "f": {"g": 1}}));
        assert_eq!(target, json!({"a": {"b": 3, "c": 2}, "d": [2], "f": {"g": 1}}));
    }
}
