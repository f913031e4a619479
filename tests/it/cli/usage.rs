//! The command line by itself: what it prints without a server, and what it refuses before asking one.

use serde_json::{Value, json};

use crate::support::{admin, problem_of, started};

/// What was printed on standard output, as JSON.
fn printed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("not JSON ({why}): {text}"))
}

#[test]
fn commands_without_a_server_print_json_too() {
    let tidegate = started();
    let config = tidegate.config_file().display().to_string();
    let run = |line: &[&str]| tidegate.cli(line.iter().copied());

    let checked = run(&["check-config", "--config", &config, "--output", "json"]);
    assert_eq!(printed(&checked.stdout)["valid"], json!(true));
    assert_eq!(printed(&checked.stdout)["values"]["egress.allow"], "127.0.0.0/8");
    let examined = run(&["doctor", "--config", &config, "--output", "json"]);
    let items = printed(&examined.stdout)["items"].clone();
    assert_eq!((&items[0]["name"], &items[0]["status"]), (&json!("configuration"), &json!("ok")), "{items}");

    let missing = run(&["check-config", "--config", "no.toml", "--output", "json"]);
    assert_eq!((missing.code, &problem_of(&missing)["code"]), (2, &json!("usage")));
}

#[test]
fn logout_ends_only_a_sign_in_that_was_kept() {
    let tidegate = started();
    let refused = admin(&tidegate, "logout");
    assert_eq!((refused.code, &problem_of(&refused)["code"]), (2, &json!("usage")));
    assert_eq!(admin(&tidegate, "whoami").code, 0, "the token of the variable still works");
}

#[test]
fn variables_do_not_show_in_lines_of_usage() {
    let tidegate = started();
    let refused = tidegate.cli(["url", "sign", "d"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("Usage: tidegate url sign <DATASOURCE> <KEY>..."), "{}", refused.stderr);
    let helped = tidegate.cli(["project"]);
    assert!(helped.code == 2 && helped.stderr.contains("Make a project"), "{}", helped.stderr);
}

#[test]
fn the_methods_of_a_server_are_listed_and_each_tells_what_it_takes() {
    let tidegate = started();
    let listed = printed(&admin(&tidegate, "integration methods").ok().stdout)["items"].clone();
    let table = tidegate.cli(["--output", "table", "integration", "methods"]).ok().stdout;
    for method in listed.as_array().unwrap() {
        let id = method["id"].as_str().unwrap();
        assert!(table.contains(id), "{table}");
        let told = tidegate.cli(["--output", "table", "integration", "methods", id]).ok().stdout;
        for field in method["fields"].as_array().unwrap() {
            assert!(told.contains(&format!("  {} (", field["name"].as_str().unwrap())), "{told}");
        }
        let one = admin(&tidegate, &format!("integration methods {id}")).ok();
        assert_eq!(printed(&one.stdout), *method);
    }
    let refused = admin(&tidegate, "integration methods aws");
    assert_eq!((refused.code, &problem_of(&refused)["code"]), (2, &json!("usage")));
}
