/**
 * The only place that talks to the device. One function a command: its name in snake case is the command's, its arguments
 * cross as one object with the names written here. Every function may throw a `CommandError`.
 */
import { isTauri } from '@tauri-apps/api/core';
import { http } from './http';
import { mock } from './mock';
import { tauri } from './tauri';
import type { Events } from './transport';
import type { AnswerValue } from './types/AnswerValue';
import type { Answered } from './types/Answered';
import type { Checked } from './types/Checked';
import type { Enrolled } from './types/Enrolled';
import type { Finalized } from './types/Finalized';
import type { Home } from './types/Home';
import type { MigrationView } from './types/MigrationView';
import type { Opened } from './types/Opened';
import type { PageView } from './types/PageView';
import type { PointValue } from './types/PointValue';
import type { ProjectView } from './types/ProjectView';
import type { RecordCard } from './types/RecordCard';
import type { RecordView } from './types/RecordView';
import type { Status } from './types/Status';
import type { SyncView } from './types/SyncView';

export { CommandError, toCommandError } from './transport';

const transport = isTauri() ? tauri : import.meta.env.MODE === 'mock' ? mock(location.search) : http();

async function call<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
  return (await transport.call(command, args)) as T;
}

/** The language of the screens: forms and records are shown in it too, where they have it. */
let language: string | null = null;
export function speak(code: string): void {
  language = code;
}

export function listen<E extends keyof Events>(event: E, heard: (payload: Events[E]) => void): () => void {
  return transport.listen(event, heard);
}

// The tablet and who has it open.
export const status = () => call<Status>('status');
export const enrol = (ticket: string, hubUrl: string, deviceName: string, pin: string) =>
  call<Enrolled>('enrol', { ticket, hubUrl, deviceName, pin });
export const confirmEnrolment = () => call<Status>('confirm_enrolment');
export const cancelEnrolment = () => call<Status>('cancel_enrolment');
export const acknowledgeSetAside = () => call<Status>('acknowledge_set_aside');
export const unlock = (person: string, pin: string) => call<Status>('unlock', { person, pin });
export const lock = () => call<Status>('lock');

// What there is to work on.
export const home = () => call<Home>('home');
export const project = (id: string) => call<ProjectView>('project', { id });
export const search = (text: string) => call<RecordCard[]>('search', { text });

// Filling in a record. Each answer is durable when its call returns.
export const startRecord = (formId: string, project: string | null) => call<Opened>('start_record', { formId, project, language });
export const openRecord = (record: string) => call<Opened>('open_record', { record, language });
export const answer = (record: string, path: string, value: AnswerValue | null) =>
  call<Answered>('answer', { record, path, value });
export const addRow = (record: string, path: string) => call<Answered>('add_row', { record, path });
export const supplyPosition = (record: string, position: PointValue) => call<Answered>('supply_position', { record, position });
export const removeRow = (record: string, path: string) => call<Answered>('remove_row', { record, path });
export const undo = (record: string) => call<Opened>('undo', { record });
export const setLanguage = (record: string, language: string) => call<Opened>('set_language', { record, language });
export const page = (record: string, index: number) => call<PageView>('page', { record, index });
export const checkPage = (record: string, index: number) => call<Checked>('check_page', { record, index });
export const finalize = (record: string) => call<Finalized>('finalize', { record });
export const leave = (record: string) => call<null>('leave', { record });
/** What moving the open draft to the newer version of its form would mean; nothing changes by asking. */
export const migration = (record: string) => call<MigrationView>('migration', { record });
export const migrate = (record: string, version: string) => call<Opened>('migrate', { record, version });
export const discardDraft = (record: string, reason: string) => call<null>('discard_draft', { record, reason });

/** Keeps a photo, drawing, recording or file and answers the question with it. `bytes` crosses as base64. */
export const addPhoto = async (record: string, path: string, file: Blob) =>
  call<Answered>('add_photo', { record, path, mediaType: file.type.split(';')[0] || 'application/octet-stream', bytes: await toBase64(file) });

/** A photo, drawing, recording or file by its hash: base64 text from either transport, or raw bytes where the shell can give them. */
export const media = async (hash: string): Promise<Blob> => {
  const bytes = toBytes(await call<string | ArrayBuffer | number[]>('media', { hash }));
  return new Blob([bytes], { type: mediaTypeOf(bytes) });
};

/** A file that the form shows or plays, by the name its author gave it. */
export const attachment = async (name: string): Promise<Blob> =>
  new Blob([toBytes(await call<string | ArrayBuffer | number[]>('attachment', { name }))], { type: typeOfName(name) });

// One record, whole.
export const record = (record: string) => call<RecordView>('record', { record, language });
export const resolve = (record: string, key: string, alternative: string) =>
  call<RecordView>('resolve', { record, key, alternative, language });

// The exchange with the hub.
export const syncView = () => call<SyncView>('sync_view');
export const syncNow = () => call<SyncView>('sync_now');

async function toBase64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  // `String.fromCharCode` takes its characters as arguments, and there is a limit to how many.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function toBytes(given: string | ArrayBuffer | number[]): Uint8Array<ArrayBuffer> {
  if (typeof given !== 'string') return new Uint8Array(given);
  const text = atob(given);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const TYPES: Record<string, string> = {
  png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', svg: 'image/svg+xml',
  mp3: 'audio/mpeg', ogg: 'audio/ogg', oga: 'audio/ogg', m4a: 'audio/mp4', aac: 'audio/aac', wav: 'audio/wav', amr: 'audio/amr',
  mp4: 'video/mp4', m4v: 'video/mp4', webm: 'video/webm', ogv: 'video/ogg', '3gp': 'video/3gpp',
};
const typeOfName = (name: string): string => TYPES[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';

function mediaTypeOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return 'image/jpeg';
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return 'image/png';
  if (bytes[0] === 0x52 && bytes[8] === 0x57 && bytes[9] === 0x45) return 'image/webp';
  return 'application/octet-stream';
}
