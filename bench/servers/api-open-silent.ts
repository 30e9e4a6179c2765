export { serve } from './api-open.ts'
