// What kubectl writes: every command that changes something, told by the real one and by the page's, byte for byte.
import { basic } from './lines/basic.ts';
import { testWriting } from './write-suite.ts';

testWriting(basic);
