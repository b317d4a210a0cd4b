import { expect, it } from 'vitest';
import { draw, type Stroke } from './sketch';

function drawn(strokes: Stroke[]) {
  const said: string[] = [];
  const context: Record<'strokeStyle', string> & Record<'lineWidth', number> & Record<string, unknown> = {
    strokeStyle: '',
    lineWidth: 0,
    canvas: { width: 1000, height: 500 },
    beginPath: () => said.push('begin'),
    moveTo: (x: number, y: number) => said.push(`to ${x} ${y}`),
    lineTo: (x: number, y: number) => said.push(`line ${x} ${y}`),
    stroke: () => said.push(`${context.strokeStyle} ${context.lineWidth}`),
  };
  draw(context as unknown as CanvasRenderingContext2D, strokes);
  return said;
}

it('draws each line in its colour and width, whatever the size of the canvas', () => {
  expect(drawn([{ colour: 'red', width: 0.01, points: [{ x: 0, y: 0 }, { x: 0.5, y: 1 }] }])).toEqual(['begin', 'to 0 0', 'line 500 500', 'red 10']);
});

it('draws a touch without a movement as a dot', () => {
  expect(drawn([{ colour: 'blue', width: 0.0001, points: [{ x: 0.1, y: 0.2 }] }])).toEqual(['begin', 'to 100 100', 'line 100 100', 'blue 1.5']);
});
