//! `s3-compatible`: every store that speaks the language of S3, known by name or not.

mod presets;

use std::sync::Arc;

use cloud_policy::FlavourKind;
use cloud_policy::arn::RoleArn;
use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, FieldKind, Provider, Rating, Setup, SetupAsk,
};
use domain::{Error, FieldError, Result};
use signing::Endpoint;

use crate::connection::{Base, RoleSpec, S3Connection, Spec};
use crate::registry::Deps;
use crate::s3::{Address, Preset, Rule, StsKind, Style, Which};
use crate::settings::{Form, external_id, fields};
use crate::signed::KeySet;
use crate::sts::Service;

const FIELDS: &[Field] = &[
    Field {
        name: "preset",
        label: "Kind of store",
        help: "The kind of store; it fixes address, addressing and the language of policies.",
        kind: FieldKind::Choice(presets::NAMES),
        required: false,
        later: false,
        secret: false,
        rebinds_secret: true,
        default: Some(presets::GENERIC.id),
        choices: presets::CHOICES,
    },
    fields::ENDPOINT,
    fields::PUBLIC_ENDPOINT,
    fields::ADDRESSING,
    fields::REGION,
    fields::ACCESS_KEY_ID,
    fields::SECRET_ACCESS_KEY,
    fields::OPTIONAL_ROLE_ARN,
    fields::EXTERNAL_ID,
    fields::STS_ENDPOINT,
    fields::STS_REGION,
    fields::IAM_ENDPOINT,
    fields::REVOKE_SESSIONS,
];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "s3-compatible",
    title: "S3-compatible store",
    cloud: "S3-compatible stores",
    summary: "A key pair of any store that speaks S3; with a role where the store has an STS.",
    fields: FIELDS,
    capabilities: Capabilities {
        two_step: false,
        keyless: false,
        external_id: true,
        ambient: false,
        stored_key: true,
        browse: true,
        sign: true,
        serves: false,
        credentials: true,
    },
    advice: Advice {
        recommended: true,
        when: "Choose it for every store but AWS; give a role too where the store has roles.",
        privilege: Rating::Fair,
        rotation: Rating::Poor,
        audit: Rating::Fair,
        separation: Rating::Fair,
        speed: Rating::Good,
        ease: Rating::Good,
    },
};

/// The method.
pub(crate) struct S3Compatible {
    deps: Arc<Deps>,
}

impl S3Compatible {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps }
    }
}

/// What the settings say, once nothing is wrong with them.
struct Read {
    preset: &'static Preset,
    address: Address,
    region: String,
    role: Option<RoleArn>,
    sts: Option<Service>,
    iam: Option<Service>,
}

/// The settings, or everything that is wrong with them.
fn read<'a>(ask: &'a ConnectAsk) -> (Form<'a>, Option<Read>) {
    let mut form = Form::open(ask, &DESCRIPTOR, &[]);
    external_id::check(&mut form);
    let preset = preset_of(form.sound("preset"));
    let region = form.sound("region").or(preset.default_region).map(str::to_owned);
    if region.is_none() && form.get("region").is_none() {
        form.wrong_setting("region", format!("{} needs the region of the buckets", preset.title));
    }
    let internal = match (form.sound("endpoint"), preset.endpoint) {
        (Some(url), _) => Some(Rule::Fixed(url.to_owned())),
        (None, Some(template)) => Some(Rule::Template(template.to_owned())),
        (None, None) => {
            if form.get("endpoint").is_none() {
                let title = preset.title;
                form.wrong_setting(
                    "endpoint",
                    format!(
                        "{title} has no address of its own: give that of its API, https://host or https://host:port"
                    ),
                );
            }
            None
        }
    };
    let role = read_role(&mut form, preset);
    let read = internal.zip(region).map(|(internal, region)| {
        let style = style(&form, preset, &internal);
        let public = form.sound("public_endpoint").map(str::to_owned);
        let address = Address { internal, public, style, well_known: false };
        let (sts, iam) = services(&form, preset, &address, &region);
        Read { preset, address, region, role, sts, iam }
    });
    (form, read)
}

fn preset_of(name: Option<&str>) -> &'static Preset {
    name.and_then(presets::by_id).unwrap_or(&presets::GENERIC)
}

fn read_role(form: &mut Form<'_>, preset: &Preset) -> Option<RoleArn> {
    let Some(text) = form.sound("role_arn") else {
        for name in ["external_id", "revoke_sessions"] {
            if form.get("role_arn").is_none() && form.get(name).is_some_and(|value| value != "false") {
                form.wrong_setting(name, "this belongs to a role, and no role_arn is given");
            }
        }
        return None;
    };
    let own_sts = preset.sts.is_some_and(|sts| sts.kind == StsKind::Roles);
    if !own_sts && form.get("sts_endpoint").is_none() {
        form.wrong_setting("role_arn", format!("{} has no roles that Tidegate could assume", preset.title));
        return None;
    }
    match RoleArn::parse_for_store(text).and_then(RoleArn::without_properties) {
        Ok(role) => Some(role),
        Err(error) => {
            form.wrong_setting("role_arn", error.to_string());
            None
        }
    }
}

/// An address that is a number has no names for buckets before it.
fn style(form: &Form<'_>, preset: &Preset, internal: &Rule) -> Style {
    let is_number = matches!(internal, Rule::Fixed(url) if host_is_address(url));
    match form.sound("addressing") {
        Some("path") => Style::Path,
        Some(_) => Style::VirtualHost,
        None if is_number => Style::Path,
        None => preset.style,
    }
}

fn host_is_address(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default().trim_end_matches('/');
    host.starts_with('[')
        || host.parse::<std::net::Ipv4Addr>().is_ok()
        || host.rsplit_once(':').is_some_and(|(name, _)| name.parse::<std::net::Ipv4Addr>().is_ok())
}

fn services(form: &Form<'_>, preset: &Preset, address: &Address, region: &str) -> (Option<Service>, Option<Service>) {
    let signed_for = form.sound("sts_region").unwrap_or(region);
    let service = |url: &str| {
        let endpoint = Endpoint::parse(url, true).ok()?;
        Some(Service { endpoint, region: signed_for.to_owned() })
    };
    let own = address.url(Which::Internal, region);
    let sts_url = form.sound("sts_endpoint").or_else(|| preset.sts.map(|sts| sts.endpoint.unwrap_or(&own)));
    let iam_url = form.sound("iam_endpoint").or(sts_url).filter(|_| form.is_true("revoke_sessions"));
    (sts_url.and_then(service), iam_url.and_then(service))
}

impl Provider for S3Compatible {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        read(ask).0.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, read) = read(&ask);
        let keys = KeySet {
            access_key_id: form.get("access_key_id").unwrap_or_default().to_owned(),
            secret_access_key: form.secret("secret_access_key").cloned().unwrap_or_default(),
            session_token: None,
            expires_at: None,
        };
        let external_id = form.get("external_id").map(str::to_owned);
        form.finish()?;
        let read = read.ok_or_else(|| Error::invalid("/settings/endpoint", "the address of the store is needed"))?;
        let partition = read.role.as_ref().map_or("aws", RoleArn::partition).to_owned();
        let spec = Spec {
            preset: read.preset,
            partition,
            base: Base::Stored(keys),
            role: read.role.map(|arn| RoleSpec { arn, external_id, principal_arn: None }),
            region: read.region,
            address: read.address,
            sts: read.sts,
            iam: read.iam,
        };
        Ok(S3Connection::new(&self.deps, spec))
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        let name = ask.settings.get("preset").map(String::as_str);
        if name.is_some_and(|name| presets::by_id(name).is_none()) {
            let message = format!("choose one of {}", presets::NAMES.join(", "));
            return Err(Error::invalid("/settings/preset", message));
        }
        let preset = preset_of(name);
        let role = ask.settings.get("role_arn").and_then(|text| RoleArn::parse_for_store(text).ok());
        let partition = role.as_ref().map_or("aws", RoleArn::partition);
        let kind = match ask.settings.contains_key("role_arn") {
            true => FlavourKind::AssumedByUser,
            false => FlavourKind::User,
        };
        crate::setup::setup(self, preset, partition, kind, ask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_numbers_are_known() {
        for number in ["http://127.0.0.1:9000", "https://10.0.0.1/", "https://[::1]:9000", "https://[::1]"] {
            assert!(host_is_address(number), "{number}");
        }
        assert!(!host_is_address("https://s3.example.com:9000"));
    }
}
