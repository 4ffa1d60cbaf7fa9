import { swagger } from '@elysiajs/swagger'
import type { AnyElysia, DocumentDecoration } from 'elysia'
import { stringify } from 'yaml'
import packageJson from '../../../package.json' with { type: 'json' }
import { mediaKeyLengthMax, mediaKeyPattern } from '../../media/key.ts'
import { jsonAnswer, problem } from './answers.ts'
import { webhooks } from './webhooks.ts'

/** An OpenAPI document, ready to be written as JSON or YAML. */
export type OpenApiDocument = Readonly<{
  openapi: string
  info: Readonly<{ title: string; version: string; description: string }>
  servers: readonly Readonly<{ url: string; description?: string }>[]
  paths: Readonly<Record<string, unknown>>
  webhooks: Readonly<Record<string, unknown>>
}>

/**
 * The document of everything that the routes around `routes` answer, from their schemas and `detail`.
 * Only the generator of the plugin is used: its page would load the viewer from elsewhere.
 */
export async function openApiDocument(routes: AnyElysia, publicUrl: string): Promise<OpenApiDocument> {
  const generator = swagger({
    path: '/page',
    specPath: '/json',
    documentation: {
      info: { title: 'Landfast', version: packageJson.version, description },
      tags,
      paths: wildcardPaths,
      components: {
        securitySchemes: {
          operatorKey: { type: 'http', scheme: 'bearer' },
          operatorSession: { type: 'apiKey', in: 'cookie', name: '__Host-lf_desk' },
        },
      },
    },
  })
  // What `use` does, without serving the generator's own routes. Elysia marks these as protected.
  const [within, around] = [generator, routes] as unknown as [RouteTable, RouteTable]
  within.getGlobalRoutes = () => around.getGlobalRoutes()
  within.getGlobalDefinitions = () => around.getGlobalDefinitions()
  const generated = (await (await generator.handle(new Request('http://localhost/json'))).json()) as {
    info: OpenApiDocument['info']
    paths: Record<string, PathItem>
  }
  describeAnswers(generated.paths)
  return {
    ...generated,
    // Schemas of routes are JSON Schema as it stands (const, patternProperties), which 3.0 does not know.
    openapi: '3.1.0',
    webhooks,
    servers: [
      { url: '/', description: 'This server' },
      { url: publicUrl, description: 'What visitors see' },
    ],
  }
}

/** The document as YAML, without anchors, which not every reader knows. */
export function openApiYaml(document: OpenApiDocument): string {
  return stringify(document, { aliasDuplicateObjects: false })
}

type RouteTable = { getGlobalRoutes(): unknown; getGlobalDefinitions(): unknown }
type PathItem = Record<string, { responses?: Record<string, { description?: string }> }>

/**
 * Every answer needs a description by the standard, also those of routes that say nothing of theirs; and every route can
 * answer what the server itself refuses.
 */
function describeAnswers(paths: Record<string, PathItem>): void {
  for (const item of Object.values(paths))
    for (const operation of Object.values(item)) {
      for (const answer of Object.values(operation.responses ?? {})) answer.description ??= 'The answer'
      operation.responses = { ...operation.responses, default: anyOther }
    }
}

const anyOther = jsonAnswer(
  'Any other failure: a Host that is none or is not answered here (400), another method than those of the path (405, with Allow), a fault of ours (500)',
  problem,
)

const description = [
  'A landing page that never loses a lead.',
  'A 2xx means that the submission is kept. Failures other than invalid fields are answered as',
  '`{"error":{"code","message","requestId"}}`; no answer repeats a phone number.',
].join(' ')

const tags = [
  { name: 'leads', description: 'Submitting a phone number, and following it' },
  { name: 'experiments', description: 'Flags and variants of a visitor' },
  { name: 'events', description: 'What visitors do, and what comes of it' },
  { name: 'admin', description: 'For operators: signed in, or with a key from `bun run admin:key`' },
  { name: 'page', description: 'The landing page, its pictures and videos' },
  { name: 'health', description: 'For monitors, load balancers and people' },
  { name: 'deliveries', description: 'What endpoints of an operator are sent' },
  { name: 'docs', description: 'This document' },
]

const getMedia = {
  tags: ['page'],
  operationId: 'getMedia',
  summary: 'A picture or video',
  description:
    'Streamed from object storage; the key may contain slashes. Takes If-None-Match, If-Modified-Since, one Range and If-Range.',
  parameters: [
    {
      name: 'key',
      in: 'path',
      required: true,
      schema: { type: 'string', maxLength: mediaKeyLengthMax, pattern: mediaKeyPattern.source },
      example: 'hero.jpg',
    },
    {
      name: 'Range',
      in: 'header',
      schema: { type: 'string', pattern: '^bytes=\\d{0,15}-\\d{0,15}$' },
      example: 'bytes=0-1023',
    },
  ],
  responses: {
    200: { description: 'The file' },
    206: { description: 'The part that was asked for' },
    302: { description: 'Where the file is, when a CDN serves it' },
    304: { description: 'The file that the client has is the newest' },
    404: { description: 'No such file' },
    416: { description: 'The range lies past the end of the file' },
    503: { description: 'The storage is away or switched off' },
  },
} satisfies DocumentDecoration

// The generator leaves out what ends in a wildcard.
const wildcardPaths = { '/media/{key}': { get: getMedia } }
