// Which store and which path a model URI names (facts: KServe's storage initializer).

export type ModelUri =
  | { readonly scheme: 's3'; readonly bucket: string; readonly path: string }
  | { readonly scheme: 'gs'; readonly bucket: string; readonly path: string }
  | {
      readonly scheme: 'azure';
      readonly account: string;
      /** Of the blob service as the URI spells it, such as account.z01.blob.storage.azure.net. */
      readonly host: string;
      readonly container: string;
      readonly path: string;
      readonly sas: string | null; // query without "?"
    }
  | { readonly scheme: 'http'; readonly url: string } // http or https, user part kept: never to be shown
  | { readonly scheme: 'file'; readonly path: string } // absolute
  | { readonly scheme: 'hf'; readonly model: string; readonly revision: string; readonly path: string };
