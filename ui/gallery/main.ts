import { serve } from './device';

serve();
if (location.hash === '') location.hash = '#/fill/gallery';
await import('../src/main');
