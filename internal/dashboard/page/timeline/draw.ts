import type { State } from '../live/services-items.ts';
import type { Bar } from './bar.ts';
import type { BarColours } from './colours.ts';

const HATCH_PIXELS = 6;
// Shape beside colour: an issue fills the bar's height, a deploy most of it, idle is a thin hatched band.
const heights: Readonly<Record<State, number>> = { issue: 1, deploy: 0.62, idle: 0.3 };
const CROWD_ALPHA = 0.28;
const DOT_PIXELS = 2;
const DOTS_EACH_PIXELS = 8;

/** Draws a bar into a canvas of `width` times `height` CSS pixels. */
export function drawBar(
  canvas: HTMLCanvasElement,
  bar: Bar,
  width: number,
  height: number,
  colours: BarColours,
): void {
  const ratio = devicePixelRatio || 1;
  const pixelWidth = Math.round(width * ratio);
  const pixelHeight = Math.round(height * ratio);
  if (canvas.width !== pixelWidth) canvas.width = pixelWidth;
  if (canvas.height !== pixelHeight) canvas.height = pixelHeight;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  bar.pieces.forEach(({ state, x, width: pieceWidth, share }) => {
    if (state === 'unknown') {
      context.fillStyle = colours.hatch;
      dot(context, x, height / 2, pieceWidth);
      return;
    }
    context.fillStyle = colours[state];
    if (share !== undefined) {
      // Pale for that there was something, full as far up as there was of it.
      context.globalAlpha = CROWD_ALPHA;
      context.fillRect(x, 0, pieceWidth, height);
      context.globalAlpha = 1;
    }
    const pieceHeight = Math.max(share === undefined ? 3 : 2, Math.round(height * (share ?? heights[state])));
    context.fillRect(x, height - pieceHeight, pieceWidth, pieceHeight);
    if (state === 'idle') hatch(context, x, height - pieceHeight, pieceWidth, pieceHeight, colours.hatch);
  });
  // Late reports may still change what lies behind this veil.
  context.fillStyle = colours.provisional;
  context.fillRect(bar.provisionalX, 0, bar.nowX - bar.provisionalX, height);
}

/** Nothing but a dotted line: it has no state's height, and none's colour. */
function dot(context: CanvasRenderingContext2D, x: number, middle: number, width: number): void {
  const first = Math.ceil(x / DOTS_EACH_PIXELS) * DOTS_EACH_PIXELS;
  for (let at = first; at < x + width; at += DOTS_EACH_PIXELS) {
    context.fillRect(at, middle - DOT_PIXELS / 2, DOT_PIXELS, DOT_PIXELS);
  }
}

function hatch(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: string,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = x - (x % HATCH_PIXELS) - height; at < x + width; at += HATCH_PIXELS) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.stroke();
  context.restore();
}
