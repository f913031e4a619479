"""Signs as many URLs as a line of standard input says, with the key of the first line; prints the seconds."""

import datetime
import sys
import time

from azure.storage.blob import BlobSasPermissions, UserDelegationKey, generate_blob_sas

key = UserDelegationKey()
key.signed_oid = "11111111-2222-3333-4444-555555555555"
key.signed_tid = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
key.signed_start = "2026-11-22T00:00:00Z"
key.signed_expiry = "2026-11-29T00:00:00Z"
key.signed_service = "b"
key.signed_version = "2022-11-02"
key.value = sys.stdin.readline().strip()
until = datetime.datetime(2026, 11, 23, 8, 15, tzinfo=datetime.timezone.utc)
for line in sys.stdin:
    names = [f"pictures/2024/camera-{at % 16:02}/{at:08}.jpg" for at in range(int(line))]
    start = time.perf_counter()
    for name in names:
        "https://account.blob.core.windows.net/data/" + name + "?" + generate_blob_sas(
            "account", "data", name, user_delegation_key=key, permission=BlobSasPermissions(read=True), expiry=until
        )
    print(time.perf_counter() - start, flush=True)
