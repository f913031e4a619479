"""Lists a container as the client of Azure does, a line a blob: azure_list.py ENDPOINT ACCOUNT KEY CONTAINER PREFIX"""

import sys

from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import ContainerClient

endpoint, account, key, container, prefix = sys.argv[1:]
client = ContainerClient(endpoint, container, credential=AzureNamedKeyCredential(account, key))
for name in client.list_blob_names(name_starts_with=prefix):
    print(name)
