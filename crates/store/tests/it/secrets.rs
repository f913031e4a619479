//! Sealed secrets and the keys of projects.

use domain::ErrorKind;
use domain::id::{PrincipalId, ProjectId, SecretId};
use store::project_keys::{self, StoredProjectKey};
use store::secrets::{self, StoredSecret};

use crate::bench::{Bench, at, on_both, unit};

on_both!(
    a_new_version_takes_the_place_of_the_one_before,
    of_two_that_set_a_secret_at_once_one_is_kept,
    rewrapping_changes_only_what_is_still_as_it_was,
    a_rotated_key_retires_the_one_before,
    shredding_removes_every_key_of_one_project,
);

const OWNER: &str = "integration:x";

fn secret(project: ProjectId, id: SecretId, version: u32) -> StoredSecret {
    StoredSecret {
        id,
        project,
        owner: OWNER.to_owned(),
        field: "secret_access_key".to_owned(),
        version,
        current: true,
        key_version: 1,
        wrapped_key: vec![0, 255],
        ciphertext: vec![version as u8; 65_536],
        fingerprint: "f".to_owned(),
        created_at: at(i64::from(version)),
        created_by: PrincipalId::new(),
    }
}

async fn a_new_version_takes_the_place_of_the_one_before(bench: Bench) {
    let project = bench.tenant("one").await.project.id;
    let (id, field) = (SecretId::new(), "secret_access_key");
    unit!(bench, |tx| {
        assert_eq!(secrets::next_version(tx, project, OWNER, field).await?, (None, 1));
        let (one, two) = (secret(project, id, 1), secret(project, id, 2));
        secrets::insert(tx, &one).await?;
        assert_eq!(secrets::current(tx, project, OWNER, field).await?.as_ref(), Some(&one));
        assert_eq!(secrets::next_version(tx, project, OWNER, field).await?, (Some(id), 2));
        secrets::insert(tx, &two).await?;
        assert_eq!(secrets::of_owner(tx, project, OWNER).await?, [two]);
        let all = secrets::versions(tx, project, OWNER, field).await?;
        assert_eq!(all.iter().map(|s| (s.version, s.current)).collect::<Vec<_>>(), [(2, true), (1, false)]);
        assert!(secrets::set_current(tx, project, OWNER, field, 1).await?);
        assert_eq!(secrets::current(tx, project, OWNER, field).await?, Some(one));
        assert_eq!(secrets::next_version(tx, project, OWNER, field).await?, (Some(id), 3));
        assert!(secrets::retire(tx, project, OWNER, field).await?);
        assert_eq!(secrets::current(tx, project, OWNER, field).await?, None);
        assert_eq!(secrets::versions(tx, ProjectId::new(), OWNER, field).await?, []);
        assert_eq!(secrets::delete_owner(tx, project, OWNER).await?, 2);
        Ok(())
    })
    .unwrap();
}

async fn of_two_that_set_a_secret_at_once_one_is_kept(bench: Bench) {
    let project = bench.tenant("one").await.project.id;
    let id = SecretId::new();
    let set = async || unit!(bench, |tx| secrets::insert(tx, &secret(project, id, 1)).await);
    let (one, two) = futures::join!(set(), set());
    let errors: Vec<_> = [one, two].into_iter().filter_map(Result::err).map(|error| error.kind()).collect();
    assert_eq!(errors, [ErrorKind::Conflict]);
}

async fn rewrapping_changes_only_what_is_still_as_it_was(bench: Bench) {
    let project = bench.tenant("one").await.project.id;
    unit!(bench, |tx| {
        let before = secret(project, SecretId::new(), 1);
        secrets::insert(tx, &before).await?;
        assert_eq!(secrets::under_another_key(tx, project, 2, 10).await?, std::slice::from_ref(&before));
        assert!(secrets::rewrap(tx, &before, 2, b"new").await?);
        assert!(!secrets::rewrap(tx, &before, 3, b"newer").await?);
        assert_eq!(secrets::under_another_key(tx, project, 2, 10).await?, []);
        assert_eq!(secrets::count_by_key(tx, project).await?, [(2, 1)]);
        let now = secrets::current(tx, project, OWNER, "secret_access_key").await?.unwrap();
        assert_eq!((now.wrapped_key.as_slice(), now.ciphertext), (b"new".as_slice(), before.ciphertext));
        Ok(())
    })
    .unwrap();
}

fn key(project: ProjectId, version: u32) -> StoredProjectKey {
    StoredProjectKey {
        project,
        version,
        root_key_id: "root-1".to_owned(),
        wrapped: vec![7, 8],
        created_at: at(i64::from(version)),
        retired_at: None,
    }
}

async fn a_rotated_key_retires_the_one_before(bench: Bench) {
    let project = bench.tenant("one").await.project.id;
    unit!(bench, |tx| {
        assert_eq!(project_keys::current(tx, project).await?, None);
        project_keys::insert(tx, &key(project, 1)).await?;
        project_keys::insert(tx, &key(project, 2)).await?;
        assert_eq!(project_keys::current(tx, project).await?, Some(key(project, 2)));
        assert_eq!(project_keys::get(tx, project, 1).await?.unwrap().retired_at, Some(at(2)));
        let old = project_keys::under_another_root(tx, "root-2", 10).await?;
        assert_eq!(old.iter().map(|key| key.version).collect::<Vec<_>>(), [1, 2]);
        assert!(project_keys::rewrap(tx, &old[0], "root-2", b"again").await?);
        assert!(!project_keys::rewrap(tx, &old[0], "root-3", b"again").await?);
        assert_eq!(project_keys::count_by_root(tx).await?, [("root-1".to_owned(), 1), ("root-2".to_owned(), 1)]);
        assert!(project_keys::delete(tx, project, 1).await?);
        assert_eq!(project_keys::list(tx, project).await?, [key(project, 2)]);
        Ok(())
    })
    .unwrap();
    let again = unit!(bench, |tx| project_keys::insert(tx, &key(project, 2)).await);
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Conflict);
}

async fn shredding_removes_every_key_of_one_project(bench: Bench) {
    let (one, two) = (bench.tenant("one").await.project.id, bench.tenant("two").await.project.id);
    unit!(bench, |tx| {
        for (project, version) in [(one, 1), (one, 2), (two, 1)] {
            project_keys::insert(tx, &key(project, version)).await?;
        }
        assert_eq!(project_keys::shred(tx, one).await?, 2);
        assert_eq!(project_keys::current(tx, one).await?, None);
        assert!(project_keys::current(tx, two).await?.is_some());
        Ok(())
    })
    .unwrap();
}
