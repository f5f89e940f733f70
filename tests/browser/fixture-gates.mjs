// What is in the way of promotions, and trains: locks, freezes, drift, void approvals, overrides.
import { ago, ahead, MINUTE, HOUR, DAY, id, person, allowed, refused } from './fixture-values.mjs';

export const TRAIN = { going: id('trn', 1), waiting: id('trn', 2), done: id('trn', 3), back: id('trn', 4) };
export const GATED = { blocked: id('prm', 8), overridden: id('prm', 9) };

/** The environments of a service of which each is blocked in another way. */
const blockedService = ({ R, lane, summary, storefront, manifest, GATED }) => {
  const waiting = summary({
    id: GATED.blocked,
    service: 'warehouse',
    environment: 'staging',
    phase: 'waiting',
    weight: 0,
    waits_for: ['locked by ada until 2026-11-23 12:50:00Z: the database is being moved', 'waits for green checks (red: integration)'],
    cancel: allowed,
  });
  const running = (over) => ({ ...lane('staging', {}).running, ...over });
  return {
    ...storefront,
    name: 'warehouse',
    environments: [
      lane('staging', {
        waiting: [waiting],
        candidate: R.cart,
        changes_waiting: 3,
        promote: allowed,
        lock: { owner: 'ada', since: ago(10 * MINUTE), reason: 'the database is being moved', until: ahead(50 * MINUTE), unlock: allowed },
      }),
      lane('acceptance', {
        running: running({ read_back: undefined }),
        lock: { owner: 'linus', since: ago(3 * HOUR), reason: 'audit', unlock: refused('only linus, or an operator, may lift this lock') },
        freeze: { until: ahead(19 * HOUR), sentence: 'frozen until Tue 2026-11-24 08:00 Europe/Berlin (2026-11-24 07:00:00Z): nights are quiet' },
      }),
      lane('production', {
        health: { state: 'drifted', reason: 'what runs is not 77ab12cd as it was promoted: storefront changed, assets/app.js added' },
        running: running({
          digest_matches: false,
          read_back: {
            promoted_content: R.search.artifact,
            content: R.old.artifact,
            findings: [{ finding: 'changed', path: 'storefront' }, { finding: 'added', path: 'assets/app.js' }],
            more: 0,
          },
        }),
        drift: {
          artifact: R.search.artifact,
          since: ago(4 * MINUTE),
          findings: [{ finding: 'changed', path: 'storefront' }, { finding: 'added', path: 'assets/app.js' }],
          more: 0,
          sentence: 'what runs is not 77ab12cd as it was promoted: storefront changed, assets/app.js added',
          remedy: 'roll back, or promote 77ab12cd again to unpack it afresh, or put the files back as they were',
        },
      }),
    ],
    manifest,
    revision: 2,
    applied_at: ago(2 * DAY),
    applied_by: person('ada'),
  };
};

const promotions = ({ R, summary, gate, step, ships, status, GATED }) => {
  const common = {
    steps: [step(10, '5m', 'planned', {}), step(100, '15m', 'planned', {})],
    ships: { ...ships, to: R.coupons },
    releases: [status(R.search, 100, 'ready', 3 * DAY)],
    roll_back: allowed,
  };
  const closed = [
    { ...gate('soak', false, 'soaks in staging until 2026-11-23 12:18:00Z', ahead(18 * MINUTE)), can_be_overridden: true },
    {
      ...gate('approvals', false, "waits for approval from money: 0 of 1, not by ada; grace, linus could; grace's approval is void, the artifact changed"),
      people: ['grace', 'linus'],
      can_be_overridden: true,
    },
    {
      ...gate('freeze', false, 'frozen until Tue 2026-11-24 08:00 Europe/Berlin (2026-11-24 07:00:00Z): nights are quiet', ahead(19 * HOUR)),
      can_be_overridden: true,
    },
    { ...gate('lock', false, 'locked by ada until 2026-11-23 12:50:00Z: the database is being moved', ahead(50 * MINUTE)), can_be_overridden: true },
  ];
  const drift = gate('drift', false, 'blocked, because what runs is not 77ab12cd as it was promoted: storefront changed; to resolve it, roll back, or promote 77ab12cd again to unpack it afresh');
  const blocked = {
    ...summary({
      id: GATED.blocked,
      service: 'payments',
      release: R.coupons,
      phase: 'waiting',
      weight: 0,
      waits_for: closed.map((one) => one.sentence),
      created_at: ago(42 * MINUTE),
      approve: allowed,
      cancel: allowed,
      train: TRAIN.waiting,
    }),
    ...common,
    gates: [gate('checks', true, 'green: lint, unit, integration'), ...closed, drift],
    approvals: [{ by: 'grace', at: ago(40 * MINUTE), void: 'the artifact changed' }],
    ask_override: allowed,
  };
  const overridden = {
    ...summary({ id: GATED.overridden, service: 'payments', release: R.coupons, phase: 'rolling', weight: 10, step: [1, 2], created_at: ago(9 * MINUTE), cancel: allowed }),
    ...common,
    steps: [step(10, '5m', 'rolling', { started_at: ago(20) }), step(100, '15m', 'planned', {})],
    gates: [gate('checks', true, 'green: lint, unit, integration'), ...closed.slice(0, 3).map((one) => ({ ...one, open: true, overridden: true, opens_at: undefined, can_be_overridden: false }))].map((one) => JSON.parse(JSON.stringify(one))),
    approvals: [],
    overriding: {
      asked_by: 'ada',
      asked_at: ago(2 * MINUTE),
      reason: 'customers cannot pay',
      confirmed_by: 'grace',
      confirmed_at: ago(MINUTE),
      overrode: closed.slice(0, 3).map((one) => one.sentence),
    },
  };
  return { 'promotion-blocked': blocked, 'promotion-overridden': overridden };
};

const trains = ({ R, PROMOTION }) => {
  const car = (service, phase, over = {}) => ({ service, release: R.coupons, replaces: R.search, phase, waits_for: [], ...over });
  const train = (over) => ({
    environment: 'production',
    by: 'ada',
    created_at: ago(12 * MINUTE),
    cancel: refused('the train is over'),
    roll_back: allowed,
    ...over,
  });
  const going = train({
    id: TRAIN.going,
    name: 'Gift cards',
    phase: 'going',
    cars: [
      car('catalog', 'promoted', { promotion: PROMOTION.done }),
      car('payments', 'rolling', { promotion: PROMOTION.baking }),
      car('storefront', 'waiting', { promotion: PROMOTION.waiting }),
    ],
    cancel: allowed,
  });
  const waiting = train({
    id: TRAIN.waiting,
    phase: 'waiting',
    cars: [
      car('payments', 'waiting', { promotion: PROMOTION.waiting, waits_for: ['soaks in staging until 2026-11-23 12:18:00Z', 'waits for approval from money: 0 of 1, not by ada; grace could'] }),
      car('storefront', 'waiting', { promotion: PROMOTION.baking }),
    ],
    cancel: allowed,
    roll_back: refused('nothing is promoted yet: cancel it instead'),
  });
  const done = train({
    id: TRAIN.done,
    name: 'Prices with taxes',
    phase: 'done',
    created_at: ago(2 * DAY),
    finished_at: ago(2 * DAY - 1600),
    cars: [
      car('catalog', 'promoted', { promotion: PROMOTION.done }),
      car('payments', 'promoted', { promotion: PROMOTION.done }),
      car('storefront', 'promoted', { promotion: PROMOTION.done, replaces: undefined }),
    ].map((one) => JSON.parse(JSON.stringify(one))),
  });
  const back = train({
    id: TRAIN.back,
    name: 'Prices with taxes, at first',
    phase: 'incomplete',
    created_at: ago(3 * DAY),
    finished_at: ago(3 * DAY - 900),
    reason: 'payments ended: 7.3 % of requests fail (30 of 411); at most 2.0 % may',
    cars: [
      car('catalog', 'back', { promotion: PROMOTION.done, rollback: PROMOTION.back }),
      car('mail', 'stays', { promotion: PROMOTION.done, reason: 'the artifact that ran before is not kept any more' }),
      car('payments', 'ended', { promotion: PROMOTION.failed, reason: '7.3 % of requests fail (30 of 411); at most 2.0 % may' }),
      car('storefront', 'ended', { reason: 'cancelled by Keelson' }),
    ],
  });
  return {
    'trains': { items: [waiting, going, done, back] },
    'train-waiting': waiting,
    'train-going': going,
    'train-done': done,
    'train-back': back,
  };
};

/** The fixtures, made of what the others are made of. */
export const gateFixtures = (parts) => ({
  'service-blocked': JSON.parse(JSON.stringify(blockedService({ ...parts, GATED }))),
  ...promotions({ ...parts, GATED }),
  ...trains(parts),
});

/** The trains by their ids. */
export const trainsById = {
  [TRAIN.going]: 'train-going',
  [TRAIN.waiting]: 'train-waiting',
  [TRAIN.done]: 'train-done',
  [TRAIN.back]: 'train-back',
};
