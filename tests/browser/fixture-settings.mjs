// The fixtures of the settings: connections, tokens, people.
import { ago, ahead, DAY, id, sha } from './fixture-values.mjs';

export const connection = {
  name: 'github',
  kind: 'github',
  hook_url: 'https://keelson.acme.example/hooks/github',
  created_at: ago(9 * DAY),
  active_secrets: 1,
  last_delivery_at: ago(840),
  accepted: 412,
  ignored: 96,
  duplicates: 2,
  rejected: 1,
};

const trouble = { reason: 'GitHub answered 403: the token may not read webhooks. Give it the right `admin:repo_hook`', since: ago(3 * 3600), times: 4, again_at: ahead(240) };

/** The same connection with an API token: asked every few minutes, and told of promotions. */
export const watchedConnection = {
  ...connection,
  api: {
    url: 'https://api.github.com',
    token_added_at: ago(8 * DAY),
    delivers_again: true,
    takes_deployments: true,
    checked_at: ago(70),
    next_check_at: ahead(170),
    missed: 7,
    repaired: 6,
    missed_at: ago(2 * 3600),
    repaired_at: ago(2 * 3600 - 150),
  },
};

export const repositories = [
  {
    repository: 'acme/storefront',
    awaited: 1,
    branches: [{ branch: 'main', head: sha('a1b2c3d'), seen_at: ago(840), agrees: true, repaired_at: ago(2 * 3600 - 150) }],
  },
  {
    repository: 'acme/payments',
    note: 'its webhooks are the organization\'s, so what failed of them cannot be listed; branches are compared',
    trouble,
    awaited: 0,
    branches: [{ branch: 'main', head: sha('77c0ffe'), seen_at: ago(1800), agrees: false }],
  },
];

export const delivery = (number, name, seconds, outcome, detail) => ({
  id: `72d3162e-cc78-11e3-81ab-4c9367dc09${number}`,
  event: name,
  at: ago(seconds),
  size: 8_400 + number,
  outcome,
  ...(detail ? { detail } : {}),
});

export const newConnection = { ...connection, name: 'fresh', hook_url: 'https://keelson.acme.example/hooks/fresh', accepted: 0, ignored: 0, duplicates: 0, rejected: 0, last_delivery_at: undefined };
delete newConnection.last_delivery_at;

const everywhere = (role) => ({ role });
export const me = { login: 'grace', name: 'Grace Hopper', teams: ['shop', 'money'], grants: [everywhere('admin')], expires_at: ahead(6 * DAY) };

export const token = (number, name, over) => ({
  id: id('tok', number),
  name,
  owner: 'grace',
  grants: [],
  permissions: ['push_artifact'],
  service: 'storefront',
  created_at: ago(20 * DAY),
  expires_at: ahead(70 * DAY),
  last_used_at: ago(740),
  ...over,
});

export const users = [
  { login: 'ada', name: 'Ada Lovelace', emails: ['ada@example.com'], teams: ['shop'], grants: [{ role: 'developer', team: 'shop' }], created_at: ago(30 * DAY) },
  { login: 'grace', name: 'Grace Hopper', git_login: 'ghopper', emails: ['grace@example.com'], teams: ['shop', 'money'], grants: [everywhere('admin')], created_at: ago(40 * DAY) },
];
