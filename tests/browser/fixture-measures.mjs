// The fixtures of the figures of delivery and of CI.
import { ago, digest, release, sha, id, DAY, HOUR, MINUTE } from './fixture-values.mjs';

const none = (no_data, rows = 0, left_out = 0) => ({ no_data, rows, left_out });
const figure = (value, rows, left_out = 0) => ({ value, rows, left_out });
const spread = (n, median, p90) => ({ n, median, p90 });
const share = (count, of) => ({ count, of, share: count / of });

const window = (from, to) => ({ from: ago(from * DAY), to: ago(to * DAY) });

const current = {
  window: window(30, 0),
  deployment_frequency: figure({ deployments: 14, per_week: 3.2667, days_with: 11 }, 14),
  lead_time: figure(spread(31, 5 * HOUR + 720, 27 * HOUR), 33, 2),
  lead_time_from_merge: figure(spread(33, 74 * MINUTE, 9 * HOUR), 33),
  change_fail_rate: figure(share(2, 16), 16),
  recovery_time: figure(spread(1, 22 * MINUTE, 22 * MINUTE), 2, 1),
  rework_rate: figure(share(1, 14), 14),
};
const previous = {
  window: window(60, 30),
  deployment_frequency: figure({ deployments: 9, per_week: 2.1, days_with: 8 }, 9),
  lead_time: figure(spread(20, 9 * HOUR, 40 * HOUR), 20),
  lead_time_from_merge: figure(spread(20, 2 * HOUR, 11 * HOUR), 20),
  change_fail_rate: figure(share(0, 9), 9),
  recovery_time: none('nothing failed in this window'),
  rework_rate: figure(share(0, 9), 9),
};
const never = 'nothing has reached production yet';
const unknown = {
  window: window(30, 0),
  deployment_frequency: none(never),
  lead_time: none(never),
  lead_time_from_merge: none(never),
  change_fail_rate: none(never),
  recovery_time: none(never),
  rework_rate: none(never),
};

const DEPLOYED = [0, 1, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 2, 1, 0, 0, 0, 1, 1, 1];
const FAILED = { 12: 1, 27: 1 };

export const dora = {
  service: 'storefront',
  environment: 'production',
  days: 30,
  observed_since: ago(58 * DAY),
  truncated: false,
  current,
  previous,
  points: DEPLOYED.map((deployments, index) => ({
    from: ago((30 - index) * DAY),
    to: ago((29 - index) * DAY),
    deployments,
    failed: FAILED[index] ?? 0,
    rework: index === 13 ? 1 : 0,
    ...(deployments ? { lead_time: spread(2, (3 + (index % 5)) * HOUR, 9 * HOUR) } : {}),
    ...(index === 12 ? { recovery_time: spread(1, 22 * MINUTE, 22 * MINUTE) } : {}),
  })),
  formulas: [{ metric: 'change_fail_rate', formula: 'Of the production promotions that got traffic, the share that was taken back.' }],
};

export const doras = {
  items: [
    { service: 'catalog', environment: 'production', truncated: false, current: { ...previous, window: window(30, 0) }, previous: unknown },
    { service: 'payments', environment: 'production', truncated: false, current: unknown, previous: unknown },
    { service: 'storefront', environment: 'production', truncated: false, current, previous },
  ],
};

const row = (number, over) => ({
  promotion: id('prm', number),
  release: release('9f3c61d2', 'a1b2c3d'),
  at: ago(number * 7 * HOUR),
  counts: true,
  because: 'from committed to 100 % of traffic',
  ...over,
});

export const doraRows = {
  metric: 'lead_time',
  formula: 'For each commit, the moment its first production promotion reached 100 % of traffic minus the moment it was committed.',
  window: window(30, 0),
  rows: 4,
  items: [
    row(4, { commit: { sha: sha('a1b2c3d'), title: 'Keep the cart when the session expires', committed_at: ago(34 * HOUR), merged_at: ago(30 * HOUR), pull_request: 412 }, from: ago(34 * HOUR), to: ago(28 * HOUR), seconds: 6 * HOUR }),
    row(5, { counts: false, because: 'committed after it reached production: a clock is wrong', commit: { sha: sha('0dd5eed'), title: 'Say what is out of stock before the checkout', committed_at: ago(30 * HOUR) }, from: ago(30 * HOUR), to: ago(35 * HOUR) }),
    row(3, { because: 'went back by itself: 7.3 % of requests fail', link: 'inferred', from: ago(22 * HOUR), to: ago(21 * HOUR), seconds: HOUR }),
  ],
  next: 'b2xkZXI',
};

const TITLES = ['Keep the cart when the session expires', 'Answer readiness only when the database does', 'Sort by price within a shelf'];
const runPoint = (index) => {
  const slower = index >= 14;
  const [queue, run, other] = [22 + ((index * 13) % 31), (slower ? 268 : 196) + ((index * 29) % 37), 6 + (index % 4)];
  return {
    at: ago((24 - index) * 27 * HOUR + 740),
    commit: sha(`c${String(index).padStart(2, '0')}ffee`),
    title: TITLES[index % 3],
    seconds: queue + run + other,
    queue,
    run,
    other,
    rerun: index === 9,
    over: queue + run + other > 300,
  };
};
const points = Array.from({ length: 24 }, (_, index) => runPoint(index));

const job = (name, queued, started, ended, over = {}) => ({
  name,
  state: 'passed',
  attempt: 1,
  queued_at: ago(queued),
  started_at: ago(started),
  ended_at: ago(ended),
  ...over,
});
const link = (name, queued, started, ended) => ({
  job: name,
  queued_at: ago(queued),
  started_at: ago(started),
  ended_at: ago(ended),
  queue: queued - started,
  run: started - ended,
});

const clean = points.filter((point) => !point.rerun).length;
export const ci = {
  service: 'storefront',
  days: 30,
  window: window(30, 0),
  budget: 300,
  budget_is_default: true,
  truncated: false,
  runs: 25,
  reruns: 1,
  total: figure(spread(clean, 262, 337), 24, 1),
  queue: figure(spread(clean, 35, 50), 24, 1),
  run: figure(spread(clean, 222, 298), 24, 1),
  other: figure(spread(clean, 8, 9), 24, 1),
  over_budget: figure(share(points.filter((point) => point.over && !point.rerun).length, clean), 24, 1),
  trend: { kind: 'slower', job: 'integration', part: 'run', step: 'cargo nextest run', now: 214, before: 138, newest_runs: 10, runs_before: 10 },
  points,
  last: {
    service: 'storefront',
    commit: sha('a1b2c3d'),
    title: TITLES[0],
    artifact: digest('9f3c61d2'),
    pushed_at: ago(1080),
    registered_at: ago(740),
    jobs: [
      job('lint', 1074, 1062, 1020),
      job('unit', 1074, 1050, 960, { attempt: 2 }),
      job('integration', 1074, 1039, 800, { steps: [{ name: 'cargo nextest run', seconds: 214 }] }),
      job('build', 798, 786, 741),
    ],
    path: {
      from: ago(1080),
      to: ago(740),
      seconds: 340,
      queue: 47,
      run: 284,
      other: 9,
      links: [link('integration', 1074, 1039, 800), link('build', 798, 786, 741)],
    },
  },
  formula: 'For each commit whose first artifact was registered in the window, from the push received to the artifact registered.',
};

export const auditHead = {
  number: 1207,
  hash: digest('5be1'),
  at: ago(40),
  events: 14_210,
  anchor: `1207:${digest('5be1')}`,
};

/** The pages of a check: each says how far it is, and the last has no next. */
export const auditCheck = (after) => {
  const page = after ? Number(after) + 1 : 1;
  return {
    head: auditHead,
    blocks: page === 3 ? 1208 : page * 500,
    events: page === 3 ? 14_210 : page * 6_000,
    findings: [],
    ...(page === 3 ? { not_yet_chained: 2 } : { next: String(page) }),
  };
};

export const auditFindings = {
  head: auditHead,
  blocks: 1208,
  events: 14_210,
  findings: [
    { what: 'event_edited', event: id('evt', 3), block: 88, detail: `${id('evt', 3)} was edited after it was chained in block 88` },
    { what: 'block_missing', block: 91, detail: 'block 91 is missing' },
  ],
  not_yet_chained: 0,
};
