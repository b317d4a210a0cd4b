/** What the device keeps, the best first. */
const TYPES = ['audio/webm;codecs=opus', 'audio/webm', 'audio/ogg;codecs=opus', 'audio/mp4'];
/** Speech is understood at this rate: 24 kbit a second, 180 kB a minute. */
const BITS_PER_SECOND = 24_000;

/** Records a sound with the tablet's microphone. */
export class Recorder {
  /** How long it has been recording; nothing while it does not. */
  seconds = $state<number | null>(null);

  #recorder: MediaRecorder | null = null;
  #chunks: Blob[] = [];
  #clock: ReturnType<typeof setInterval> | undefined;

  /** Says whether there is a microphone that may be used. */
  async begin(): Promise<boolean> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const type = TYPES.find((each) => MediaRecorder.isTypeSupported(each));
      this.#recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS_PER_SECOND, ...(type === undefined ? {} : { mimeType: type }) });
    } catch {
      return false;
    }
    this.#chunks = [];
    this.#recorder.ondataavailable = ({ data }) => { if (data.size > 0) this.#chunks.push(data); };
    this.#recorder.start(1000);
    const begun = Date.now();
    this.seconds = 0;
    this.#clock = setInterval(() => { this.seconds = (Date.now() - begun) / 1000; }, 250);
    return true;
  }

  /** The sound, or nothing when nothing was heard. */
  async end(): Promise<Blob | null> {
    const recorder = this.#recorder;
    if (!recorder) return null;
    const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
    recorder.stop();
    await stopped;
    const type = recorder.mimeType.split(';')[0] ?? '';
    this.#release();
    return this.#chunks.length === 0 ? null : new Blob(this.#chunks, { type });
  }

  cancel(): void {
    if (this.#recorder?.state === 'recording') this.#recorder.stop();
    this.#release();
  }

  #release(): void {
    clearInterval(this.#clock);
    for (const track of this.#recorder?.stream.getTracks() ?? []) track.stop();
    this.#recorder = null;
    this.seconds = null;
  }
}
