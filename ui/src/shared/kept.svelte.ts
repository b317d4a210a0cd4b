/** A photo, drawing, recording or file that is fetched by its hash, as an address that a picture or a player takes. */
export class Kept {
  url = $state<string | null>(null);
  /** It is not here, or cannot be shown. */
  missing = $state(false);
  /** What the rejection says to a person; empty when it came and cannot be shown. */
  why = $state('');

  /** Follows what `wanted` says, for as long as the component lives that makes it. */
  constructor(wanted: () => { hash: string; load: (hash: string) => Promise<Blob>; mediaType?: string }) {
    $effect(() => {
      const { hash, load, mediaType } = wanted();
      let gone = false;
      let made: string | null = null;
      this.missing = false;
      this.why = '';
      load(hash).then(
        (blob) => {
          if (gone) return;
          made = URL.createObjectURL(mediaType === undefined ? blob : blob.slice(0, blob.size, mediaType));
          this.url = made;
        },
        (thrown: unknown) => {
          if (gone) return;
          this.missing = true;
          this.why = thrown instanceof Error ? thrown.message : '';
        },
      );
      return () => {
        gone = true;
        if (made) URL.revokeObjectURL(made);
      };
    });
  }
}
