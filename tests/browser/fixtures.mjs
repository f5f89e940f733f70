// What the fixture server answers. `npm run fixtures` writes it to fixtures/*.json, and `cargo test -p web` holds
// every file there against the types of the API.

import { ago, ahead, MINUTE, HOUR, DAY, sha, release, id, person, keelson, ada, grace, linus, allowed, refused, commit } from './fixture-values.mjs';

import { gateFixtures, GATED } from './fixture-gates.mjs';
import { measured, traffic, trafficDay } from './fixture-traffic.mjs';
import { connection, delivery, me, newConnection, repositories, token, users, watchedConnection } from './fixture-settings.mjs';
import { auditCheck, auditFindings, auditHead, ci, dora, doraRows, doras } from './fixture-measures.mjs';

export { NOW } from './fixture-values.mjs';

const R = {
  cart: release('9f3c61d2', 'a1b2c3d'),
  coupons: release('5e02b7aa', '77c0ffe'),
  search: release('77ab12cd', 'b3c4d5e'),
  old: release('1d40c0de', '0c1d2e3'),
};

const PROMOTION = {
  baking: id('prm', 1),
  waiting: id('prm', 2),
  failed: id('prm', 3),
  done: id('prm', 4),
  staging: id('prm', 5),
  crashed: id('prm', 6),
  back: id('prm', 7),
};


const hex = (release) => release.artifact.replace('sha256:', '');
const diff = (from, to) => `${hex(from)}..${hex(to)}@1`;

const summary = (over) => ({
  id: PROMOTION.done,
  service: 'storefront',
  environment: 'production',
  release: R.cart,
  replaces: R.search,
  origin: 'automatic',
  by: 'Keelson',
  phase: 'done',
  weight: 100,
  waits_for: [],
  created_at: ago(20 * MINUTE),
  cancel: refused('the promotion is over'),
  ...over,
  diff: diff(over.replaces ?? R.search, over.release ?? R.cart),
});

const baking = summary({
  id: PROMOTION.baking,
  phase: 'baking',
  weight: 25,
  step: [2, 3],
  bakes_until: ahead(200),
  created_at: ago(11 * MINUTE),
  cancel: allowed,
});

const waiting = summary({
  id: PROMOTION.waiting,
  service: 'payments',
  release: R.coupons,
  phase: 'waiting',
  weight: 0,
  waits_for: ['soaks in staging until 2026-11-23 12:18:00Z', 'waits for approval from money: 0 of 1, not by ada'],
  created_at: ago(12 * MINUTE),
  approve: allowed,
  cancel: allowed,
});

const running = (what, seconds, promotion, by) => ({
  release: what,
  since: ago(seconds),
  promotion,
  by,
  digest_matches: true,
  read_back: { artifact: what.artifact, promoted_content: what.artifact, content: what.artifact },
});

const lane = (environment, over) => ({
  environment,
  promote_by: environment === 'staging' ? 'auto' : 'gated',
  running: running(R.search, 26 * HOUR, PROMOTION.done, person('ada')),
  health: { state: 'healthy', reason: 'ready, and serving within its thresholds' },
  waiting: [],
  address: `http://127.0.0.1:8081`,
  recent: measured(1240, 2, 18, 210, 480),
  previous: R.old,
  promote: refused('nothing newer has been verified in staging'),
  roll_back: allowed,
  change_hold: allowed,
  ...over,
});

const storefront = {
  name: 'storefront',
  team: 'shop',
  repository: 'github:acme/storefront',
  branch: 'main',
  head: commit('a1b2c3d', 'Keep the cart when the session expires', [ada], 14 * MINUTE),
  head_checks: 'green',
  environments: [
    lane('staging', {
      running: running(R.cart, 12 * MINUTE, PROMOTION.staging, keelson),
      promote: refused('what runs here is the newest artifact'),
    }),
    lane('production', { rollout: baking, candidate: R.cart, changes_waiting: 3, promote: refused('it is rolling out already') }),
  ],
};

const payments = {
  name: 'payments',
  team: 'money',
  repository: 'github:acme/payments',
  branch: 'main',
  head: commit('77c0ffe', 'Refund coupons to the card that paid', [grace, ada], 30 * MINUTE),
  head_checks: 'running',
  environments: [
    lane('staging', { running: running(R.coupons, 12 * MINUTE, PROMOTION.staging, keelson), promote: refused('what runs here is the newest artifact') }),
    lane('production', {
      running: running(R.search, 3 * DAY, PROMOTION.done, person('grace')),
      waiting: [waiting],
      candidate: R.coupons,
      changes_waiting: 2,
      promote: allowed,
    }),
  ],
};

const catalog = {
  name: 'catalog',
  team: 'shop',
  repository: 'github:acme/catalog',
  branch: 'main',
  head: commit('b3c4d5e', 'Sort by price within a shelf', [linus], 26 * HOUR),
  head_checks: 'green',
  environments: [
    lane('staging', { running: running(R.search, 26 * HOUR, PROMOTION.staging, keelson) }),
    lane('production', {
      running: running(R.old, 40 * MINUTE, PROMOTION.back, person('linus')),
      hold: { by: person('linus'), since: ago(40 * MINUTE), reason: 'rolled back: prices were sorted as text' },
      candidate: R.search,
      changes_waiting: 4,
      promote: allowed,
    }),
  ],
};

const commits = [
  commit('a1b2c3d', 'Keep the cart when the session expires', [ada], 14 * MINUTE),
  commit('77c0ffe', 'Answer readiness only when the database does', [grace], 50 * MINUTE),
  commit('0dd5eed', 'Say what is out of stock before the checkout', [linus, ada], 3 * HOUR),
];

const pullRequests = [
  {
    number: 412,
    title: 'Keep the cart when the session expires',
    author: ada,
    merged_by: grace,
    merge_commit: sha('a1b2c3d'),
    merged_at: ago(14 * MINUTE),
    url: 'https://github.com/acme/storefront/pull/412',
  },
];

const ships = {
  from: R.search,
  to: R.cart,
  backwards: false,
  commits,
  pull_requests: pullRequests,
  authors: ['Ada Lovelace', 'Grace Hopper', 'Linus Pauling'],
  complete: true,
  promote: allowed,
};

const shipsBack = { ...ships, from: R.search, to: R.old, backwards: true, complete: false, commits: commits.slice(1), authors: ['Grace Hopper', 'Linus Pauling'], pull_requests: [] };

const check = (name, state, queued, started, completed) => ({
  name,
  source: 'workflow_job',
  state,
  attempt: 1,
  queued_at: ago(queued),
  ...(started === null ? {} : { started_at: ago(started) }),
  ...(completed === null ? {} : { completed_at: ago(completed) }),
  order: 1,
});

const greenChecks = [
  check('lint', 'passed', 830, 822, 790),
  check('unit', 'passed', 830, 815, 720),
  check('integration', 'passed', 830, 760, 500),
];

const changes = {
  items: [
    { ...commits[0], pull_request: pullRequests[0], checks: greenChecks, artifact: R.cart.artifact, runs_in: ['staging'] },
    { ...commits[1], checks: [check('lint', 'passed', 2900, 2890, 2850), check('unit', 'failed', 2900, 2880, 2800)], runs_in: [] },
    { ...commits[2], checks: [check('lint', 'running', 60, 40, null), check('unit', 'queued', 60, null, null)], runs_in: [] },
    { ...commit('b3c4d5e', 'Sort by price within a shelf', [linus], 26 * HOUR), checks: greenChecks, artifact: R.search.artifact, runs_in: ['production'] },
  ],
};

const step = (weight, bake, status, over) => ({ weight, bake, status, ...over });
const canary = {
  new: measured(412, 1, 19, 214, 470),
  old: measured(1236, 4, 18, 208, 455),
};
const gate = (name, open, sentence, opens_at) => ({ gate: name, open, sentence, ...(opens_at ? { opens_at } : {}) });
const openGates = [
  gate('checks', true, 'green: lint, unit, integration'),
  gate('previous_environment', true, 'verified in staging'),
  gate('soak', true, 'soaked 10m in staging'),
  gate('approvals', true, '1 approval from shop: grace'),
];

const status = (what, weight, condition, seconds) => ({ artifact: what.artifact, weight, condition, since: ago(seconds) });

const promotionBaking = {
  ...baking,
  gates: openGates,
  approvals: [{ by: 'grace', at: ago(12 * MINUTE) }],
  steps: [
    step(5, '3m', 'passed', {
      started_at: ago(650), reached_at: ago(640), ended_at: ago(460),
      measured: { new: measured(96, 0, 18, 209, 440), old: measured(1820, 5, 18, 207, 452) },
      verdict: { verdict: 'pass' },
    }),
    step(25, '10m', 'baking', { started_at: ago(460), reached_at: ago(400), until: ahead(200), measured: canary, verdict: { verdict: 'pass' } }),
    step(100, '15m', 'planned', {}),
  ],
  ships,
  releases: [status(R.cart, 25, 'ready', 650), status(R.search, 75, 'ready', 26 * HOUR)],
  roll_back: allowed,
};

const promotionWaiting = {
  ...waiting,
  gates: [
    gate('checks', true, 'green: lint, unit, integration'),
    gate('previous_environment', true, 'verified in staging'),
    gate('soak', false, 'soaks in staging until 2026-11-23 12:18:00Z', ahead(18 * MINUTE)),
    gate('approvals', false, 'waits for approval from money: 0 of 1, not by ada'),
  ],
  approvals: [],
  steps: [step(10, '5m', 'planned', {}), step(100, '15m', 'planned', {})],
  ships: { ...ships, to: R.coupons },
  releases: [status(R.search, 100, 'ready', 3 * DAY)],
  roll_back: allowed,
};

const failReason = '7.3 % of requests fail (30 of 411), 0.3 % on the old release; at most 2.0 % may';
const promotionFailed = {
  ...summary({ id: PROMOTION.failed, phase: 'rolled_back', weight: 25, reason: failReason, created_at: ago(2 * HOUR), finished_at: ago(110 * MINUTE) }),
  gates: openGates,
  approvals: [{ by: 'grace', at: ago(2 * HOUR) }],
  steps: [
    step(5, '3m', 'passed', { started_at: ago(7000), reached_at: ago(6990), ended_at: ago(6810), measured: { new: measured(90, 1, 18, 209, 440), old: measured(1820, 5, 18, 207, 452) }, verdict: { verdict: 'not_enough_data', requests: 90, needed: 100 } }),
    step(25, '10m', 'failed', { started_at: ago(6810), reached_at: ago(6800), ended_at: ago(6600), measured: { new: measured(411, 30, 24, 890, 1480), old: measured(1236, 4, 18, 208, 455) }, verdict: { verdict: 'fail', reason: failReason } }),
    step(100, '15m', 'skipped', {}),
  ],
  ships,
  releases: [status(R.search, 100, 'ready', 26 * HOUR)],
  roll_back: allowed,
};

const promotionDone = {
  ...promotionFailed,
  ...summary({ id: PROMOTION.done, finished_at: ago(10 * MINUTE) }),
  reason: undefined,
  steps: [step(100, '15m', 'passed', { started_at: ago(1200), reached_at: ago(1190), ended_at: ago(600), measured: canary, verdict: { verdict: 'pass' } })],
};
delete promotionDone.reason;

const logTail = [
  'starting storefront 2.4.0',
  'connecting to postgres at db:5432',
  'connection refused (os error 111), trying again in 1 s',
  'connection refused (os error 111), trying again in 2 s',
  "thread 'main' panicked at src/main.rs:41: the database is not there",
];
const promotionCrashed = {
  ...summary({
    id: PROMOTION.crashed,
    phase: 'failed',
    weight: 0,
    reason: 'it did not become ready within 30s: the process exited with code 101',
    created_at: ago(DAY),
    finished_at: ago(DAY - 60),
  }),
  gates: openGates,
  approvals: [],
  steps: [step(5, '3m', 'failed', { started_at: ago(DAY - 10), ended_at: ago(DAY - 60) }), step(100, '15m', 'skipped', {})],
  ships,
  failure: {
    summary: 'the process exited with code 101 before it was ready',
    exit_code: 101,
    last_probe: 'GET /readyz: connection refused',
    log_tail: logTail,
  },
  releases: [status(R.search, 100, 'ready', 26 * HOUR)],
  roll_back: allowed,
};

const promotions = {
  items: [
    baking,
    summary({ id: PROMOTION.staging, environment: 'staging', created_at: ago(12 * MINUTE), finished_at: ago(11 * MINUTE) }),
    summary({ id: PROMOTION.failed, phase: 'rolled_back', reason: failReason, created_at: ago(2 * HOUR), finished_at: ago(110 * MINUTE) }),
    summary({ id: PROMOTION.back, release: R.old, origin: 'rollback', by: 'linus', created_at: ago(3 * HOUR), finished_at: ago(3 * HOUR - 9) }),
    summary({ id: PROMOTION.crashed, phase: 'failed', reason: promotionCrashed.reason, created_at: ago(DAY), finished_at: ago(DAY - 60) }),
    summary({ id: PROMOTION.done, origin: 'manual', by: 'ada', release: R.search, replaces: R.old, created_at: ago(26 * HOUR), finished_at: ago(26 * HOUR - 1600) }),
  ],
  next: 'b2xkZXI',
};

const event = (number, kind, title, actor, seconds, over = {}) => ({
  id: id('evt', number),
  at: ago(seconds),
  actor,
  kind,
  title,
  service: 'storefront',
  body: { kind, ...(over.body ?? {}) },
  ...(over.promotion ? { promotion: over.promotion } : {}),
});

const events = {
  items: [
    event(1, 'step_reached', '9f3c61d2 has 25 % of traffic in production', keelson, 400, { promotion: PROMOTION.baking }),
    event(2, 'step_passed', '9f3c61d2 passed 5 % in production', keelson, 460, { promotion: PROMOTION.baking }),
    event(3, 'rollout_started', 'Rollout of 9f3c61d2 to production began', keelson, 650, { promotion: PROMOTION.baking }),
    event(4, 'promotion_approved', 'grace approved 9f3c61d2 for production', person('grace'), 720, { promotion: PROMOTION.baking }),
    event(5, 'artifact_registered', 'Artifact 9f3c61d2 of a1b2c3d registered', { kind: 'workflow', repository: 'acme/storefront', run_id: '991', started_by: 'ada' }, 740),
    event(6, 'push_recorded', '1 commit pushed to main', { kind: 'connection', connection: 'github' }, 840),
    event(7, 'rollout_reverting', '9f3c61d2 goes back in production: too many errors', keelson, 6620, { promotion: PROMOTION.failed }),
    event(8, 'hold_set', 'production is held: rolled back by hand', person('linus'), 10800),
  ],
  next: 'b2xkZXI',
};

const line = (number, seconds, level, message, artifact = R.cart) => ({
  number,
  at: ago(seconds),
  artifact: artifact.artifact,
  stream: level === 'error' ? 'stderr' : 'stdout',
  level,
  message,
  text: JSON.stringify({ level, message }),
});

const logs = {
  lines: [
    line(101, 42, 'info', 'listening on 127.0.0.1:41873'),
    line(102, 40, 'info', 'GET /readyz 200 in 1 ms'),
    line(103, 31, 'info', 'GET /cart 200 in 18 ms'),
    line(104, 22, 'warn', 'the cache is cold; 12 of 40 items read from the database'),
    line(105, 14, 'info', 'POST /checkout 201 in 84 ms'),
    line(106, 9, 'error', 'GET /recommendations 502 in 1003 ms: upstream timed out'),
    line(107, 3, 'info', 'GET /cart 200 in 16 ms', R.search),
  ],
  next: 107,
};

const artifact = (what, seconds) => ({
  digest: what.artifact,
  service: 'storefront',
  commit: what.commit,
  size: 18_400_000,
  pushed_by: { kind: 'workflow', repository: 'acme/storefront', run_id: '991', started_by: 'ada' },
  announced_at: ago(seconds),
  registered_at: ago(seconds - 2),
});

const manifest = `[service]
name = "storefront"
team = "shop"
repository = "github:acme/storefront"

[ci]
required = ["lint", "unit", "integration"]

[[environment]]
name = "staging"
promote = "auto"
target = { kind = "process", command = ["./storefront"], ready = "/readyz" }

[[environment]]
name = "production"
promote = "gated"
target = { kind = "process", command = ["./storefront"], ready = "/readyz" }
steps = [{ weight = 5, bake = "3m" }, { weight = 25, bake = "10m" }, { weight = 100, bake = "15m" }]
rollback_when = { error_rate = 0.02, p95 = "400ms" }

[environment.gates]
soak = "10m"
approvals = { count = 1, from = "shop", not_author = true }
`;

/** Every fixture by the name of its file. */
export const fixtures = {
  'overview': {
    verdict: { state: 'healthy', reason: 'everything that runs serves requests' },
    total: 3,
    unhealthy: 0,
    deploys_today: 4,
    rollbacks_today: 1,
    waiting_for_approval: 1,
    dead_letters: 0,
    services: [payments, catalog, storefront],
  },
  'services': { items: [payments, catalog, storefront] },
  'service': {
    ...storefront,
    manifest,
    revision: 7,
    applied_at: ago(5 * DAY),
    applied_by: person('ada'),
  },
  'changes': changes,
  'ships': ships,
  'ships-back': shipsBack,
  'promotions': promotions,
  'promotion-baking': promotionBaking,
  'promotion-waiting': promotionWaiting,
  'promotion-failed': promotionFailed,
  'promotion-crashed': promotionCrashed,
  'promotion-done': promotionDone,
  'promotion-summary': baking,
  ...gateFixtures({ R, PROMOTION, lane, summary, gate, step, ships, status, storefront, manifest }),
  'timeline': events,
  'audit': events,
  'audit-head': auditHead,
  'audit-check': auditCheck(),
  'audit-check-last': auditCheck('2'),
  'audit-findings': auditFindings,
  'dora': dora,
  'doras': doras,
  'dora-rows': doraRows,
  'ci': ci,
  'logs': logs,
  'traffic': traffic,
  'traffic-day': trafficDay,
  'artifacts': { items: [artifact(R.cart, 740), artifact(R.search, 27 * HOUR), artifact(R.old, 4 * DAY)] },
  'connections': [watchedConnection],
  'connection': {
    connection: watchedConnection,
    repositories,
    deliveries: [
      delivery(10, 'push', 840, 'recorded'),
      delivery(11, 'pull_request.closed', 842, 'recorded', 'pull request 412 in acme/storefront is merged'),
      delivery(12, 'star.created', 5000, 'ignored', 'nothing of it is kept'),
      delivery(13, 'push', 9000, 'rejected', 'the body is not JSON'),
    ],
  },
  'connection-unwatched': connection,
  'connection-watched': watchedConnection,
  'connection-fresh': { connection: newConnection, deliveries: [] },
  'connection-pinged': {
    connection: { ...newConnection, accepted: 1, last_delivery_at: ago(2) },
    deliveries: [delivery(14, 'ping', 2, 'recorded')],
  },
  'connection-secret': { connection: newConnection, secret: 'whs_3fZ9kq1v0bXJ7tYp2mN8sR4w' },
  'me': me,
  'tokens': [token(1, 'CI of storefront', {}), token(2, 'my laptop', { permissions: [], service: undefined, last_used_at: undefined, expires_at: undefined })].map((one) => JSON.parse(JSON.stringify(one))),
  'created-token': { secret: 'kls_7Yq2hT0cVd5pQm1xZr8sKw3uNb6jEg9f', token: token(3, 'release job', { last_used_at: undefined }) },
  'users': users,
  'user': users[0],
  'sign-in-methods': { provider: 'Acme', refused: { problem: 'no_role', groups: ['sales', 'munich'] } },
  'sign-in-link': { url: 'https://keelson.acme.example/sign-in#sil_3n5v7x9z', expires_at: ahead(900) },
  'dead-letters': [
    { event: event(9, 'target_requested', 'production of storefront shall run 9f3c61d2', keelson, 3000), subscriber: 'promotions', attempts: 8, last_error: 'the deploy target does not answer' },
  ],
  'problem': {
    type: '/problems/conflict',
    title: 'It cannot be done now',
    status: 409,
    detail: 'Another rollout is under way in production. Nothing was changed; wait for it to end, or roll back.',
    instance: 'req_019ab0c0000170008000000000000001',
  },
};

/** The promotions by their ids. */
export const promotionsById = {
  [PROMOTION.baking]: 'promotion-baking',
  [PROMOTION.waiting]: 'promotion-waiting',
  [GATED.blocked]: 'promotion-blocked',
  [GATED.overridden]: 'promotion-overridden',
  [PROMOTION.failed]: 'promotion-failed',
  [PROMOTION.crashed]: 'promotion-crashed',
  [PROMOTION.done]: 'promotion-done',
  [PROMOTION.staging]: 'promotion-done',
  [PROMOTION.back]: 'promotion-done',
};

export { PROMOTION };
