import { PICTURES } from './form';

/** A picture for a hash, drawn here: no photo of anyone is part of the gallery. */
export async function paint(hash: string): Promise<Blob | null> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [960, 720];
  const context = canvas.getContext('2d');
  if (!context || hash === PICTURES.note || hash === PICTURES.film) return null;
  if (hash === PICTURES.paper) {
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, 960, 720);
    context.strokeStyle = '#10233f';
    context.lineWidth = 7;
    context.lineCap = 'round';
    context.beginPath();
    context.moveTo(170, 420);
    context.bezierCurveTo(260, 180, 330, 200, 330, 400);
    context.bezierCurveTo(330, 520, 420, 480, 470, 390);
    context.bezierCurveTo(540, 280, 560, 470, 640, 420);
    context.bezierCurveTo(720, 370, 760, 420, 820, 380);
    context.stroke();
  } else {
    const sky = context.createLinearGradient(0, 0, 0, 460);
    sky.addColorStop(0, '#5b9dc4');
    sky.addColorStop(1, '#d8e8ee');
    context.fillStyle = sky;
    context.fillRect(0, 0, 960, 720);
    const hills: [string, number, number][] = [['#8a9a86', 300, 120], ['#6f8257', 400, 90], ['#b08b4f', 500, 60]];
    for (const [colour, top, swing] of hills) {
      context.fillStyle = colour;
      context.beginPath();
      context.moveTo(0, 720);
      for (let x = 0; x <= 960; x += 24) context.lineTo(x, top + swing * Math.sin(x / 150 + top));
      context.lineTo(960, 720);
      context.fill();
    }
    const tones: Record<string, string> = { [PICTURES.sheep]: '#f3efe6', [PICTURES.guinea]: '#9a5a2c', [PICTURES.potato]: '#c9a25b' };
    const tone = tones[hash];
    if (tone) {
      context.fillStyle = tone;
      context.beginPath();
      context.ellipse(480, 520, 210, 130, 0, 0, 7);
      context.ellipse(680, 450, 80, 70, 0, 0, 7);
      context.fill();
    }
  }
  return new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
}

/** Half a second of a quiet tone, as WAV. */
export function hum(): Blob {
  const [rate, samples] = [8000, 4000];
  const view = new DataView(new ArrayBuffer(44 + samples));
  const text = (at: number, words: string) => { for (const [index, letter] of [...words].entries()) view.setUint8(at + index, letter.charCodeAt(0)); };
  text(0, 'RIFF');
  view.setUint32(4, 36 + samples, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  text(36, 'data');
  view.setUint32(40, samples, true);
  for (let at = 0; at < samples; at += 1) view.setUint8(44 + at, 128 + 20 * Math.sin((at / rate) * 2 * Math.PI * 330));
  return new Blob([view.buffer], { type: 'audio/wav' });
}
