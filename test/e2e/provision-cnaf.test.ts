import { describeSite } from './support/site-scenario';

jest.setTimeout(1_200_000);

describeSite({
  site: 'cnaf',
  grown: [[['nodes', 'service', 'count'], 4]],
  grownBy: 'service-4',
  tooMany: [
    [['hosts', 'server-3', 'a100-40gb'], 4],
    [['nodes', 'a100-b', 'count'], 4],
  ],
  victim: 'cnaf-a100-b-4',
  volume: 'cnaf-storage-1-data',
});
