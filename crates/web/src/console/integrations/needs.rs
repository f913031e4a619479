//! What the cloud side must cover, as it is typed into the form of a set-up page.

use std::net::IpAddr;

use broker::SetupQuery;
use domain::datasource::Purpose;
use domain::place::{BucketName, Prefix};
use domain::{Error, FieldError};
use ipnet::IpNet;

use crate::console::query::Query;

/// The purposes with their words in the form.
pub(super) const PURPOSES: [(Purpose, &str); 3] = [
    (Purpose::Input, "Input: list and read"),
    (Purpose::Output, "Output: list, read, write and delete"),
    (Purpose::InputOutput, "Input and output"),
];

/// Reads the form; everything wrong with it is reported together.
pub(super) fn read(query: &Query) -> Result<SetupQuery, Error> {
    let mut wrong = Vec::new();
    let mut setup = SetupQuery {
        kms_key_arn: query.get("kms_key_arn").map(str::to_owned),
        cors_origin: query.get("cors_origin").map(str::to_owned),
        server_networks: many(query, "server_network", network, &mut wrong),
        worker_networks: many(query, "worker_network", network, &mut wrong),
        viewer_networks: many(query, "viewer_network", network, &mut wrong),
        vpcs: many(query, "vpc", vpc, &mut wrong),
        gsutil: query.get("gsutil") == Some("true"),
        ..SetupQuery::default()
    };
    for name in datasources(query) {
        match name.parse() {
            Ok(name) => setup.datasources.push(name),
            Err(why) => wrong.push(FieldError::new("/datasource", format!("'{name}' is no datasource: {why}"))),
        }
    }
    match place(query) {
        Ok(found) => setup.places.extend(found),
        Err(field) => wrong.push(field),
    }
    for line in lines(query, "places") {
        match further(line, chosen(query).unwrap_or(Purpose::Input)) {
            Ok(place) => setup.places.push(place),
            Err(why) => wrong.push(FieldError::new("/places", format!("'{line}': {why}"))),
        }
    }
    for line in lines(query, "settings") {
        match line.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                setup.settings.insert(name.trim().to_owned(), value.trim().to_owned());
            }
            _ => wrong.push(FieldError::new("/settings", format!("write '{line}' as NAME=VALUE"))),
        }
    }
    if wrong.is_empty() { Ok(setup) } else { Err(Error::invalid_fields(wrong)) }
}

/// Whether the form asks for anything.
pub(super) fn any(query: &Query) -> bool {
    let beside = ["format", "purpose", "datasource", "then"];
    query.pairs().iter().any(|(name, value)| !beside.contains(&name.as_str()) && !value.trim().is_empty())
}

/// The datasources of the integration that are named; none for all of them.
pub(super) fn datasources(query: &Query) -> impl Iterator<Item = &str> {
    let named = query.pairs().iter().filter(|(name, _)| name == "datasource").map(|(_, value)| value.trim());
    named.filter(|value| !value.is_empty())
}

fn place(query: &Query) -> Result<Option<(BucketName, Prefix, Purpose)>, FieldError> {
    let prefix = query.raw("prefix");
    let Some(bucket) = query.get("bucket") else {
        let lonely = (!prefix.is_empty()).then(|| FieldError::new("/bucket", "name the bucket of this prefix"));
        return lonely.map_or(Ok(None), Err);
    };
    let bucket = bucket.parse::<BucketName>().map_err(|why| FieldError::new("/bucket", why.to_string()))?;
    let prefix = prefix.parse::<Prefix>().map_err(|why| FieldError::new("/prefix", why.to_string()))?;
    let purpose = chosen(query);
    let purpose = purpose.ok_or_else(|| FieldError::new("/purpose", "choose one of input, output, input-output"))?;
    Ok(Some((bucket, prefix, purpose)))
}

/// The purpose of the form; none where it is not one that there is.
fn chosen(query: &Query) -> Option<Purpose> {
    query.get("purpose").map_or(Some(Purpose::Input), purpose)
}

fn purpose(word: &str) -> Option<Purpose> {
    PURPOSES.into_iter().map(|(purpose, _)| purpose).find(|purpose| purpose.as_str() == word)
}

/// The lines of a field that hold something.
fn lines<'a>(query: &'a Query, name: &str) -> impl Iterator<Item = &'a str> {
    query.raw(name).lines().map(str::trim).filter(|line| !line.is_empty())
}

/// `bucket/prefix`, with a purpose behind it where it is another one than that of the form.
fn further(line: &str, usual: Purpose) -> Result<(BucketName, Prefix, Purpose), String> {
    let last = line.rsplit_once([' ', '\t']);
    let named = last.and_then(|(rest, word)| Some((rest.trim_end(), purpose(word)?)));
    let (place, purpose) = named.unwrap_or((line, usual));
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let bucket = bucket.parse().map_err(|why: <BucketName as std::str::FromStr>::Err| why.to_string())?;
    let prefix = prefix.parse().map_err(|why: <Prefix as std::str::FromStr>::Err| why.to_string())?;
    Ok((bucket, prefix, purpose))
}

/// Several values in one field, with blanks or commas between them.
fn many(
    query: &Query,
    name: &str,
    good: fn(&str) -> Result<(), &'static str>,
    wrong: &mut Vec<FieldError>,
) -> Vec<String> {
    let typed = query.text(name).split([',', ' ', '\n', '\t', '\r']).filter(|text| !text.is_empty());
    let typed: Vec<_> = typed.map(str::to_owned).collect();
    if let Some(why) = typed.iter().find_map(|text| good(text).err()) {
        wrong.push(FieldError::new(format!("/{name}"), why));
    }
    typed
}

/// A policy with anything else in it is refused by the store, or never matches.
fn network(text: &str) -> Result<(), &'static str> {
    let good = text.parse::<IpNet>().is_ok() || text.parse::<IpAddr>().is_ok();
    good.then_some(()).ok_or("write a network as 198.51.100.0/24, 2001:db8::/32 or a single address")
}

fn vpc(text: &str) -> Result<(), &'static str> {
    let good = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    good.then_some(()).ok_or("write a VPC as its id, for example vpc-0123456789abcdef0")
}

#[cfg(test)]
mod tests {
    use axum::extract::FromRequestParts as _;

    use super::*;

    async fn asked(query: &str) -> Result<SetupQuery, Error> {
        let request = axum::http::Request::builder().uri(format!("/?{query}")).body(()).unwrap();
        let Ok(query) = Query::from_request_parts(&mut request.into_parts().0, &()).await;
        read(&query)
    }

    #[tokio::test]
    async fn several_networks_go_into_one_field() {
        let setup =
            asked("bucket=lake&prefix=a&purpose=output&server_network=198.51.100.0%2F24%2C+2001:db8::1&vpc=").await;
        let setup = setup.unwrap();
        assert_eq!(setup.server_networks, ["198.51.100.0/24", "2001:db8::1"]);
        let (bucket, prefix, purpose) = &setup.places[0];
        assert_eq!((bucket.as_str(), prefix.as_str(), purpose.as_str()), ("lake", "a/", "output"));
        assert!(setup.vpcs.is_empty() && setup.kms_key_arn.is_none());
    }

    #[tokio::test]
    async fn further_places_stand_on_lines_of_their_own() {
        let setup =
            asked("bucket=lake&prefix=in&places=lake%2Fout%2Fa+b+output%0D%0A%0D%0Apond%0D%0A+sea%2Fx&gsutil=true")
                .await;
        let setup = setup.unwrap();
        let places: Vec<_> = setup.places.iter().map(|(b, p, u)| (b.as_str(), p.as_str(), u.as_str())).collect();
        let expected =
            [("lake", "in/", "input"), ("lake", "out/a b/", "output"), ("pond", "", "input"), ("sea", "x/", "input")];
        assert_eq!(places, expected);
        assert!(setup.gsutil && !asked("bucket=lake").await.unwrap().gsutil);
        let error = asked("places=s3%3A%2F%2Flake%2Fin&bucket=lake").await.unwrap_err();
        assert_eq!(error.fields()[0].pointer, "/places");
        let alone = asked("purpose=output&places=lake%2Fout").await.unwrap();
        assert_eq!(alone.places[0].2.as_str(), "output", "as chosen, without a bucket above");
    }

    #[tokio::test]
    async fn settings_that_are_known_stand_on_lines_of_their_own() {
        let setup = asked("settings=region%3Dcn-north-1%0Apreset+%3D+minio").await.unwrap();
        assert_eq!((setup.settings["region"].as_str(), setup.settings["preset"].as_str()), ("cn-north-1", "minio"));
        assert_eq!(asked("settings=region").await.unwrap_err().fields()[0].pointer, "/settings");
    }

    #[tokio::test]
    async fn datasources_are_named_as_often_as_one_likes() {
        let setup = asked("datasource=in&format=steps&datasource=&datasource=out").await.unwrap();
        assert_eq!(setup.datasources, ["in".parse().unwrap(), "out".parse().unwrap()]);
        assert!(asked("format=steps").await.unwrap().datasources.is_empty());
    }

    #[tokio::test]
    async fn everything_wrong_is_named_together() {
        let error = asked("prefix=a&server_network=office&vpc=a_b").await.unwrap_err();
        let pointers: Vec<_> = error.fields().iter().map(|field| field.pointer.as_str()).collect();
        assert_eq!(pointers, ["/server_network", "/vpc", "/bucket"]);
        assert_eq!(asked("datasource=A%2FB").await.unwrap_err().fields()[0].pointer, "/datasource");
        assert_eq!(asked("bucket=lake&purpose=all").await.unwrap_err().fields()[0].pointer, "/purpose");
    }
}
