// Writes the fixtures to fixtures/*.json, for the server and for the test of the API's types.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fixtures } from './fixtures.mjs';

const folder = new URL('./fixtures/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) rmSync(new URL(file, folder));
for (const [name, value] of Object.entries(fixtures)) {
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(value, null, 1)}\n`);
}
