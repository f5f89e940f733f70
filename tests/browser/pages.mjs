// Every page there is, with the heading by which one knows it.
import { GATED, TRAIN } from './fixture-gates.mjs';
import { PROMOTION } from './fixtures.mjs';

export const PAGES = {
  'the overview': ['/', 'All healthy'],
  'the services': ['/services', 'Services'],
  'a service': ['/services/storefront', 'storefront'],
  'a service that is blocked': ['/services/warehouse', 'warehouse'],
  'what ships': ['/services/storefront?tab=ships', 'storefront'],
  'the history': ['/services/storefront?tab=history', 'storefront'],
  'the runs': ['/services/storefront?tab=runs', 'storefront'],
  'the delivery of a service': ['/services/storefront?tab=delivery', 'storefront'],
  'the rows of a figure': ['/services/storefront?tab=delivery&window=30&figure=lead_time', 'storefront'],
  'the logs': ['/services/storefront?tab=logs', 'storefront'],
  'the manifest': ['/services/storefront?tab=settings', 'storefront'],
  'a promotion that bakes': [`/promotions/${PROMOTION.baking}`, 'Promotion of 9f3c61d2 in production'],
  'a promotion that waits': [`/promotions/${PROMOTION.waiting}`, 'Promotion of 5e02b7aa in production'],
  'a promotion that was rolled back': [`/promotions/${PROMOTION.failed}`, 'Promotion of 9f3c61d2 in production'],
  'a promotion that did not start': [`/promotions/${PROMOTION.crashed}`, 'Promotion of 9f3c61d2 in production'],
  'a promotion that is blocked': [`/promotions/${GATED.blocked}`, 'Promotion of 5e02b7aa in production'],
  'a promotion whose gates are overridden': [`/promotions/${GATED.overridden}`, 'Promotion of 5e02b7aa in production'],
  'the trains': ['/trains', 'Trains'],
  'a train that waits': [`/trains/${TRAIN.waiting}`, 'Train to production'],
  'a train under way': [`/trains/${TRAIN.going}`, 'Gift cards'],
  'a train that is over': [`/trains/${TRAIN.done}`, 'Prices with taxes'],
  'a train of which not all is back': [`/trains/${TRAIN.back}`, 'Prices with taxes, at first'],
  'the delivery of all': ['/delivery', 'Delivery'],
  'the audit log': ['/audit', 'Audit'],
  'the connections': ['/settings', 'Settings'],
  'the tokens': ['/settings?tab=tokens', 'Settings'],
  'the people': ['/settings?tab=people', 'Settings'],
  'the dead letters': ['/settings?tab=dead-letters', 'Settings'],
  'signing in': ['/sign-in', 'Sign in'],
  'the components': ['/components', 'Components'],
  'a page that is not there': ['/nowhere', 'Nothing is here'],
};

/** Waits until a page shows what it has to show. */
export const settled = async (page, heading) => {
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await page.waitForLoadState('networkidle');
};
