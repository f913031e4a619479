"""Lists a bucket as the client of Google does, a line an object: gcs_list.py ENDPOINT BUCKET PREFIX"""

import sys

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

endpoint, bucket, prefix = sys.argv[1:]
client = storage.Client("bench", credentials=AnonymousCredentials(), client_options={"api_endpoint": endpoint})
for blob in client.list_blobs(bucket, prefix=prefix):
    print(blob.name)
