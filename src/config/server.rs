//! `listen`, `public_url` and `data_dir`: where the server is and where it keeps things.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::address;
use super::mistake::{Report, Wrong};
use super::section::{Given, Section};
use super::source::Environment;

/// The address without a configuration.
pub(crate) const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7373);

/// The keys outside every table.
pub(super) struct Server {
    pub(super) listen: Option<Given<SocketAddr>>,
    pub(super) public_url: Option<String>,
    pub(super) data_dir: PathBuf,
}

impl Server {
    pub(super) fn read(root: &mut Section, env: &Environment, is_root: bool, report: &mut Report) -> Self {
        Self {
            listen: root.text("listen", report, address::socket),
            public_url: root.text("public_url", report, address::origin).map(|given| given.value),
            data_dir: root
                .text("data_dir", report, |text| Ok(PathBuf::from(text)))
                .map_or_else(|| default_data_dir(env, is_root), |given| given.value),
        }
    }
}

/// Plain HTTP off loopback is only for those who say who ends TLS.
pub(super) fn check_listen(listen: &Given<SocketAddr>, has_tls: bool, has_proxy: bool, report: &mut Report) {
    if !listen.value.ip().is_loopback() && !has_tls && !has_proxy {
        let problem = format!("{} is not loopback, and plain HTTP would show tokens to the network", listen.value);
        let mend = "give [tls] with cert_file and key_file, or name the proxy that ends TLS in network.trusted_proxies";
        report.add(&listen.place, &listen.key, Wrong::new(problem, mend));
    }
}

fn default_data_dir(env: &Environment, is_root: bool) -> PathBuf {
    let given = |name: &str| env.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if is_root {
        return PathBuf::from("/var/lib/tidegate");
    }
    // The XDG Base Directory Specification says that a relative path is to be ignored.
    given("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| given("HOME").map(|home| home.join(".local/share")))
        .map_or_else(|| PathBuf::from("/var/lib/tidegate"), |base| base.join("tidegate"))
}

/// Whether the process is root's; the owner of `/proc/self` is the effective user.
pub(super) fn running_as_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|facts| facts.uid() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_lives_with_the_system_for_root_and_at_home_for_others() {
        let env = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let home: Environment = env(&[("HOME", "/home/ann")]);
        assert_eq!(default_data_dir(&home, true), PathBuf::from("/var/lib/tidegate"));
        assert_eq!(default_data_dir(&home, false), PathBuf::from("/home/ann/.local/share/tidegate"));
        let xdg: Environment = env(&[("HOME", "/home/ann"), ("XDG_DATA_HOME", "/data")]);
        assert_eq!(default_data_dir(&xdg, false), PathBuf::from("/data/tidegate"));
        let relative: Environment = env(&[("HOME", "/home/ann"), ("XDG_DATA_HOME", "data")]);
        assert_eq!(default_data_dir(&relative, false), PathBuf::from("/home/ann/.local/share/tidegate"));
    }
}
