//! What may be reached: the operator's decision on top of what an address is.

use std::net::IpAddr;

use domain::provider::ProviderErrorKind;
use ipnet::IpNet;

use crate::address::{Class, classify, effective};
use crate::failure::Failure;
use crate::origin::Origin;

/// The egress guard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    allow: Vec<IpNet>,
    /// Reached whatever they are, also over plain HTTP: for the ambient client only.
    ambient: &'static [IpNet],
}

impl Guard {
    /// The guard of everything that a tenant may name.
    pub(crate) fn new(allow: Vec<IpNet>) -> Self {
        Self { allow, ambient: &[] }
    }

    /// The guard of the ambient client: the metadata addresses it names, else only the internet.
    pub(crate) fn ambient(addresses: &'static [IpNet]) -> Self {
        Self { allow: Vec::new(), ambient: addresses }
    }

    /// Judges all addresses of an origin; one that is not permitted refuses all.
    pub(crate) fn judge(&self, origin: &Origin, addresses: &[IpAddr]) -> Result<(), Failure> {
        addresses.iter().try_for_each(|address| self.judge_one(origin, *address))
    }

    /// The refusal of a name that plain HTTP was to reach without its addresses being known.
    pub(crate) fn plain_http_unresolved(origin: &Origin) -> Failure {
        denied(format!(
            "{origin} cannot be resolved here, and plain http:// is permitted only to addresses inside egress.allow; \
             use https://"
        ))
    }

    fn judge_one(&self, origin: &Origin, address: IpAddr) -> Result<(), Failure> {
        if self.ambient.iter().any(|range| range.contains(&address)) {
            return Ok(());
        }
        let inside = effective(address);
        let permitted = self.allow.iter().any(|range| range.contains(&inside));
        let subject = subject(origin, address);
        match classify(address) {
            Class::Forbidden(what) => Err(denied(format!("{subject}, which is {what}; no setting permits it"))),
            Class::Permittable(what) if !permitted => {
                Err(denied(format!("{subject}, which is {what}; the operator can permit it with {}", setting(inside))))
            }
            Class::Public if !permitted && !origin.secure() => Err(denied(format!(
                "{subject}, and plain http:// is permitted only to addresses inside egress.allow; use https://, or the \
                 operator can permit it with {}",
                setting(inside)
            ))),
            Class::Permittable(_) | Class::Public => Ok(()),
        }
    }
}

fn denied(message: String) -> Failure {
    Failure::new(ProviderErrorKind::EgressDenied, message)
}

fn subject(origin: &Origin, address: IpAddr) -> String {
    let inside = effective(address);
    let address = if inside == address { address.to_string() } else { format!("{address} ({inside})") };
    match origin.literal() {
        Some(_) => format!("'{}' is the address {address}", origin.host()),
        None => format!("'{}' resolves to {address}", origin.host()),
    }
}

fn setting(address: IpAddr) -> String {
    format!("egress.allow = [\"{}\"]", IpNet::from(address))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    fn judge(allow: &[&str], origin: &str, addresses: &[&str]) -> Result<(), String> {
        let guard = Guard::new(allow.iter().map(|range| range.parse().unwrap()).collect());
        let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        guard.judge(&Origin::parse(origin).unwrap(), &addresses).map_err(|failure| {
            assert_eq!(failure.kind, ProviderErrorKind::EgressDenied);
            failure.message
        })
    }

    #[test]
    fn private_address_is_refused_naming_address_rule_and_setting() {
        assert_eq!(
            judge(&[], "https://minio.lan", &["10.0.0.5"]).unwrap_err(),
            "'minio.lan' resolves to 10.0.0.5, which is a private address; the operator can permit it with \
             egress.allow = [\"10.0.0.5/32\"]"
        );
        assert_eq!(
            judge(&[], "https://[::1]:9000", &["::1"]).unwrap_err(),
            "'::1' is the address ::1, which is a loopback address; the operator can permit it with \
             egress.allow = [\"::1/128\"]"
        );
    }

    #[test]
    fn address_inside_an_allowed_range_is_permitted_also_over_plain_http() {
        assert_eq!(judge(&["10.0.0.0/8"], "https://minio.lan", &["10.0.0.5"]), Ok(()));
        assert_eq!(judge(&["10.0.0.0/8"], "http://minio.lan:9000", &["10.0.0.5", "10.1.1.1"]), Ok(()));
        assert!(judge(&["10.0.0.0/8"], "http://minio.lan:9000", &["192.168.0.5"]).is_err());
    }

    #[test]
    fn metadata_is_refused_whatever_is_allowed() {
        for address in
            ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "64:ff9b::a9fe:a9fe", "100.100.100.200"]
        {
            let message = judge(&["0.0.0.0/0", "::/0"], "https://x.example", &[address]).unwrap_err();
            assert!(message.contains("metadata") && message.ends_with("no setting permits it"), "{message}");
        }
    }

    #[test]
    fn plain_http_to_a_public_address_is_refused_naming_the_setting() {
        let message = judge(&[], "http://store.example", &["93.184.216.34"]).unwrap_err();
        assert!(
            message.contains("plain http://") && message.contains("egress.allow = [\"93.184.216.34/32\"]"),
            "{message}"
        );
        assert_eq!(judge(&[], "https://store.example", &["93.184.216.34"]), Ok(()));
    }

    #[test]
    fn one_private_address_among_public_ones_refuses_the_name_and_says_which() {
        let message = judge(&[], "https://mixed.example", &["93.184.216.34", "192.168.1.7"]).unwrap_err();
        assert!(message.starts_with("'mixed.example' resolves to 192.168.1.7, which is a private"), "{message}");
    }

    #[test]
    fn embedded_address_is_shown_beside_the_form_it_came_in() {
        let message = judge(&[], "https://x.example", &["64:ff9b::a00:5"]).unwrap_err();
        assert!(message.contains("64:ff9b::a00:5 (10.0.0.5)") && message.contains("\"10.0.0.5/32\""), "{message}");
        // Permission is by the address inside, never by the form.
        assert!(judge(&["64:ff9b::/96"], "https://x.example", &["64:ff9b::a00:5"]).is_err());
        assert_eq!(judge(&["10.0.0.0/8"], "https://x.example", &["64:ff9b::a00:5"]), Ok(()));
    }

    fn private() -> impl Strategy<Value = Ipv4Addr> {
        prop_oneof![
            Just((0x0a00_0000_u32, 8_u32)),
            Just((0xac10_0000, 12)),
            Just((0xc0a8_0000, 16)),
            Just((0x6440_0000, 10)),
            Just((0x7f00_0000, 8)),
            Just((0xa9fe_0000, 16)),
        ]
        .prop_flat_map(|(base, prefix)| any::<u32>().prop_map(move |bits| Ipv4Addr::from(base | bits >> prefix)))
    }

    proptest! {
        #[test]
        fn private_addresses_are_refused_in_every_embedding(v4 in private()) {
            let guard = Guard::new(Vec::new());
            let origin = Origin::parse("https://x.example").unwrap();
            let [a, b, c, d] = v4.octets();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            for address in [
                IpAddr::V4(v4),
                v4.to_ipv6_mapped().into(),
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low).into(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low).into(),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1).into(),
            ] {
                prop_assert!(guard.judge(&origin, &[address]).is_err(), "{}", address);
            }
        }

        #[test]
        fn unique_local_and_link_local_addresses_are_refused(bits: u128) {
            let guard = Guard::new(Vec::new());
            let origin = Origin::parse("https://x.example").unwrap();
            for (base, prefix) in [(0xfc00_u128 << 112, 7), (0xfe80_u128 << 112, 10), (0xfec0_u128 << 112, 10)] {
                let address = Ipv6Addr::from(base | bits >> prefix);
                prop_assert!(guard.judge(&origin, &[address.into()]).is_err(), "{}", address);
            }
        }
    }
}
