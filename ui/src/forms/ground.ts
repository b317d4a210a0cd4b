/**
 * Places on the ground: how far, how large, and where on a plain map. The Earth is the sphere that the form's own
 * expressions reckon with, so that a screen and a calculation show the same figures.
 */
import type { PointValue } from '../ipc/types/PointValue';

export type Place = Pick<PointValue, 'latitude' | 'longitude'>;

const EARTH_RADIUS_METRES = 6_378_100;
const RADIANS = Math.PI / 180;
const METRES_PER_DEGREE = EARTH_RADIUS_METRES * RADIANS;

/** Metres between two places. */
export function distance(from: Place, to: Place): number {
  const north = Math.sin(((to.latitude - from.latitude) * RADIANS) / 2);
  const east = Math.sin(((to.longitude - from.longitude) * RADIANS) / 2);
  const share = north * north + Math.cos(from.latitude * RADIANS) * Math.cos(to.latitude * RADIANS) * east * east;
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(share)));
}

/** Metres along places, in their order. */
export function lengthOf(places: readonly Place[]): number {
  return pairs(places).reduce((sum, [from, to]) => sum + distance(from, to), 0);
}

/** Metres around places, back to the first. */
export function perimeterOf(places: readonly Place[]): number {
  return lengthOf(around(places));
}

/** Square metres inside places; none below three. */
export function areaOf(places: readonly Place[]): number {
  if (places.length < 3) return 0;
  let sum = 0;
  for (const [from, to] of pairs(around(places))) {
    sum += (to.longitude - from.longitude) * RADIANS * (2 + Math.sin(from.latitude * RADIANS) + Math.sin(to.latitude * RADIANS));
  }
  return Math.abs((sum * EARTH_RADIUS_METRES * EARTH_RADIUS_METRES) / 2);
}

/** Metres east and north of an origin. */
export interface Offset {
  east: number;
  north: number;
}

/** Where a place lies from an origin, on a map that is true at the origin: to 1 m at 10 km on land where people live. */
export function offset(origin: Place, place: Place): Offset {
  return {
    east: (place.longitude - origin.longitude) * METRES_PER_DEGREE * Math.cos(origin.latitude * RADIANS),
    north: (place.latitude - origin.latitude) * METRES_PER_DEGREE,
  };
}

/** The place that lies there from an origin; never beyond the poles or the date line. */
export function placeAt(origin: Place, { east, north }: Offset): Place {
  const latitude = Math.max(-90, Math.min(90, origin.latitude + north / METRES_PER_DEGREE));
  const longitude = origin.longitude + east / (METRES_PER_DEGREE * Math.max(0.01, Math.cos(origin.latitude * RADIANS)));
  return { latitude: round(latitude), longitude: round(Math.max(-180, Math.min(180, longitude))) };
}

/** The nearest 1, 2 or 5 times a power of ten, not below what is asked: what a map's lines are apart. */
export function niceStep(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(metres, 0.1)));
  const times = [1, 2, 5, 10].find((each) => each * power >= metres * (1 - 1e-9)) ?? 10;
  return times * power;
}

/** A shape with its first place at the end again, as answers hold it; an open one for showing. */
export const closed = <P extends Place>(places: readonly P[]): P[] => (places.length < 3 ? [...places] : around(places));
export function opened<P extends Place>(places: readonly P[]): P[] {
  const [first, last] = [places[0], places.at(-1)];
  const shut = places.length > 3 && first !== undefined && last !== undefined && first.latitude === last.latitude && first.longitude === last.longitude;
  return shut ? places.slice(0, -1) : [...places];
}

function around<P extends Place>(places: readonly P[]): P[] {
  return [...places, ...places.slice(0, 1)];
}

function pairs(places: readonly Place[]): [Place, Place][] {
  return places.slice(1).map((to, at) => [places[at] ?? to, to]);
}

/** Seven digits of a degree are a centimetre. */
function round(degrees: number): number {
  return Math.round(degrees * 1e7) / 1e7;
}
