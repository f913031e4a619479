"""Signs as many URLs as a line of standard input says, and prints the seconds that it took."""

import sys
import time

import boto3
from botocore.config import Config

endpoint, bucket, region, access_key_id, secret_access_key = sys.argv[1:]
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    region_name=region,
    aws_access_key_id=access_key_id,
    aws_secret_access_key=secret_access_key,
    config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
)
for line in sys.stdin:
    keys = [f"data/camera-{at % 16:02}/{at:08}.jpg" for at in range(int(line))]
    start = time.perf_counter()
    for key in keys:
        s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=900)
    print(time.perf_counter() - start, flush=True)
