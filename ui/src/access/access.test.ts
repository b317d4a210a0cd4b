import { expect, it } from 'vitest';
import { faultOf } from './pin';
import { readInvitation, symbolsIn, tidyHubUrl, tidyTicket } from './ticket';

it('refuses PINs that anybody would try first', () => {
  expect(['12345', '000000', '123456', '987654', '482915'].map(faultOf)).toEqual(['short', 'same', 'sequence', 'sequence', null]);
});

it('reads a ticket as people type it', () => {
  expect(tidyTicket(' chsk-7k3m o1il 9xyz ')).toBe('CHSK-7K3M-0111-9XYZ');
  expect(tidyTicket('7k3m01119xyz')).toBe('CHSK-7K3M-0111-9XYZ');
});

it('takes an address without its scheme as a safe one', () => {
  expect(tidyHubUrl('192.168.1.20:8443')).toBe('https://192.168.1.20:8443');
  expect(tidyHubUrl('http://127.0.0.1:9000/')).toBe('http://127.0.0.1:9000');
  expect(tidyHubUrl('   ')).toBeNull();
});

it('takes an invitation apart and counts what is typed', () => {
  expect(readInvitation('chaski:enrol?code=CHSK-06JT-B9D5&hub=https%3A%2F%2F192.168.1.10%3A7443')).toEqual({ ticket: 'CHSK-06JT-B9D5', hub: 'https://192.168.1.10:7443' });
  expect(readInvitation('CHSK-06JT-B9D5')).toBeNull();
  expect([symbolsIn(''), symbolsIn('CHSK-'), symbolsIn('chsk 06jt b9')]).toEqual([0, 0, 6]);
});
