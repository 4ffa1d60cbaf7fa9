/** A page of the API documentation: the viewer's files, all from our own origin, and what its policy must allow. */
export type DocsPage = Readonly<{ html: string; headers: Readonly<Record<string, string>> }>

// Both viewers write styles into the page as they go; no code but their own files ever runs.
const policy = (more: string) => ({
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    more,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
    .filter(Boolean)
    .join('; '),
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cache-control': 'no-cache',
})

const page = (title: string, head: string, scripts: readonly string[]) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
${head}
</head>
<body>
<div id="docs"></div>
<noscript>This page needs JavaScript; the document itself is at <a href="/api/docs/json">/api/docs/json</a>.</noscript>
${scripts.map((script) => `<script src="/api/docs/assets/${script}"></script>`).join('\n')}
</body>
</html>
`

export const swaggerPage: DocsPage = {
  html: page('Landfast API', '<link rel="stylesheet" href="/api/docs/assets/swagger-ui.css">', [
    'swagger-ui-bundle.js',
    'swagger-start.js',
  ]),
  headers: policy(''),
}

export const redocPage: DocsPage = {
  html: page('Landfast API reference', '<style>body { margin: 0 }</style>', [
    'redoc.standalone.js',
    'redoc-start.js',
  ]),
  // Its search runs in a worker made from the bundle itself.
  headers: policy('worker-src blob:'),
}

/** The two scripts that start the viewers; files, because no policy here allows inline code. */
export const startScripts: Readonly<Record<string, string>> = {
  // Without `validatorUrl: null`, Swagger UI sends the document's address to a validator elsewhere.
  'swagger-start.js': `SwaggerUIBundle({
  url: '/api/docs/json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
})
`,
  'redoc-start.js': `Redoc.init('/api/docs/json', {}, document.getElementById('docs'))
`,
}

/** The viewers' own files, by the name they are served under. */
export const viewerFiles: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'swagger-ui-dist/swagger-ui.css',
  'swagger-ui-bundle.js': 'swagger-ui-dist/swagger-ui-bundle.js',
  'redoc.standalone.js': 'redoc/bundles/redoc.standalone.js',
}

/** ReDoc shows a logo that it loads from its makers; without it, opening the page tells nobody. */
export function withoutForeignLogo(bundle: string): string {
  const empty = 'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22/%3E'
  return bundle.replace(/https:\/\/[a-z.]+\/redoc\/logo-mini\.svg/g, empty)
}
