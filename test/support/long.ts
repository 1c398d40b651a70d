/** Whether these are the long tests (`npm run test:faults`), which try everything with everything. */
export const isLong: boolean = process.env['SEEDS'] === 'all';
