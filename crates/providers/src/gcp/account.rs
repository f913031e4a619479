//! The e-mail addresses of service accounts.

/// What every such address ends in (Google's IAM documentation, "Types of service accounts").
const DOMAIN: &str = ".gserviceaccount.com";

/// What is wrong with an address, if anything.
pub(super) fn wrong(email: &str) -> Option<&'static str> {
    let sound = |part: &str, more: &[u8]| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || more.contains(&b))
    };
    let parts = email.split_once('@').filter(|(name, domain)| {
        email.len() <= 255 && sound(name, b"-._") && sound(domain, b"-.") && domain.ends_with(DOMAIN)
    });
    match parts {
        Some(_) => None,
        None => {
            Some("this is not the address of a service account, such as tidegate@my-project.iam.gserviceaccount.com")
        }
    }
}

/// The project that an account is of, where its address says so.
pub(super) fn project_of(email: &str) -> Option<String> {
    let (name, domain) = email.split_once('@')?;
    match domain {
        // The default accounts of Compute Engine and App Engine.
        "developer.gserviceaccount.com" => name.strip_suffix("-compute").map(str::to_owned),
        "appspot.gserviceaccount.com" => Some(name.to_owned()),
        _ => {
            let project = domain.strip_suffix(".iam.gserviceaccount.com")?;
            // `project.example.com` is the project `example.com:project` of a domain.
            Some(match project.split_once('.') {
                Some((project, of)) => format!("{of}:{project}"),
                None => project.to_owned(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_read_from_the_address() {
        for (email, project) in [
            ("a@my-project.iam.gserviceaccount.com", Some("my-project")),
            ("a@my-project.example.com.iam.gserviceaccount.com", Some("example.com:my-project")),
            ("123456-compute@developer.gserviceaccount.com", Some("123456")),
            ("my-project@appspot.gserviceaccount.com", Some("my-project")),
            ("service-1@gs-project-accounts.gserviceaccount.com", None),
        ] {
            assert_eq!((wrong(email), project_of(email).as_deref()), (None, project), "{email}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for bad in ["", "ann@example.com", "@p.iam.gserviceaccount.com", "a@.evil", "a b@p.iam.gserviceaccount.com"] {
            assert!(wrong(bad).is_some(), "{bad}");
        }
        assert!(wrong("a/../b@p.iam.gserviceaccount.com").is_some(), "it goes into a path");
    }
}
