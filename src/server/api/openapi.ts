/** The operations as an OpenAPI document. */

import * as z from 'zod';
import { OPERATIONS } from '../../operations/table.ts';
import { scopeOf } from '../core/operation-access.ts';

type Schema = Readonly<Record<string, unknown>>;

const ERROR_SCHEMA = {
  type: 'object',
  required: ['code', 'message', 'hint', 'details'],
  properties: {
    code: { type: 'string', description: 'What programs go by, such as WORKSPACE_NOT_FOUND.' },
    message: { type: 'string' },
    hint: { type: 'string', description: 'What to do next.' },
    details: { type: 'object' },
  },
};

const PROJECT_PARAMETER = {
  name: 'X-AgentFS-Project',
  in: 'header',
  required: false,
  description: 'Which project, where the daemon serves several; default the first.',
  schema: { type: 'string' },
};

/** Makes the document. */
export function openApiDocument(version: string): object {
  const schemas: Record<string, Schema> = { Error: ERROR_SCHEMA };
  const paths: Record<string, object> = {};
  for (const operation of OPERATIONS) {
    const { name, title, summary, effect, idempotent } = operation;
    const [noun = ''] = name.split('.');
    const body = hoisted(z.toJSONSchema(operation.input, { io: 'input' }), schemas);
    const answer = hoisted(z.toJSONSchema(operation.output), schemas);
    paths[`/api/v1/${name}`] = {
      post: {
        ...{ operationId: name, summary: title, description: summary, tags: [noun] },
        ...{ 'x-effect': effect, 'x-idempotent': idempotent, 'x-scope': scopeOf(operation) },
        parameters: [PROJECT_PARAMETER],
        requestBody: { required: true, content: { 'application/json': { schema: body } } },
        responses: {
          200: { description: 'Done.', content: { 'application/json': { schema: answer } } },
          default: {
            description: 'It failed.',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
          },
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'agentfs', version, description: 'Workspaces for agents over one project.' },
    paths,
    components: { schemas, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
  };
}

/** A schema whose definitions are among those of the document. */
function hoisted(schema: Schema, schemas: Record<string, Schema>): Schema {
  const { $schema: _, $defs = {}, ...own } = schema;
  for (const [name, definition] of Object.entries({ ...Object($defs) })) {
    schemas[name] = referring(definition) as Schema;
  }
  return referring(own) as Schema;
}

function referring(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(referring);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) =>
      key === '$ref' && typeof each === 'string'
        ? [key, each.replace('#/$defs/', '#/components/schemas/')]
        : [key, referring(each)],
    ),
  );
}
