// OpenVINO Model Server's configuration file (openvinotoolkit/model_server docs/starting_server.md). Its schema takes no member of ours.
import * as v from 'valibot';
import type { ConfigEntries, ConfigFormat } from './config-file.ts';

const schema = v.strictObject({
  model_config_list: v.array(v.strictObject({ config: v.strictObject({ name: v.string(), base_path: v.string() }) })),
});

export const ovmsConfig: ConfigFormat = {
  render(entries) {
    const list = [...entries].map(([name, basePath]) => ({ config: { name, base_path: basePath } }));
    return `${JSON.stringify({ model_config_list: list }, null, 2)}\n`;
  },

  read(text): ConfigEntries | null {
    const read = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
    if (!read.success) return null;
    return new Map(read.output.model_config_list.map(({ config }) => [config.name, config.base_path]));
  },
};
