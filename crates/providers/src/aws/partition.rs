//! The partitions of AWS: parts of the cloud that share nothing, each with its own names.
//!
//! Regions are free text, so a new one of a known partition works at once.

use cloud_policy::arn::partition_of_region;

/// What differs between partitions (AWS General Reference and the partition metadata of AWS's SDKs).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(crate) id: &'static str,
    pub(crate) suffix: &'static str,
    /// Where requests without a region go, and what IAM is signed for.
    pub(crate) default_region: &'static str,
    pub(crate) iam_endpoint: &'static str,
}

const fn partition(
    id: &'static str,
    suffix: &'static str,
    default_region: &'static str,
    iam_endpoint: &'static str,
) -> Partition {
    Partition { id, suffix, default_region, iam_endpoint }
}

const PARTITIONS: [Partition; 8] = [
    partition("aws", "amazonaws.com", "us-east-1", "https://iam.amazonaws.com"),
    partition("aws-cn", "amazonaws.com.cn", "cn-north-1", "https://iam.cn-north-1.amazonaws.com.cn"),
    partition("aws-us-gov", "amazonaws.com", "us-gov-west-1", "https://iam.us-gov.amazonaws.com"),
    partition("aws-eusc", "amazonaws.eu", "eusc-de-east-1", "https://iam.eusc-de-east-1.amazonaws.eu"),
    partition("aws-iso", "c2s.ic.gov", "us-iso-east-1", "https://iam.us-iso-east-1.c2s.ic.gov"),
    partition("aws-iso-b", "sc2s.sgov.gov", "us-isob-east-1", "https://iam.us-isob-east-1.sc2s.sgov.gov"),
    partition("aws-iso-e", "cloud.adc-e.uk", "eu-isoe-west-1", "https://iam.eu-isoe-west-1.cloud.adc-e.uk"),
    partition("aws-iso-f", "csp.hci.ic.gov", "us-isof-south-1", "https://iam.us-isof-south-1.csp.hci.ic.gov"),
];

impl Partition {
    /// The partition of a region.
    pub(crate) fn of_region(region: &str) -> &'static Self {
        Self::by_id(partition_of_region(region)).unwrap_or(Self::commercial())
    }

    /// The partition of that name.
    pub(crate) fn by_id(id: &str) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| partition.id == id)
    }

    /// The one that is meant if nothing says otherwise.
    pub(crate) fn commercial() -> &'static Self {
        let [first, ..] = &PARTITIONS;
        first
    }

    /// The S3 endpoint, with `{region}`.
    pub(crate) fn s3_template(&self) -> String {
        format!("https://s3.{{region}}.{}", self.suffix)
    }

    /// The STS endpoint of a region.
    pub(crate) fn sts_endpoint(&self, region: &str) -> String {
        format!("https://sts.{region}.{}", self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_its_partition() {
        for (region, id, sts) in [
            ("eu-central-1", "aws", "https://sts.eu-central-1.amazonaws.com"),
            ("cn-northwest-1", "aws-cn", "https://sts.cn-northwest-1.amazonaws.com.cn"),
            ("us-gov-east-1", "aws-us-gov", "https://sts.us-gov-east-1.amazonaws.com"),
            ("us-isob-east-1", "aws-iso-b", "https://sts.us-isob-east-1.sc2s.sgov.gov"),
            ("xx-new-9", "aws", "https://sts.xx-new-9.amazonaws.com"),
        ] {
            let partition = Partition::of_region(region);
            assert_eq!((partition.id, partition.sts_endpoint(region).as_str()), (id, sts));
            assert_eq!(Partition::of_region(partition.default_region), partition);
        }
        assert_eq!(Partition::by_id("aws-cn").unwrap().s3_template(), "https://s3.{region}.amazonaws.com.cn");
    }
}
