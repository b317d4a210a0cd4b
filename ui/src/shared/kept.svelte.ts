/** A photo, drawing, recording or file that is fetched by its hash, as an address that a picture or a player takes. */
export class Kept {
  url = $state<string | null>(null);
  /** It is not here, or cannot be shown. */
  missing = $state(false);

  /** Follows what `wanted` says, for as long as the component lives that makes it. */
  constructor(wanted: () => { hash: string; load: (hash: string) => Promise<Blob>; mediaType?: string }) {
    $effect(() => {
      const { hash, load, mediaType } = wanted();
      let gone = false;
      let made: string | null = null;
      this.missing = false;
      load(hash).then(
        (blob) => {
          if (gone) return;
          made = URL.createObjectURL(mediaType === undefined ? blob : blob.slice(0, blob.size, mediaType));
          this.url = made;
        },
        () => {
          this.missing = !gone;
        },
      );
      return () => {
        gone = true;
        if (made) URL.revokeObjectURL(made);
      };
    });
  }
}
