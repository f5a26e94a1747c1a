// What a video shows at this moment, as the shell looks at it: a byte of grey for each pixel.

/** Pixels on the longer side; the shell takes no more. */
const LONGEST = 1280;

export interface Sight {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8Array<ArrayBuffer>;
}

/** Takes sights from one video; nothing while it shows nothing yet. */
export function sights(): (video: HTMLVideoElement) => Sight | null {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return (video) => {
    const { videoWidth, videoHeight } = video;
    if (!context || videoWidth === 0 || videoHeight === 0) return null;
    const scale = Math.min(1, LONGEST / Math.max(videoWidth, videoHeight));
    const width = Math.max(1, Math.round(videoWidth * scale));
    const height = Math.max(1, Math.round(videoHeight * scale));
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    context.drawImage(video, 0, 0, width, height);
    return { width, height, grey: greyOf(context.getImageData(0, 0, width, height).data) };
  };
}

/** The lightness of each pixel (ITU-R BT.601, in 256ths). */
export function greyOf(pixels: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  const grey = new Uint8Array(pixels.length / 4);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4) {
    const [red, green, blue] = [pixels[from] ?? 0, pixels[from + 1] ?? 0, pixels[from + 2] ?? 0];
    grey[at] = (77 * red + 150 * green + 29 * blue) >> 8;
  }
  return grey;
}
