// The folders of `outrigger dev`: a models.json, where the agent puts what it pulls, and a store with one model where nobody names others.
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Disposal } from '../disposal.ts';
import { exampleModelDir } from './example.ts';
import { startModelStore } from './model-store.ts';

export interface Workbench extends AsyncDisposable {
  /** Holds models.json. */
  readonly configDir: string;
  /** Empty at first. */
  readonly modelDir: string;
  /** The file behind the URI of digits: to be replaced by whoever wants to see what happens. Null: there are other models. */
  readonly storedModel: string | null;
}

interface StoredModel {
  readonly name: string;
  readonly uri: string;
  /** A Kubernetes quantity; absent: nobody knows. */
  readonly memory?: string;
}

export interface WorkbenchOptions {
  readonly host: string;
  /** In the place of digits; none: digits, from a store of its own. */
  readonly models?: readonly Pick<StoredModel, 'name' | 'uri'>[];
}

/** Made anew below the system's folder for temporary files, gone with the process. Resolves once the store can be asked. */
export async function openWorkbench({ host, models = [] }: WorkbenchOptions): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-dev-'));
  const opened = new Disposal();
  opened.use({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
  try {
    const [configDir, modelDir, storeDir] = [join(folder, 'config'), join(folder, 'models'), join(folder, 'store')];
    for (const dir of [configDir, modelDir]) await mkdir(dir);
    const digits = models.length > 0 ? null : await storeDigits(storeDir);
    const store = digits === null ? null : opened.use(await startModelStore({ host, port: 0, folder: storeDir }));
    const wanted: readonly StoredModel[] =
      store === null ? models : [{ name: 'digits', uri: `${store.url}digits/model.onnx`, memory: '1Mi' }];
    await writeFile(join(configDir, 'models.json'), modelsFile(wanted), { mode: 0o600 }); // a URI may hold a secret
    return { configDir, modelDir, storedModel: digits, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

/** Its path. */
async function storeDigits(storeDir: string): Promise<string> {
  const stored = join(storeDir, 'digits', 'model.onnx');
  await mkdir(join(storeDir, 'digits'), { recursive: true });
  await copyFile(join(exampleModelDir, 'digits.onnx'), stored);
  return stored;
}

/** As KServe's controller writes it, but for the blanks. */
function modelsFile(models: readonly StoredModel[]): string {
  const entries = models.map(({ name, uri, memory }) => {
    return { modelName: name, modelSpec: { storageUri: uri, framework: 'onnx', memory } };
  });
  return `${JSON.stringify(entries, null, 2)}\n`;
}
