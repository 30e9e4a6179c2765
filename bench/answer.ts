/** What every server answers: as small as the API's own `GET /whoami`. */
export const ANSWER = {
  appId: 'people01',
  name: 'app-one',
  permissions: ['users:read', 'orders:read', 'orders:write'],
  keyId: 'k8pQm3rV0xTzYwB5nJdL7sHcF2gE9aUoIi6RtXvKyWs',
}
