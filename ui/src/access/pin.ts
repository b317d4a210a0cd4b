/** Why a PIN is no good before the device is asked; the device decides. */
export type PinFault = 'short' | 'same' | 'sequence';

export const PIN_LENGTH = 6;

export function faultOf(pin: string): PinFault | null {
  if (!/^\d{6}$/.test(pin)) return 'short';
  if (/^(\d)\1+$/.test(pin)) return 'same';
  const steps = new Set([...pin].slice(1).map((digit, at) => Number(digit) - Number(pin[at])));
  return steps.size === 1 && (steps.has(1) || steps.has(-1)) ? 'sequence' : null;
}
