//! What an address is: a pure table, after the special-purpose registries of IANA.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The class of an address; the text completes "which is ...".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// An ordinary address of the internet.
    Public,
    /// Reached only where the operator says so.
    Permittable(&'static str),
    /// Never reached, whatever the operator says.
    Forbidden(&'static str),
}

use Class::{Forbidden, Permittable, Public};

const METADATA: &str = "an address of a cloud's metadata service";

/// Instance metadata and container credentials: AWS, Azure (also 168.63.129.16, its host), Google and most others
/// share 169.254.169.254; Alibaba, Oracle and the two of AWS for containers have their own.
const METADATA_V4: &[Ipv4Addr] = &[
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
    Ipv4Addr::new(168, 63, 129, 16),
];

/// The same over IPv6: AWS (instances, containers), Oracle, Google, Scaleway.
const METADATA_V6: &[Ipv6Addr] = &[
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

/// The address by which an address is judged: the IPv4 address inside an IPv6 one, where there is one.
pub(crate) fn effective(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => embedded(v6).map_or(address, IpAddr::V4),
    }
}

/// The class of an address, embedded forms seen through.
pub(crate) fn classify(address: IpAddr) -> Class {
    match effective(address) {
        IpAddr::V4(v4) => classify_v4(v4),
        IpAddr::V6(v6) => classify_v6(v6),
    }
}

fn classify_v4(address: Ipv4Addr) -> Class {
    if METADATA_V4.contains(&address) {
        return Forbidden(METADATA);
    }
    match address.octets() {
        [0, ..] => Forbidden("an unspecified address"),
        [127, ..] => Permittable("a loopback address"),
        [169, 254, ..] => Forbidden("a link-local address"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Permittable("a private address"),
        [100, 64..=127, ..] => Permittable("a private address (shared address space)"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Forbidden("an address reserved for documentation"),
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] => Forbidden("a reserved address"),
        [224..=239, ..] => Forbidden("a multicast address"),
        [255, 255, 255, 255] => Forbidden("the broadcast address"),
        [240..=255, ..] => Forbidden("a reserved address"),
        _ => Public,
    }
}

fn classify_v6(address: Ipv6Addr) -> Class {
    if METADATA_V6.contains(&address) {
        return Forbidden(METADATA);
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Forbidden("an unspecified address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Permittable("a loopback address"),
        [0xfe80..=0xfebf, ..] => Forbidden("a link-local address"),
        [0xfec0..=0xfeff, ..] => Permittable("a private address (site-local)"),
        [0xfc00..=0xfdff, ..] => Permittable("a private address"),
        [0xff00..=0xffff, ..] => Forbidden("a multicast address"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => Forbidden("an address reserved for documentation"),
        // Protocol assignments, among them Teredo, which hides an IPv4 address.
        [0x2001, 0..=0x01ff, ..] => Forbidden("a reserved address"),
        [0x2000..=0x3fff, ..] => Public,
        _ => Forbidden("a reserved address"),
    }
}

/// The IPv4 address inside: mapped, compatible, translated (RFC 2765), NAT64 (RFC 6052), 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn class(text: &str) -> Class {
        classify(text.parse().unwrap())
    }

    #[test]
    fn forbidden_addresses_are_forbidden() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.0.1",
            "169.254.169.254",
            "169.254.170.2",
            "169.254.170.23",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "192.0.0.1",
            "192.0.2.1",
            "198.51.100.7",
            "203.0.113.255",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.254",
            "255.255.255.255",
            "::",
            "fe80::1",
            "febf::1",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "2001::1",
            "2001:1ff::1",
            "100::1",
            "64:ff9b:1::a00:5",
            "5f00::1",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd00:c1::a9fe:a9fe",
            "fd20:ce::254",
            "fd00:42::42",
            "4000::1",
        ] {
            assert!(matches!(class(text), Forbidden(_)), "{text}");
        }
    }

    #[test]
    fn private_and_loopback_addresses_need_permission() {
        for text in [
            "10.0.0.0",
            "10.255.255.255",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "::1",
            "fc00::1",
            "fdff::1",
            "fec0::1",
            "feff::1",
        ] {
            assert!(matches!(class(text), Permittable(_)), "{text}");
        }
    }

    #[test]
    fn neighbours_of_the_ranges_are_public() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2600::1",
            "2001:200::1",
            "3ffe::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ] {
            assert_eq!(class(text), Public, "{text}");
        }
    }

    /// Every way to write an IPv4 address as an IPv6 one.
    pub(crate) fn embeddings(v4: Ipv4Addr, rest: u64) -> Vec<Ipv6Addr> {
        let [a, b, c, d] = v4.octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let word = |shift: u32| u16::try_from(rest >> shift & 0xffff).unwrap();
        vec![
            Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 0, word(0), word(16), word(32), word(48)),
        ]
    }

    proptest! {
        #[test]
        fn embedded_addresses_are_judged_as_the_address_inside(bits: u32, rest: u64) {
            // The compatible forms of 0.0.0.0 and 0.0.0.1 are `::` and `::1`, which are their own.
            prop_assume!(bits > 1);
            let v4 = Ipv4Addr::from(bits);
            for v6 in embeddings(v4, rest) {
                prop_assert_eq!(classify(IpAddr::V6(v6)), classify(IpAddr::V4(v4)), "{} in {}", v4, v6);
            }
        }

        #[test]
        fn what_the_standard_library_calls_special_is_never_public(bits: u32) {
            let v4 = Ipv4Addr::from(bits);
            let special = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
                || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified();
            prop_assert!(!special || classify(IpAddr::V4(v4)) != Public, "{}", v4);
        }

        #[test]
        fn only_global_unicast_is_public_over_ipv6(bits: u128) {
            let v6 = Ipv6Addr::from(bits);
            if classify(IpAddr::V6(v6)) == Public && embedded(v6).is_none() {
                prop_assert_eq!(v6.segments()[0] >> 13, 1);
            }
        }
    }
}
