//! Actions in words. The code stays beside them: it is what one filters by and what the API has.

/// Every action that is written down, with what it is called.
pub(super) const WORDS: &[(&str, &str)] = &[
    ("audit.read", "Read the audit"),
    ("audit.read-installation", "Read the installation's audit"),
    ("credential.issue", "Issue a credential"),
    ("datasource.change", "Change a datasource"),
    ("datasource.create", "Make a datasource"),
    ("datasource.delete", "Delete a datasource"),
    ("datasource.list", "List datasources"),
    ("datasource.prove", "Prove a datasource"),
    ("datasource.show", "Show a datasource"),
    ("grant.list", "List grants"),
    ("grant.revoke", "Revoke grants"),
    ("grant.revoke-own", "Revoke own grants"),
    ("grant.show", "Show a grant"),
    ("installation.govern", "See all integrations"),
    ("integration.browse", "Browse a provider"),
    ("integration.change", "Change an integration"),
    ("integration.create", "Make an integration"),
    ("integration.delete", "Delete an integration"),
    ("integration.list", "List integrations"),
    ("integration.prove", "Prove an integration"),
    ("integration.show", "Show an integration"),
    ("issuer.rotate", "Rotate the issuer's key"),
    ("issuer.show", "See the issuer"),
    ("key.rewrap", "Change the root key"),
    ("key.rotate", "Rotate the project's key"),
    ("key.status", "See the state of keys"),
    ("latency.record", "Record a latency"),
    ("member.change", "Change members"),
    ("member.list", "List members"),
    ("method.list", "List methods"),
    ("object.list", "List objects"),
    ("object.show", "Show an object"),
    ("password.change", "Change a password"),
    ("policy.examine", "Examine a policy"),
    ("project.create", "Make a project"),
    ("project.delete", "Delete a project"),
    ("project.list", "List projects"),
    ("project.show", "Show a project"),
    ("proof.changed", "A proof's result changed"),
    ("proof.list", "Read proofs"),
    ("self.show", "Show oneself"),
    ("service-account.change", "Change service accounts"),
    ("service-account.list", "List service accounts"),
    ("session.begin", "Sign in"),
    ("session.end", "Sign out"),
    ("session.manage", "Manage own sessions"),
    ("setup.show", "Show the cloud side's setup"),
    ("token.create-own", "Make an own token"),
    ("token.create-service", "Make a service account's token"),
    ("token.list", "List tokens"),
    ("token.list-own", "List own tokens"),
    ("token.revoke", "Revoke a token"),
    ("token.revoke-own", "Revoke an own token"),
    ("url.sign", "Sign URLs"),
    ("url.use", "Use a URL of Tidegate's own"),
    ("user.change", "Change a user"),
    ("user.create", "Make a user"),
    ("user.list", "List users"),
    ("user.show", "Show a user"),
];

/// What an action is called; what is not known keeps its code.
pub(super) fn of(action: &str) -> &str {
    WORDS.iter().find(|(code, _)| *code == action).map_or(action, |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_words_and_they_are_in_order() {
        for action in authz::Action::ALL {
            assert!(WORDS.iter().any(|(code, _)| *code == action.as_str()), "{} has no words", action.as_str());
        }
        assert!(WORDS.is_sorted_by(|(a, _), (b, _)| a < b));
        assert_eq!((of("url.sign"), of("else.where")), ("Sign URLs", "else.where"));
    }
}
