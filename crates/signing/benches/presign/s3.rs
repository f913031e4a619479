//! S3: ours, `rusty-s3`, and the bare digest and HMAC.
//!
//! All three work on the same 10,000 keys with a session token of 1,000 characters. The bare figure is the floor:
//! the key is derived once, and the same canonical request of the same length stays in the cache.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::{digest, hmac};
use jiff::Timestamp;
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};
use tidegate_signing::{Endpoint, Keys, PresignAsk, Presigner};

use crate::measure::{self, Rounds, names, peer};

const KEYS: usize = 10_000;
const ROUNDS: usize = 21;
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const HOUR: Duration = Duration::from_secs(3_600);
const ORIGIN: &str = "https://s3.eu-central-1.amazonaws.com";
const HOST: &str = "data.s3.eu-central-1.amazonaws.com";
const SCOPE: &str = "20130524/eu-central-1/s3/aws4_request";

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let at: Timestamp = "2013-05-24T00:00:00Z".parse()?;
    let token = "IQoJb3JpZ2luX2VjEJr/wEaCXVzLWVh+".repeat(32).chars().take(1_000).collect::<String>();
    let keys = names(KEYS);

    let endpoint = Endpoint::parse(ORIGIN, false)?;
    let ask = PresignAsk {
        keys: Keys {
            access_key_id: "AKIAIOSFODNN7EXAMPLE",
            secret_access_key: SECRET.as_bytes(),
            session_token: Some(&token),
        },
        endpoint: &endpoint,
        bucket: "data",
        region: "eu-central-1",
        method: "GET",
        at,
        expires: HOUR,
        headers: &[],
        query: &[],
    };
    let bucket = Bucket::new(ORIGIN.parse()?, UrlStyle::VirtualHost, "data", "eu-central-1")?;
    let credentials = Credentials::new_with_token("AKIAIOSFODNN7EXAMPLE", SECRET, token.as_str());
    let floor = Floor::of(&ask, keys.first().ok_or("no keys")?)?;

    let (mut ours, mut theirs, mut bare) = (Rounds::default(), Rounds::default(), Rounds::default());
    let mut out = String::new();
    for _ in 0..ROUNDS {
        ours.time(|| {
            Presigner::new(&ask).map(|mut presigner| {
                for key in &keys {
                    out.clear();
                    presigner.sign_into(black_box(key), &mut out);
                    black_box(&out);
                }
            })
        })?;
        theirs.time(|| {
            for key in &keys {
                black_box(bucket.get_object(Some(&credentials), black_box(key)).sign_with_time(HOUR, &at));
            }
        });
        bare.time(|| {
            for _ in &keys {
                black_box(floor.sign());
            }
        });
    }

    let ours = ours.rate(KEYS);
    measure::ours("presigned GET, in-process, one core", ours);
    peer("rusty-s3", ours, theirs.rate(KEYS), "4");
    peer("SHA-256+HMAC", ours, bare.rate(KEYS), "0.5");
    Ok(())
}

/// One digest and one HMAC over the bytes that a URL of ours signs.
struct Floor {
    key: hmac::Key,
    request: String,
    to_sign: String,
}

impl Floor {
    /// Rebuilds the bytes from a URL, and checks that they give the URL's signature.
    fn of(ask: &PresignAsk<'_>, key: &str) -> Result<Self, Box<dyn Error>> {
        let mut url = String::new();
        Presigner::new(ask)?.sign_into(key, &mut url);
        let (signed, signature) = url.split_once("&X-Amz-Signature=").ok_or("no signature")?;
        let (path, query) = signed
            .strip_prefix("https://")
            .and_then(|rest| rest.strip_prefix(HOST)?.split_once('?'))
            .ok_or("no query")?;
        let request = format!("GET\n{path}\n{query}\nhost:{HOST}\n\nhost\nUNSIGNED-PAYLOAD");
        let hash = hex(digest::digest(&digest::SHA256, request.as_bytes()).as_ref());
        let to_sign = format!("AWS4-HMAC-SHA256\n20130524T000000Z\n{SCOPE}\n{hash}");
        let first = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{SECRET}").as_bytes());
        let key = SCOPE
            .split('/')
            .fold(first, |key, part| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref()));
        let floor = Self { key, request, to_sign };
        if hex(floor.sign().1.as_ref()) != signature {
            return Err("the floor does not sign the bytes of the URL".into());
        }
        Ok(floor)
    }

    fn sign(&self) -> (digest::Digest, hmac::Tag) {
        let hash = digest::digest(&digest::SHA256, black_box(self.request.as_bytes()));
        (hash, hmac::sign(&self.key, black_box(self.to_sign.as_bytes())))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
