// Runs the test files with one Chromium for all of them: `node run.mjs [FILE ...]`.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { LAUNCH } from './browser.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const all = () => readdirSync(folder).filter((name) => name.endsWith('.test.mjs')).sort();
const files = process.argv.length > 2 ? process.argv.slice(2) : all();

const server = await chromium.launchServer(LAUNCH);
// One more than there are processors: a test waits for the browser for most of its time.
const together = String(availableParallelism() + 1);
const tests = spawn(process.execPath, ['--test', '--test-concurrency', together, '--test-reporter', 'spec', ...files], {
  cwd: folder,
  stdio: 'inherit',
  env: { ...process.env, KEELSON_BROWSER: server.wsEndpoint() },
});
const code = await new Promise((ended) => tests.on('exit', (code) => ended(code ?? 1)));
await server.close();
process.exit(code);
