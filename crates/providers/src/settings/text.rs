//! What is wrong with one text of a kind.

use domain::provider::FieldKind;

/// Longest setting. Stores issue access keys of any length up to 1,024 characters; an external id has 1,224.
const LONGEST: usize = 2048;

/// What is wrong with the text, if anything; the text itself is never repeated.
pub(super) fn wrong(kind: FieldKind, text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("this cannot be blank: give a value, or leave the setting out".to_owned());
    }
    if text.len() > LONGEST {
        return Some(format!("at most {LONGEST} characters are allowed"));
    }
    if text.trim() != text {
        return Some("remove the white space around the value".to_owned());
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) || !text.is_ascii() {
        return Some("white space, control characters and characters outside ASCII are not allowed here".to_owned());
    }
    match kind {
        FieldKind::Text | FieldKind::RoleArn | FieldKind::Document => None,
        FieldKind::Region => wrong_region(text),
        FieldKind::Endpoint => wrong_endpoint(text),
        FieldKind::Choice(choices) if choices.contains(&text) => None,
        FieldKind::Choice(choices) => Some(format!("choose one of {}", choices.join(", "))),
    }
}

/// A region goes into host names, so it holds nothing that ends or splits one.
fn wrong_region(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    (!first || text.len() > 63 || !text.bytes().all(plain))
        .then(|| "a region is a word of letters, digits and '-', for example eu-central-1".to_owned())
}

fn wrong_endpoint(text: &str) -> Option<String> {
    if text.starts_with("s3://") || text.starts_with("arn:") {
        return Some(
            "this names a bucket: give the address of the store's API, for example https://s3.example.com".to_owned(),
        );
    }
    let endpoint = match signing::Endpoint::parse(text, true) {
        Ok(endpoint) => endpoint,
        Err(error) => return Some(error.to_string()),
    };
    bucket_of(endpoint.authority()).map(|store| {
        format!("this is the address of one bucket: give that of the store, https://{store}, and name the bucket in the datasource")
    })
}

/// The store behind the address of a bucket on AWS; the hosts of VPC endpoints begin with `bucket.` themselves.
fn bucket_of(host: &str) -> Option<&str> {
    let aws = host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
    let at = [".s3.", ".s3-"].iter().filter_map(|mark| host.find(mark)).min()?;
    host.get(at + 1..).filter(|_| aws && !host.contains(".vpce."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_scheme_host_and_port() {
        for good in [
            "https://s3.example.com",
            "http://127.0.0.1:9000",
            "https://s3.eu-west-1.amazonaws.com",
            "https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com",
        ] {
            assert_eq!(wrong(FieldKind::Endpoint, good), None, "{good}");
        }
        for bad in [
            "s3://data",
            "s3.example.com",
            "ftp://s3.example.com",
            "https://s3.example.com/data",
            "https://user:hunter2@s3.example.com",
            "https://s3.example.com?x=1",
            "https://data.s3.eu-west-1.amazonaws.com",
            "https://data.s3.amazonaws.com",
            "https://",
            " https://s3.example.com",
        ] {
            let wrong = wrong(FieldKind::Endpoint, bad).unwrap_or_else(|| panic!("{bad}"));
            assert!(!wrong.contains("hunter2"), "{wrong}");
        }
    }

    #[test]
    fn a_region_cannot_reach_into_the_host() {
        for good in ["eu-central-1", "us-gov-west-1", "cn-north-1", "auto", "RegionOne", "garage"] {
            assert_eq!(wrong(FieldKind::Region, good), None, "{good}");
        }
        for bad in ["x.evil.example", "a/b", "-a", "", "a b", "é", &"a".repeat(64)] {
            assert!(wrong(FieldKind::Region, bad).is_some(), "{bad}");
        }
    }
}
