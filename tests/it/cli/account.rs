//! A customer's account, and a Tidegate with an identity of its own that is connected to it.
//!
//! SeaweedFS stands in for AWS. What it cannot do is done by doubles: external ids by a front, which
//! also sees what was sent to STS; the printed permission policy is loaded as it stands into a
//! further gateway, and of the printed trust policy what SeaweedFS does not know is dropped.

use std::fs;
use std::process::Command;

use serde_json::Value;
use testkit::component::{self, BROKER};
use testkit::gateway::adapt;
use testkit::tidegate::{Output, Setup, Tidegate};
use testkit::{Bucket, Gateway, Iam, StsFront};

use crate::support::{self, EGRESS, PROGRAM, PROJECT, admin, check};

/// The customer's bucket and role.
pub(crate) struct Account {
    pub(crate) front: StsFront,
    pub(crate) bucket: Bucket,
    gateway: Option<Gateway>,
}

/// An account that is connected: the integration `lake`, the datasources `in` and `out`.
pub(crate) struct Connected {
    pub(crate) account: Account,
    pub(crate) tidegate: Tidegate,
}

impl Account {
    pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/tidegate-lake";

    /// An account with a bucket and without a role.
    pub(crate) async fn new() -> Self {
        let seaweed = component::seaweed();
        let bucket = Bucket::create(&seaweed.url).await;
        bucket.put("in/a b+c.txt", "from the customer").await.ok();
        bucket.put("other/secret.txt", "not for Tidegate").await.ok();
        Self { front: StsFront::start(&seaweed.url), bucket, gateway: None }
    }

    /// A Tidegate whose own identity is the user `broker`, with the project.
    pub(crate) fn tidegate(&self) -> Tidegate {
        let mut tidegate = Setup::new(PROGRAM).config(EGRESS).prepare();
        let secret = tidegate.dir().join("broker.secret");
        fs::write(&secret, format!("{}\n", BROKER.secret_access_key)).unwrap();
        tidegate.add_config(&format!(
            "[aws.identity.aws]\nsource = \"keys\"\naccess_key_id = \"{}\"\nsecret_access_key_file = \"{}\"\n\
             sts_endpoint = \"{}\"\nprincipal_arn = \"{}\"",
            BROKER.access_key_id,
            secret.display(),
            self.front.url(),
            BROKER.arn()
        ));
        support::give_password(&mut tidegate);
        tidegate.start();
        admin(&tidegate, &format!("project create {PROJECT}")).ok();
        tidegate
    }

    /// What `setup` needs to know of the places.
    pub(crate) fn places(&self) -> String {
        let bucket = self.bucket.name();
        format!("--bucket {bucket} --prefix in --purpose input --bucket {bucket} --prefix out --purpose output")
    }

    /// The customer makes the role as `setup` printed it.
    pub(crate) fn apply(&mut self, setup: &Value) {
        let external_id = adapt(&setup["trust_policy"]).external_id;
        assert!(external_id.is_some(), "the trust policy must require the external id: {setup}");
        self.make_role(setup, &setup["permission_policy"], external_id.as_deref());
    }

    /// The customer makes the role with a permission policy and an external id of his own choice.
    pub(crate) fn make_role(&mut self, setup: &Value, permission: &Value, external_id: Option<&str>) {
        let gateway = Gateway::start(Iam::new().printed_role(Self::ROLE, &setup["trust_policy"], permission));
        self.front.require(Self::ROLE, external_id);
        self.front.forward_to(&gateway.url());
        self.gateway = Some(gateway);
    }
}

impl Connected {
    /// Connects an account by what `setup` prints.
    pub(crate) async fn new() -> Self {
        let mut account = Account::new().await;
        let tidegate = account.tidegate();
        let line = format!("integration setup --method aws-cross-account {} --format json", account.places());
        account.apply(&admin(&tidegate, &line).ok().json());
        let connected = Self { account, tidegate };
        let (role, front) = (Account::ROLE, connected.account.front.url());
        connected
            .admin(&format!("integration create aws-cross-account lake --set role_arn={role} --set endpoint={front}"))
            .ok();
        connected.datasource("in", "input").ok();
        connected.datasource("out", "output").ok();
        connected
    }

    /// Makes a datasource of the prefix of the same name.
    pub(crate) fn datasource(&self, name: &str, purpose: &str) -> Output {
        let bucket = self.account.bucket.name();
        self.admin(&format!(
            "datasource create {name} --integration lake --bucket {bucket} --prefix {name} --purpose {purpose}"
        ))
    }

    /// A command of the administrator.
    pub(crate) fn admin(&self, line: &str) -> Output {
        admin(&self.tidegate, line)
    }

    /// Makes a developer of the project and signs her in; `person` is her command line from then on.
    pub(crate) fn sign_in(&self, name: &str) {
        let file = |file: &str, text: &str| {
            let path = self.tidegate.dir().join(file);
            fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let (first, own) = (file("first", "first-Password-of-hers\n"), file("own", "own-Password-of-hers\n"));
        self.admin(&format!("user create {name} --password-file {first}")).ok();
        self.admin(&format!("member add {name} --role developer")).ok();
        let mut login = self.person();
        login.args(["login", "--user", name, "--password-file", &first, "--new-password-file", &own]);
        let done = login.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// The command line of whoever signed in.
    pub(crate) fn person(&self) -> Command {
        let mut command = self.tidegate.command();
        command.env("TIDEGATE_SERVER", self.tidegate.url()).env("TIDEGATE_PROJECT", PROJECT);
        command
    }
}

/// The names of all checks of a proof, in order.
pub(crate) fn names(proof: &Value) -> Vec<&str> {
    proof["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect()
}

/// The policy that a check proposes.
pub(crate) fn remedy_of<'a>(proof: &'a Value, name: &str) -> &'a Value {
    let policy = &check(proof, name)["remedy"]["policy"];
    assert!(policy.is_object(), "no policy in {}", check(proof, name));
    policy
}
