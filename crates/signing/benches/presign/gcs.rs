//! Google Cloud Storage with an RSA key of 2,048 bits, on all cores: ours, the bare signatures of the cryptographic
//! library, and Google's Python client.
//!
//! The bare figure signs one string of the same length again and again: no signer can be faster.

use std::error::Error;
use std::hint::black_box;
use std::thread;
use std::time::Duration;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tidegate_signing::Endpoint;
use tidegate_signing::goog4::{PresignAsk, Presigner, RsaKey, SignatureFailed};

use crate::measure::{self, Rounds, names, peer};
use crate::python::Python;

const KEYS: usize = 2_000;
const ROUNDS: usize = 11;
/// The Python client needs a second for all of them.
const SAMPLE: usize = 500;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| "no RSA key")?;
    let body = STANDARD.encode(pair.as_der().map_err(|_| "the RSA key cannot be written")?.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let mut python = Python::start(include_str!("gcs.py"), &serde_json::to_string(&pem)?)?;
    let key = RsaKey::from_pem(&pem)?;
    let endpoint = Endpoint::parse("https://storage.googleapis.com", true)?;
    let ask = PresignAsk {
        email: "robot@project.iam.gserviceaccount.com",
        endpoint: &endpoint,
        bucket: "data",
        method: "GET",
        at: "2026-11-23T08:00:00Z".parse()?,
        expires: Duration::from_secs(900),
        headers: &[],
        query: &[],
    };
    let names = names(KEYS);
    let to_sign = Presigner::new(&ask)?.string_to_sign(names.first().ok_or("no keys")?);
    let cores = thread::available_parallelism()?.get();
    let part = KEYS.div_ceil(cores);

    let (mut ours, mut bare, mut theirs) = (Rounds::default(), Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        ours.time(|| batch(&ask, &key, &names, part))?;
        bare.time(|| {
            thread::scope(|scope| {
                for part in names.chunks(part) {
                    scope.spawn(|| signatures(&pair, to_sign.as_bytes(), part.len()));
                }
            });
        });
        if let Some(python) = &mut python {
            theirs.add(python.sign(SAMPLE)?);
        }
    }

    let (ours, bare) = (ours.rate(KEYS), bare.rate(KEYS));
    measure::ours(&format!("signed GET for Google Cloud Storage, RSA-2048, in-process, {cores} cores"), ours);
    peer(&format!("bare RSA-2048 signatures, {cores} cores"), ours, bare, "0.9");
    if python.is_some() {
        peer("`google-cloud-storage`, one process", ours, theirs.rate(SAMPLE), "1.5");
    }
    Ok(())
}

fn batch(ask: &PresignAsk<'_>, key: &RsaKey, names: &[String], part: usize) -> Result<(), Box<dyn Error>> {
    let presigner = &Presigner::new(ask)?;
    thread::scope(|scope| {
        let parts: Vec<_> = names.chunks(part).map(|part| scope.spawn(move || urls(presigner, key, part))).collect();
        for part in parts {
            part.join().map_err(|_| "a thread broke off")??;
        }
        Ok(())
    })
}

fn urls(presigner: &Presigner, key: &RsaKey, names: &[String]) -> Result<(), SignatureFailed> {
    let mut out = String::new();
    for name in names {
        out.clear();
        presigner.sign_into(key, black_box(name), &mut out)?;
        black_box(&out);
    }
    Ok(())
}

fn signatures(pair: &KeyPair, to_sign: &[u8], count: usize) {
    let mut signature = vec![0; pair.public_modulus_len()];
    for _ in 0..count {
        // What fails takes less time, and the floor would be too high, never too low.
        let _ = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), black_box(to_sign), &mut signature);
        black_box(&signature);
    }
}
