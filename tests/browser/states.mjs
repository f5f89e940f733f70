// What the API answers when there is nothing yet, and when there is a great deal: the same for every page.
import { promotionsById } from './fixtures.mjs';

const LONG = 'a-service-with-a-name-as-long-as-it-gets';
const WORDS = 'Say what is out of stock before the checkout, and why, in the words of the warehouse rather than in ours';
const UNBROKEN = 'https://keelson.acme.example/'.concat('a-path-without-any-place-to-break-it/'.repeat(6));
const MANY = 1000;

const many = (sample, change) => Array.from({ length: MANY }, (_, index) => ({ ...sample, ...change(index) }));
const numbered = (index) => String(index).padStart(4, '0');
const named = (index) => `${LONG.slice(0, 35)}-${numbered(index)}`;
/** An identifier that no other has. */
const apart = (id, index) => `${id.slice(0, 20)}${numbered(index)}${id.slice(24)}`;
const shaOf = (index) => numbered(index).repeat(10);

const none = { no_data: 'nothing has reached production yet', rows: 0, left_out: 0 };
const unknown = (report) => Object.fromEntries(Object.entries(report).map(([name, value]) => [name, name === 'window' ? value : none]));

/** A lane in which nothing ever ran. */
const bare = ({ environment, promote_by, change_hold }) => ({
  environment,
  promote_by,
  health: { state: 'empty', reason: 'nothing runs here yet' },
  waiting: [],
  promote: { refused: 'nothing has been built yet' },
  roll_back: { refused: 'nothing ran here before' },
  change_hold,
});

/** Answers in which there is nothing yet. */
export const empty = (fixture) => {
  const service = fixture('service');
  const promotion = (id) => ({ ...fixture(promotionsById[id]), gates: [], approvals: [], steps: [], releases: [], ships: { ...fixture('ships'), commits: [], pull_requests: [], authors: [] }, failure: undefined });
  return {
    'GET /api/overview': () => ({ ...fixture('overview'), services: [], total: 0, deploys_today: 0, rollbacks_today: 0, waiting_for_approval: 0 }),
    'GET /api/services': () => ({ items: [] }),
    'GET /api/services/*': () => ({ ...service, head: undefined, head_checks: 'unknown', environments: service.environments.map(bare) }),
    'GET /api/services/*/changes': () => ({ items: [] }),
    'GET /api/services/*/artifacts': () => ({ items: [] }),
    'GET /api/services/*/ships': () => ({ ...fixture('ships'), commits: [], pull_requests: [], authors: [] }),
    'GET /api/services/*/promotions': () => ({ items: [] }),
    'GET /api/services/*/timeline': () => ({ items: [] }),
    'GET /api/services/*/logs': () => ({ lines: [], next: 0 }),
    'GET /api/services/*/traffic': () => ({ seconds: 60, points: [], marks: [] }),
    'GET /api/services/*/dora': () => ({ ...fixture('dora'), observed_since: undefined, current: unknown(fixture('dora').current), previous: unknown(fixture('dora').previous), points: [] }),
    'GET /api/services/*/dora/rows': () => ({ ...fixture('dora-rows'), rows: 0, items: [], next: undefined }),
    'GET /api/services/*/ci': () => ({ ...fixture('ci'), runs: 0, reruns: 0, total: none, queue: none, run: none, other: none, over_budget: none, trend: { kind: 'too_few', runs: 0, needed: 15 }, points: [], last: undefined }),
    'GET /api/dora': () => ({ items: [] }),
    'GET /api/promotions/*': (_, id) => promotion(id),
    'GET /api/trains': () => ({ items: [] }),
    'GET /api/audit': () => ({ items: [] }),
    'GET /api/audit/head': () => ({ events: 0 }),
    'GET /api/connections': () => [],
    'GET /api/connections/*': () => ({ ...fixture('connection'), deliveries: [], repositories: [] }),
    'GET /api/dead-letters': () => [],
    'GET /api/users': () => [],
    'GET /api/tokens': () => [],
  };
};

/** Answers with a thousand of everything, and with names as long as they get. */
export const long = (fixture) => {
  const rows = many(fixture('services').items[2], (index) => ({ name: named(index), repository: `github:acme/${named(index)}` }));
  const [commit] = fixture('ships').commits;
  const commits = many(commit, (index) => ({ sha: shaOf(index), title: `${WORDS} ${index}` }));
  const [change] = fixture('changes').items;
  const events = many(fixture('audit').items[0], (index) => ({ id: apart(fixture('audit').items[0].id, index), title: `${WORDS} ${UNBROKEN}` }));
  const promotions = many(fixture('promotions').items[2], (index) => ({ id: apart(fixture('promotions').items[2].id, index), reason: `${WORDS} ${UNBROKEN}` }));
  const ships = { ...fixture('ships'), commits, authors: Array.from({ length: 40 }, (_, index) => `${WORDS.slice(0, 40)} ${index}`) };
  const ci = fixture('ci');
  const doraRow = fixture('dora-rows').items[0];
  const [watched] = fixture('connections');
  const detail = fixture('connection');
  const [letter] = fixture('dead-letters');
  const [line] = fixture('logs').lines;
  return {
    'GET /api/overview': () => ({ ...fixture('overview'), services: rows, total: rows.length }),
    'GET /api/services': () => ({ items: rows }),
    'GET /api/services/*': () => ({ ...fixture('service'), repository: `github:acme/${LONG}`, branch: LONG, manifest: `${fixture('service').manifest}\n# ${UNBROKEN}\n`.repeat(20) }),
    'GET /api/services/*/changes': () => ({ items: many(change, (index) => ({ sha: shaOf(index), title: `${WORDS} ${UNBROKEN}`, runs_in: [LONG, LONG] })) }),
    'GET /api/services/*/ships': () => ships,
    'GET /api/services/*/promotions': () => ({ items: promotions }),
    'GET /api/services/*/timeline': () => ({ items: events }),
    'GET /api/services/*/logs': () => ({ lines: many(line, (index) => ({ number: index, message: `${WORDS} ${UNBROKEN}`, text: UNBROKEN })), next: MANY }),
    'GET /api/services/*/dora': () => ({ ...fixture('dora'), environment: LONG.slice(0, 30) }),
    'GET /api/services/*/dora/rows': () => ({ ...fixture('dora-rows'), rows: MANY, next: undefined, items: many(doraRow, (index) => ({ because: `${WORDS} ${UNBROKEN}`, commit: { ...doraRow.commit, sha: shaOf(index), title: `${WORDS} ${index}` } })) }),
    'GET /api/services/*/ci': () => ({ ...ci, runs: MANY, points: many(ci.points[3], (index) => ({ commit: shaOf(index), title: WORDS })), last: { ...ci.last, title: WORDS, jobs: ci.last.jobs.map((job) => ({ ...job, name: `${LONG} ${job.name}` })) } }),
    'GET /api/dora': () => ({ items: many(fixture('doras').items[2], (index) => ({ service: named(index) })) }),
    'GET /api/promotions/*': (_, id) => ({ ...fixture(promotionsById[id]), ships, reason: `${WORDS} ${UNBROKEN}` }),
    'GET /api/trains': () => ({ items: many(fixture('trains').items[0], (index) => ({ id: apart(fixture('trains').items[0].id, index), title: `${WORDS} ${UNBROKEN}` })) }),
    'GET /api/audit': () => ({ items: events }),
    'GET /api/connections': () => [{ ...watched, name: 'a-connection-with-a-long-name', hook_url: UNBROKEN, api: { ...watched.api, url: UNBROKEN } }],
    'GET /api/connections/*': () => ({ connection: watched, deliveries: many(detail.deliveries[3], (index) => ({ id: `${index}-${UNBROKEN}`, detail: UNBROKEN })), repositories: many(detail.repositories[0], (index) => ({ repository: `acme/${named(index)}` })) }),
    'GET /api/dead-letters': () => many(letter, (index) => ({ event: { ...letter.event, id: apart(letter.event.id, index), title: WORDS }, last_error: `${WORDS} ${UNBROKEN}` })),
    'GET /api/users': () => many(fixture('users')[0], (index) => ({ login: `ada-${numbered(index)}-with-a-long-login`.slice(0, 30), name: `${WORDS.slice(0, 60)} ${index}`, teams: [LONG, `${LONG}-2`] })),
    'GET /api/tokens': () => many(fixture('tokens')[0], (index) => ({ id: apart(fixture('tokens')[0].id, index), name: `${WORDS.slice(0, 60)} ${index}`, service: LONG })),
  };
};
