// The fixtures of what was measured.
import { ago, DAY, HOUR, MINUTE } from './fixture-values.mjs';

const period = (millis) => (millis < 1000 ? `${millis}ms` : `${Math.floor(millis / 1000)}s ${millis % 1000}ms`);

export const measured = (requests, errors, p50, p95, p99) => ({ requests, errors, p50: period(p50), p95: period(p95), p99: period(p99) });

export const traffic = {
  seconds: 60,
  points: Array.from({ length: 60 }, (_, index) => {
    const wave = Math.sin(index / 6) * 40 + Math.sin(index / 2.3) * 12;
    const trouble = index > 8 && index < 13;
    const requests = Math.round(180 + wave);
    const slow = trouble ? 400 : 0;
    return {
      at: ago((60 - index) * MINUTE),
      ...measured(requests, trouble ? Math.round(requests / 12) : index % 7 === 0 ? 1 : 0, Math.round(18 + wave / 20), Math.round(206 + wave / 4 + slow), Math.round(440 + wave + slow)),
      saturation: { cpu: Math.round(180 + wave * 2 + (trouble ? 240 : 0)) / 1000, memory: 0.212 },
    };
  }),
  marks: [
    { at: ago(48 * MINUTE), kind: 'rollback', label: '9f3c61d2 rolled back' },
    { at: ago(12 * MINUTE), kind: 'deploy', label: '9f3c61d2' },
  ],
};

/** A day by the quarter of an hour: quiet at night, with the trouble of the canary that was taken back. */
export const trafficDay = {
  seconds: 900,
  points: Array.from({ length: 96 }, (_, index) => {
    const requests = Math.round(2600 + Math.sin((index - 30) / 15) * 1500 + Math.sin(index / 2.3) * 160);
    const trouble = index === 87;
    return {
      at: ago((96 - index) * 15 * MINUTE),
      ...measured(requests, trouble ? Math.round(requests / 16) : index % 9 === 0 ? 3 : 0, 18, trouble ? 620 : 206 + (index % 11), trouble ? 900 : 440),
      saturation: { cpu: Math.round(requests / 10) / 1000, memory: 0.212 },
    };
  }),
  marks: [
    { at: ago(DAY - 2 * HOUR), kind: 'deploy', label: '77ab12cd' },
    { at: ago(2 * HOUR), kind: 'rollback', label: '9f3c61d2 rolled back' },
    { at: ago(12 * MINUTE), kind: 'deploy', label: '9f3c61d2' },
  ],
};
