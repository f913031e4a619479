//! Ceph: one monitor, one store in memory and radosgw, without cephx, without root services.
//!
//! radosgw speaks S3, STS and IAM on one port. Role and user ARNs there have no account.
//! `ms_mon_client_mode = crc` is what lets it reach a monitor without keys.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::port;
use super::record::{Record, make, write};
use crate::shell::{Outcome, output, run_quietly, succeeds};

const CLUSTER: &str = "11111111-2222-3333-4444-555555555555";
const DISK: &str = "22222222-3333-4444-5555-666666666666";
const PATIENCE: Duration = Duration::from_secs(180);

struct Ports {
    msgr2: u16,
    msgr1: u16,
    s3: u16,
}

pub(crate) fn start(record: &mut Record) -> Outcome {
    let ports = Ports { msgr2: port::free(13_300)?, msgr1: port::free(16_789)?, s3: port::free(17_480)? };
    record.publish(ports.s3, &[("TIDEGATE_TEST_CEPH", format!("http://127.0.0.1:{}", ports.s3))]);
    let dir = record.dir.clone();
    for folder in ["mon", "osd", "log", "rgw"] {
        make(&dir.join(folder))?;
    }
    // Admin sockets need paths of less than 107 bytes.
    let sockets = record.scratch()?;
    let config = dir.join("ceph.conf");
    write(&config, &configuration(&dir, &sockets, &ports))?;
    let tool = |program: &str| {
        let mut command = Command::new(program);
        command.arg("-c").arg(&config);
        command
    };

    let log = dir.join("start.log");
    let map = dir.join("monmap");
    let addresses = format!("[v2:127.0.0.1:{}/0,v1:127.0.0.1:{}/0]", ports.msgr2, ports.msgr1);
    let mut monmap = Command::new("monmaptool");
    monmap.args(["--create", "--clobber", "--fsid", CLUSTER, "--addv", "a", &addresses]).arg(&map);
    run_quietly(&mut monmap, &log)?;
    run_quietly(tool("ceph-mon").args(["--mkfs", "-i", "a", "--monmap"]).arg(&map), &log)?;
    record.spawn("mon", &config, tool("ceph-mon").args(["-i", "a", "-f"]))?;
    record.wait("the monitor", PATIENCE, || succeeds(ask(&config).arg("status")))?;

    run_quietly(ask(&config).args(["osd", "new", DISK, "0"]), &log)?;
    run_quietly(tool("ceph-osd").args(["-i", "0", "--mkfs", "--osd-uuid", DISK]), &log)?;
    record.spawn("osd", &config, tool("ceph-osd").args(["-i", "0", "-f"]))?;
    record.wait("the store", PATIENCE, || {
        output(ask(&config).args(["osd", "stat"])).is_ok_and(|said| said.contains("1 up"))
    })?;

    record.spawn("rgw", &config, tool("radosgw").args(["-n", "client.rgw.a", "-f"]))?;
    record.wait("radosgw", PATIENCE, || port::status(ports.s3, "/") == Some(200))?;
    users(&config, &log)
}

/// The same people with the same keys as on SeaweedFS; root may also administer roles.
fn users(config: &Path, log: &Path) -> Outcome {
    let all = "users=*;roles=*;user-policy=*;oidc-provider=*;buckets=*;metadata=*;usage=*";
    for (name, key, secret, caps) in [
        ("root", "AKIAROOT000000000001", "root-secret-0000000000000000000000000001", Some(all)),
        ("broker", "AKIABROKER0000000001", "broker-secret-00000000000000000000000001", None),
        ("other", "AKIAOTHER00000000001", "other-secret-000000000000000000000000001", None),
    ] {
        let mut command = Command::new("radosgw-admin");
        command.arg("-c").arg(config).args(["-n", "client.admin", "user", "create", "--uid", name]);
        command.args(["--display-name", name, "--access-key", key, "--secret", secret]);
        if let Some(caps) = caps {
            command.args(["--caps", caps]);
        }
        run_quietly(&mut command, log)?;
    }
    Ok(())
}

/// The administration command, which waits for ever if it is not stopped.
fn ask(config: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.args(["10", "ceph", "-c"]).arg(config);
    command
}

fn configuration(dir: &Path, sockets: &Path, ports: &Ports) -> String {
    let (dir, sockets) = (dir.display(), sockets.display());
    let Ports { msgr2, msgr1, s3 } = ports;
    format!(
        "[global]
fsid = {CLUSTER}
mon_host = [v2:127.0.0.1:{msgr2}/0,v1:127.0.0.1:{msgr1}/0]
mon_initial_members = a
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
run_dir = {sockets}
admin_socket = {sockets}/$name.asok
pid_file = {sockets}/$name.pid
log_file = {dir}/log/$name.log
crash_dir = {dir}/log
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_max_pg_per_osd = 1000
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
auth_allow_insecure_global_id_reclaim = true
osd_crush_chooseleaf_type = 0
ms_bind_port_min = 16800
ms_bind_port_max = 16899
osd_memory_target = 939524096
[mon.a]
mon_data = {dir}/mon
mon_addr = 127.0.0.1
[osd.0]
osd_data = {dir}/osd
osd_objectstore = memstore
memstore_device_bytes = 1073741824
osd_heartbeat_grace = 60
[client.rgw.a]
rgw_data = {dir}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{s3}
rgw_s3_auth_use_sts = true
rgw_sts_key = abcdefghijklmnop
rgw_crypt_require_ssl = false
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo= testkey-2=aWIKTWFrZWZpbGUKbWFuCm91dApzcmMKVGVzdGluZwo=
rgw_trust_forwarded_https = true
rgw_thread_pool_size = 32
rgw_enable_usage_log = false
debug_rgw = 1
"
    )
}
