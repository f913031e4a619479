//! Principals, passwords, tokens, members.

use domain::ErrorKind;
use domain::id::TokenId;
use domain::principal::{PrincipalKind, Role, TokenLimit};
use store::tokens::{StoredToken, TokenFilter, TokenKind};
use store::{members, passwords, principals, tokens};

use crate::bench::{Bench, ask, at, on_both, unit, user};

on_both!(
    user_names_are_unique_in_the_installation_and_those_of_service_accounts_in_a_project,
    a_principal_comes_back_as_it_was_kept,
    users_come_in_pages_that_neither_skip_nor_repeat,
    wrong_attempts_are_counted_and_forgotten,
    a_token_is_found_by_its_hash_until_it_ends,
    tokens_are_listed_without_sessions,
    a_member_has_one_role,
    sessions_and_tokens_of_a_project_end_apart,
    disabled_administrators_are_not_counted,
);

async fn user_names_are_unique_in_the_installation_and_those_of_service_accounts_in_a_project(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let error = unit!(bench, |tx| principals::insert(tx, &user("one")).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameTaken);
    assert_eq!(error.fields()[0].pointer, "/name");
    for (project, expected) in
        [(one.project.id, None), (two.project.id, None), (one.project.id, Some(ErrorKind::NameTaken))]
    {
        let mut account = user("one");
        account.principal.kind = PrincipalKind::ServiceAccount;
        account.project = Some(project);
        let outcome = unit!(bench, |tx| principals::insert(tx, &account).await);
        assert_eq!(outcome.err().map(|error| error.kind()), expected);
    }
    let mut tx = bench.look().await;
    let account = principals::service_account(&mut tx, two.project.id, "one").await.unwrap().unwrap();
    assert_eq!(account.project, Some(two.project.id));
    assert_eq!(principals::users(&mut tx, &ask(10, None)).await.unwrap().items.len(), 2);
    assert_eq!(principals::service_accounts(&mut tx, one.project.id, &ask(10, None)).await.unwrap().items.len(), 1);
}

async fn a_principal_comes_back_as_it_was_kept(bench: Bench) {
    let mut ann = user("ann@example.com");
    ann.principal.administrator = true;
    let (id, new) = (ann.principal.id, ann.clone());
    let properties = [("role".to_owned(), "${\"é".to_owned())].into();
    unit!(bench, |tx| {
        principals::insert(tx, &new).await?;
        assert!(principals::set_properties(tx, id, &properties).await?);
        assert!(principals::set_disabled(tx, id, true).await?);
        assert!(!principals::set_disabled(tx, domain::id::PrincipalId::new(), true).await?);
        Ok(())
    })
    .unwrap();
    let mut tx = bench.look().await;
    let kept = principals::user(&mut tx, "ann@example.com").await.unwrap().unwrap();
    assert_eq!((kept.principal.id, kept.principal.administrator, kept.disabled), (id, true, true));
    assert_eq!((kept.created_at, kept.principal.kind), (at(0), PrincipalKind::User));
    assert_eq!(kept.principal.properties["role"], "${\"é");
    assert!(principals::get(&mut tx, id).await.unwrap().is_some());
    assert!(principals::user(&mut tx, "bob").await.unwrap().is_none());
}

async fn users_come_in_pages_that_neither_skip_nor_repeat(bench: Bench) {
    // The order is by byte on both engines: '+' < '-' < '.' < '@' < '_' < 'a'.
    let names = ["a", "a+", "a-", "a.", "a@", "a_", "aa"];
    unit!(bench, |tx| {
        for name in names.iter().rev() {
            principals::insert(tx, &user(name)).await?;
        }
        Ok(())
    })
    .unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = principals::users(&mut bench.look().await, &ask(2, after)).await.unwrap();
        seen.extend(page.items.into_iter().map(|item| item.principal.name));
        after = page.next;
        // What is added before the cursor is not shown, and moves nothing.
        if seen.len() == 2 {
            unit!(bench, |tx| principals::insert(tx, &user("0")).await).unwrap();
        }
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, names);
}

async fn wrong_attempts_are_counted_and_forgotten(bench: Bench) {
    let id = bench.tenant("ann").await.user.principal.id;
    unit!(bench, |tx| {
        assert!(passwords::get(tx, id).await?.is_none());
        passwords::set(tx, id, "$argon2id$one", true, at(1)).await?;
        assert_eq!(passwords::count_failure(tx, id).await?, 1);
        assert_eq!(passwords::count_failure(tx, id).await?, 2);
        passwords::lock(tx, id, at(60)).await?;
        let kept = passwords::get(tx, id).await?.unwrap();
        assert_eq!((kept.failed_count, kept.locked_until, kept.must_change), (2, Some(at(60)), true));
        assert!(!format!("{kept:?}").contains("argon2"));
        passwords::clear_failures(tx, id).await?;
        assert_eq!(passwords::get(tx, id).await?.unwrap().locked_until, None);
        passwords::count_failure(tx, id).await?;
        passwords::set(tx, id, "$argon2id$two", false, at(2)).await?;
        let kept = passwords::get(tx, id).await?.unwrap();
        assert_eq!((kept.hash.as_str(), kept.failed_count, kept.changed_at), ("$argon2id$two", 0, at(2)));
        Ok(())
    })
    .unwrap();
}

fn token(tenant: &crate::bench::Tenant, kind: TokenKind) -> StoredToken {
    StoredToken {
        id: TokenId::new(),
        principal: tenant.user.principal.id,
        limit: Some(TokenLimit { project: tenant.project.id, role: Role::Developer }),
        kind,
        name: "ci".to_owned(),
        created_at: at(0),
        expires_at: at(100),
        last_used_at: None,
        revoked_at: None,
    }
}

async fn a_token_is_found_by_its_hash_until_it_ends(bench: Bench) {
    let tenant = bench.tenant("ann").await;
    let (one, two) =
        (token(&tenant, TokenKind::Api), StoredToken { limit: None, ..token(&tenant, TokenKind::Session) });
    let (first, second) = (one.clone(), two.clone());
    unit!(bench, |tx| {
        tokens::insert(tx, &first, &[1; 32]).await?;
        tokens::insert(tx, &second, &[2; 32]).await?;
        tokens::touch(tx, second.id, at(7)).await
    })
    .unwrap();
    let mut tx = bench.look().await;
    assert_eq!(tokens::find(&mut tx, &[1; 32]).await.unwrap().unwrap(), one);
    assert_eq!(tokens::find(&mut tx, &[3; 32]).await.unwrap(), None);
    let found = tokens::get(&mut tx, two.id).await.unwrap().unwrap();
    assert_eq!((found.limit, found.last_used_at), (None, Some(at(7))));
    assert!(found.is_good(at(99)) && !found.is_good(at(100)));
    drop(tx);
    unit!(bench, |tx| {
        assert!(tokens::revoke(tx, one.id, at(8)).await?);
        assert!(!tokens::revoke(tx, one.id, at(9)).await?);
        assert!(!tokens::find(tx, &[1; 32]).await?.unwrap().is_good(at(8)));
        assert_eq!(tokens::revoke_all(tx, one.principal, Some(two.id), at(9)).await?, 0);
        assert_eq!(tokens::revoke_all(tx, one.principal, None, at(9)).await?, 1);
        assert_eq!(tokens::purge_sessions(tx, at(101)).await?, 1);
        assert!(tokens::get(tx, two.id).await?.is_none());
        Ok(())
    })
    .unwrap();
}

async fn tokens_are_listed_without_sessions(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let made = [token(&one, TokenKind::Api), token(&one, TokenKind::Api), token(&two, TokenKind::Api)];
    let session = token(&one, TokenKind::Session);
    let new = made.clone();
    unit!(bench, |tx| {
        for (token, hash) in new.iter().chain([&session]).zip(0..) {
            tokens::insert(tx, token, &[hash; 32]).await?;
        }
        Ok(())
    })
    .unwrap();
    let mut tx = bench.look().await;
    let filter = TokenFilter { project: Some(one.project.id), principal: None };
    let first = tokens::list(&mut tx, filter, &ask(1, None)).await.unwrap();
    let second = tokens::list(&mut tx, filter, &ask(1, first.next)).await.unwrap();
    assert_eq!((&first.items[0], &second.items[0], second.next), (&made[0], &made[1], None));
    let filter = TokenFilter { project: None, principal: Some(two.user.principal.id) };
    assert_eq!(tokens::list(&mut tx, filter, &ask(9, None)).await.unwrap().items, [made[2].clone()]);
    let error = tokens::list(&mut tx, filter, &ask(9, Some("'".into()))).await.unwrap_err();
    assert_eq!((error.kind(), error.fields()[0].pointer.as_str()), (ErrorKind::Invalid, "/after"));
}

async fn a_member_has_one_role(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let (project, ann, bob) = (one.project.id, one.user.principal.id, two.user.principal.id);
    unit!(bench, |tx| {
        members::set(tx, project, ann, Role::Owner).await?;
        members::set(tx, project, bob, Role::Owner).await?;
        assert_eq!(members::count_owners(tx, project).await?, 2);
        members::set(tx, project, bob, Role::Viewer).await?;
        assert_eq!(members::count_owners(tx, project).await?, 1);
        assert_eq!(members::role(tx, project, bob).await?, Some(Role::Viewer));
        assert_eq!(members::role(tx, two.project.id, bob).await?, None);
        let page = members::list(tx, project, &ask(1, None)).await?;
        assert_eq!((page.items[0].name.as_str(), page.items[0].role), ("one", Role::Owner));
        assert_eq!(members::list(tx, project, &ask(1, page.next)).await?.items[0].name, "two");
        assert!(members::remove(tx, project, bob).await?);
        assert!(!members::remove(tx, project, bob).await?);
        Ok(())
    })
    .unwrap();
    let nobody = domain::id::PrincipalId::new();
    let outcome = unit!(bench, |tx| members::set(tx, project, nobody, Role::Viewer).await);
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Conflict);
}

async fn sessions_and_tokens_of_a_project_end_apart(bench: Bench) {
    let (one, two) = (bench.tenant("one").await, bench.tenant("two").await);
    let owner = user("ann");
    let id = owner.principal.id;
    unit!(bench, |tx| principals::insert(tx, &owner).await).unwrap();
    let token = |project: Option<domain::id::ProjectId>, kind| StoredToken {
        id: TokenId::new(),
        principal: id,
        limit: project.map(|project| TokenLimit { project, role: Role::Viewer }),
        kind,
        name: "x".into(),
        created_at: at(0),
        expires_at: at(100),
        last_used_at: None,
        revoked_at: None,
    };
    let kept = token(None, TokenKind::Session);
    let all = [
        kept.clone(),
        token(None, TokenKind::Session),
        token(Some(one.project.id), TokenKind::Api),
        token(Some(two.project.id), TokenKind::Api),
    ];
    let rows = all.clone();
    unit!(bench, |tx| {
        for (number, row) in rows.iter().enumerate() {
            tokens::insert(tx, row, &[u8::try_from(number).unwrap(); 32]).await?;
        }
        assert_eq!(tokens::revoke_sessions(tx, id, Some(kept.id), at(1)).await?, 1);
        assert_eq!(tokens::revoke_in_project(tx, id, one.project.id, at(1)).await?, 1);
        assert_eq!(tokens::revoke_in_project(tx, id, one.project.id, at(2)).await?, 0);
        Ok(())
    })
    .unwrap();
    let mut tx = bench.look().await;
    let mut good = Vec::new();
    for row in &all {
        good.push(tokens::get(&mut tx, row.id).await.unwrap().unwrap().is_good(at(3)));
    }
    assert_eq!(good, [true, false, false, true]);
}

async fn disabled_administrators_are_not_counted(bench: Bench) {
    let administrators = ["ann", "bob"].map(|name| {
        let mut new = user(name);
        new.principal.administrator = true;
        new
    });
    let bob = administrators[1].principal.id;
    let count = unit!(bench, |tx| {
        let before = principals::count_administrators(tx).await?;
        for administrator in &administrators {
            principals::insert(tx, administrator).await?;
        }
        principals::insert(tx, &user("eve")).await?;
        let both = principals::count_administrators(tx).await?;
        principals::set_disabled(tx, bob, true).await?;
        Ok([before, both, principals::count_administrators(tx).await?])
    })
    .unwrap();
    assert_eq!([count[1] - count[0], count[2] - count[0]], [2, 1]);
}
