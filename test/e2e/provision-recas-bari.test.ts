import { describeSite } from './support/site-scenario';

jest.setTimeout(1_200_000);

describeSite({
  site: 'recas-bari',
  grown: [[['nodes', 'service', 'count'], 4]],
  grownBy: 'service-4',
  tooMany: [
    [['hosts', 'gpu-1', 'a100-40gb'], 6],
    [['nodes', 'a100', 'count'], 3],
  ],
  victim: 'recas-bari-a100-3',
  volume: 'recas-bari-storage-1-data',
});
