//! The clouds of Azure: parts that share nothing, each with its own hosts.

use domain::provider::Choice;

/// What differs between them ("National clouds" of Microsoft Entra ID's documentation; "Azure Storage endpoints").
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cloud {
    id: &'static str,
    /// Where applications sign in.
    pub(super) authority: &'static str,
    /// The blob service of an account, with `{account}`.
    pub(super) blob_endpoint: &'static str,
    /// What tokens of a federated credential are for ("Configure an app to trust an external identity provider").
    pub(super) exchange_audience: &'static str,
}

const CLOUDS: [Cloud; 3] = [
    Cloud {
        id: "public",
        authority: "https://login.microsoftonline.com",
        blob_endpoint: "https://{account}.blob.core.windows.net",
        exchange_audience: "api://AzureADTokenExchange",
    },
    Cloud {
        id: "government",
        authority: "https://login.microsoftonline.us",
        blob_endpoint: "https://{account}.blob.core.usgovcloudapi.net",
        exchange_audience: "api://AzureADTokenExchangeUSGov",
    },
    Cloud {
        id: "china",
        authority: "https://login.partner.microsoftonline.cn",
        blob_endpoint: "https://{account}.blob.core.chinacloudapi.cn",
        exchange_audience: "api://AzureADTokenExchangeChina",
    },
];

/// The words for them.
pub(super) const NAMES: &[&str] = &["public", "government", "china"];

/// What the words mean.
pub(super) const CHOICES: &[Choice] = &[
    Choice { word: "public", title: "Azure", note: "The cloud that is meant unless somebody says otherwise." },
    Choice { word: "government", title: "Azure Government", note: "The cloud for agencies of the United States." },
    Choice { word: "china", title: "Azure China", note: "The cloud that 21Vianet operates." },
];

impl Cloud {
    /// The cloud of that word; the public one if there is none.
    pub(super) fn named(word: Option<&str>) -> &'static Self {
        let [public, ..] = &CLOUDS;
        CLOUDS.iter().find(|cloud| Some(cloud.id) == word).unwrap_or(public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_names_a_cloud_and_has_a_meaning() {
        for name in NAMES {
            assert_eq!(Cloud::named(Some(name)).id, *name);
            assert!(CHOICES.iter().any(|choice| choice.word == *name));
        }
        assert_eq!(Cloud::named(None).authority, "https://login.microsoftonline.com");
        assert_eq!(NAMES.len(), CLOUDS.len());
    }
}
