import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The shell and the hub serve `dist` from a path of their own, so every address in it is relative.
export default defineConfig({
  base: './',
  plugins: [svelte()],
  build: { target: 'es2022', outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0 },
  server: { port: 5173, strictPort: true },
  // A widget under test is the one that runs in a window.
  resolve: process.env['VITEST'] ? { conditions: ['browser'] } : {},
  test: { include: ['src/**/*.test.ts', 'lint/**/*.test.js'], environment: 'node' },
});
