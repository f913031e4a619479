"""Signs as many URLs as a line of standard input says, with the key of the first line; prints the seconds."""

import datetime
import json
import sys
import time

from google.cloud import storage
from google.oauth2 import service_account

email = "robot@project.iam.gserviceaccount.com"
info = {"client_email": email, "private_key": json.loads(sys.stdin.readline()), "token_uri": "https://x.invalid/"}
credentials = service_account.Credentials.from_service_account_info(info)
bucket = storage.Client(project="project", credentials=credentials).bucket("data")
for line in sys.stdin:
    keys = [f"pictures/2024/camera-{at % 16:02}/{at:08}.jpg" for at in range(int(line))]
    start = time.perf_counter()
    for key in keys:
        bucket.blob(key).generate_signed_url(version="v4", expiration=datetime.timedelta(seconds=900))
    print(time.perf_counter() - start, flush=True)
