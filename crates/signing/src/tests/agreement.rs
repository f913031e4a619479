//! The batch signer against `rusty-s3`, for keys that both can represent.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};

use crate::{Endpoint, Keys, PresignAsk, Presigner};

proptest! {
    #[test]
    fn url_of_a_plain_key_equals_that_of_rusty_s3(
        keys in prop::collection::vec("[a-zA-Z0-9_~-]{1,9}(/[a-zA-Z0-9_~ é+=-]{1,9}){0,3}", 1..4),
        secret in "[!-~]{1,60}",
        token in "[!-~]{1,1200}",
        path_style: bool,
        second in 0_i64..4_000_000_000,
        expires in 1_u64..=604_800,
    ) {
        let at = Timestamp::from_second(second).unwrap();
        let style = if path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let bucket =
            Bucket::new("http://s3.example.com:8333".parse().unwrap(), style, "data", "eu-central-1").unwrap();
        let credentials = Credentials::new_with_token("AKID", secret.as_str(), token.as_str());
        let mut presigner = Presigner::new(&PresignAsk {
            keys: Keys { access_key_id: "AKID", secret_access_key: secret.as_bytes(), session_token: Some(&token) },
            endpoint: &Endpoint::parse("http://s3.example.com:8333", path_style).unwrap(),
            bucket: "data",
            region: "eu-central-1",
            method: "GET",
            at,
            expires: Duration::from_secs(expires),
            headers: &[],
            query: &[],
        })
        .unwrap();
        for key in &keys {
            let mut ours = String::new();
            presigner.sign_into(key, &mut ours);
            let theirs = bucket.get_object(Some(&credentials), key).sign_with_time(Duration::from_secs(expires), &at);
            prop_assert_eq!(ours, theirs.as_str());
        }
    }
}
