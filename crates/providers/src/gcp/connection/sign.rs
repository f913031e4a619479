//! Signed URLs: with the key of a service account on all cores, or with Google's own signatures.
//!
//! RSA is nearly all of the work, so a piece of a batch is signed by as many threads as there are, or by a bounded
//! number of requests, before its URLs are written.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::provider::{ProviderError, ProviderErrorKind as Kind, SignAsk, UrlSigner};
use futures::{StreamExt as _, TryStreamExt as _};
use signing::SigningError;
use signing::goog4::{PresignAsk, Presigner, RsaKey};

use super::{Identity, Pool, SIGNERS, Shared, remedy};
use crate::gcp::storage::{foreign_header, refused_name};
use crate::gcp::tokens::{self, Wanted};

const SIGN: &str = "iamcredentials.signBlob";

/// The most URLs of one call that Google signs one by one: half a minute at its usual speed.
const MOST_BY_GOOGLE: usize = 10_000;

/// Fewer keys than this are not worth a thread each.
const WORTH_A_THREAD: usize = 4;

/// How often a signature is asked for that Google was too busy to give.
const ATTEMPTS: u32 = 6;
/// What is waited before the second attempt, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause, whatever Google says.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// What may be overridden in an answer (Cloud Storage XML API, "Query string parameters").
const RESPONSE: [&str; 2] = ["response-content-type", "response-content-disposition"];

/// A batch of URLs.
pub(super) struct Batch {
    presigner: Arc<Presigner>,
    by: By,
    /// Signatures of the piece that was prepared, in the order of its keys.
    ready: VecDeque<(String, Vec<u8>)>,
}

/// Who signs.
enum By {
    Key(Arc<RsaKey>),
    Google { shared: Arc<Shared>, email: String, left: usize },
}

impl Batch {
    pub(super) fn new(shared: &Arc<Shared>, ask: &SignAsk) -> Result<Self, ProviderError> {
        let (email, by) = match &shared.identity {
            Identity::Key(key) => (&key.email, By::Key(key.key.clone())),
            Identity::Pool(Pool { service_account: Some(email), .. }) => {
                let by = By::Google { shared: shared.clone(), email: email.clone(), left: MOST_BY_GOOGLE };
                (email, by)
            }
            Identity::Pool(_) => {
                let message = "URLs are signed by a service account, and this integration acts for none";
                return Err(ProviderError::new(Kind::Unsupported, "sign", message)
                    .with_hint("set service_account, which the subject may act for; see setup"));
            }
        };
        check(ask)?;
        let presigner = Presigner::new(&PresignAsk {
            email,
            endpoint: &shared.wire.endpoints.storage,
            bucket: ask.bucket.as_str(),
            method: ask.verb.as_str(),
            at: ask.now,
            expires: ask.ttl,
            headers: &ask.headers,
            query: &ask.response,
        });
        let presigner = presigner.map_err(|error| {
            let kind = if matches!(error, SigningError::Expires { .. }) { Kind::TtlTooLong } else { Kind::Unsupported };
            ProviderError::new(kind, "sign", error.to_string())
        })?;
        Ok(Self { presigner: Arc::new(presigner), by, ready: VecDeque::new() })
    }
}

/// Refuses what Cloud Storage would not understand.
fn check(ask: &SignAsk) -> Result<(), ProviderError> {
    if let Some((name, _)) = ask.headers.iter().find(|(name, _)| name.to_ascii_lowercase().starts_with("x-amz-")) {
        return Err(foreign_header("sign", name));
    }
    match ask.response.iter().find(|(name, _)| !RESPONSE.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) => {
            let message = format!("Cloud Storage overrides no {} of an answer", name.trim_start_matches("response-"));
            Err(ProviderError::new(Kind::Unsupported, "sign", message)
                .with_hint("content-type and content-disposition can be overridden"))
        }
    }
}

#[async_trait]
impl UrlSigner for Batch {
    async fn prepare(&mut self, keys: &[&str]) -> Result<(), ProviderError> {
        self.ready.clear();
        keys.iter().try_for_each(|key| refused_name("sign", key))?;
        let signatures = match &mut self.by {
            By::Key(key) => on_all_cores(&self.presigner, key, keys).await?,
            By::Google { shared, email, left } => {
                *left = left.checked_sub(keys.len()).ok_or_else(too_many)?;
                shared.signatures(&self.presigner, email, keys).await?
            }
        };
        self.ready.extend(keys.iter().map(|key| (*key).to_owned()).zip(signatures));
        Ok(())
    }

    fn sign_into(&mut self, key: &str, out: &mut String) {
        let signature = match self.ready.pop_front() {
            Some((ready, signature)) if ready == key => Some(signature),
            // Prepared otherwise, or not at all: a key at hand signs now; what Google signs has to be prepared.
            _ => match &self.by {
                By::Key(by) => by.sign(self.presigner.string_to_sign(key).as_bytes()).ok(),
                By::Google { .. } => None,
            },
        };
        // Without a signature the URL is one that opens nothing.
        self.presigner.finish_into(key, &signature.unwrap_or_default(), out);
    }
}

fn too_many() -> ProviderError {
    let message = format!(
        "Google keeps the key of this account and signs one URL after the other: one call gets at most {MOST_BY_GOOGLE}"
    );
    ProviderError::new(Kind::Unsupported, SIGN, message)
        .with_hint("ask in several calls, for a credential of the prefix, or use gcp-service-account-key")
}

/// Signs a piece with as many threads as there are.
async fn on_all_cores(
    presigner: &Arc<Presigner>,
    key: &Arc<RsaKey>,
    keys: &[&str],
) -> Result<Vec<Vec<u8>>, ProviderError> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = keys.len().div_ceil(cores).max(WORTH_A_THREAD);
    let parts = keys.chunks(share).map(|part| {
        let part: Vec<String> = part.iter().map(|key| (*key).to_owned()).collect();
        let (presigner, by) = (presigner.clone(), key.clone());
        tokio::task::spawn_blocking(move || {
            part.iter().map(|key| by.sign(presigner.string_to_sign(key).as_bytes())).collect::<Result<Vec<_>, _>>()
        })
    });
    let failed = |message: String| ProviderError::new(Kind::Unavailable, "sign", message);
    let mut signatures = Vec::with_capacity(keys.len());
    for part in futures::future::join_all(parts).await {
        let part = part.map_err(|_| failed("the signing was broken off".to_owned()))?;
        signatures.extend(part.map_err(|error| failed(error.to_string()))?);
    }
    Ok(signatures)
}

impl Shared {
    /// Google's signatures of a piece, in the order of its keys.
    async fn signatures(
        &self,
        presigner: &Presigner,
        email: &str,
        keys: &[&str],
    ) -> Result<Vec<Vec<u8>>, ProviderError> {
        let texts: Vec<String> = keys.iter().map(|key| presigner.string_to_sign(key)).collect();
        let each = texts.into_iter().map(async |text| self.patiently(email, text.as_bytes()).await);
        futures::stream::iter(each).buffered(SIGNERS).try_collect().await
    }

    /// One signature; a service that has too much to do is asked again, as late as it says.
    async fn patiently(&self, email: &str, text: &[u8]) -> Result<Vec<u8>, ProviderError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            match self.signature(email, text).await {
                Err(error) if matches!(error.kind, Kind::Throttled | Kind::Unavailable) => {
                    tokio::time::sleep(error.retry_after.unwrap_or(pause).min(LONGEST_PAUSE)).await;
                    pause *= 2;
                }
                answer => return answer,
            }
        }
        self.signature(email, text).await
    }

    async fn signature(&self, email: &str, text: &[u8]) -> Result<Vec<u8>, ProviderError> {
        let Identity::Pool(pool) = &self.identity else {
            return Err(ProviderError::new(Kind::Unsupported, SIGN, "the key of this account is at hand"));
        };
        // Closed only when the connection is gone.
        let _turn = self.signers.acquire().await.ok();
        let caller = self.subject_token(pool, Wanted::Good).await?;
        let answer = match tokens::sign_blob(&self.wire, &caller, email, text).await {
            Err(error) if error.kind == Kind::BadCredentials => {
                let caller = self.subject_token(pool, Wanted::Other(&caller)).await?;
                tokens::sign_blob(&self.wire, &caller, email, text).await
            }
            answer => answer,
        };
        answer.map_err(|error| remedy::may_not_act(error, email, &pool.member()))
    }
}
