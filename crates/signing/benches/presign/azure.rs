//! Azure Blob Storage from one cached delegation key: ours, our own for S3 with a key pair, and Azure's Python client.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tidegate_signing::sas::{
    self, BlobService, DelegationKey, Overrides, Permissions, Protocol, SasAsk, SasError, SasKey, VERSION,
};
use tidegate_signing::{Endpoint, Keys, PresignAsk, Presigner};

use crate::measure::{self, Rounds, names, peer};
use crate::python::Python;

const KEYS: usize = 10_000;
const ROUNDS: usize = 21;
/// The Python client needs a quarter of a second for all of them.
const SAMPLE: usize = 2_000;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let value = [7; 32];
    let mut python = Python::start(include_str!("azure.py"), &STANDARD.encode(value))?;
    let endpoint = Endpoint::parse("https://account.blob.core.windows.net", false)?;
    let key = DelegationKey {
        object_id: "11111111-2222-3333-4444-555555555555",
        tenant_id: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        start: "2026-11-22T00:00:00Z",
        expiry: "2026-11-29T00:00:00Z",
        service: "b",
        version: VERSION,
        value: &value,
    };
    let ask = SasAsk {
        key: SasKey::Delegated { key, correlation_id: None },
        service: BlobService { account: "account", endpoint: &endpoint },
        container: "data",
        permissions: &Permissions::parse("r")?,
        protocol: Protocol::Https,
        start: None,
        expires: "2026-11-23T08:15:00Z".parse()?,
        overrides: Overrides::default(),
    };
    let s3 = Endpoint::parse("https://s3.eu-central-1.amazonaws.com", false)?;
    let s3_ask = PresignAsk {
        keys: Keys { access_key_id: "AKIAIOSFODNN7EXAMPLE", secret_access_key: b"secret", session_token: None },
        endpoint: &s3,
        bucket: "data",
        region: "eu-central-1",
        method: "GET",
        at: "2026-11-23T08:00:00Z".parse()?,
        expires: Duration::from_secs(900),
        headers: &[],
        query: &[],
    };
    let names = names(KEYS);
    let mut out = String::new();
    let (mut ours, mut beside, mut theirs) = (Rounds::default(), Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        ours.time(|| -> Result<(), SasError> {
            let presigner = sas::Presigner::new(&ask)?;
            for name in &names {
                out.clear();
                presigner.sign_into(black_box(name), &mut out)?;
                black_box(&out);
            }
            Ok(())
        })?;
        beside.time(|| {
            Presigner::new(&s3_ask).map(|mut presigner| {
                for name in &names {
                    out.clear();
                    presigner.sign_into(black_box(name), &mut out);
                    black_box(&out);
                }
            })
        })?;
        if let Some(python) = &mut python {
            theirs.add(python.sign(SAMPLE)?);
        }
    }

    let ours = ours.rate(KEYS);
    measure::ours("signed GET for Azure, one delegation key, in-process, one core", ours);
    peer("ours for S3 with a key pair", ours, beside.rate(KEYS), "0.8");
    if python.is_some() {
        peer("`azure-storage-blob`", ours, theirs.rate(SAMPLE), "20");
    }
    Ok(())
}
