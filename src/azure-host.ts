// Is a host the blob service of a storage account in Azure, and whose?

/** Of Azure and of the national clouds; "z<nn>." stands in front of hosts in DNS zones (azure.net). */
const BLOB_HOST =
  /^(?<account>[a-z0-9]{3,24})(-secondary)?\.(?<zone>z\d{1,2}\.)?(?<service>blob|dfs)\.(?<cloud>core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net|core\.cloudapi\.de|core\.microsoft\.scloud|core\.eaglex\.ic\.gov|storage\.azure\.net)$/;

export interface AzureHost {
  readonly account: string;
  /** Of its blob service, also where the URI names the one for Data Lake Storage (dfs): both have the same objects. */
  readonly host: string;
}

/** `host`: in any case, without port. Null: not of Azure. */
export function readAzureHost(host: string): AzureHost | null {
  const name = host.toLowerCase();
  const found = BLOB_HOST.exec(name)?.groups;
  if (found === undefined) return null;
  const { account = '', zone = '', service, cloud = '' } = found;
  if ((zone !== '') !== (cloud === 'storage.azure.net')) return null;
  return { account, host: service === 'dfs' ? name.replace('.dfs.', '.blob.') : name };
}

export function isAzureBlobHost(host: string): boolean {
  return readAzureHost(host) !== null;
}
