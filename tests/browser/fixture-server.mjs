// Serves web/dist and, in the place of the API, fixtures: for states that a real Keelson rarely is in.
// `node fixture-server.mjs` serves on port 7799; the tests start their own on a free port.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { trainsById } from './fixture-gates.mjs';
import { auditCheck } from './fixture-measures.mjs';
import { promotionsById } from './fixtures.mjs';

// Where the bundle is; `cargo xtask test` names it.
const DIST = process.env.KEELSON_PANEL ? `${process.env.KEELSON_PANEL}/` : fileURLToPath(new URL('../../web/dist/', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};
// What the real server sends, so that whatever it forbids fails here too.
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const fixture = (name) => JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));

/** What each route answers, by method and path; `*` stands for one segment. The first that fits answers. */
const ROUTES = {
  'GET /api/overview': () => fixture('overview'),
  'GET /api/services': () => fixture('services'),
  'GET /api/services/*/changes': () => fixture('changes'),
  'GET /api/services/*/artifacts': () => fixture('artifacts'),
  'GET /api/services/*/ships': (query) => fixture(query.get('artifact')?.includes('1d40c0de') ? 'ships-back' : 'ships'),
  'GET /api/services/*/promotions': (query) => (query.get('after') ? { items: [] } : fixture('promotions')),
  'GET /api/services/*/timeline': (query) => (query.get('after') ? { items: [] } : fixture('timeline')),
  'GET /api/services/*/logs': () => fixture('logs'),
  'GET /api/services/*/traffic': (query) => fixture(query.get('minutes') === '1440' ? 'traffic-day' : 'traffic'),
  'GET /api/services/*/dora': (query) => ({ ...fixture('dora'), days: Number(query.get('window') ?? 30) }),
  'GET /api/services/*/dora/rows': (query) => (query.get('after') ? { ...fixture('dora-rows'), items: fixture('dora-rows').items.slice(0, 1).map((row) => ({ ...row, because: 'long ago' })), next: undefined } : { ...fixture('dora-rows'), metric: query.get('metric') }),
  'GET /api/services/*/ci': () => fixture('ci'),
  'GET /api/services/*': (_, name) => fixture(name === 'warehouse' ? 'service-blocked' : 'service'),
  'GET /api/dora': () => fixture('doras'),
  'GET /api/promotions/*': (_, id) => (promotionsById[id] ? fixture(promotionsById[id]) : null),
  'GET /api/trains': (query) => (query.get('after') ? { items: [] } : fixture('trains')),
  'GET /api/trains/*': (_, id) => (trainsById[id] ? fixture(trainsById[id]) : null),
  'GET /api/audit': (query) => (query.get('after') ? { items: [] } : fixture('audit')),
  'GET /api/audit/head': () => fixture('audit-head'),
  'GET /api/audit/verify': (query) => auditCheck(query.get('after')),
  'GET /api/connections': () => fixture('connections'),
  'GET /api/connections/*': () => fixture('connection'),
  'GET /api/dead-letters': () => fixture('dead-letters'),
  'GET /api/me': () => fixture('me'),
  'GET /api/users': () => fixture('users'),
  'GET /api/tokens': () => fixture('tokens'),
  'POST /api/promotions': () => fixture('promotion-summary'),
  'POST /api/promotions/*/approve': () => fixture('promotion-summary'),
  'POST /api/promotions/*/cancel': () => ({ ...fixture('promotion-summary'), phase: 'cancelled' }),
  'POST /api/services/*/environments/*/rollback': () => ({ ...fixture('promotion-summary'), origin: 'rollback' }),
  'PUT /api/services/*/environments/*/hold': () => undefined,
  'DELETE /api/services/*/environments/*/hold': () => undefined,
  'PUT /api/services/*/environments/*/lock': () => undefined,
  'DELETE /api/services/*/environments/*/lock': () => undefined,
  'POST /api/promotions/*/override': () => fixture('promotion-summary'),
  'POST /api/promotions/*/override/confirm': () => fixture('promotion-summary'),
  'POST /api/trains': () => fixture('train-waiting'),
  'POST /api/trains/*/cancel': () => fixture('train-going'),
  'POST /api/trains/*/rollback': () => fixture('train-going'),
  'PUT /api/connections/*': () => fixture('connection-secret'),
  'PUT /api/connections/*/api-access': () => fixture('connection-watched'),
  'DELETE /api/connections/*/api-access': () => fixture('connection-unwatched'),
  'POST /api/connections/*/rotate': () => fixture('connection-secret'),
  'POST /api/tokens': () => fixture('created-token'),
  'DELETE /api/tokens/*': () => undefined,
  'PUT /api/users/*': () => fixture('user'),
  'POST /api/users/*/sign-in-link': () => fixture('sign-in-link'),
  'POST /api/dead-letters/*/*/redrive': () => undefined,
  'GET /auth/methods': () => fixture('sign-in-methods'),
  'POST /auth/session': () => fixture('me'),
  'DELETE /auth/session': () => undefined,
};

const fits = (pattern, path) => {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((part, index) => part === '*' || part === given[index]);
};

/** Starts a server. `answers` replaces single routes; `calls` has every request that changes something. */
export async function startFixtureServer({ port = 0 } = {}) {
  const answers = {};
  const calls = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const url = new URL(request.url, 'http://localhost');
      const isApi = url.pathname.startsWith('/api/') || ['/auth/session', '/auth/methods'].includes(url.pathname);
      if (isApi) api(request, url, body, response);
      else asset(url.pathname, response);
    });
  });

  function api(request, url, body, response) {
    const key = `${request.method} ${url.pathname}`;
    if (request.method !== 'GET') calls.push({ key, body: body ? JSON.parse(body) : null });
    const pattern = Object.keys(answers).find((one) => fits(one, key)) ?? Object.keys(ROUTES).find((one) => fits(one, key));
    const answer = answers[pattern] ?? ROUTES[pattern];
    const last = decodeURIComponent(url.pathname.split('/').at(-1));
    const value = answer?.(url.searchParams, last);
    if (value === 'hang up') return request.socket.destroy();
    if (!answer || value === null) return problem(response, 404, 'not-found', 'There is no such thing', 'There is no such thing here.');
    if (value?.problem) return problem(response, value.problem.status, value.problem.type, value.problem.title, value.problem.detail);
    if (value === undefined) return response.writeHead(204).end();
    const text = JSON.stringify(value);
    const etag = `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"`;
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end();
    response.writeHead(200, { 'content-type': 'application/json', etag, 'cache-control': 'no-cache' }).end(text);
  }

  function problem(response, status, type, title, detail) {
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ type: `/problems/${type}`, title, status, detail, instance: 'req_019ab0c0000170008000000000000001' }));
  }

  function asset(path, response) {
    let file = join(DIST, normalize(path));
    if (!file.startsWith(DIST) || !statSync(file, { throwIfNoEntry: false })?.isFile()) file = join(DIST, 'index.html');
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': POLICY });
    response.end(readFileSync(file));
  }

  await new Promise((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    answers,
    calls,
    fixture,
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startFixtureServer({ port: 7799 });
  process.stdout.write(`${url}\n`);
}
