import type { PointValue } from '../ipc/types/PointValue';
import { keepAwake } from '../shared/awake';

/** A minute without any fix: the valley is too narrow, or there is no receiver. */
const PATIENCE_MS = 60_000;

/** Where the tablet is, asked once and without a word; nothing when it cannot tell in time. */
export function whereabouts(): Promise<PointValue | null> {
  return new Promise((resolve) => {
    if (!('geolocation' in navigator)) {
      resolve(null);
      return;
    }
    navigator.geolocation.getCurrentPosition(
      (position) => resolve(pointOf(position)),
      () => resolve(null),
      { enableHighAccuracy: true, maximumAge: PATIENCE_MS, timeout: 2 * PATIENCE_MS },
    );
  });
}

function pointOf({ coords, timestamp }: GeolocationPosition): PointValue {
  return {
    latitude: coords.latitude,
    longitude: coords.longitude,
    altitude: coords.altitude,
    accuracy: coords.accuracy,
    fixed_at: Math.round(timestamp),
  };
}

/** Follows where the tablet is. */
export class Fix {
  /** Where it is now; nothing before the first fix. */
  now = $state.raw<PointValue | null>(null);
  watching = $state(false);
  /** Why there is no position: a code the screens have words for. */
  problem = $state<'denied' | 'timeout' | 'unavailable' | null>(null);

  #watch: number | null = null;
  #sleep: (() => void) | null = null;

  begin(heard: (fix: PointValue) => void): void {
    this.stop();
    this.problem = null;
    this.now = null;
    if (!('geolocation' in navigator)) {
      this.problem = 'unavailable';
      return;
    }
    this.watching = true;
    this.#sleep = keepAwake();
    this.#watch = navigator.geolocation.watchPosition(
      (position) => {
        this.now = pointOf(position);
        heard(this.now);
      },
      (error) => {
        if (this.now !== null && error.code === error.TIMEOUT) return;
        this.stop();
        this.problem = error.code === error.PERMISSION_DENIED ? 'denied' : error.code === error.TIMEOUT ? 'timeout' : 'unavailable';
      },
      { enableHighAccuracy: true, maximumAge: 0, timeout: PATIENCE_MS },
    );
  }

  stop(): void {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
    this.#sleep?.();
    this.#sleep = null;
    this.watching = false;
  }
}
