/** JPEG quality at which a document's print stays readable: 150–350 kB at 1,280 pixels. */
const QUALITY = 0.82;
const DEFAULT_MAX_PIXELS = 1280;

/** The longest side a form allows, in pixels. */
export function maxPixels(parameters: Partial<Record<string, string>>): number {
  const asked = Number(parameters['max-pixels']);
  return Number.isInteger(asked) && asked >= 64 ? asked : DEFAULT_MAX_PIXELS;
}

/** A photo made small enough to travel: a JPEG no longer than `longest` on its longest side, turned the right way up. */
export async function shrink(file: Blob, longest: number): Promise<Blob> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    const share = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(bitmap.width * share));
    canvas.height = Math.max(1, Math.round(bitmap.height * share));
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    // A picture with clear parts, such as a scan, would turn black.
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await encode(canvas, 'image/jpeg', QUALITY);
  } finally {
    bitmap.close();
  }
}

export function encode(canvas: HTMLCanvasElement, type: 'image/jpeg' | 'image/png', quality?: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => { if (blob) resolve(blob); else reject(new Error('no picture')); }, type, quality);
  });
}
