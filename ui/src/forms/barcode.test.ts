import { BarcodeFormat, MultiFormatWriter, type BitMatrix } from '@zxing/library';
import { expect, it } from 'vitest';
import { codeReader } from './barcode';

function drawn(matrix: BitMatrix, dark: number, light: number): ImageData {
  const [width, height] = [matrix.getWidth(), matrix.getHeight()];
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) data.fill(matrix.get(x, y) ? dark : light, (y * width + x) * 4, (y * width + x) * 4 + 3);
  return { data, width, height, colorSpace: 'srgb' } as ImageData;
}

it('reads a code, dark on light and light on dark, and says when there is none', async () => {
  const read = await codeReader();
  const matrix = new MultiFormatWriter().encode('PE-0504-00123', BarcodeFormat.QR_CODE, 200, 200, new Map());
  expect(read(drawn(matrix, 0, 255))).toBe('PE-0504-00123');
  expect(read(drawn(matrix, 255, 0))).toBe('PE-0504-00123');
  expect(read(drawn(matrix, 255, 255))).toBeNull();
});
