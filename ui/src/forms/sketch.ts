/** A line drawn with one colour and width, its points as shares of the picture's width and height. */
export interface Stroke {
  colour: string;
  /** As a share of the picture's longer side. */
  width: number;
  points: { x: number; y: number }[];
}

/** Readable on paper and on a photo: ink, dye, water, leaf, and white for what is dark. */
export const COLOURS = ['#10233f', '#c0203f', '#0a6bb0', '#1f7a43', '#f2b705', '#ffffff'] as const;
export const WIDTHS = { fine: 0.004, broad: 0.012 } as const;

/** Draws lines over what the canvas has. */
export function draw(context: CanvasRenderingContext2D, strokes: readonly Stroke[]): void {
  const { width, height } = context.canvas;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const stroke of strokes) {
    context.strokeStyle = stroke.colour;
    context.lineWidth = Math.max(1.5, stroke.width * Math.max(width, height));
    context.beginPath();
    for (const [at, point] of stroke.points.entries()) {
      if (at === 0) context.moveTo(point.x * width, point.y * height);
      else context.lineTo(point.x * width, point.y * height);
    }
    const [first] = stroke.points;
    // A touch without a movement is a dot.
    if (stroke.points.length === 1 && first) context.lineTo(first.x * width, first.y * height);
    context.stroke();
  }
}
