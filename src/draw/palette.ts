// The colours of styles/tokens.css as data, for media that have no stylesheet (stand-alone SVG, canvas without a page).
// A test holds the two equal.
import type { Token } from './shapes.ts';

export type Palette = Readonly<Record<Token, string>>;

// prettier-ignore
export const light: Palette = {
  paper: '#F7F2E6', sheet: '#FFFDF7', sea: '#DDE9EB', buff: '#EFE2C4', ink: '#0E1A26', 'ink-2': '#3A4854',
  'ink-3': '#596570', line: '#727C84', hair: '#D5CCB8', note: '#A3156D', fair: '#1B6B3A', wait: '#8A5A00', foul: '#B3261E',
  'wl-a': '#948D1E', 'wl-b': '#48230E', 'wl-c': '#3494C6', 'wl-d': '#704B0C',
  'wl-e': '#2D117A', 'wl-f': '#724FB6', 'wl-g': '#0B525A', 'wl-h': '#317F60',
  'wl-a-label': '#0E1A26', 'wl-b-label': '#FFFFFF', 'wl-c-label': '#0E1A26', 'wl-d-label': '#FFFFFF',
  'wl-e-label': '#FFFFFF', 'wl-f-label': '#FFFFFF', 'wl-g-label': '#FFFFFF', 'wl-h-label': '#FFFFFF',
  'load-0': '#E3F4F8', 'load-1': '#B5D2DE', 'load-2': '#8AB0C6', 'load-3': '#658DB0', 'load-4': '#456A99',
  'load-5': '#2E4782', 'load-6': '#202268',
};

// prettier-ignore
export const dark: Palette = {
  paper: '#0D141C', sheet: '#131D27', sea: '#152733', buff: '#2A2416', ink: '#ECE6D6', 'ink-2': '#BCC3C8',
  'ink-3': '#929DA6', line: '#6B7884', hair: '#26323D', note: '#F08CC4', fair: '#7FD1A0', wait: '#F0B952', foul: '#FF9B8F',
  'wl-a': '#FCE44D', 'wl-b': '#C16A35', 'wl-c': '#4C81B4', 'wl-d': '#EFA635',
  'wl-e': '#B7CBFC', 'wl-f': '#C18CFF', 'wl-g': '#5AB3A9', 'wl-h': '#7AFEC8',
  'wl-a-label': '#0D141C', 'wl-b-label': '#0D141C', 'wl-c-label': '#0D141C', 'wl-d-label': '#0D141C',
  'wl-e-label': '#0D141C', 'wl-f-label': '#0D141C', 'wl-g-label': '#0D141C', 'wl-h-label': '#0D141C',
  'load-0': '#142030', 'load-1': '#283E52', 'load-2': '#3E5F76', 'load-3': '#53839A', 'load-4': '#6AA9BE',
  'load-5': '#82D1E2', 'load-6': '#B1F6FE',
};
