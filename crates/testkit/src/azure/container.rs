//! A container of a test's own in Azurite, seen by its administrator: past the front.

use bytes::Bytes;
use domain::clock::{Clock as _, SystemClock};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::sas;
use crate::component::{AzureAccount, azurite};
use crate::random;
use crate::request::{Answer, Call, elements, send};

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A container.
#[derive(Debug, Clone)]
pub struct AzureContainer {
    account: AzureAccount,
    name: String,
}

impl AzureContainer {
    /// Makes a container that no other test uses.
    pub async fn create(account: AzureAccount) -> Self {
        let container = Self { account, name: format!("tg-{}", random::hex(16)) };
        container.call("PUT", "", "restype=container", Call::body, Bytes::new()).await.ok();
        container
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The account that it is in.
    pub fn account(&self) -> &'static str {
        self.account.name
    }

    /// Writes a blob.
    pub async fn put(&self, key: &str, body: impl Into<Bytes>) -> Answer {
        self.put_as(key, "application/octet-stream", body).await
    }

    /// Writes a blob of a type.
    pub async fn put_as(&self, key: &str, content_type: &str, body: impl Into<Bytes>) -> Answer {
        let kind = content_type.to_owned();
        let as_blob = move |call: Call, body: Bytes| {
            call.header("x-ms-blob-type", "BlockBlob").header("x-ms-blob-content-type", &kind).body(body)
        };
        self.call("PUT", key, "", as_blob, body.into()).await
    }

    /// Reads a blob.
    pub async fn get(&self, key: &str) -> Answer {
        self.call("GET", key, "", |call, _| call, Bytes::new()).await
    }

    /// Deletes a blob.
    pub async fn delete(&self, key: &str) -> Answer {
        self.call("DELETE", key, "", |call, _| call, Bytes::new()).await
    }

    /// All names that begin so, of one page.
    pub async fn list(&self, prefix: &str) -> Vec<String> {
        let prefix = utf8_percent_encode(prefix, SEGMENT);
        let query = format!("restype=container&comp=list&prefix={prefix}");
        let listed = self.call("GET", "", &query, |call, _| call, Bytes::new()).await.ok();
        elements(&listed.text(), "Name")
    }

    async fn call(
        &self,
        method: &str,
        key: &str,
        query: &str,
        dress: impl FnOnce(Call, Bytes) -> Call,
        body: Bytes,
    ) -> Answer {
        let key = utf8_percent_encode(key, SEGMENT).to_string();
        let slash = if key.is_empty() { "" } else { "/" };
        let signature = sas::of_account(self.account, SystemClock.now());
        let target = format!("/{}/{}{slash}{key}?{query}&{signature}", self.account.name, self.name);
        let call = Call::new(method, &target).header("x-ms-version", "2025-11-05");
        send(&azurite().url, dress(call, body)).await
    }
}
