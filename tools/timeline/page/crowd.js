// Drawing more messages than lines can show.

// grain is how many pixels of the page a pixel of the crowd covers, both ways.
const crowd = { canvas: document.createElement("canvas"), counts: new Map(), grain: 2 };

// drawCrowd colours each place by the messages that cross it: the more, the stronger. That takes a
// fraction of the time of drawing as many lines.
function drawCrowd(all, strongest) {
  const { grain } = crowd, width = Math.max(1, Math.ceil((box.width - box.gutter) / grain)), height = Math.max(1, Math.ceil((box.height - box.ruler) / grain));
  const { from, to } = run.messages, scaleX = (box.width - box.gutter) / (view.to - view.from) / grain;
  crowd.canvas.width = width;
  crowd.canvas.height = height;
  crowd.counts.clear();
  for (const i of all) {
    const { colour } = run.types.get(run.messages.event[i]);
    if (!crowd.counts.has(colour)) crowd.counts.set(colour, new Uint16Array(width * height));
    const a = bars[from[i]], b = bars[to[i]], down = a.top < b.top;
    countLine(crowd.counts.get(colour), width, height, (messageFrom[i] - view.from) * scaleX, ((down ? a.top + a.height : a.top) - box.ruler) / grain,
      (messageTo[i] - view.from) * scaleX, ((down ? b.top : b.top + b.height) - box.ruler) / grain);
  }
  const context = crowd.canvas.getContext("2d"), image = context.createImageData(width, height);
  paintCounts(image.data, strongest);
  context.putImageData(image, 0, 0);
  ink.drawImage(crowd.canvas, box.gutter, box.ruler, width * grain, height * grain);
}

// countLine adds one to every pixel of a line, a pixel in each row.
function countLine(counts, width, height, x1, y1, x2, y2) {
  const slope = (x2 - x1) / (y2 - y1 || 1), first = Math.max(0, Math.round(Math.min(y1, y2))), last = Math.min(height - 1, Math.max(y1, y2));
  let at = x1 + slope * (first - y1);
  for (let y = first; y <= last; y++, at += slope) if (at >= 0 && at < width) counts[y * width + (at | 0)]++;
}

function paintCounts(pixels, strongest) {
  const layers = [...crowd.counts].map(([colour, counts]) => [counts, ...colours[colour].match(/[0-9.]+/g).map(Number)]);
  for (let at = 0; at < pixels.length >> 2; at++) {
    let n = 0, r = 0, g = 0, b = 0;
    for (const layer of layers) {
      const k = layer[0][at];
      if (!k) continue;
      n += k; r += k * layer[1]; g += k * layer[2]; b += k * layer[3];
    }
    if (!n) continue;
    const to = at << 2;
    pixels[to] = r / n;
    pixels[to + 1] = g / n;
    pixels[to + 2] = b / n;
    pixels[to + 3] = 255 * strongest * n / (n + 2);
  }
}
