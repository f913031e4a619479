//! `/projects/{project}/grants`

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::{ask, get, member, post};
use crate::tenants::tenants;

#[tokio::test]
async fn the_list_says_in_words_what_is_live_and_filters_by_the_address() {
    let tenants = tenants().await;
    let owner = &tenants.their_owner;
    let list = |query: &'static str| get(&tenants, owner, query);
    let live = list("/projects/theirs/grants").await;
    assert_eq!(live.status, StatusCode::OK);
    live.shows(&["Signed URLs", "GET of 1 key under", "their-datasource", "not before it ends", "Revoke selected"]);
    for (query, seen) in [
        ("state=all", true),
        ("kind=urls&principal=admin&datasource=their-datasource", true),
        ("kind=credential", false),
        ("state=expired", false),
    ] {
        let page = get(&tenants, owner, &format!("/projects/theirs/grants?{query}")).await;
        assert_eq!((page.status, page.html.contains("GET of 1 key")), (StatusCode::OK, seen), "{query}");
    }
    list("/projects/theirs/grants?kind=credential").await.shows(&["No grant matches", "Clear the filter"]);
    get(&tenants, member(&tenants, "viewer"), "/projects/ours/grants").await.shows(&["Nobody has access now"]);
}

#[tokio::test]
async fn a_filter_that_cannot_be_is_said_beside_the_form_that_stays() {
    let tenants = tenants().await;
    for query in
        ["state=x", "kind=%3Cscript%3E", "integration=absent", "principal=nobody", "after=x", "limit=0", "limit=x"]
    {
        let page = get(&tenants, &tenants.their_owner, &format!("/projects/theirs/grants?{query}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {}", page.html);
        page.shows(&["role=\"alert\"", "class=\"filters\""]);
        assert!(!page.html.contains("<script>"), "{query}");
    }
    let page = get(&tenants, &tenants.their_owner, "/projects/theirs/grants?integration=%22%3E%3Cb%3E").await;
    page.shows(&["value=\"&#34;&#62;&#60;b&#62;\""]);
}

#[tokio::test]
async fn a_grant_of_somebody_else_is_missing_like_one_that_is_nowhere() {
    let tenants = tenants().await;
    let (theirs, absent) = (&tenants.theirs["grant"], &tenants.absent["grant"]);
    get(&tenants, &tenants.their_owner, &format!("/projects/theirs/grants/{theirs}")).await.shows(&[
        theirs,
        "Taking it back",
        "cannot be taken back: the provider accepts it until it ends",
        "In the audit",
    ]);
    let seen = async |id: &str| {
        let page = get(&tenants, member(&tenants, "owner"), &format!("/projects/ours/grants/{id}")).await;
        let request = page.header("x-request-id").to_owned();
        (page.status, page.html.replace(id, "").replace(&request, ""))
    };
    let missing = seen(absent).await;
    assert_eq!((missing.0, &seen(theirs).await, &seen("nonsense").await), (StatusCode::NOT_FOUND, &missing, &missing));
}

#[tokio::test]
async fn what_breaks_is_shown_first_and_revoking_leads_to_how_it_went() {
    let tenants = tenants().await;
    let (owner, id) = (&tenants.their_owner, &tenants.theirs["grant"]);
    let path = "/projects/theirs/grants/revoke";
    let preview = get(&tenants, owner, &format!("{path}?id={id}&id=nonsense")).await;
    preview.shows(&["Revoke 1 grant", "What breaks", "cannot be taken back before it ends", "There is no such grant"]);
    get(&tenants, owner, &format!("{path}?by=integration&name=their-integration")).await.shows(&["Revoke 1 grant"]);
    let done = post(&tenants, owner, path, &format!("id={id}&id=nonsense")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    let led_to = done.header("location").to_owned();
    assert_eq!(led_to, format!("/projects/theirs/grants/revoked?id={id}&left=nonsense"));
    get(&tenants, owner, &led_to).await.shows(&["revoking", "works until it ends by itself"]);
    get(&tenants, owner, &format!("{path}?id={id}")).await.shows(&["Nothing to revoke"]);
    let again = post(&tenants, owner, path, &format!("id={id}")).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    get(&tenants, owner, again.header("location")).await.shows(&["Left as they were", "It was revoked before."]);
    let part = Request::get(format!("{led_to}&awaited=0")).header("hx-request", "true");
    assert_eq!(ask(&tenants, owner, part, Body::empty()).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn of_very_many_the_number_is_exact_and_the_first_are_named() {
    let tenants = tenants().await;
    tenants.repeat_grant(1_199).await;
    let path = "/projects/theirs/grants/revoke?by=integration&name=their-integration";
    let preview = get(&tenants, &tenants.their_owner, path).await;
    preview.shows(&["1,200 grants held by", "<strong>1,200</strong> cannot be taken back", "And 1,150 more."]);
    assert_eq!(preview.html.matches("data-label=\"Holder\"").count(), 50);
}

#[tokio::test]
async fn everything_of_a_project_is_revoked_only_where_its_name_was_typed() {
    let tenants = tenants().await;
    let owner = &tenants.their_owner;
    let path = "/projects/theirs/grants/revoke";
    get(&tenants, owner, &format!("{path}?by=project&name=theirs"))
        .await
        .shows(&["Type <code>theirs</code> to confirm"]);
    for typed in ["", "Theirs", "ours"] {
        let refused = post(&tenants, owner, path, &format!("by=project&name=theirs&typed={typed}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        refused.shows(&["id=\"e-typed\""]);
    }
    let done = post(&tenants, owner, path, "by=project&name=theirs&typed=theirs").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    let other = post(&tenants, owner, path, "by=project&name=ours&typed=theirs").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "another project than that of the path");
}

#[tokio::test]
async fn a_choice_is_bounded_and_no_choice_leads_back() {
    let tenants = tenants().await;
    let owner = &tenants.their_owner;
    let path = "/projects/theirs/grants/revoke";
    let many = |count: usize| {
        let ids: Vec<_> = (0..count).map(|at| format!("id=0197d2f0-0000-7000-8000-{at:012}")).collect();
        ids.join("&")
    };
    for count in [501, 10_000] {
        let refused = post(&tenants, owner, path, &many(count)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{count}");
        refused.shows(&["Pick 1 to 500 grants", "aria-label=\"Main\""]);
    }
    let refused = get(&tenants, owner, &format!("{path}?{}", many(501))).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for answer in [get(&tenants, owner, path).await, post(&tenants, owner, path, "x=1").await] {
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/projects/theirs/grants"));
    }
    let garbage = get(&tenants, owner, &format!("{path}?by=colour&name=red")).await;
    assert_eq!(garbage.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn who_may_not_revoke_is_offered_nothing_and_refused_by_hand() {
    let tenants = tenants().await;
    let viewer = member(&tenants, "viewer");
    let list = get(&tenants, viewer, "/projects/ours/grants").await;
    assert!(!list.html.contains("/grants/revoke"), "{}", list.html);
    for answer in [
        get(&tenants, viewer, "/projects/ours/grants/revoke?by=project&name=ours").await,
        post(&tenants, viewer, "/projects/ours/grants/revoke", "by=project&name=ours&typed=ours").await,
        post(
            &tenants,
            member(&tenants, "developer"),
            "/projects/ours/grants/revoke",
            "by=project&name=ours&typed=ours",
        )
        .await,
    ] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        answer.shows(&["You may not do this", "aria-label=\"Main\""]);
    }
}
