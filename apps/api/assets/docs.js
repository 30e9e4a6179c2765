/* global SwaggerUIBundle */

// Swagger UI has dark colours, but does not select them itself.
const dark = matchMedia('(prefers-color-scheme: dark)')
const choose = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', choose)
choose()

SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // The description is sent to no validator, and the page does not store an entered token.
  validatorUrl: null,
  queryConfigEnabled: false,
  persistAuthorization: false,
})
