//! Where a bucket is: which host, and where its name goes.

use domain::provider::{ProviderError, ProviderErrorKind as Kind};
use signing::Endpoint;

/// Where a store is and how its buckets are addressed.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) internal: Rule,
    /// What goes into URLs, if it differs.
    pub(crate) public: Option<String>,
    pub(crate) style: Style,
    /// Whether every tool finds it from the region: AWS's own.
    pub(crate) well_known: bool,
}

/// How the endpoint follows from the region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    /// It does not.
    Fixed(String),
    /// `{region}` stands for the region.
    Template(String),
}

/// Where the name of a bucket goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Into the path.
    Path,
    /// Into the host.
    VirtualHost,
    /// Into the host, but into the path if it has a dot: the certificate does not cover it then.
    VirtualHostUnlessDotted,
}

/// Which of the two endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The one that Tidegate itself uses.
    Internal,
    /// The one that clients use.
    Public,
}

impl Address {
    /// The endpoint's URL in a region.
    pub(crate) fn url(&self, which: Which, region: &str) -> String {
        match (&self.public, &self.internal) {
            (Some(public), _) if which == Which::Public => public.clone(),
            (_, Rule::Fixed(url)) => url.clone(),
            (_, Rule::Template(template)) => template.replace("{region}", region),
        }
    }

    /// Whether the path holds the bucket.
    pub(crate) fn path_style(&self, bucket: Option<&str>) -> bool {
        match self.style {
            Style::Path => true,
            Style::VirtualHost => false,
            Style::VirtualHostUnlessDotted => bucket.is_some_and(|bucket| bucket.contains('.')),
        }
    }

    /// The endpoint of a bucket in a region.
    pub(crate) fn endpoint(&self, which: Which, region: &str, bucket: Option<&str>) -> Result<Endpoint, ProviderError> {
        Endpoint::parse(&self.url(which, region), self.path_style(bucket)).map_err(|error| {
            ProviderError::new(
                Kind::Unsupported,
                "endpoint",
                format!("the endpoint in region {region} is not one: {error}"),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws() -> Address {
        Address {
            internal: Rule::Template("https://s3.{region}.amazonaws.com".to_owned()),
            public: None,
            style: Style::VirtualHostUnlessDotted,
            well_known: true,
        }
    }

    #[test]
    fn a_bucket_with_a_dot_goes_into_the_path() {
        let host = |bucket| aws().endpoint(Which::Public, "eu-west-1", Some(bucket)).unwrap().host(Some(bucket));
        assert_eq!(host("data"), "data.s3.eu-west-1.amazonaws.com");
        assert_eq!(host("data.example"), "s3.eu-west-1.amazonaws.com");
    }

    #[test]
    fn only_urls_use_the_public_endpoint() {
        let address = Address { public: Some("https://files.example.com".to_owned()), ..aws() };
        assert_eq!(address.url(Which::Public, "x-1"), "https://files.example.com");
        assert_eq!(address.url(Which::Internal, "x-1"), "https://s3.x-1.amazonaws.com");
    }
}
