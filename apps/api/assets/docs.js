/* global SwaggerUIBundle */

// Swagger UI has dark colours, but does not choose them by itself.
const dark = matchMedia('(prefers-color-scheme: dark)')
const choose = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', choose)
choose()

SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // The description is shown to nobody else, and a token that is typed in is forgotten with the page.
  validatorUrl: null,
  queryConfigEnabled: false,
  persistAuthorization: false,
})
