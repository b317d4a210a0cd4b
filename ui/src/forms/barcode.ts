import type * as Library from '@zxing/library';

/** Reads the bar or QR code of a picture; nothing when there is none. */
export type ReadCode = (picture: ImageData) => string | null;

export async function codeReader(): Promise<ReadCode> {
  // Loaded only where a code is read: most forms ask for none.
  const library = await import('@zxing/library');
  const hints = new Map<Library.DecodeHintType, unknown>([[library.DecodeHintType.TRY_HARDER, true]]);
  // One after the other: the library's own list of readers writes to the console for each that finds nothing.
  const readers = [new library.QRCodeReader(), new library.MultiFormatOneDReader(hints), new library.DataMatrixReader(), new library.PDF417Reader()];
  return (picture) => {
    const source = new library.RGBLuminanceSource(greys(picture), picture.width, picture.height);
    // A code may be printed light on dark.
    for (const each of [source, source.invert()]) {
      for (const reader of readers) {
        try {
          return reader.decode(new library.BinaryBitmap(new library.HybridBinarizer(each)), hints).getText();
        } catch (thrown) {
          if (!(thrown instanceof library.Exception)) throw thrown;
        } finally {
          reader.reset();
        }
      }
    }
    return null;
  };
}

function greys({ data }: ImageData): Uint8ClampedArray {
  const grey = new Uint8ClampedArray(data.length / 4);
  for (let at = 0; at < grey.length; at += 1) {
    grey[at] = ((data[at * 4] ?? 0) * 306 + (data[at * 4 + 1] ?? 0) * 601 + (data[at * 4 + 2] ?? 0) * 117) >> 10;
  }
  return grey;
}
