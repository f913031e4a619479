//! `/policy`: what is wrong with a policy, what several decide, and one made from a need.

use testkit::browser::judge;

use super::support::{Console, path_of};

const LISTS_OBJECTS: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "L", "Effect": "Allow",
"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::lake/*"}]}"#;

#[tokio::test]
async fn policies_are_examined_simulated_and_generated() {
    let console = Console::start();
    console.person("vic", "viewer").await;
    let browser = console.open_as("vic");
    browser.follow_link("Policy tools");
    judge(&browser, "policy-begin");
    browser.fill_label("Policy", LISTS_OBJECTS);
    browser.press_button("Examine");
    browser.wait_for_heading("What was found");
    assert!(browser.text(".findings").contains("bucket-action-on-object-arn"), "{}", browser.text(".findings"));
    assert_eq!(browser.value("Policy"), LISTS_OBJECTS, "one goes on from what one has");
    judge(&browser, "policy-findings");
    browser.press_button("Copy The mended policy");
    let mended = browser.clipboard();
    assert!(mended.contains("\"arn:aws:s3:::lake\"") && !mended.contains("lake/*"), "{mended}");
    browser.fill_label("Policy", "no policy");
    browser.press_button("Examine");
    browser.wait_for_text("not-json");

    browser.follow_link("Simulate");
    judge(&browser, "policy-simulate");
    browser.fill_label("Identity policy optional", &LISTS_OBJECTS.replace("ListBucket", "GetObject"));
    browser.fill_label("Who asks", "ann");
    browser.fill_label("What for", "s3:GetObject");
    browser.fill_label("With what", "arn:aws:s3:::lake/in/a.jpg");
    browser.press_button("Simulate");
    browser.wait_for(".field-wrong #f-principal");
    judge(&browser, "policy-simulate-refused");
    browser.fill_label("Who asks", "arn:aws:iam::111122223333:user/ann");
    browser.press_button("Simulate");
    browser.wait_for_text("It is allowed.");
    assert!(browser.text("table").contains("the identity policy"), "{}", browser.text("table"));
    judge(&browser, "policy-simulate-allowed");
    browser.fill_label("What for", "s3:DeleteObject");
    browser.press_button("Simulate");
    browser.wait_for_text("It is not allowed.");

    browser.follow_link("Generate");
    judge(&browser, "policy-generate");
    browser.choose("Method", "S3-compatible store");
    browser.fill_label("Bucket", "lake");
    browser.fill_label("Prefix optional", "in");
    browser.press_button("Show the policies");
    browser.wait_for_path(&path_of(
        "P/integrations/-/new/s3-compatible/setup?format=policies&bucket=lake&prefix=in&purpose=input",
    ));
    assert!(browser.text("#permission-policy").contains("lake"), "{}", browser.text("main"));
}

#[tokio::test]
async fn several_places_the_settings_of_a_method_and_gsutil_are_said_when_a_policy_is_made() {
    let console = Console::start();
    console.person("vic", "viewer").await;
    let browser = console.open_as("vic");
    browser.follow_link("Policy tools");
    browser.follow_link("Generate");
    browser.choose("Method", "Google Cloud service account key");
    browser.fill_label("Bucket", "lake");
    browser.fill_label("Prefix optional", "in");
    browser.fill_label("Further places optional", "lake/out output\npond");
    browser.fill_label("Settings of the method optional", "project_id=acme-data-1");
    browser.tick(
        "For gsutil too, on Google Cloud wider: it shows the names of all objects of the bucket, outside the prefix too",
        true,
    );
    browser.press_button("Show the policies");
    browser.wait_for_text("names of all objects");
    let policy = browser.text("#permission-policy");
    for part in [
        "lake/objects/in/",
        "lake/objects/out/",
        "roles/storage.objectUser",
        "roles/storage.legacyBucketReader",
        "pond",
        "acme-data-1",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(browser.text("main").contains("For gsutil the rights are wider"), "{}", browser.text("main"));
    judge(&browser, "policy-generated-for-gsutil");
    assert_eq!(browser.value("Further places optional"), "lake/out output\npond", "one goes on from what one has");
}
