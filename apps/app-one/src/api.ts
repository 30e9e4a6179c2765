import { type ClientOptions, openClient, type PageContext, user } from '@signet/web'
import { z } from 'zod'

export type Api = ReturnType<typeof openApi>

/** The calls to the API that app-one makes. The client adds a token to each call. */
export function openApi(options: ClientOptions) {
  const { call, close } = openClient(options)

  return {
    listUsers: (context: PageContext, params: { search?: string | undefined; after?: string | undefined }) =>
      call(context, { path: '/users', params: { ...params, limit: 20 }, answer: z.array(user) }),

    findUser: (context: PageContext, id: string) =>
      call(context, { path: `/users/${encodeURIComponent(id)}`, answer: user }),

    close,
  }
}
