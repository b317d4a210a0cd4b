import type { Place } from '../ipc/types/Place';
import type { IconName } from '../shared/icons';

/** From the field to the centre: how far a record's newest change can have travelled. */
export const PLACES: readonly Place[] = ['tablet', 'office', 'centre'];
export const PLACE_ICON: Record<Place, IconName> = { tablet: 'tablet', office: 'office', centre: 'centre' };
