// The values that fixtures are made of: times, digests, people, commits.

/** The moment at which the fixtures are true. Tests set the browser's clock to it. */
export const NOW = Date.parse('2026-11-23T12:00:00Z');

export const ago = (seconds) => new Date(NOW - seconds * 1000).toISOString().replace('.000Z', 'Z');
export const ahead = (seconds) => ago(-seconds);
export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86400;

export const digest = (start) => `sha256:${start}${'0123456789abcdef'.repeat(4).slice(start.length)}`;
export const sha = (start) => `${start}${'89abcdef01234567'.repeat(3).slice(0, 40 - start.length)}`;
export const release = (artifact, commit) => ({ artifact: digest(artifact), commit: sha(commit) });
export const id = (prefix, number) => `${prefix}_019ab0c0${String(number).padStart(4, '0')}7000800000000000000${number % 10}`.slice(0, 36);
export const person = (login) => ({ kind: 'person', login });
export const keelson = { kind: 'keelson' };
export const author = (name, login) => ({ name, email: `${login}@example.com`, login });

export const ada = author('Ada Lovelace', 'ada');
export const grace = author('Grace Hopper', 'grace');
export const linus = author('Linus Pauling', 'linus');

export const allowed = {};
export const refused = (reason) => ({ refused: reason });

export const commit = (start, title, authors, seconds) => ({
  sha: sha(start),
  title,
  authors,
  at: ago(seconds),
  url: `https://github.com/acme/storefront/commit/${sha(start)}`,
});
