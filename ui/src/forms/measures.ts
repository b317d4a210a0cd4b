import { t } from '../i18n/index.svelte';
import { showDecimal } from '../i18n/numbers';

/** Metres as a person says them: `8 m`, `1.25 km`. */
export function showMetres(metres: number): string {
  if (metres < 1000) return t('measure.metres.value', { value: metres < 10 && metres % 1 !== 0 ? metres.toFixed(1) : String(Math.round(metres)) });
  const kilometres = metres / 1000;
  return t('measure.kilometres.value', { value: showDecimal(trimmed(kilometres.toFixed(kilometres < 100 ? 2 : 0))) });
}

/** Square metres as land is measured: `850 m²`, `1.24 ha`, `12.5 km²`. */
export function showArea(squareMetres: number): string {
  if (squareMetres < 10_000) return t('measure.squaremetres.value', { value: showDecimal(String(Math.round(squareMetres))) });
  if (squareMetres < 10_000_000) return t('measure.hectares.value', { value: showDecimal(trimmed((squareMetres / 10_000).toFixed(2))) });
  return t('measure.squarekilometres.value', { value: showDecimal(trimmed((squareMetres / 1_000_000).toFixed(2))) });
}

function trimmed(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}
