// TensorFlow Serving's model config file: a ModelServerConfig in protobuf text (tensorflow/serving g3doc/serving_config.md).
import type { ConfigEntries, ConfigFormat } from './config-file.ts';

const head = '# Written by Outrigger from models.json; changes by hand are lost.\n';
const config = /^ {2}config \{ name: "([^"]*)" base_path: "([^"]*)" model_platform: "tensorflow" \}$/;

export const tfservingConfig: ConfigFormat = {
  render(entries) {
    const configs = [...entries].map(
      ([name, basePath]) =>
        `  config { name: ${quoted(name)} base_path: ${quoted(basePath)} model_platform: "tensorflow" }\n`,
    );
    return `${head}model_config_list {\n${configs.join('')}}\n`;
  },

  read(text): ConfigEntries | null {
    const lines = text.split('\n');
    const configs = lines.slice(2, -2).map((line) => config.exec(line));
    const entries = new Map(configs.map((found) => [unquoted(found?.[1] ?? ''), unquoted(found?.[2] ?? '')]));
    return this.render(entries) === text ? entries : null;
  },
};

/**
 * A string literal of protobuf's text format: every byte that is not a plain ASCII character as three octal digits.
 * (protobuf.dev, text format language specification, String Literals)
 */
function quoted(text: string): string {
  const bytes = [...Buffer.from(text)].map((byte) => {
    const plain = byte >= 0x20 && byte < 0x7f && !['"', "'", '\\'].includes(String.fromCharCode(byte));
    return plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${bytes.join('')}"`;
}

function unquoted(text: string): string {
  const bytes = text.replaceAll(/\\([0-7]{3})/g, (_escape, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
