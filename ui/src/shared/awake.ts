/** Work that goes on without a touch, such as waiting for a position outdoors: the tablet is in use while any of it does. */
let going = 0;

/** Says that such work began; the returned function says, once, that it ended. */
export function keepAwake(): () => void {
  let on = true;
  going += 1;
  return () => {
    if (on) going -= 1;
    on = false;
  };
}

export function keptAwake(): boolean {
  return going > 0;
}
