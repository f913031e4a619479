//! The examples of the AWS documentation: "Authenticating Requests: Using Query Parameters" and
//! "Signature Calculations for the Authorization Header" (Amazon S3 API Reference), and
//! "Create a signed request" (IAM User Guide).

use std::time::Duration;

use jiff::Timestamp;

use super::owned;
use crate::{Endpoint, Keys, Payload, PresignAsk, Presigner, Request, Signed, sign_request};

const KEYS: Keys<'_> = Keys {
    access_key_id: "AKIAIOSFODNN7EXAMPLE",
    secret_access_key: b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};

fn s3_request(
    method: &str,
    path: &str,
    query: &[(&str, &str)],
    headers: &[(&str, &str)],
    payload: Payload<'_>,
) -> Signed {
    let request = Request {
        method,
        host: "examplebucket.s3.amazonaws.com",
        path,
        query: &owned(query),
        headers: &owned(headers),
        payload,
        service: "s3",
        region: "us-east-1",
        at: "2013-05-24T00:00:00Z".parse().unwrap(),
    };
    sign_request(&KEYS, &request)
}

fn header<'a>(signed: &'a Signed, name: &str) -> Option<&'a str> {
    signed.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
}

#[test]
fn presigned_get_object_matches() {
    let mut presigner = Presigner::new(&PresignAsk {
        keys: KEYS,
        endpoint: &Endpoint::parse("https://s3.amazonaws.com", false).unwrap(),
        bucket: "examplebucket",
        region: "us-east-1",
        method: "GET",
        at: "2013-05-24T00:00:00Z".parse().unwrap(),
        expires: Duration::from_secs(86_400),
        headers: &[],
        query: &[],
    })
    .unwrap();
    let mut url = String::new();
    presigner.sign_into("test.txt", &mut url);
    assert_eq!(
        url,
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
}

#[test]
fn get_object_with_a_range_matches() {
    let signed = s3_request("GET", "/test.txt", &[], &[("Range", "bytes=0-9")], Payload::Bytes(b""));
    assert_eq!(signed.path_and_query, "/test.txt");
    assert_eq!(
        header(&signed, "authorization"),
        Some(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        )
    );
    assert_eq!(header(&signed, "Range"), Some("bytes=0-9"));
    assert_eq!(header(&signed, "x-amz-date"), Some("20130524T000000Z"));
}

#[test]
fn put_object_matches() {
    let headers = [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")];
    let signed = s3_request("PUT", "/test%24file.text", &[], &headers, Payload::Bytes(b"Welcome to Amazon S3."));
    let authorization = header(&signed, "authorization").unwrap();
    assert!(authorization.ends_with("=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
    assert_eq!(
        header(&signed, "x-amz-content-sha256"),
        Some("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
    );
}

#[test]
fn get_bucket_lifecycle_matches() {
    let signed = s3_request("GET", "/", &[("lifecycle", "")], &[], Payload::Bytes(b""));
    let authorization = header(&signed, "authorization").unwrap();
    assert!(authorization.ends_with("=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

#[test]
fn list_objects_matches() {
    let signed = s3_request("GET", "/", &[("prefix", "J"), ("max-keys", "2")], &[], Payload::Bytes(b""));
    assert_eq!(signed.path_and_query, "/?max-keys=2&prefix=J");
    let authorization = header(&signed, "authorization").unwrap();
    assert!(authorization.ends_with("=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

#[test]
fn iam_list_users_matches_and_has_no_content_digest() {
    let keys =
        Keys { access_key_id: "AKIDEXAMPLE", secret_access_key: b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ..KEYS };
    let signed = sign_request(
        &keys,
        &Request {
            method: "GET",
            host: "iam.amazonaws.com",
            path: "/",
            query: &owned(&[("Action", "ListUsers"), ("Version", "2010-05-08")]),
            headers: &owned(&[("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]),
            payload: Payload::Bytes(b""),
            service: "iam",
            region: "us-east-1",
            at: "2015-08-30T12:36:00Z".parse::<Timestamp>().unwrap(),
        },
    );
    assert!(
        header(&signed, "authorization")
            .unwrap()
            .ends_with("=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
    );
    assert_eq!(header(&signed, "x-amz-content-sha256"), None);
}

#[test]
fn session_token_is_sent_and_signed_and_own_headers_are_replaced() {
    let signed = sign_request(
        &Keys { session_token: Some("token"), ..KEYS },
        &Request {
            method: "PUT",
            host: "h",
            path: "/a//..%20b",
            query: &[],
            headers: &owned(&[("Host", "x"), ("X-Amz-Date", "x"), ("Authorization", "x")]),
            payload: Payload::Unsigned,
            service: "s3",
            region: "r",
            at: Timestamp::UNIX_EPOCH,
        },
    );
    let names: Vec<_> = signed.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "authorization"]);
    assert_eq!(header(&signed, "x-amz-content-sha256"), Some("UNSIGNED-PAYLOAD"));
    assert_eq!(signed.path_and_query, "/a//..%20b");
    let names = "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,";
    assert!(header(&signed, "authorization").unwrap().contains(names));
}
