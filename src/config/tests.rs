use std::path::Path;

use super::*;

fn load(text: &str, env: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let mut env: Environment = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    env.entry("HOME".to_owned()).or_insert_with(|| "/home/ann".to_owned());
    Config::load(Some((Path::new("t.toml"), text.to_owned())), &env)
}

fn mistakes(text: &str, env: &[(&str, &str)]) -> Vec<String> {
    load(text, env).map_or_else(|errors| errors.0.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

fn file(content: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    file
}

#[test]
fn nothing_given_is_valid_and_stays_on_loopback() {
    let config = Config::load(None, &Environment::new()).unwrap();
    assert_eq!(config.listen, "127.0.0.1:7373".parse().unwrap());
    assert!(matches!(&config.store, Store::Sqlite { path } if *path == config.data_dir.join("tidegate.db")));
    assert!(matches!(&config.keyring, Keyring::File(path) if *path == config.data_dir.join("root.key")));
    assert!(matches!(config.metrics, Metrics::Off));
}

#[test]
fn each_mistake_names_its_line_and_what_would_be_right() {
    let long = "[network]\nallow = [\n  \"10.0.0.0/8\",\n  \"10.0.0.0/33\",\n]";
    for (text, place, problem, mend) in [
        ("\nlisten = \"localhost\"", "t.toml, line 2: listen:", "'localhost' is not", "127.0.0.1:7373"),
        ("listen = \"0.0.0.0:7373\"", "line 1: listen:", "not loopback", "trusted_proxies"),
        ("listen = \"0.0.0.0:1\"\n[network]\ntrusted_proxies = []", "line 1: listen:", "not loopback", "[tls]"),
        ("listen = \"0.0.0.0:1\"\n[tls]", "line 1: listen:", "not loopback", "[tls]"),
        ("listen = 7373", "line 1: listen:", "is a string, not a number", "quotation marks"),
        ("public_url = \"https://a/b\"", "line 1: public_url:", "path", "https://"),
        ("public_url = \"https://a?x\"", "line 1: public_url:", "query", "https://"),
        ("data_dirr = \"/x\"", "line 1: data_dirr:", "is not a key", "data_dir"),
        (
            "[tls]\ncert_file = \"/nonexistent\"\nkey_file = \"/nonexistent\"",
            "line 2: tls.cert_file:",
            "cannot read",
            "may read",
        ),
        ("[tlss]\na = 1", "line 1: tlss:", "is not a key", "tls"),
        ("[store]\nurl = \"mysql://x\"", "line 2: store.url:", "PostgreSQL", "postgres://"),
        ("[store]\nurl_file = \"/nonexistent\"", "line 2: store.url_file:", "cannot read /nonexistent", "may read"),
        ("[keyring]\npassphrase_file = \"/nonexistent\"", "line 2: keyring.passphrase_file:", "cannot read", ""),
        (long, "line 4: network.allow:", "'10.0.0.0/33' is not a network", "10.0.0.0/8"),
        ("[egress]\nallow = \"10.0.0.0/8\"", "line 2: egress.allow:", "is a list", "[\"first\""),
        ("[egress]\nproxy = \"socks5://p\"", "line 2: egress.proxy:", "http", "http://proxy"),
        ("[aws]\nallow_ambient = [\"A B\"]", "line 2: aws.allow_ambient:", "'A B'", "project"),
        ("[aws.identity.aws]\nsource = \"magic\"", "line 2: aws.identity.aws.source:", "'magic'", "\"ambient\""),
        ("[aws.identity.aws]", "line 1: aws.identity.aws.source:", "is missing", "\"keys\""),
        (
            "[aws.identity.aws]\nsource = \"keys\"\naccess_key_id = \"A\"",
            "line 1: aws.identity.aws.secret_access_key_file:",
            "missing",
            "needs it",
        ),
        (
            "[aws.identity.aws]\nsource = \"ambient\"\naccess_key_id = \"A\"",
            "line 1: aws.identity.aws.access_key_id:",
            "belong",
            "leave it out",
        ),
        (
            "[aws.identity.aws]\nsource = \"ambient\"\nprincipal_arn = \"arn:aws-cn:iam::1:role/x\"",
            "line 3: aws.identity.aws.principal_arn:",
            "'aws-cn'",
            "arn:aws:",
        ),
        (
            "[gcp]\nidentity_audience = \"tidegate\"",
            "line 2: gcp.identity_audience:",
            "'tidegate'",
            "//iam.googleapis.com",
        ),
        (
            "[gcp]\nidentity_audience = \"//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/Tide/providers/tidegate\"",
            "line 2: gcp.identity_audience:",
            "Tide",
            "lower-case",
        ),
        ("[gcp]\nsts_endpoint = \"https://sts.example/v1\"", "line 2: gcp.sts_endpoint:", "path", "https://"),
        ("[azure]\nblob_endpoint = \"https://blob.example\"", "line 2: azure.blob_endpoint:", "{account}", "https://"),
        ("[azure]\nauthority = \"login.example\"", "line 2: azure.authority:", "https://", "https://"),
        ("[local_directory]\nallow = [\"data\"]", "line 2: local_directory.allow:", "absolute", "/srv/data"),
        ("[proofs]\nevery = \"4m\"", "line 2: proofs.every:", "'4m' is too often", "5m"),
        ("[proofs]\nevery = \"daily\"", "line 2: proofs.every:", "'daily' is not a length", "off"),
        ("[grants]\nkeep = \"6d\"", "line 2: grants.keep:", "'6d' is too short", "7d"),
        ("[grants]\nkeep = \"long\"", "line 2: grants.keep:", "'long' is not a length", "forever"),
        ("[log]\nlevel = \"loud\"", "line 2: log.level:", "'loud'", "debug"),
        ("[log]\nformat = \"xml\"", "line 2: log.format:", "'xml'", "json"),
        ("log = 3", "line 1: log:", "is a table", "[log]"),
        ("listen = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:2\"", "line 2: ", "duplicate key", "TOML"),
    ] {
        let found = mistakes(text, &[]);
        let hit = found.iter().any(|m| m.contains(place) && m.contains(problem) && m.contains(mend));
        assert!(hit, "{text:?} gave {found:#?}");
    }
}

#[test]
fn two_sources_of_one_thing_are_refused() {
    let secret = file("hunter2\n");
    let path = secret.path().display();
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (text, env) in [
        (format!("[keyring]\nroot_key_file = \"/k\"\npassphrase_file = \"{path}\""), vec![]),
        ("[keyring]\nroot_key_file = \"/k\"".to_owned(), vec![("TIDEGATE_ROOT_KEY", key)]),
        (format!("[metrics]\nlisten = \"127.0.0.1:9\"\ntoken_file = \"{path}\""), vec![]),
        (
            format!("[store]\nurl = \"postgres://a/b\"\nurl_file = \"{}\"", file("postgres://a/b").path().display()),
            vec![],
        ),
    ] {
        assert!(load(&text, &env).is_err(), "{text}");
    }
}

#[test]
fn all_mistakes_are_reported_together() {
    let found = mistakes(
        "listen = \"x\"\nwhat = 1\n[log]\nlevel = \"loud\"",
        &[("TIDEGATE_CFG__LOG__FORMAT", "xml"), ("TIDEGATE_CFG__NOPE", "1"), ("TIDEGATE_ROOT_KEY", "short")],
    );
    assert_eq!(found.len(), 6, "{found:#?}");
    for part in ["listen", "what", "log.level", "TIDEGATE_CFG__LOG__FORMAT", "TIDEGATE_CFG__NOPE", "TIDEGATE_ROOT_KEY"]
    {
        assert!(found.iter().any(|mistake| mistake.contains(part)), "{part}");
    }
}

#[test]
fn the_environment_wins_over_the_file_and_takes_lists_in_every_form() {
    for list in ["[\"10.0.0.0/8\", \"fd00::/8\"]", "['10.0.0.0/8', 'fd00::/8']", "10.0.0.0/8, fd00::/8"] {
        let env =
            [("TIDEGATE_CFG__EGRESS__ALLOW", list), ("TIDEGATE_CFG__LISTEN", "127.0.0.1:9"), ("TIDEGATE_OTHER", "x")];
        let config = load("listen = \"127.0.0.1:1\"\n[egress]\nallow = [\"127.0.0.0/8\"]", &env).unwrap();
        assert_eq!(config.listen.port(), 9);
        assert_eq!(config.egress.allow.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "fd00::/8"]);
    }
}

#[test]
fn a_nested_table_is_reached_from_the_environment() {
    let secret = file("s3cr3t\n");
    let path = secret.path().to_str().unwrap();
    let config = load(
        "",
        &[
            ("TIDEGATE_CFG__AWS__IDENTITY__AWS_CN__SOURCE", "keys"),
            ("TIDEGATE_CFG__AWS__IDENTITY__AWS_CN__ACCESS_KEY_ID", "AKIA"),
            ("TIDEGATE_CFG__AWS__IDENTITY__AWS_CN__SECRET_ACCESS_KEY_FILE", path),
        ],
    )
    .unwrap();
    let AwsSource::Keys { access_key_id, secret_access_key } = &config.aws.identity["aws-cn"].source else { panic!() };
    assert_eq!((access_key_id.as_str(), secret_access_key.expose()), ("AKIA", &b"s3cr3t"[..]));
}

#[test]
fn a_root_key_of_the_environment_is_32_decoded_bytes() {
    let good = load("", &[("TIDEGATE_ROOT_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")]).unwrap();
    let Keyring::Key(key) = &good.keyring else { panic!() };
    assert_eq!(key.expose(), (0..32).collect::<Vec<u8>>());
    for bad in ["?", "AAEC", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIA=="] {
        assert!(mistakes("", &[("TIDEGATE_ROOT_KEY", bad)])[0].contains("32 random bytes"), "{bad}");
    }
}

#[test]
fn tls_needs_both_files_to_be_what_they_say_and_then_allows_any_address() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (file(&made.cert.pem()), file(&made.signing_key.serialize_pem()));
    let (cert, key) = (cert.path().display(), key.path().display());
    let both = format!("listen = \"0.0.0.0:7373\"\n[tls]\ncert_file = \"{cert}\"\nkey_file = \"{key}\"");
    assert!(load(&both, &[]).unwrap().tls.is_some());
    let swapped = mistakes(&format!("[tls]\ncert_file = \"{key}\"\nkey_file = \"{cert}\""), &[]);
    assert!(swapped[0].contains("no certificate") && swapped[1].contains("no private key"), "{swapped:?}");
    assert!(mistakes(&format!("[tls]\ncert_file = \"{cert}\""), &[])[0].contains("tls.key_file: is missing"));
}

#[test]
fn no_secret_is_in_debug_or_in_what_is_shown_or_in_a_mistake() {
    let secret = file("canary\n");
    let path = secret.path().display();
    let text = format!(
        "[store]\nurl = \"postgres://u:canary@h/d\"\n[keyring]\npassphrase_file = \"{path}\"\n[metrics]\ntoken_file = \"{path}\"\n\
         [egress]\nproxy = \"http://u:canary@p:1\"\n[aws.identity.aws]\nsource = \"keys\"\naccess_key_id = \"A\"\nsecret_access_key_file = \"{path}\""
    );
    let config = load(&text, &[]).unwrap();
    assert!(!format!("{config:?} {}", config.show()).contains("canary"));
    for broken in ["[store]\nurl = \"canary\"", "[store]\nurl = \"canary", "[egress]\nproxy = \"canary://\""] {
        let shown = load(broken, &[("TIDEGATE_ROOT_KEY", "canary")]).unwrap_err().to_string();
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[test]
fn bootstrap_files_are_named_and_not_opened() {
    let config = load("", &[("TIDEGATE_ADMIN_PASSWORD_FILE", "/nonexistent")]).unwrap();
    assert_eq!(config.bootstrap.password_file.as_deref(), Some(Path::new("/nonexistent")));
    assert_eq!(config.bootstrap.token_file, None);
}

#[test]
fn grants_are_kept_for_a_quarter_unless_another_time_is_given() {
    let keep = |text: &str| load(text, &[]).unwrap().grants.keep.map(|keep| keep.as_secs() / 86_400);
    assert_eq!((keep(""), keep("[grants]\nkeep = \"7d\"")), (Some(90), Some(7)));
    assert_eq!(keep("[grants]\nkeep = \"forever\""), None);
    assert!(load("", &[]).unwrap().show().to_string().contains("grants that have ended = kept for 90d\n"));
}

#[test]
fn proofs_run_again_daily_unless_another_interval_is_given_or_they_are_off() {
    let every = |text: &str| load(text, &[]).unwrap().proofs.every.map(|every| every.as_secs());
    assert_eq!(every(""), Some(86_400));
    assert_eq!(every("[proofs]\nevery = \"5m\""), Some(300));
    assert_eq!(every("[proofs]\nevery = \"off\""), None);
    assert!(load("[proofs]\nevery = \"off\"", &[]).unwrap().show().to_string().contains("proofs = off\n"));
}

#[test]
fn a_folder_that_holds_the_database_or_a_secret_is_never_allowed_to_tenants() {
    let there = tempfile::tempdir().unwrap();
    let path = |end: &str| there.path().join(end);
    std::fs::create_dir_all(path("srv/tidegate")).unwrap();
    std::fs::create_dir_all(path("srv/data")).unwrap();
    std::os::unix::fs::symlink(path("srv"), path("link")).unwrap();
    let config = |allow: &Path| {
        let (data_dir, key) = (path("srv/tidegate"), path("keys/root.key"));
        format!("data_dir = {data_dir:?}\n[keyring]\nroot_key_file = {key:?}\n[local_directory]\nallow = [{allow:?}]")
    };
    for bad in ["", "srv", "srv/tidegate", "link", "link/tidegate", "keys"] {
        let found = mistakes(&config(&path(bad)), &[]);
        assert!(matches!(found.as_slice(), [one] if one.contains("Tidegate's own")), "{bad}: {found:?}");
    }
    assert_eq!(mistakes(&config(Path::new("/")), &[]).len(), 1);
    let secret = path("srv/more/metrics.token");
    std::fs::create_dir_all(path("srv/more")).unwrap();
    std::fs::write(&secret, "a-token-of-the-metrics-0123456789").unwrap();
    let found = mistakes(&format!("{}\n[metrics]\ntoken_file = {secret:?}", config(&path("srv/more"))), &[]);
    assert!(matches!(found.as_slice(), [one] if one.contains("Tidegate's own")), "{found:?}");
    for good in ["srv/data", "link/data", "srv/tidegate-data", "srv/tidegate/objects"] {
        assert_eq!(mistakes(&config(&path(good)), &[]), Vec::<String>::new(), "{good}");
    }
}
