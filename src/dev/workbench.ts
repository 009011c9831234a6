// The folders of `outrigger dev`: a store with one model, a models.json that names it, and where the agent puts what it pulls.
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleModelDir } from './example.ts';
import { startModelStore } from './model-store.ts';

export interface Workbench extends AsyncDisposable {
  /** Holds models.json. */
  readonly configDir: string;
  /** Empty at first. */
  readonly modelDir: string;
  /** The file behind the URI of models.json: to be replaced by whoever wants to see what happens. */
  readonly storedModel: string;
}

/** Made anew below the system's folder for temporary files, gone with the process. Resolves once the store can be asked. */
export async function openWorkbench({ host }: { readonly host: string }): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-dev-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const [configDir, modelDir, storeDir] = [join(folder, 'config'), join(folder, 'models'), join(folder, 'store')];
    const storedModel = join(storeDir, 'digits', 'model.onnx');
    for (const dir of [configDir, modelDir, join(storeDir, 'digits')]) await mkdir(dir, { recursive: true });
    await copyFile(join(exampleModelDir, 'digits.onnx'), storedModel);
    const store = await startModelStore({ host, port: 0, folder: storeDir });
    await writeFile(join(configDir, 'models.json'), modelsFile(`${store.url}digits/model.onnx`));
    const dispose = async () => {
      await store[Symbol.asyncDispose]();
      await remove();
    };
    return { configDir, modelDir, storedModel, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** As KServe's controller writes it, but for the blanks. */
function modelsFile(storageUri: string): string {
  const models = [{ modelName: 'digits', modelSpec: { storageUri, framework: 'onnx', memory: '1Mi' } }];
  return `${JSON.stringify(models, null, 2)}\n`;
}
