// A caller in another language: it knows what the document says, and nothing else. tsc holds it to the document's types.
import createClient from 'openapi-fetch';
import type { paths } from './plainsail.js';

declare const process: { argv: string[] };
const [baseUrl, key] = process.argv.slice(2);
const plainsail = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

const refused = await plainsail.POST('/v1/jobs', {
  body: {
    type: 'document.render',
    // @ts-expect-error The contract takes text, and so does the type made of it.
    input: { template: 7, templateFormat: 'markdown' },
  },
});

const accepted = await plainsail.POST('/v1/jobs', {
  params: { header: { 'Idempotency-Key': 'letter-1' } },
  body: {
    type: 'document.render',
    input: { template: '# Dear {{name}}', templateFormat: 'markdown', output: 'html', data: { name: 'Zoë' } },
    labels: { from: 'typescript' },
  },
});
if (!accepted.data) throw new Error(JSON.stringify(accepted.error));

let job = accepted.data;
while (!job.finishedAt) {
  const looked = await plainsail.GET('/v1/jobs/{id}', {
    params: { path: { id: job.id }, header: { Prefer: 'wait=30' } },
  });
  if (!looked.data) throw new Error(JSON.stringify(looked.error));
  job = looked.data;
}
const result = await plainsail.GET('/v1/jobs/{id}/result', {
  params: { path: { id: job.id } },
  parseAs: 'text',
});

console.log(JSON.stringify({
  refused: refused.error?.type,
  at: refused.error?.errors?.[0]?.pointer,
  status: accepted.response.status,
  id: job.id,
  state: job.state,
  mediaType: job.result?.mediaType,
  result: result.data,
}));
