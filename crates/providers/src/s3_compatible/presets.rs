//! The stores that are known by name.
//!
//! What stands here was read in the vendor's documentation or seen on the running store; what was neither is
//! named in `unverified` and shown to people.

use cloud_policy::dialect;
use domain::provider::Choice;

use crate::s3::{OwnSts, Preset, StsKind, Style};

/// What a store without anything special is.
const PLAIN: Preset = Preset {
    id: "generic",
    title: "S3-compatible store",
    endpoint: None,
    default_region: Some("us-east-1"),
    style: Style::Path,
    dialect: &dialect::GENERIC,
    sts: None,
    conditional_create: false,
    conditional_replace: false,
    kms: false,
    cut_off_seconds: 60,
    unverified: &[],
};

/// An STS at the store's own endpoint, of which nothing more is known.
const PLAIN_STS: OwnSts =
    OwnSts { endpoint: None, kind: StsKind::Roles, tags: false, caller_identity: false, federation: false };

/// A store that is not known by name.
pub(crate) const GENERIC: Preset = Preset {
    sts: Some(PLAIN_STS),
    unverified: &["everything: this store is not known by name, and the proof shows what it can do"],
    ..PLAIN
};

/// All of them, in the order in which they are shown.
pub(crate) const PRESETS: &[Preset] = &[
    GENERIC,
    Preset {
        id: "wasabi",
        title: "Wasabi",
        endpoint: Some("https://s3.{region}.wasabisys.com"),
        dialect: &dialect::WASABI,
        sts: Some(OwnSts { endpoint: Some("https://sts.wasabisys.com"), caller_identity: true, ..PLAIN_STS }),
        unverified: &["conditional writes: taken as not honoured", "session tags: not sent"],
        ..PLAIN
    },
    Preset {
        id: "open-telekom-cloud",
        title: "Open Telekom Cloud OBS",
        endpoint: Some("https://obs.{region}.otc.t-systems.com"),
        default_region: Some("eu-de"),
        style: Style::VirtualHostUnlessDotted,
        dialect: &dialect::OTC_OBS,
        unverified: &["conditional writes: taken as not honoured", "SSE-KMS headers: taken as not understood"],
        ..PLAIN
    },
    Preset {
        id: "huawei-obs",
        title: "Huawei Cloud OBS",
        endpoint: Some("https://obs.{region}.myhuaweicloud.com"),
        default_region: None,
        style: Style::VirtualHostUnlessDotted,
        dialect: &dialect::HUAWEI_OBS,
        unverified: &["conditional writes: taken as not honoured", "SSE-KMS headers: taken as not understood"],
        ..PLAIN
    },
    Preset {
        id: "alibaba-oss",
        title: "Alibaba Cloud OSS",
        endpoint: Some("https://s3.oss-{region}.aliyuncs.com"),
        default_region: None,
        style: Style::VirtualHost,
        dialect: &dialect::ALIBABA_OSS,
        unverified: &["conditional writes: taken as not honoured", "SSE-KMS headers: taken as not understood"],
        ..PLAIN
    },
    Preset {
        id: "cloudflare-r2",
        title: "Cloudflare R2",
        default_region: Some("auto"),
        dialect: &dialect::CLOUDFLARE_R2,
        conditional_create: true,
        conditional_replace: true,
        ..PLAIN
    },
    Preset {
        id: "backblaze-b2",
        title: "Backblaze B2",
        endpoint: Some("https://s3.{region}.backblazeb2.com"),
        default_region: None,
        dialect: &dialect::BACKBLAZE_B2,
        unverified: &["conditional writes: taken as not honoured"],
        ..PLAIN
    },
    Preset {
        id: "minio",
        title: "MinIO",
        dialect: &dialect::MINIO,
        sts: Some(OwnSts { kind: StsKind::Caller, ..PLAIN_STS }),
        conditional_create: true,
        kms: true,
        unverified: &["conditional replacement of an absent key: taken as not honoured"],
        ..PLAIN
    },
    Preset {
        id: "ceph",
        title: "Ceph",
        dialect: &dialect::CEPH,
        sts: Some(PLAIN_STS),
        conditional_create: true,
        kms: true,
        unverified: &["conditional replacement of an absent key: taken as not honoured"],
        ..PLAIN
    },
    Preset {
        id: "seaweedfs",
        title: "SeaweedFS",
        dialect: &dialect::SEAWEEDFS,
        // Federated users have what policies give to the user; one with `actions` in its place has sessions that
        // reach nothing (seen on 4.48).
        sts: Some(OwnSts { tags: true, caller_identity: true, federation: true, ..PLAIN_STS }),
        conditional_create: true,
        conditional_replace: true,
        kms: true,
        ..PLAIN
    },
    Preset {
        id: "garage",
        title: "Garage",
        default_region: Some("garage"),
        dialect: &dialect::GARAGE,
        unverified: &["conditional writes: taken as not honoured"],
        ..PLAIN
    },
];

/// Their names, for the choice.
pub(crate) const NAMES: &[&str] = &[
    "generic",
    "wasabi",
    "open-telekom-cloud",
    "huawei-obs",
    "alibaba-oss",
    "cloudflare-r2",
    "backblaze-b2",
    "minio",
    "ceph",
    "seaweedfs",
    "garage",
];

/// What choosing one fixes, for people.
pub(crate) const CHOICES: &[Choice] = &[
    choice(
        "generic",
        "Any other store",
        "Give its endpoint. The region is us-east-1 unless you name one; the proof shows what it can do.",
    ),
    choice(
        "wasabi",
        "Wasabi",
        "The address is https://s3.{region}.wasabisys.com. The region is us-east-1 unless you name one.",
    ),
    choice(
        "open-telekom-cloud",
        "Open Telekom Cloud OBS",
        "The address is https://obs.{region}.otc.t-systems.com. The region is eu-de unless you name one.",
    ),
    choice("huawei-obs", "Huawei Cloud OBS", "The address is https://obs.{region}.myhuaweicloud.com. Name the region."),
    choice("alibaba-oss", "Alibaba Cloud OSS", "The address is https://s3.oss-{region}.aliyuncs.com. Name the region."),
    choice("cloudflare-r2", "Cloudflare R2", "Give the endpoint of your account. The region is auto."),
    choice("backblaze-b2", "Backblaze B2", "The address is https://s3.{region}.backblazeb2.com. Name the region."),
    choice(
        "minio",
        "MinIO",
        "Give its endpoint. The region is us-east-1 unless you name one; credentials are narrowed by its STS.",
    ),
    choice(
        "ceph",
        "Ceph",
        "Give its endpoint. The region is us-east-1 unless you name one; give a role too, if there is one.",
    ),
    choice(
        "seaweedfs",
        "SeaweedFS",
        "Give its endpoint. The region is us-east-1 unless you name one; give a role too, if there is one.",
    ),
    choice("garage", "Garage", "Give its endpoint. The region is garage unless you name one."),
];

const fn choice(word: &'static str, title: &'static str, note: &'static str) -> Choice {
    Choice { word, title, note }
}

/// The preset of that name.
pub(crate) fn by_id(id: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.id == id)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::s3::{Address, Rule, Which};

    #[test]
    fn every_preset_can_be_chosen_and_speaks_a_language_of_its_name() {
        assert_eq!(PRESETS.iter().map(|preset| preset.id).collect::<Vec<_>>(), NAMES);
        for preset in PRESETS {
            assert_eq!(preset.dialect.id, preset.id);
            assert_eq!(by_id(preset.id).unwrap().title, preset.title);
            let narrows = preset.sts.is_some();
            assert_eq!(
                narrows, preset.dialect.session_policies,
                "{}: an STS is of use with session policies only",
                preset.id
            );
        }
    }

    #[test]
    fn what_people_read_of_a_preset_is_what_it_fixes() {
        assert_eq!(CHOICES.iter().map(|choice| choice.word).collect::<Vec<_>>(), NAMES);
        for (preset, choice) in PRESETS.iter().zip(CHOICES) {
            let said = |words: &str| choice.note.contains(words);
            assert!(said(preset.endpoint.unwrap_or("endpoint")), "{}", preset.id);
            assert!(
                preset.default_region.map_or(said("Name the region"), |region| said(&format!("is {region}"))),
                "{}",
                preset.id
            );
            assert!(preset.id == GENERIC.id || choice.title == preset.title);
        }
    }

    /// A change of what is fixed about a store is to be seen in a review.
    #[test]
    fn what_each_preset_fixes_is_written_down() {
        let mut golden = String::new();
        for preset in PRESETS {
            let url = preset.endpoint.map_or("(given)".to_owned(), |template| {
                let internal = Rule::Template(template.to_owned());
                let address = Address { internal, public: None, style: preset.style, well_known: false };
                let endpoint = address.endpoint(Which::Public, "xx-1", Some("bucket")).unwrap();
                format!("{}{}", endpoint.host(Some("bucket")), endpoint.path(Some("bucket"), "key"))
            });
            let sts = preset.sts.map_or("none".to_owned(), |sts| {
                format!("{:?} at {}", sts.kind, sts.endpoint.unwrap_or("the store")).to_lowercase()
            });
            writeln!(
                golden,
                "{} | {url} | region {} | {} {} | sts {sts} | create {} replace {} kms {}",
                preset.id,
                preset.default_region.unwrap_or("(given)"),
                preset.dialect.action_prefix,
                preset.dialect.version.unwrap_or("-"),
                preset.conditional_create,
                preset.conditional_replace,
                preset.kms,
            )
            .unwrap();
        }
        insta::assert_snapshot!(golden, @r"
        generic | (given) | region us-east-1 | s3 2012-10-17 | sts roles at the store | create false replace false kms false
        wasabi | s3.xx-1.wasabisys.com/bucket/key | region us-east-1 | s3 2012-10-17 | sts roles at https://sts.wasabisys.com | create false replace false kms false
        open-telekom-cloud | bucket.obs.xx-1.otc.t-systems.com/key | region eu-de | obs 1.1 | sts none | create false replace false kms false
        huawei-obs | bucket.obs.xx-1.myhuaweicloud.com/key | region (given) | obs 1.1 | sts none | create false replace false kms false
        alibaba-oss | bucket.s3.oss-xx-1.aliyuncs.com/key | region (given) | oss 1 | sts none | create false replace false kms false
        cloudflare-r2 | (given) | region auto | s3 - | sts none | create true replace true kms false
        backblaze-b2 | s3.xx-1.backblazeb2.com/bucket/key | region (given) | s3 - | sts none | create false replace false kms false
        minio | (given) | region us-east-1 | s3 2012-10-17 | sts caller at the store | create true replace false kms true
        ceph | (given) | region us-east-1 | s3 2012-10-17 | sts roles at the store | create true replace false kms true
        seaweedfs | (given) | region us-east-1 | s3 2012-10-17 | sts roles at the store | create true replace true kms true
        garage | (given) | region garage | s3 - | sts none | create false replace false kms false
        ");
    }
}
