//! The query of a set-up: the flags of the command, several of which may be repeated.

use std::net::IpAddr;

use broker::SetupQuery;
use domain::datasource::Purpose;
use domain::place::{BucketName, Prefix};
use domain::{Error, FieldError};
use ipnet::IpNet;

/// A query, read in order: every `prefix` and `purpose` belongs to the `bucket` before it.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) method: Option<String>,
    pub(super) setup: SetupQuery,
}

/// Reads the query; everything wrong with it is reported together.
pub(super) fn read(pairs: Vec<(String, String)>) -> Result<Asked, Error> {
    let mut asked = Asked::default();
    let mut wrong = Vec::new();
    for (name, value) in pairs {
        if let Err(message) = take(&mut asked, &name, value) {
            wrong.push(FieldError::new(format!("/{name}"), message));
        }
    }
    if wrong.is_empty() { Ok(asked) } else { Err(Error::invalid_fields(wrong)) }
}

fn take(asked: &mut Asked, name: &str, value: String) -> Result<(), String> {
    let setup = &mut asked.setup;
    match name {
        "method" => asked.method = Some(value),
        "datasource" => setup.datasources.push(value.parse().map_err(text)?),
        "bucket" => {
            let bucket: BucketName = value.parse().map_err(text)?;
            setup.places.push((bucket, Prefix::empty(), Purpose::Input));
        }
        "prefix" => place(setup)?.1 = value.parse().map_err(text)?,
        "purpose" => place(setup)?.2 = purpose(&value)?,
        "kms_key_arn" => setup.kms_key_arn = Some(value),
        "cors_origin" => setup.cors_origin = Some(value),
        "server_network" => setup.server_networks.push(network(value)?),
        "worker_network" => setup.worker_networks.push(network(value)?),
        "viewer_network" => setup.viewer_networks.push(network(value)?),
        "vpc" => setup.vpcs.push(vpc(value)?),
        "gsutil" => setup.gsutil = value.parse().map_err(|_| "write true or false".to_owned())?,
        other => match other.strip_prefix("settings.") {
            Some(field) => drop(setup.settings.insert(field.to_owned(), value)),
            None => return Err("there is no such parameter".to_owned()),
        },
    }
    Ok(())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// A policy with anything else in it is refused by the store, or never matches.
fn network(value: String) -> Result<String, String> {
    let good = value.parse::<IpNet>().is_ok() || value.parse::<IpAddr>().is_ok();
    if good {
        Ok(value)
    } else {
        Err("write a network as 198.51.100.0/24, 2001:db8::/32 or a single address".to_owned())
    }
}

fn vpc(value: String) -> Result<String, String> {
    let good = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if good { Ok(value) } else { Err("write a VPC as its id, for example vpc-0123456789abcdef0".to_owned()) }
}

fn place(setup: &mut SetupQuery) -> Result<&mut (BucketName, Prefix, Purpose), String> {
    setup.places.last_mut().ok_or_else(|| "name the bucket before it".to_owned())
}

fn purpose(value: &str) -> Result<Purpose, String> {
    let known = [Purpose::Input, Purpose::Output, Purpose::InputOutput];
    let found = known.into_iter().find(|purpose| purpose.as_str() == value);
    found.ok_or_else(|| "choose one of input, output, input-output".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Asked, Error> {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        read(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn prefix_and_purpose_belong_to_the_bucket_before_them() {
        let asked = asked("bucket=aaa&prefix=p&purpose=output&bucket=bbb&vpc=v1&vpc=v2&settings.region=r").unwrap();
        let places: Vec<_> = asked.setup.places.iter().map(|(b, p, u)| (b.as_str(), p.as_str(), u.as_str())).collect();
        assert_eq!(places, [("aaa", "p/", "output"), ("bbb", "", "input")]);
        assert_eq!(asked.setup.vpcs, ["v1", "v2"]);
        assert_eq!(asked.setup.settings["region"], "r");
    }

    #[test]
    fn network_that_no_policy_takes_is_refused() {
        assert!(asked("server_network=198.51.100.0/24&worker_network=2001:db8::/32&viewer_network=192.0.2.1").is_ok());
        let error = asked("server_network=office&vpc=a b&viewer_network=10.0.0.0/33").unwrap_err();
        let pointers: Vec<_> = error.fields().iter().map(|field| field.pointer.as_str()).collect();
        assert_eq!(pointers, ["/server_network", "/vpc", "/viewer_network"]);
    }

    #[test]
    fn the_wider_read_of_gsutil_is_asked_for_in_so_many_words() {
        assert!(!asked("bucket=aaa").unwrap().setup.gsutil && !asked("gsutil=false").unwrap().setup.gsutil);
        assert!(asked("gsutil=true").unwrap().setup.gsutil);
        assert_eq!(asked("gsutil=yes").unwrap_err().fields()[0].pointer, "/gsutil");
    }

    #[test]
    fn everything_wrong_is_named_together() {
        let error = asked("prefix=p&bucket=s3://x&purpose=all&what=1").unwrap_err();
        let pointers: Vec<_> = error.fields().iter().map(|field| field.pointer.as_str()).collect();
        assert_eq!(pointers, ["/prefix", "/bucket", "/purpose", "/what"]);
    }
}
