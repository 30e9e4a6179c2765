export { serve } from './express.ts'
